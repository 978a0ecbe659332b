"""Who calls: a signed token (JWT, RFC 7519) and what it says.

The algorithm is one of the settings', never of the token's choosing. What is wrong with a token
stands in `InvalidToken` for the log; the caller hears only that it is not accepted.
"""

from __future__ import annotations

import json
import re
import time
from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import jwt
from jwt.exceptions import InvalidTokenError
from jwt.utils import base64url_decode

from api.keys import Keys
from api.options import TokenRules
from mentorship.actors import LARGEST_ID

LEEWAY = 30
"""Seconds by which the clocks of the main app and this one may differ."""

LONGEST_TOKEN = 4_096
"""Characters; nobody needs more, and checking costs by length."""

REMEMBERED = 10_000
"""Tokens that were found good and are known again: a main app sends each of them many times."""

LONGEST_NAME = 100

_SNOWFLAKE = re.compile(r"[1-9][0-9]{0,18}")


class Scope(StrEnum):
    """What a token lets its bearer do."""

    MEMBER = "member"
    MODERATOR = "moderator"
    SERVICE = "service"


class InvalidToken(Exception):
    """A token that is not accepted; `str()` is for the log and holds nothing of the token."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The one whom a valid token speaks for, in one guild. `name` is what the token calls them."""

    guild_id: int
    user_id: int
    scopes: frozenset[Scope]
    name: str | None = None


@dataclass(frozen=True, slots=True)
class _Good:
    """A token that was checked with `key`, and `expires` in the seconds since 1970."""

    key: object
    caller: Caller
    expires: float


class Verifier:
    """Checks tokens by `rules`. Raises `api.keys.UnusableKeys` where there is nothing to check
    them with."""

    def __init__(self, rules: TokenRules) -> None:
        self._rules = rules
        self._keys = Keys(rules)
        self._good: OrderedDict[str, _Good] = OrderedDict()

    def verify(self, token: str) -> Caller:
        """The caller. Raises `InvalidToken`."""
        if len(token) > LONGEST_TOKEN:
            raise InvalidToken("the token is too long")
        header = _header(token)
        algorithm = header.get("alg")
        if algorithm not in self._rules.algorithms:
            raise InvalidToken("the algorithm is not allowed")
        key = self._keys.find(algorithm, header.get("kid"))
        if key is None:
            raise InvalidToken("there is no key with this id")
        good = self._good.get(token)
        # Keys that were read anew are other objects, so a key that was withdrawn is not believed.
        if good is not None and good.key is key and time.time() < good.expires + LEEWAY:
            self._good.move_to_end(token)
            return good.caller
        claims = self._claims(token, algorithm, key)
        caller = Caller(
            guild_id=_guild(claims, self._rules),
            user_id=_id(claims, self._rules.subject_claim),
            scopes=_scopes(claims.get("scope")),
            name=_name(claims.get("name")),
        )
        self._good[token] = _Good(key, caller, float(claims["exp"]))
        if len(self._good) > REMEMBERED:
            self._good.popitem(last=False)
        return caller

    def _claims(self, token: str, algorithm: str, key: Any) -> dict[str, Any]:
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=self._rules.audience,
                issuer=self._rules.issuer,
                leeway=LEEWAY,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except (InvalidTokenError, ValueError, OverflowError, RecursionError) as error:
            # The library's words name claims, and some of them their values.
            raise InvalidToken(_reason(error)) from None
        return claims


def _header(token: str) -> dict[str, Any]:
    """What a token says of itself, before anything of it is believed."""
    try:
        header = json.loads(base64url_decode(token.partition(".")[0]))
    except (ValueError, RecursionError):
        header = None
    if not isinstance(header, dict):
        raise InvalidToken("the token can't be read")
    return header


def _reason(error: Exception) -> str:
    words = re.findall(r"[A-Z][a-z]+", type(error).__name__.removesuffix("Error"))
    return f"its check failed: {' '.join(words).lower()}"


def _guild(claims: dict[str, Any], rules: TokenRules) -> int:
    if "guild_id" not in claims and rules.default_guild is not None:
        return rules.default_guild
    return _id(claims, "guild_id")


def _id(claims: dict[str, Any], claim: str) -> int:
    """A Discord id. A number is taken too, though JSON numbers of most languages can't hold it."""
    value = claims.get(claim)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not _SNOWFLAKE.fullmatch(value) or int(value) > LARGEST_ID:
        raise InvalidToken(f"the claim {claim} is no Discord id")
    return int(value)


def _scopes(value: object) -> frozenset[Scope]:
    """The scopes that are ours: words with spaces between (RFC 8693, section 4.2), or a list."""
    words = value.split() if isinstance(value, str) else value
    if not isinstance(words, list):
        raise InvalidToken("the claim scope is missing or no text")
    found = frozenset(scope for scope in Scope if scope.value in words)
    if not found:
        raise InvalidToken("the claim scope names none of ours")
    return found


def _name(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    readable = "".join(character for character in value if character.isprintable())
    return readable.strip()[:LONGEST_NAME] or None
