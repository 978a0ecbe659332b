"""Lengths of time, and plurals by rule, also for one."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorship.errors import Field, Limit, LimitReached
from mentorship.guilds.setting_limits import parse_duration
from tests.errors import sentence
from wording.durations import duration
from wording.reader import ENGLISH

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        (0, "0 minutes"),
        (1, "1 minute"),
        (60, "1 hour"),
        (61, "1 hour 1 minute"),
        (90, "1 hour 30 minutes"),
        (1_440, "24 hours"),
        (2_879, "47 hours 59 minutes"),
        (2_880, "2 days"),
        (2_940, "2 days 1 hour"),
        (4_320, "3 days"),
        (20_159, "13 days 23 hours 59 minutes"),
    ],
)
def test_a_duration_is_in_the_usual_unit(minutes: int, text: str) -> None:
    assert duration(minutes, ENGLISH) == text


@given(st.integers(min_value=0, max_value=30 * 1_440))
def test_a_duration_is_read_back(minutes: int) -> None:
    text = duration(minutes, ENGLISH)
    assert re.search(r"\b1 (minutes|hours|days)", text) is None
    assert parse_duration(Field.CONFIRM_WITHIN, text) == minutes


@pytest.mark.parametrize("limit", Limit)
@pytest.mark.parametrize("most", [1, 2])
def test_a_limit_is_in_the_right_number(limit: Limit, most: int) -> None:
    text = sentence(LimitReached(limit, most, NOON))
    nouns = "request|session|booking|gift|time|invitation|alert"
    wrong = rf"\b1 (\w+ )?({nouns})s\b" if most == 1 else rf"\b2 (\w+ )?({nouns})\b"
    assert re.search(wrong, text) is None
