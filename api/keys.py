"""The keys that tokens are checked with: one for each algorithm and key id that is allowed.

A key is only ever used with the algorithm that it was made for, whatever a token says, so that a
public key can't be taken for a secret.
"""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jwt import PyJWK
from jwt.algorithms import get_default_algorithms
from jwt.exceptions import PyJWTError

from api.options import Algorithm, TokenRules

log = logging.getLogger(__name__)

SHORTEST_SECRET = 32
"""Bytes of an HS256 secret (RFC 7518, section 3.2)."""

SMALLEST_RSA = 2048
"""Bits of an RSA key (RFC 7518, section 3.3)."""

LOOK_AGAIN = 5.0
"""Seconds after which a key file is looked at again, in case it has changed."""


class UnusableKeys(Exception):
    """The keys in the settings can't be used; `str()` says why and what to do."""


class Keys:
    """The keys of `rules`. Raises `UnusableKeys`."""

    def __init__(self, rules: TokenRules) -> None:
        self._secret = _secret(rules) if "HS256" in rules.algorithms else None
        asymmetric: tuple[Algorithm, ...] = tuple(a for a in rules.algorithms if a != "HS256")
        self._files = [
            _File(path, read, asymmetric)
            for path, read in ((rules.public_key, _pem), (rules.jwks, _jwks))
            if path is not None and asymmetric
        ]
        if asymmetric and not self._files:
            raise UnusableKeys(
                f"A public key is needed for {' and '.join(asymmetric)}: name a PEM file in "
                "public_key_file or a JWKS file in jwks_file, both in [api]."
            )
        for algorithm in asymmetric:
            if not any(key.algorithm_name == algorithm for f in self._files for key in f.keys):
                raise UnusableKeys(
                    f"There is no key for {algorithm} in the key files. "
                    "Add one, or leave it out of algorithms."
                )

    def find(self, algorithm: str, key_id: str | None) -> Any:
        """The key for a token whose header says so, or None.

        A token without a key id fits the only key of its algorithm; a key without one fits any.
        """
        if algorithm == "HS256":
            return self._secret
        known = [key for file in self._files for key in file.current()]
        fitting = [key for key in known if key.algorithm_name == algorithm]
        if key_id is not None:
            named = [key for key in fitting if key.key_id == key_id]
            fitting = named or [key for key in fitting if key.key_id is None]
        return fitting[0].key if len(fitting) == 1 else None


class _File:
    """A file of keys that is read again when it has changed, so that keys can be rotated."""

    def __init__(self, path: Path, read: Any, allowed: tuple[Algorithm, ...]) -> None:
        self._path, self._read, self._allowed = path, read, allowed
        self._stamp = self._now()
        self._looked = time.monotonic()
        self.keys: list[PyJWK] = read(path, allowed)

    def current(self) -> list[PyJWK]:
        """The keys as the file has them now. One that can't be read leaves the last good ones."""
        if time.monotonic() - self._looked >= LOOK_AGAIN:
            self._looked = time.monotonic()
            stamp = self._now()
            if stamp != self._stamp:
                self._stamp = stamp
                try:
                    self.keys = self._read(self._path, self._allowed)
                    log.info("keys were read anew", extra={"file": str(self._path)})
                except UnusableKeys as error:
                    log.error(
                        "a key file can't be used; the keys from before stay",
                        extra={"file": str(self._path), "problem": str(error)},
                    )
        return self.keys

    def _now(self) -> tuple[int, int] | None:
        try:
            stat = self._path.stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_ino


def _secret(rules: TokenRules) -> bytes:
    secret = rules.secret.encode()
    if not secret:
        raise UnusableKeys(
            "The API has no secret to check tokens with: set MENTORBOT_API__SECRET to at least "
            f"{SHORTEST_SECRET} bytes, which the main app signs with too. Make one with "
            "`openssl rand -base64 48`."
        )
    if len(secret) < SHORTEST_SECRET:
        raise UnusableKeys(
            f"The API's secret has {len(secret)} bytes; HS256 needs {SHORTEST_SECRET}. "
            "Make one with `openssl rand -base64 48`."
        )
    return secret


def _pem(path: Path, allowed: tuple[Algorithm, ...]) -> list[PyJWK]:
    try:
        key = load_pem_public_key(_read(path))
    except (ValueError, UnsupportedAlgorithm):
        raise UnusableKeys(
            f"{path} is not a public key in PEM (`-----BEGIN PUBLIC KEY-----`)."
        ) from None
    match key:
        case RSAPublicKey():
            algorithm = "RS256"
        case EllipticCurvePublicKey() if isinstance(key.curve, SECP256R1):
            algorithm = "ES256"
        case Ed25519PublicKey():
            algorithm = "EdDSA"
        case _:
            raise UnusableKeys(f"{path} should hold an RSA, P-256 or Ed25519 key.")
    jwk = get_default_algorithms()[algorithm].to_jwk(key, as_dict=True)
    return _checked([PyJWK(jwk, algorithm)], path, allowed)


def _jwks(path: Path, allowed: tuple[Algorithm, ...]) -> list[PyJWK]:
    try:
        entries = json.loads(_read(path))["keys"]
        if not isinstance(entries, list):
            raise TypeError
    except (ValueError, TypeError, KeyError):
        raise UnusableKeys(f'{path} is not a JWKS file: {{"keys": [...]}} (RFC 7517).') from None
    keys = []
    for entry in entries:
        # A set may hold keys for other uses and of other kinds; they are not ours to judge.
        if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
            continue
        try:
            keys.append(PyJWK(entry))
        except (PyJWTError, ValueError, TypeError):
            continue
    return _checked(keys, path, allowed)


def _checked(keys: list[PyJWK], path: Path, allowed: tuple[Algorithm, ...]) -> list[PyJWK]:
    for key in keys:
        if isinstance(key.key, RSAPublicKey) and key.key.key_size < SMALLEST_RSA:
            raise UnusableKeys(f"{path} holds an RSA key of less than {SMALLEST_RSA} bits.")
    # Secrets have no place in a file of public keys, and HS256 is not among `allowed` here.
    usable = [key for key in keys if key.algorithm_name in allowed]
    if not usable:
        raise UnusableKeys(f"{path} holds no key for {' or '.join(allowed)}.")
    return usable


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnusableKeys(f"The key file {path} can't be read: {error.strerror}.") from None
