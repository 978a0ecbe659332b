"""The secrets that webhooks are signed with, by the Standard Webhooks specification. Pure.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from datetime import datetime

PREFIX = "whsec_"
MIN_BYTES, MAX_BYTES = 24, 64
"""Of a secret, decoded."""

_GENERATED_BYTES = 32


def generate() -> str:
    """Return a new random secret."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_GENERATED_BYTES)).decode()


def is_valid(secret: str) -> bool:
    """Return whether a secret that somebody chose can be used.

    It is `whsec_` and 24 to 64 bytes in base64 (RFC 4648, section 4), padded or not.
    """
    if not secret.startswith(PREFIX):
        return False
    text = secret.removeprefix(PREFIX)
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False
    return MIN_BYTES <= len(key) <= MAX_BYTES


def list_signing(
    current: str, previous: str | None, until: datetime | None, now: datetime
) -> list[str]:
    """Return the secrets that sign requests now: the previous one only before `until`."""
    if previous is None or until is None or now >= until:
        return [current]
    return [current, previous]


def fingerprint(secret: str) -> str:
    """Return the SHA-256 of a secret in hexadecimal, which tells it from others.

    A secret has 24 random bytes or more, so it can't be found by trying.
    """
    return hashlib.sha256(secret.encode()).hexdigest()
