"""Encryption of single values, so that a copy of the database doesn't give away what they protect.

Addresses of people's calendars and passwords for these are stored so. The keys are in the
operator's configuration, never in the database. Values are Fernet tokens
(https://github.com/fernet/spec): AES-128-CBC with HMAC-SHA256.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from storage.errors import StorageError

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet


class EncryptionUnavailable(StorageError):
    """The configuration has no encryption key, so nothing can be encrypted or read."""

    def __init__(self) -> None:
        super().__init__(
            "No encryption key is set. `mentorbot encryption-key` prints a new one for "
            "MENTORBOT_ENCRYPTION__KEYS."
        )


class Undecryptable(ValueError):
    """A value was encrypted with a key that the configuration doesn't have, or was damaged.

    It concerns the row of that value, and no other.
    """

    def __init__(self) -> None:
        super().__init__("A stored value can't be decrypted with the encryption keys that are set.")


def generate_key() -> str:
    """Return a new random key."""
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode()


def is_key(text: str) -> bool:
    """Return whether a text is a key: 32 bytes in URL-safe base64."""
    from cryptography.fernet import Fernet

    try:
        Fernet(text)
    except ValueError:
        return False
    return True


class Cipher:
    """Encrypts and decrypts values. The first of its `keys` encrypts; all of them decrypt."""

    def __init__(self, keys: Sequence[str] = ()) -> None:
        self._keys = tuple(keys)

    def __repr__(self) -> str:
        return f"Cipher({len(self._keys)} keys)"

    @property
    def is_available(self) -> bool:
        """Whether there is a key."""
        return bool(self._keys)

    def encrypt(self, text: str) -> str:
        """Return a text encrypted, different each time. Raises `EncryptionUnavailable`."""
        return self._fernet.encrypt(text.encode()).decode()

    def decrypt(self, token: str) -> str:
        """Return what was encrypted. Raises `Undecryptable` and `EncryptionUnavailable`."""
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet.decrypt(token.encode()).decode()
        except InvalidToken:
            raise Undecryptable from None

    def encrypt_again(self, token: str) -> str:
        """Return an encrypted value encrypted with the first key. Raises what `decrypt` does."""
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet.rotate(token.encode()).decode()
        except InvalidToken:
            raise Undecryptable from None

    @cached_property
    def _fernet(self) -> MultiFernet:
        if not self._keys:
            raise EncryptionUnavailable
        # Imported here, since few transactions need it.
        from cryptography.fernet import Fernet, MultiFernet

        return MultiFernet([Fernet(key) for key in self._keys])


NO_CIPHER = Cipher()
"""Of an installation without a key."""


def digest(scope: str, text: str) -> str:
    """Return a hash by which a value is found again. `scope` keeps those of different uses apart.

    The hash has no key, so whoever guesses the value can tell that it is the one.
    """
    return hmac.new(scope.encode(), text.encode(), hashlib.sha256).hexdigest()
