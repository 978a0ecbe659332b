"""Dates and times in languages that have no catalogue yet: a new one needs no code."""

from __future__ import annotations

from datetime import date

import pytest

from wording import cldr

DISCORD = (
    *("bg", "cs", "da", "el", "fi", "hi", "hr", "hu", "ko", "lt", "nl", "no", "pl", "ro"),
    *("ru", "sv-SE", "th", "tr", "uk", "vi", "zh-CN", "zh-TW", "id", "fa", "he"),
)
"""Discord's other languages, and two that are written from right to left."""


@pytest.mark.parametrize("tag", DISCORD)
def test_every_pattern_of_a_language_can_be_written(tag: str) -> None:
    formats = cldr.load.__wrapped__(tag)
    for pattern in (formats.day, formats.date, formats.month):
        assert cldr.write_date(pattern, formats, date(2026, 3, 2))
    for pattern in (formats.clock, formats.twelve_hour_clock):
        assert "05" in cldr.write_clock(pattern, formats, 9, 5)
