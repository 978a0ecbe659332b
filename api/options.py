"""What whoever runs the API decides about it; `mentorbot.api_server` makes this from the
settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal

Algorithm = Literal["HS256", "RS256", "ES256", "EdDSA"]

ALGORITHMS: tuple[Algorithm, ...] = ("HS256", "RS256", "ES256", "EdDSA")
"""The algorithms that can be allowed (RFC 7518, section 3.1; RFC 8037)."""


class Moderators(StrEnum):
    """Whose word counts for who moderates, beside the scope in the token."""

    DISCORD = "discord"
    """The guild's: its moderator role, or Manage Server."""

    TOKEN = "token"
    """The token's issuer: its scope is enough."""


@dataclass(frozen=True, slots=True)
class TokenRules:
    """What a token must be like. Of the keys, those are used that an allowed algorithm needs.

    `subject_claim` names the claim that holds the Discord user id. `default_guild` is the guild of
    tokens that name none, if there is one.
    """

    algorithms: tuple[Algorithm, ...] = ("HS256",)
    secret: str = field(default="", repr=False)
    public_key: Path | None = None
    jwks: Path | None = None
    issuer: str = "main-app"
    audience: str = "mentorbot"
    subject_claim: str = "sub"
    default_guild: int | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """How the API behaves. `origins` are the web pages that may call it from a browser (CORS)."""

    tokens: TokenRules
    moderators: Moderators = Moderators.DISCORD
    requests_per_minute: int = 300
    origins: tuple[str, ...] = ()
