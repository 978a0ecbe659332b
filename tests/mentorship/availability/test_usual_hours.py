"""Weekly hours on another clock."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mentorship.availability.opening_hours import WeeklyHours
from mentorship.availability.usual_hours import convert

WINTER, MARCH = datetime(2026, 1, 5, 12, tzinfo=UTC), datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "to", "converted"),
    [
        (WeeklyHours(0, 1_080, 1_200), "Europe/London", WeeklyHours(0, 1_080, 1_200)),
        # Into the next day and the next week, and back.
        (WeeklyHours(6, 1_200, 1_440), "Asia/Kolkata", WeeklyHours(0, 90, 330)),
        (WeeklyHours(0, 60, 180), "America/New_York", WeeklyHours(6, 1_200, 1_320)),
        (WeeklyHours(0, 1_080, 1_200), "Asia/Kolkata", WeeklyHours(0, 1_410, 90)),
        # Whole days stay 24 hours long.
        (WeeklyHours(2, 0, 1_440), "America/New_York", WeeklyHours(1, 1_140, 1_140)),
    ],
)
def test_hours_move_with_the_difference_between_the_clocks(
    hours: WeeklyHours, to: str, converted: WeeklyHours
) -> None:
    assert convert([hours], "Europe/London", to, WINTER) == (converted,)


@pytest.mark.parametrize(
    ("to", "day", "start"),
    [
        # Five hours apart, except for the three weeks until London's clocks change.
        ("America/New_York", 10, 13),
        ("America/New_York", 30, 13),
        # Half a year each.
        ("Asia/Tokyo", 28, 3),
        ("Asia/Tokyo", 30, 2),
    ],
)
def test_the_difference_of_most_weeks_around_now_applies(to: str, day: int, start: int) -> None:
    (converted,) = convert(
        [WeeklyHours(0, 1_080, 1_200)], "Europe/London", to, MARCH.replace(day=day)
    )
    assert converted.start == start * 60
