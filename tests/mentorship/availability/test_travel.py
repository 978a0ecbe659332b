"""Travel: hours on another zone's clock, compared with a minute-by-minute oracle, and by cases."""

from dataclasses import replace
from datetime import date, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorship.availability.opening_hours import (
    DateOverride,
    Schedule,
    WeeklyHours,
    open_intervals,
    sessions_outside_hours,
)
from mentorship.availability.slots import (
    BookingLimits,
    bookable_slots,
    open_slots,
    why_not_bookable,
)
from mentorship.availability.travel import Travel, clock_spans
from mentorship.availability.zone_conversion import convert_to_zone
from mentorship.errors import NotBookableReason
from mentorship.time import timezones
from mentorship.time.intervals import Span
from tests.mentorship.availability import oracle
from tests.mentorship.availability.comparisons import assert_is_open_agrees, assert_open_minutes
from tests.mentorship.availability.strategies import (
    DAY,
    MINUTE,
    WEEKLY,
    few_examples,
    fewer_examples,
    more_examples,
    overrides_near,
    schedule_of,
    travelling,
    trips_near,
    utc,
    windows,
)


@fewer_examples
@given(windows(), WEEKLY, st.data())
def test_hours_of_a_traveller_match_the_oracle(window, weekly, data):
    zone, begin, end = window
    overrides = data.draw(overrides_near(begin))
    trips = data.draw(trips_near(begin))
    schedule = travelling(schedule_of(zone, weekly, overrides), trips)
    clocks, _, expected = oracle.minutes_of_a_traveller(zone, weekly, overrides, trips, begin, end)
    assert_open_minutes(schedule, begin, expected)
    for k in range(0, len(clocks), 97):
        assert schedule.zone_at(begin + k * MINUTE) == clocks[k]


@fewer_examples
@given(windows(), st.data())
def test_each_instant_belongs_to_one_clock(window, data):
    zone, begin, end = window
    schedule = travelling(Schedule(zone), data.draw(trips_near(begin)))
    spans = list(clock_spans(zone, schedule.travel, begin.timestamp(), end.timestamp()))
    assert spans[0].start <= begin.timestamp()
    assert end.timestamp() < spans[-1].end
    assert all(a.end == b.start and a.start < a.end for a, b in pairwise(spans))


@few_examples
@given(windows(), WEEKLY, st.data())
def test_slots_of_a_traveller_match_the_oracle_and_is_open(window, weekly, data):
    assert_slots_of_a_traveller_match(window, weekly, data)


@pytest.mark.long
@more_examples
@given(windows(), WEEKLY, st.data())
def test_more_slots_of_a_traveller_match_the_oracle_and_is_open(window, weekly, data):
    assert_slots_of_a_traveller_match(window, weekly, data)


def assert_slots_of_a_traveller_match(window, weekly, data):
    zone, begin, end = window
    overrides = data.draw(overrides_near(begin))
    trips = data.draw(trips_near(begin))
    duration = data.draw(st.sampled_from([15, 30, 60, 240]))
    step = data.draw(st.sampled_from([15, 30, 50, 60]))
    schedule = travelling(schedule_of(zone, weekly, overrides), trips)
    result = open_slots(schedule, window=(begin, end), duration=duration, step=step)
    margin = 9 * DAY
    traveller = oracle.minutes_of_a_traveller(zone, weekly, overrides, trips, begin - margin, end)
    _, on_clock, _ = traveller
    # If everything is open for more than a week before, the oracle cannot see where it started.
    if not any(all(minutes[: 4 * 1440]) for minutes in on_clock.values()):
        grid = oracle.grid_of_a_traveller(*traveller, duration, step)
        starts = [begin - margin + k * MINUTE for k in grid]
        assert result == [start for start in starts if start >= begin]
    near = [*result[::7], *(slot + MINUTE for slot in result[::11])]
    assert_is_open_agrees(schedule, (begin, end), result, near, duration=duration, step=step)


@fewer_examples
@given(windows(), WEEKLY, st.data())
def test_limits_of_a_traveller_count_by_the_clock_that_applies(window, weekly, data):
    zone, begin, end = window
    trips = data.draw(trips_near(begin))
    schedule = travelling(schedule_of(zone, weekly, ()), trips)
    limits = BookingLimits(
        minimum_notice=0,
        horizon_days=30,
        most_per_day=data.draw(st.none() | st.integers(1, 2)),
        most_per_week=data.draw(st.none() | st.integers(1, 3)),
    )
    booked = [
        begin + minutes * MINUTE
        for minutes in data.draw(st.lists(st.integers(-4000, 8000), max_size=6))
    ]
    rules = {"now": begin - DAY, "booked": booked, "duration": 30}

    def local_date(instant: datetime) -> date:
        clock = oracle.clock_at(instant, zone, trips)
        return timezones.to_local(instant, clock).date()

    def full(start: datetime) -> bool:
        day, week = local_date(start), local_date(start).isocalendar()[:2]
        same_day = sum(local_date(other) == day for other in booked)
        same_week = sum(local_date(other).isocalendar()[:2] == week for other in booked)
        return same_day >= (limits.most_per_day or 99) or same_week >= (limits.most_per_week or 99)

    slots = open_slots(schedule, window=(begin, end), duration=30)
    listed = bookable_slots(schedule, limits, window=(begin, end), **rules)
    assert listed == [slot for slot in slots if not full(slot)]
    for slot in slots[::5]:
        reason = why_not_bookable(schedule, limits, start=slot, **rules)
        assert (reason is None) == (slot in listed), (slot, reason)


# --- Named cases ----------------------------------------------------------------------------------

EVENINGS = tuple(WeeklyHours(day, 18 * 60, 20 * 60) for day in range(7))
AUGUST_3, AUGUST_10 = date(2026, 8, 3), date(2026, 8, 10)


def local_starts(schedule: Schedule, first: int, last: int) -> list[str]:
    """Return where hours start from the `first` to the `last` of August, on the clock there."""
    window = Span(utc(2026, 8, first), utc(2026, 8, last + 1))
    starts = [span.start for span in open_intervals(schedule, window)]
    return [f"{timezones.to_local(at, schedule.zone_at(at)):%d %H:%M %Z}" for at in starts]


def test_evenings_follow_the_clock_of_a_trip():
    schedule = Schedule(
        "America/New_York", EVENINGS, travel=(Travel(AUGUST_3, AUGUST_10, "Europe/Lisbon"),)
    )
    assert local_starts(schedule, 1, 3) == ["01 18:00 EDT", "02 18:00 EDT", "03 18:00 WEST"]
    # Lisbon's 3 August begins at 19:00 in New York, but that evening there isn't cut off.
    (evening, *_) = open_intervals(schedule, Span(utc(2026, 8, 2, 12), utc(2026, 8, 3, 12)))
    assert evening == Span(utc(2026, 8, 2, 22), utc(2026, 8, 3))
    assert local_starts(schedule, 10, 12) == ["10 18:00 WEST", "11 18:00 EDT", "12 18:00 EDT"]


def test_the_clock_changes_at_the_later_midnight_over_the_date_line():
    schedule = Schedule(
        "America/Los_Angeles", EVENINGS, travel=(Travel(AUGUST_3, AUGUST_10, "Pacific/Auckland"),)
    )
    # 2 August ends in Los Angeles when it is 19:00 of the 3rd in Auckland.
    assert local_starts(schedule, 2, 4) == [
        "01 18:00 PDT",
        "02 18:00 PDT",
        "03 19:00 NZST",
        "04 18:00 NZST",
    ]
    # 11 August begins in Los Angeles when it is 19:00 of the 11th in Auckland.
    assert local_starts(schedule, 10, 12) == [
        "10 18:00 NZST",
        "11 18:00 NZST",
        "11 18:00 PDT",
    ]


def test_an_override_during_a_trip_is_on_the_clock_there():
    schedule = Schedule(
        "America/New_York",
        EVENINGS,
        (DateOverride(AUGUST_3), DateOverride(date(2026, 8, 4), ((600, 660),))),
        (Travel(AUGUST_3, AUGUST_10, "Europe/Lisbon"),),
    )
    assert local_starts(schedule, 2, 5) == ["02 18:00 EDT", "04 10:00 WEST", "05 18:00 WEST"]


def test_a_trip_on_the_next_date_follows_without_going_home():
    always = tuple(WeeklyHours(day, 0, 1440) for day in range(7))
    schedule = Schedule(
        "Europe/London",
        always,
        travel=(
            Travel(AUGUST_3, AUGUST_3, "Asia/Tokyo"),
            Travel(date(2026, 8, 4), date(2026, 8, 4), "Europe/Lisbon"),
            Travel(date(2026, 8, 5), date(2026, 8, 5), "Asia/Tokyo"),
        ),
    )
    window = Span(utc(2026, 8, 1), utc(2026, 8, 8))
    clocks = [
        (span.zone, datetime.fromtimestamp(span.start, tz=window.start.tzinfo))
        for span in schedule.clocks(window.start.timestamp(), window.end.timestamp())
        if span.start > 0
    ]
    assert clocks == [
        # When it is midnight in London, where 3 August begins in Tokyo while it is still the 2nd.
        ("Asia/Tokyo", utc(2026, 8, 2, 23)),
        # From here on when the date begins in the next zone, as that is further west, …
        ("Europe/Lisbon", utc(2026, 8, 3, 23)),
        # … or ends in the last one.
        ("Asia/Tokyo", utc(2026, 8, 4, 23)),
        ("Europe/London", utc(2026, 8, 5, 23)),
    ]
    assert open_intervals(schedule, window) == [window]


def test_a_trip_on_a_date_that_its_zone_skipped_has_no_hours():
    skipped = date(2011, 12, 30)
    schedule = Schedule("UTC", EVENINGS, travel=(Travel(skipped, skipped, "Pacific/Apia"),))
    starts = [
        span.start for span in open_intervals(schedule, Span(utc(2011, 12, 29), utc(2012, 1, 1)))
    ]
    assert starts == [utc(2011, 12, 29, 18), utc(2011, 12, 31, 18)]


def test_no_trip_cuts_off_the_day_before_or_the_day_after_at_home():
    """Not even between the two zones that are furthest apart, by 26 hours."""
    home = Schedule("Etc/GMT+12", EVENINGS)
    schedule = replace(home, travel=(Travel(AUGUST_3, AUGUST_3, "Etc/GMT-14"),))
    for day in (2, 4):
        window = Span(utc(2026, 8, day, 12), utc(2026, 8, day + 1, 12))
        assert open_intervals(schedule, window) == open_intervals(home, window)


def test_a_session_may_run_over_a_change_of_clocks():
    always = tuple(WeeklyHours(day, 0, 1440) for day in range(7))
    schedule = Schedule("UTC", always, travel=(Travel(AUGUST_3, AUGUST_10, "Asia/Kathmandu"),))
    slots = open_slots(
        schedule,
        window=(utc(2026, 8, 2, 22, 30), utc(2026, 8, 3, 2)),
        duration=60,
        step=60,
    )
    # Whole hours in UTC, and from midnight on in Kathmandu, which is 5:45 ahead.
    assert [f"{slot:%H:%M}" for slot in slots] == ["23:00", "00:15"]
    across = Span(utc(2026, 8, 2, 23, 30), utc(2026, 8, 3, 0, 30))
    assert sessions_outside_hours(schedule, [across]) == []


def test_sessions_outside_the_hours_of_a_trip_are_listed():
    home = Schedule("America/New_York", EVENINGS)
    away = replace(home, travel=(Travel(AUGUST_3, AUGUST_10, "Europe/Lisbon"),))
    there, before = (Span(utc(2026, 8, day, 22), utc(2026, 8, day, 23)) for day in (5, 1))
    assert sessions_outside_hours(home, [before, there]) == []
    assert sessions_outside_hours(away, [before, there]) == [there]
    reason = why_not_bookable(
        away, BookingLimits(), now=utc(2026, 8, 1), start=there.start, duration=60
    )
    assert reason is NotBookableReason.HOURS


def test_changing_the_home_zone_leaves_trips_as_they_are():
    trip = Travel(AUGUST_3, AUGUST_10, "Europe/Lisbon")
    special = DateOverride(date(2026, 8, 4), ((600, 660),))
    day_off = DateOverride(date(2026, 8, 20))
    tokyo = Schedule("Asia/Tokyo", EVENINGS, (special, day_off), (trip,))
    moved = convert_to_zone(tokyo, "Asia/Kolkata", at=utc(2026, 8, 1))
    assert moved.travel == (trip,)
    assert special in moved.overrides
    window = Span(utc(2026, 8, 12), utc(2026, 8, 30))
    assert open_intervals(moved, window) == open_intervals(tokyo, window)


def test_a_trip_cannot_end_before_it_starts():
    with pytest.raises(ValueError, match="before"):
        Travel(AUGUST_10, AUGUST_3, "Europe/Lisbon")
    assert Travel(AUGUST_3, AUGUST_10, "UTC").overlaps(Travel(AUGUST_10, AUGUST_10, "UTC"))
    assert not Travel(AUGUST_3, AUGUST_3, "UTC").overlaps(Travel(AUGUST_10, AUGUST_10, "UTC"))
