"""The keys to verify tokens with, by algorithm and key id.

A key is only used with its own algorithm, whatever a token's header says. So a public key can't be
used as an HS256 secret.
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

MIN_SECRET_BYTES = 32
"""Minimum length of an HS256 secret (RFC 7518, section 3.2)."""

MIN_RSA_BITS = 2048
"""Minimum size of an RSA key (RFC 7518, section 3.3)."""

CHECK_INTERVAL_S = 5.0
"""Seconds between checks whether a key file has changed."""


class UnusableKeys(Exception):
    """The configured keys can't be used. The message says why and what to do."""


class KeySet:
    """The configured keys. Creating a set raises `UnusableKeys`."""

    def __init__(self, rules: TokenRules) -> None:
        self._secret = _load_secret(rules) if "HS256" in rules.algorithms else None
        asymmetric: tuple[Algorithm, ...] = tuple(a for a in rules.algorithms if a != "HS256")
        self._files = [
            _KeyFile(path, load, asymmetric)
            for path, load in ((rules.public_key, _load_pem), (rules.jwks, _load_jwks))
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
                    f"Add one, or remove {algorithm} from algorithms."
                )

    def find(self, algorithm: str, key_id: str | None) -> Any:
        """Return the key for a token with this header; None if there isn't exactly one.

        A token without a key id matches the only key of its algorithm. A key without an id matches
        any key id of which there is no other key.
        """
        if algorithm == "HS256":
            return self._secret
        loaded = [key for file in self._files for key in file.current()]
        matches = [key for key in loaded if key.algorithm_name == algorithm]
        if key_id is not None:
            same_id = [key for key in matches if key.key_id == key_id]
            matches = same_id or [key for key in matches if key.key_id is None]
        return matches[0].key if len(matches) == 1 else None


class _KeyFile:
    """A key file, reloaded when it changes so that keys can be rotated without a restart."""

    def __init__(self, path: Path, load: Any, allowed: tuple[Algorithm, ...]) -> None:
        self._path, self._load, self._allowed = path, load, allowed
        self._version = self._file_version()
        self._checked_at = time.monotonic()
        self.keys: list[PyJWK] = load(path, allowed)

    def current(self) -> list[PyJWK]:
        """Return the file's current keys, or the last usable ones if it is invalid now."""
        if time.monotonic() - self._checked_at >= CHECK_INTERVAL_S:
            self._checked_at = time.monotonic()
            version = self._file_version()
            if version != self._version:
                self._version = version
                try:
                    self.keys = self._load(self._path, self._allowed)
                    log.info("key file reloaded", extra={"file": str(self._path)})
                except UnusableKeys as error:
                    log.error(
                        "changed key file is unusable; keeping the previous keys",
                        extra={"file": str(self._path), "problem": str(error)},
                    )
        return self.keys

    def _file_version(self) -> tuple[int, int] | None:
        try:
            stat = self._path.stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_ino


def _load_secret(rules: TokenRules) -> bytes:
    secret = rules.secret.encode()
    if not secret:
        raise UnusableKeys(
            "The API has no secret to check tokens with. Set MENTORBOT_API__SECRET to the secret "
            f"that the main app signs with, at least {MIN_SECRET_BYTES} bytes. "
            "`openssl rand -base64 48` makes one."
        )
    if len(secret) < MIN_SECRET_BYTES:
        raise UnusableKeys(
            f"The API's secret has {len(secret)} bytes; HS256 needs {MIN_SECRET_BYTES}. "
            "`openssl rand -base64 48` makes one."
        )
    return secret


def _load_pem(path: Path, allowed: tuple[Algorithm, ...]) -> list[PyJWK]:
    try:
        key = load_pem_public_key(_read_file(path))
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
            raise UnusableKeys(f"{path} must contain an RSA, P-256 or Ed25519 key.")
    jwk = get_default_algorithms()[algorithm].to_jwk(key, as_dict=True)
    return _usable_keys([PyJWK(jwk, algorithm)], path, allowed)


def _load_jwks(path: Path, allowed: tuple[Algorithm, ...]) -> list[PyJWK]:
    try:
        entries = json.loads(_read_file(path))["keys"]
        if not isinstance(entries, list):
            raise TypeError
    except (ValueError, TypeError, KeyError):
        raise UnusableKeys(f'{path} is not a JWKS file: {{"keys": [...]}} (RFC 7517).') from None
    keys = []
    for entry in entries:
        # A set may also contain keys for other uses and of unknown types (RFC 7517, section 5).
        if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
            continue
        try:
            keys.append(PyJWK(entry))
        except (PyJWTError, ValueError, TypeError):
            continue
    return _usable_keys(keys, path, allowed)


def _usable_keys(keys: list[PyJWK], path: Path, allowed: tuple[Algorithm, ...]) -> list[PyJWK]:
    for key in keys:
        if isinstance(key.key, RSAPublicKey) and key.key.key_size < MIN_RSA_BITS:
            raise UnusableKeys(f"{path} contains an RSA key of less than {MIN_RSA_BITS} bits.")
    # `allowed` never contains HS256 here, so a symmetric key in a JWKS file is ignored.
    usable = [key for key in keys if key.algorithm_name in allowed]
    if not usable:
        raise UnusableKeys(f"{path} contains no key for {' or '.join(allowed)}.")
    return usable


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnusableKeys(f"The key file {path} can't be read: {error.strerror}.") from None
