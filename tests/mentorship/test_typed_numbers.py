"""Reading whole numbers as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorship.typed_numbers import parse_whole_number


@given(st.integers(0, 10**15))
def test_a_number_is_read_however_its_thousands_are_separated(number: int) -> None:
    for text in (str(number), f"{number:,}", f" {number:_} ", f"{number:,}".replace(",", " ")):
        assert parse_whole_number(text) == number


@pytest.mark.parametrize(
    "text",
    ["", " ", "-1", "1.5", "1,5", "1,00", "10,00,000", "1,0000", "٣", "１２", "1e3", "9" * 17],
)
def test_what_is_no_whole_number_is_not_guessed(text: str) -> None:
    assert parse_whole_number(text) is None
