"""Slots that fill gaps after bookings, compared with trying everything out, and by cases."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorship.availability.opening_hours import Schedule, WeeklyHours
from mentorship.availability.slots import (
    BookingLimits,
    bookable_slots,
    is_open,
    open_slots,
    why_not_bookable,
)
from mentorship.availability.travel import Travel
from mentorship.errors import NotBookableReason
from mentorship.time.intervals import Span
from tests.mentorship.availability import oracle
from tests.mentorship.availability.comparisons import (
    BUFFERS_AFTER,
    BUFFERS_BEFORE,
    assert_is_open_agrees,
    busy_near,
)
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


@few_examples
@given(windows(), WEEKLY, st.data())
def test_gap_slots_match_the_oracle_and_is_open(window, weekly, data):
    assert_gap_slots_match(window, weekly, data)


@pytest.mark.long
@more_examples
@given(windows(), WEEKLY, st.data())
def test_more_gap_slots_match_the_oracle_and_is_open(window, weekly, data):
    assert_gap_slots_match(window, weekly, data)


def assert_gap_slots_match(window, weekly, data):
    zone, begin, end = window
    overrides = data.draw(overrides_near(begin))
    duration = data.draw(st.sampled_from([15, 20, 30, 45, 60, 90]))
    step = data.draw(st.sampled_from([15, 30, 50, 60, 120]))
    before, after = data.draw(BUFFERS_BEFORE), data.draw(BUFFERS_AFTER)
    busy = data.draw(busy_near(begin, st.sampled_from([0, 15, 20, 45, 60, 300]), min_size=1))
    margin = 9 * DAY
    trips = data.draw(st.just([]) | trips_near(begin))
    traveller = oracle.minutes_of_a_traveller(
        zone, weekly, overrides, trips, begin - margin, end + 3 * DAY
    )
    clocks, on_clock, minutes = traveller
    schedule = travelling(schedule_of(zone, weekly, overrides), trips)
    arguments = {
        "busy": [Span(*pair) for pair in busy],
        "duration": duration,
        "step": step,
        "buffer_before": before,
        "buffer_after": after,
    }
    grid_alone = open_slots(schedule, window=(begin, end), **arguments)
    result = open_slots(schedule, window=(begin, end), fill_gaps=True, **arguments)
    assert set(grid_alone) <= set(result)
    assert result == sorted(set(result))
    # If everything is open for more than a week before, the oracle cannot see where it started.
    if not any(all(each[: 4 * 1440]) for each in on_clock.values()):
        grid = oracle.grid_of_a_traveller(clocks, on_clock, minutes, duration, step)
        gaps = oracle.gap_minutes(
            clocks, minutes, grid, begin - margin, busy, duration, before, after
        )
        starts = [begin - margin + k * MINUTE for k in gaps]
        fitting = [at for at in starts if begin <= at and at + duration * MINUTE <= end]
        assert sorted(set(result) - set(grid_alone)) == fitting
    assert_is_open_agrees(schedule, (begin, end), result, result, fill_gaps=True, **arguments)


@fewer_examples
@given(windows(), WEEKLY, st.data())
def test_why_not_bookable_agrees_with_filled_gaps(window, weekly, data):
    zone, begin, end = window
    schedule = schedule_of(zone, weekly, ())
    limits = BookingLimits(
        step=data.draw(st.sampled_from([30, 60])),
        buffer_after=data.draw(st.sampled_from([0, 5])),
        minimum_notice=0,
        horizon_days=30,
        fill_gaps=True,
    )
    booked = [
        begin + minutes * MINUTE
        for minutes in data.draw(st.lists(st.integers(0, 4000), min_size=1, max_size=8))
    ]
    mentee_busy = [Span(start + 60 * MINUTE, start + 75 * MINUTE) for start in booked[:2]]
    rules = {
        "now": begin - DAY,
        "busy": [Span(start, start + 20 * MINUTE) for start in booked],
        "mentee_busy": mentee_busy,
        "duration": 45,
    }
    listed = set(bookable_slots(schedule, limits, window=(begin, end), **rules))
    starts = {begin + k * 15 * MINUTE for k in range((end - begin) // (15 * MINUTE))}
    for start in starts | listed:
        if start + 45 * MINUTE <= end:
            reason = why_not_bookable(schedule, limits, start=start, **rules)
            assert (reason is None) == (start in listed), (start, reason)


# --- Named cases ----------------------------------------------------------------------------------

MORNING = Schedule("UTC", (WeeklyHours(1, 9 * 60, 13 * 60),))
TUESDAY = utc(2026, 11, 24)


def at(hour: int, minute: int = 0) -> timedelta:
    return timedelta(hours=hour, minutes=minute)


def starts_with(*booked: tuple[timedelta, timedelta], duration: int = 60, **limits: int) -> str:
    slots = open_slots(
        MORNING,
        busy=[Span(TUESDAY + start, TUESDAY + end) for start, end in booked],
        window=(TUESDAY, TUESDAY + DAY),
        duration=duration,
        step=60,
        fill_gaps=True,
        **limits,
    )
    return " ".join(f"{slot:%H:%M}" for slot in slots)


def test_a_slot_follows_a_booking_if_more_sessions_fit_in():
    # From 10:00 on, three fit in; from 9:45 on, three as well.
    assert starts_with((at(9), at(9, 45))) == "10:00 11:00 12:00"
    # 45 minutes until the end: one fits in from 12:15 on, and none on the grid.
    assert starts_with((at(9), at(12, 10)), duration=45) == "12:15"
    # Sessions of half an hour fit in twice from 12:00 on, but the grid has one start.
    assert starts_with((at(9), at(11, 20)), duration=30) == "11:30 12:00"


def test_a_gap_slot_keeps_the_buffer_after_the_booking():
    assert starts_with((at(9), at(11, 30)), duration=30, buffer_after=20) == "12:00"
    assert starts_with((at(9), at(11, 30)), duration=30, buffer_after=15) == "11:45 12:00"
    assert starts_with((at(9), at(11, 30)), duration=30, buffer_before=15) == "11:45 12:00"


def test_a_gap_slot_ends_before_the_next_booking():
    between = (at(9), at(9, 50)), (at(11), at(13))
    assert starts_with(*between, duration=60) == "10:00"
    assert starts_with(*between, duration=15) == "10:00"
    short = (at(9), at(10, 10)), (at(11), at(13))
    assert starts_with(*short, duration=45) == "10:15"
    assert starts_with(*short, duration=50) == ""


def test_quarter_hours_are_those_of_the_mentors_clock():
    schedule = Schedule("Asia/Kathmandu", (WeeklyHours(1, 9 * 60, 13 * 60),))
    nine = utc(2026, 11, 24, 3, 15)
    trip = Schedule(
        "UTC", schedule.weekly, travel=(Travel(nine.date(), nine.date(), schedule.zone),)
    )
    for each in (schedule, trip):
        slots = open_slots(
            each,
            busy=[Span(nine, nine + at(3, 10))],
            window=(nine, nine + at(4)),
            duration=45,
            step=60,
            fill_gaps=True,
        )
        assert slots == [nine + at(3, 15)]


def test_a_gap_slot_that_was_booked_meanwhile_is_taken():
    limits = BookingLimits(step=60, minimum_notice=0, fill_gaps=True)
    first = Span(TUESDAY + at(9), TUESDAY + at(12, 10))
    start = TUESDAY + at(12, 15)
    rules = {"now": TUESDAY - DAY, "start": start, "duration": 45}
    assert why_not_bookable(MORNING, limits, busy=[first], **rules) is None
    both = [first, Span(start, start + at(0, 45))]
    assert why_not_bookable(MORNING, limits, busy=both, **rules) is NotBookableReason.BUSY
    # The booking before it was cancelled, so the grid starts at 12:00 again.
    assert why_not_bookable(MORNING, limits, **rules) is NotBookableReason.HOURS
    assert (
        why_not_bookable(MORNING, BookingLimits(step=60, minimum_notice=0), busy=[first], **rules)
        is NotBookableReason.HOURS
    )


@pytest.mark.parametrize("hours", [3, 30])
def test_gaps_are_filled_in_hours_that_never_end(hours):
    always = Schedule("UTC", tuple(WeeklyHours(day, 0, 1440) for day in range(7)))
    busy = [Span(TUESDAY, TUESDAY + at(hours, 20))]
    arguments = {"busy": busy, "step": 120, "duration": 60, "fill_gaps": True}
    start = TUESDAY + at(hours, 30)
    assert is_open(always, start=start, **arguments)
    slots = open_slots(always, window=(start - DAY / 2, start + DAY / 2), **arguments)
    assert start in slots


def test_sessions_after_a_change_of_clocks_count_towards_a_gap():
    always = tuple(WeeklyHours(day, 0, 1440) for day in range(7))
    day = TUESDAY.date()
    schedule = Schedule("UTC", always, travel=(Travel(day, day, "Asia/Kathmandu"),))
    # On Kathmandu's clock from midnight in UTC on, so that whole hours there are a quarter past.
    busy = [Span(TUESDAY - at(2), TUESDAY - at(1, 20))]
    evening = (TUESDAY - at(2), TUESDAY + at(2))
    slots = open_slots(schedule, busy=busy, window=evening, duration=60, step=60, fill_gaps=True)
    assert [f"{slot:%H:%M}" for slot in slots] == ["22:45", "23:00", "00:15"]
