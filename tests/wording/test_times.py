"""Times and zones in words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import pytz

from mentorship.time.zone_search import resolve
from wording.reader import ENGLISH
from wording.times import describe, describe_compact, describe_offset, full_date, zone_label

NOW = datetime(2026, 11, 24, 14, 34, tzinfo=UTC)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("start", "zone", "hours", "text"),
    [
        (utc(2026, 11, 24, 20), "America/New_York", 1, "Tue 24 Nov 2026, 15:00–16:00 EST (UTC−5)"),
        (utc(2026, 11, 24, 20), "Asia/Kathmandu", 1, "Wed 25 Nov 2026, 01:45–02:45 UTC+5:45"),
        (utc(2026, 11, 24, 20), "UTC", 4, "Tue 24 Nov 2026, 20:00–24:00 UTC"),
        (
            utc(2026, 11, 24, 23),
            "Europe/London",
            2,
            "Tue 24 Nov 2026, 23:00 – Wed 25 Nov 2026, 01:00 GMT (UTC+0)",
        ),
        (
            utc(2026, 11, 1, 5, 30),
            "America/New_York",
            1,
            "Sun 1 Nov 2026, 01:30 EDT (UTC−4) – 01:30 EST (UTC−5)",
        ),
        (utc(2026, 11, 24, 20), "America/St_Johns", None, "Tue 24 Nov 2026, 16:30 NST (UTC−3:30)"),
    ],
)
def test_describe_writes_span_zone_and_offset(
    start: datetime, zone: str, hours: int | None, text: str
) -> None:
    end = None if hours is None else start + timedelta(hours=hours)
    assert describe(start, zone, ENGLISH, end=end) == text


def test_describe_compact_fits_in_60_characters() -> None:
    assert (
        describe_compact(utc(2026, 11, 24, 20), "America/New_York", ENGLISH)
        == "Tue 24 Nov, 15:00 EST"
    )
    assert (
        describe_compact(utc(2026, 11, 24, 20), "Asia/Kathmandu", ENGLISH)
        == "Wed 25 Nov, 01:45 UTC+5:45"
    )
    assert describe_offset(utc(2026, 11, 24, 20), "America/New_York", ENGLISH) == "EST (UTC−5)"
    assert all(len(describe_compact(NOW, name, ENGLISH)) <= 60 for name in pytz.all_timezones)


def test_full_date_has_weekday_and_year() -> None:
    assert full_date(date(2026, 3, 2), ENGLISH) == "Mon 2 Mar 2026"


@pytest.mark.parametrize(
    ("zone", "label"),
    [
        ("Asia/Kolkata", "Asia/Kolkata · India · now 20:04 IST (UTC+5:30)"),
        ("Europe/London", "Europe/London · United Kingdom · now 14:34 GMT (UTC+0)"),
        ("UTC", "UTC · the same all year · now 14:34 UTC"),
    ],
)
def test_zone_label_has_country_and_current_time(zone: str, label: str) -> None:
    assert zone_label(zone, NOW, ENGLISH) == label
    assert resolve(label, now=NOW).zone == zone
