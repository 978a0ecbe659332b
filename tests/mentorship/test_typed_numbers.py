"""Reading whole numbers as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorship.typed_numbers import parse_whole_number
from wording import cldr

LOCALES = ("en-US", "de", "es-ES", "es-419", "fr", "it", "pt-BR", "ja", "ar")


@given(st.integers(0, 10**15))
def test_a_number_is_read_however_its_thousands_are_separated(number: int) -> None:
    for text in (str(number), f"{number:,}", f" {number:_} ", f"{number:,}".replace(",", " ")):
        assert parse_whole_number(text) == number


@given(st.integers(0, 10**15), st.sampled_from(LOCALES), st.sampled_from(["٠", "０", "०", "0"]))
def test_a_number_is_read_as_its_language_writes_it(number, locale, zero) -> None:
    written = cldr.format_number(number, cldr.load(locale))
    digits = str.maketrans("0123456789", "".join(chr(ord(zero) + digit) for digit in range(10)))
    assert parse_whole_number(written, locale) == number
    assert parse_whole_number(f"\u2068{written.translate(digits)}\u2069", locale) == number


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "-1", "1.5", "1,5", "1,00", "10,00,000", "1,0000", "1٣", "³", "½", "1e3"),
        *("9" * 17, "1,200.000", "1 200,000", "1.200"),
    ],
)
def test_what_is_no_whole_number_is_not_guessed(text: str) -> None:
    assert parse_whole_number(text) is None


@pytest.mark.parametrize(
    ("locale", "number", "fraction"),
    [
        ("en-US", "1,200", "1.200"),
        ("de", "1.200", "1,200"),
        ("es-ES", "1.200", "1,200"),
        ("es-419", "1,200", "1.200"),
        ("it", "1.200", "1,200"),
        ("pt-BR", "1.200", "1,200"),
        ("fr", "1 200", "1,200"),
        ("fr", "1 200", "1.200"),
        ("ja", "1,200", "1.200"),
        ("ar", "١٬٢٠٠", "1.200"),
    ],
)
def test_a_sign_that_is_a_decimal_point_in_the_language_is_refused(locale, number, fraction):
    assert parse_whole_number(number, locale) == 1_200
    assert parse_whole_number(fraction, locale) is None
