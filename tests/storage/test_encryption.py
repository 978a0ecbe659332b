"""Secrets are stored encrypted, and keys can be replaced."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.encryption import (
    NO_CIPHER,
    Cipher,
    EncryptionUnavailable,
    Undecryptable,
    generate_key,
    is_key,
)

OLD, NEW = generate_key(), generate_key()


@given(st.text())
def test_what_is_encrypted_comes_back_and_shows_nothing(text: str) -> None:
    cipher = Cipher([NEW])
    token = cipher.encrypt(text)
    assert cipher.decrypt(token) == text
    assert len(text) < 8 or text not in token
    assert token != cipher.encrypt(text)


def test_an_old_key_still_decrypts_until_values_are_encrypted_again() -> None:
    token = Cipher([OLD]).encrypt("secret")
    both = Cipher([NEW, OLD])
    assert both.decrypt(token) == "secret"
    with pytest.raises(Undecryptable):
        Cipher([NEW]).decrypt(token)
    assert Cipher([NEW]).decrypt(both.encrypt_again(token)) == "secret"


@pytest.mark.parametrize("token", ["", "secret", "gAAAAA", "💥"])
def test_a_damaged_value_is_refused(token: str) -> None:
    with pytest.raises(Undecryptable):
        Cipher([NEW]).decrypt(token)
    with pytest.raises(Undecryptable):
        Cipher([NEW]).encrypt_again(token)


def test_without_a_key_nothing_is_encrypted() -> None:
    assert not NO_CIPHER.is_available
    with pytest.raises(EncryptionUnavailable):
        NO_CIPHER.encrypt("secret")


def test_a_key_is_32_bytes_in_base64_and_never_shown() -> None:
    assert is_key(NEW)
    assert not any(map(is_key, ["", "secret", NEW[:-4], "é" * 44]))
    assert NEW not in repr(Cipher([NEW]))
