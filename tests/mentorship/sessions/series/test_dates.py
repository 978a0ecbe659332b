"""The dates of a series on the mentor's clock, against an oracle on zoneinfo."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorship.availability.opening_hours import Schedule
from mentorship.availability.travel import Travel
from mentorship.sessions.series.dates import can_be_moved_to, series_dates
from tests.mentorship.availability import oracle
from tests.mentorship.availability.strategies import (
    FAR_APART,
    RESTLESS,
    fewer_examples,
    is_exact_in_pytz,
    trips_near,
    windows,
)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]  # year to minute


@st.composite
def series(draw: st.DrawFn) -> tuple[str, datetime, list[oracle.Trip], int, int]:
    """Draw a zone, a start of which a repetition is often near an offset change, and trips."""
    zone, begin, _ = draw(windows())
    every_weeks, count = draw(st.sampled_from([1, 2])), draw(st.integers(2, 12))
    first = begin - timedelta(weeks=every_weeks * draw(st.integers(0, count - 1)))
    near = first + timedelta(weeks=every_weeks * draw(st.integers(0, count - 1)))
    trips = draw(trips_near(near)) if draw(st.booleans()) else []
    return zone, first, trips, every_weeks, count


@fewer_examples
@given(series())
def test_dates_match_an_independent_oracle(
    drawn: tuple[str, datetime, list[oracle.Trip], int, int],
) -> None:
    zone, first, trips, every_weeks, count = drawn
    if not all(is_exact_in_pytz(each, first) for each in (zone, *(trip[2] for trip in trips))):
        return
    schedule = Schedule(zone, travel=tuple(Travel(*trip) for trip in trips))
    found = series_dates(schedule, first, every_weeks, count)
    assert list(found) == oracle.repetitions(first, zone, trips, every_weeks, count)


@fewer_examples
@given(RESTLESS | FAR_APART, st.integers(0, 60 * 24 * 365 * 8), st.integers(1, 2))
def test_dates_are_in_order_and_about_a_week_apart(zone: str, minutes: int, weeks: int) -> None:
    first = utc(2026, 1, 1) + timedelta(minutes=minutes)
    found = series_dates(Schedule(zone), first, weeks, 12)
    steps = [later - earlier for earlier, later in pairwise(found)]
    assert all(abs(step - timedelta(weeks=weeks)) <= timedelta(hours=3) for step in steps)


@pytest.mark.parametrize(
    ("zone", "first", "third"),
    [
        # America's clocks go forward on 8 March 2026, Britain's on the 29th, and back in autumn.
        ("America/New_York", utc(2026, 3, 3, 15), utc(2026, 3, 17, 14)),
        ("Europe/London", utc(2026, 3, 24, 18), utc(2026, 4, 7, 17)),
        ("Europe/London", utc(2026, 10, 20, 17), utc(2026, 11, 3, 18)),
        ("Asia/Kolkata", utc(2026, 3, 24, 18), utc(2026, 4, 7, 18)),
        # At 2:30 on the 8th, New York's clocks skip to 3:30.
        ("America/New_York", utc(2026, 2, 22, 7, 30), utc(2026, 3, 8, 7, 30)),
    ],
)
def test_a_series_keeps_its_time_through_clock_changes(
    zone: str, first: datetime, third: datetime
) -> None:
    assert series_dates(Schedule(zone), first, 1, 3)[2] == third


def test_a_date_on_a_trip_is_on_the_clock_of_the_trip() -> None:
    trip = Travel(date(2026, 8, 9), date(2026, 8, 12), "America/New_York")
    found = series_dates(Schedule("Europe/London", travel=(trip,)), utc(2026, 8, 4, 17), 1, 3)
    # 18:00 in London, 18:00 in New York, 18:00 in London.
    assert found == (utc(2026, 8, 4, 17), utc(2026, 8, 11, 22), utc(2026, 8, 18, 17))


def test_a_series_may_run_over_the_end_of_the_year() -> None:
    found = series_dates(Schedule("Europe/London"), utc(2026, 12, 29, 18), 2, 12)
    assert found[-1] == utc(2027, 6, 1, 17)


@pytest.mark.parametrize(("every_weeks", "most_days"), [(1, 3.5), (2, 7)])
def test_a_date_stays_nearer_to_itself_than_to_the_next(every_weeks: int, most_days: float) -> None:
    planned, most = utc(2026, 8, 4, 17), timedelta(days=most_days)
    for sign in (-1, 1):
        assert can_be_moved_to(planned, planned + sign * most, every_weeks)
        beyond = sign * (most + timedelta(minutes=1))
        assert not can_be_moved_to(planned, planned + beyond, every_weeks)
