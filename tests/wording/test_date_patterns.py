"""Dates and times in many languages, most without a catalogue: a new one needs no code."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from wording import cldr
from wording.reader import Reader
from wording.times import describe_local

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


@pytest.mark.parametrize(
    ("tag", "written"),
    [
        ("en-GB", "Mon 2 Mar, 18:00"),
        ("de", "Mo., 2. März, 18:00"),
        ("ja", "3月2日(月) 18:00"),
        ("ar", "الاثنين، 2 مارس، 18:00"),
    ],
)
def test_a_time_follows_its_day_with_the_comma_of_the_language(tag: str, written: str) -> None:
    start = datetime(2026, 3, 2, 18, tzinfo=UTC)
    reader = Reader(tag)
    assert describe_local(start, start, "UTC", reader).partition("–")[0] == written
