"""Secrets of webhooks."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorship.webhooks import secrets


def test_generated_secrets_are_valid_and_differ() -> None:
    first, second = secrets.generate(), secrets.generate()
    assert secrets.is_valid(first)
    assert secrets.is_valid(second)
    assert first != second


@given(st.binary(max_size=100))
def test_secrets_of_24_to_64_bytes_are_valid(key: bytes) -> None:
    text = base64.b64encode(key).decode()
    is_valid = 24 <= len(key) <= 64
    assert secrets.is_valid(f"whsec_{text}") == is_valid
    assert secrets.is_valid(f"whsec_{text.rstrip('=')}") == is_valid


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        "short",
        "whsec_ä" + "A" * 40,
        "whsec_" + "-" * 40,
        "A" * 44,
        "whsec_" + "A" * 41,
    ],
)
def test_other_texts_are_no_secrets(secret: str) -> None:
    assert not secrets.is_valid(secret)
