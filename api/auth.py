"""Verification of the callers' tokens (JWT, RFC 7519).

The settings say which algorithms are allowed; a token can't choose another. `InvalidToken` says
for the log what is wrong with a token. Callers only learn that it was not accepted.
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
from jwt.utils import base64url_decode

from api.keys import KeySet
from api.options import TokenRules
from mentorship.actors import MAX_ID

LEEWAY_S = 30
"""Accepted difference in seconds between the main app's clock and this machine's."""

MAX_TOKEN_LENGTH = 4_096
"""Characters. Verifying a token takes longer the longer it is."""

MAX_CACHED_TOKENS = 10_000
"""Valid tokens to remember. A main app sends the same token many times."""

MAX_NAME_LENGTH = 100

MAX_EXPIRY = 253_402_300_799
"""The end of the year 9999, in seconds since 1970."""

_SNOWFLAKE = re.compile(r"[1-9][0-9]{0,18}")


class Scope(StrEnum):
    """What a token allows; see docs/rest.md."""

    MEMBER = "member"
    MODERATOR = "moderator"
    SERVICE = "service"


class InvalidToken(Exception):
    """A token that is not accepted. The message is for the log and contains no part of the
    token."""


@dataclass(frozen=True, slots=True)
class Claims:
    """The verified claims of a token: for whom it was issued, in which guild."""

    guild_id: int
    user_id: int
    scopes: frozenset[Scope]
    name: str | None = None


@dataclass(frozen=True, slots=True)
class _CachedToken:
    """The claims of a token that was verified with the key of its header.

    `expires` is in seconds since 1970.
    """

    algorithm: str
    key_id: str | None
    key: object
    claims: Claims
    expires: float


class TokenVerifier:
    """Verifies tokens.

    Creating one raises `api.keys.UnusableKeys` if a key that `rules` needs is missing or invalid.
    """

    def __init__(self, rules: TokenRules) -> None:
        self._rules = rules
        self._keys = KeySet(rules)
        self._cache: OrderedDict[str, _CachedToken] = OrderedDict()

    def verify(self, token: str) -> Claims:
        """Return the token's claims. Raises `InvalidToken`."""
        cached = self._cache.get(token)
        if cached is not None and self._is_still_valid(cached):
            self._cache.move_to_end(token)
            return cached.claims
        if len(token) > MAX_TOKEN_LENGTH:
            raise InvalidToken("the token is too long")
        header = _header(token)
        algorithm = header.get("alg")
        if algorithm not in self._rules.algorithms:
            raise InvalidToken("the algorithm is not allowed")
        key_id = header.get("kid")
        key = self._keys.find(algorithm, key_id)
        if key is None:
            raise InvalidToken("there is no key with this id")
        payload = self._decode(token, algorithm, key)
        expires = _expiry(payload["exp"])
        claims = Claims(
            guild_id=_guild_id(payload, self._rules),
            user_id=_discord_id(payload, self._rules.subject_claim),
            scopes=_scopes(payload.get("scope")),
            name=_name(payload.get("name")),
        )
        self._cache[token] = _CachedToken(algorithm, key_id, key, claims, expires)
        if len(self._cache) > MAX_CACHED_TOKENS:
            self._cache.popitem(last=False)
        return claims

    def _is_still_valid(self, cached: _CachedToken) -> bool:
        """Return whether a token has not expired, and would be verified with the same key again."""
        # Reloading a key file makes new key objects, so tokens of a removed key don't pass here.
        key = self._keys.find(cached.algorithm, cached.key_id)
        return key is cached.key and time.time() < cached.expires + LEEWAY_S

    def _decode(self, token: str, algorithm: str, key: Any) -> dict[str, Any]:
        try:
            payload: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=self._rules.audience,
                issuer=self._rules.issuer,
                leeway=LEEWAY_S,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except Exception as error:
            # PyJWT's messages may contain values of claims. Where it doesn't expect the type of a
            # claim, it raises whatever that causes; the token is invalid all the same.
            raise InvalidToken(_reason(error)) from None
        return payload


def _header(token: str) -> dict[str, Any]:
    """Return the token's header, which is not verified yet."""
    try:
        header = json.loads(base64url_decode(token.partition(".")[0]))
    except (ValueError, RecursionError):
        header = None
    if not isinstance(header, dict):
        raise InvalidToken("the token can't be read")
    return header


def _reason(error: Exception) -> str:
    words = re.findall(r"[A-Z][a-z]+", type(error).__name__.removesuffix("Error"))
    return f"verification failed: {' '.join(words).lower()}"


def _expiry(value: object) -> float:
    """Return the claim `exp`, in seconds since 1970, if it is an instant at all."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidToken("the claim exp is not a number")
    if not 0 < value <= MAX_EXPIRY:
        raise InvalidToken("the claim exp is out of range")
    return float(value)


def _guild_id(payload: dict[str, Any], rules: TokenRules) -> int:
    if "guild_id" not in payload and rules.default_guild is not None:
        return rules.default_guild
    return _discord_id(payload, "guild_id")


def _discord_id(payload: dict[str, Any], claim: str) -> int:
    """Return a claim that holds a Discord id, as a string or (where it fits) a number."""
    value = payload.get(claim)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not _SNOWFLAKE.fullmatch(value) or int(value) > MAX_ID:
        raise InvalidToken(f"the claim {claim} is not a Discord id")
    return int(value)


def _scopes(value: object) -> frozenset[Scope]:
    """Return the known scopes in the claim: a list, or separated by spaces (RFC 8693, 4.2)."""
    words = value.split() if isinstance(value, str) else value
    if not isinstance(words, list):
        raise InvalidToken("the claim scope is missing or is neither text nor a list")
    scopes = frozenset(scope for scope in Scope if scope.value in words)
    if not scopes:
        raise InvalidToken("the claim scope contains no known scope")
    return scopes


def _name(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    printable = "".join(character for character in value if character.isprintable())
    return printable.strip()[:MAX_NAME_LENGTH] or None
