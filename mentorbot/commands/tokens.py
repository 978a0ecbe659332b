"""API tokens for testing, like those that the main app signs for its members."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import jwt

from api.auth import Scope
from api.options import TokenRules
from mentorbot.errors import CannotStart


def create_token(
    rules: TokenRules,
    *,
    user_id: int,
    guild_id: int | None = None,
    scopes: Sequence[Scope] = (Scope.MEMBER,),
    name: str | None = None,
    valid_for: timedelta = timedelta(hours=1),
) -> str:
    """Return a token that `rules` accept, signed with their secret.

    `name` is the display name of the person. Raises `CannotStart` if there is no secret to sign
    with, or neither `guild_id` nor a default guild.
    """
    if "HS256" not in rules.algorithms or not rules.secret:
        raise CannotStart(
            "Signing a token needs a secret: set MENTORBOT_API__SECRET, and keep HS256 in "
            "algorithms. For the other algorithms, only the main app has the private key."
        )
    guild = guild_id or rules.default_guild
    if guild is None:
        raise CannotStart("Which server is the token for? Pass --guild ID, or set default_guild.")
    now = datetime.now(UTC)
    claims = {
        "sub": str(user_id),
        rules.subject_claim: str(user_id),
        "guild_id": str(guild),
        "scope": " ".join(scopes),
        "iss": rules.issuer,
        "aud": rules.audience,
        "iat": now,
        "exp": now + valid_for,
    }
    return jwt.encode(claims | ({"name": name} if name else {}), rules.secret, "HS256")
