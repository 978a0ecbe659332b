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
from jwt.types import Options
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

MAX_NUMERIC_DATE = 253_402_300_799
"""The end of the year 9999, in seconds since 1970."""

_SIGNATURE_ONLY: Options = {
    "verify_signature": True,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}

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
        payload = _decode(token, algorithm, key)
        expires = _require_valid_time(payload)
        _require_text(payload, "iss", self._rules.issuer)
        _require_audience(payload, self._rules.audience)
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


def _decode(token: str, algorithm: str, key: Any) -> dict[str, Any]:
    """Return the payload of a token with a valid signature. No claim is checked."""
    try:
        payload: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            # PyJWT converts claims of wrong types, and refuses valid ones that don't matter here
            # (`iat`, `jti`). Its errors don't name the claim.
            options=_SIGNATURE_ONLY,
        )
    except Exception as error:
        # PyJWT's messages may contain values of claims.
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


def _require_valid_time(payload: dict[str, Any]) -> float:
    """Return when the token expires, in seconds since 1970; `exp` and `nbf` must allow its use.

    `iat` says only how old a token is (RFC 7519, section 4.1.6), so it doesn't matter.
    """
    now = time.time()
    expires = _numeric_date(payload, "exp")
    if expires + LEEWAY_S <= now:
        raise InvalidToken("the token has expired: exp")
    if payload.get("nbf") is not None and _numeric_date(payload, "nbf") - LEEWAY_S > now:
        raise InvalidToken("the token is not valid yet: nbf")
    return expires


def _numeric_date(payload: dict[str, Any], claim: str) -> float:
    value = _claim(payload, claim)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidToken(f"the claim {claim} is not a number")
    if not 0 < value <= MAX_NUMERIC_DATE:
        raise InvalidToken(f"the claim {claim} is out of range")
    return float(value)


def _require_text(payload: dict[str, Any], claim: str, expected: str) -> None:
    if _claim(payload, claim) != expected:
        raise InvalidToken(f"the claim {claim} is not the configured one")


def _require_audience(payload: dict[str, Any], audience: str) -> None:
    value = _claim(payload, "aud")
    if audience not in (value if isinstance(value, list) else [value]):
        raise InvalidToken("the claim aud is not the configured one")


def _claim(payload: dict[str, Any], claim: str) -> object:
    value = payload.get(claim)
    if value is None:
        raise InvalidToken(f"the claim {claim} is missing")
    return value


def _guild_id(payload: dict[str, Any], rules: TokenRules) -> int:
    if payload.get("guild_id") is None and rules.default_guild is not None:
        return rules.default_guild
    return _discord_id(payload, "guild_id")


def _discord_id(payload: dict[str, Any], claim: str) -> int:
    """Return a claim that holds a Discord id, as text."""
    value = _claim(payload, claim)
    if isinstance(value, int | float):
        # JavaScript rounds numbers above 2^53, and Discord's ids are above it: a number may be the
        # id of another server or person.
        raise InvalidToken(f"the claim {claim} is a number: ids must be text")
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
