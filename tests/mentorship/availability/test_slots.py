"""Open hours and slots: compared with a minute-by-minute oracle, and by named cases."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import pytz
from hypothesis import given, settings
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
    is_open,
    open_slots,
    why_not_bookable,
)
from mentorship.availability.zone_conversion import convert_to_zone
from mentorship.errors import NotBookableReason
from mentorship.time import timezones
from mentorship.time.intervals import Span
from tests.mentorship.availability import oracle
from tests.mentorship.availability.comparisons import (
    BUFFERS_AFTER,
    BUFFERS_BEFORE,
    assert_is_open_agrees,
    assert_open_minutes,
    busy_near,
)
from tests.mentorship.availability.strategies import (
    DAY,
    MINUTE,
    WEEKLY,
    changes,
    fewer_examples,
    is_exact_in_pytz,
    overrides_near,
    schedule_of,
    utc,
    windows,
)
from wording import times
from wording.reader import ENGLISH

DAILY = range(7)


# --- Against the oracle ---------------------------------------------------------------------------


@fewer_examples
@given(windows(), WEEKLY, st.data())
def test_open_intervals_match_the_oracle(window, weekly, data):
    zone, begin, end = window
    overrides = data.draw(overrides_near(begin))
    expected = oracle.open_minutes(zone, weekly, overrides, begin, end)
    assert_open_minutes(schedule_of(zone, weekly, overrides), begin, expected)


@fewer_examples
@given(windows(), WEEKLY, st.data())
def test_slots_match_the_oracle_and_is_open(window, weekly, data):
    zone, begin, end = window
    overrides = data.draw(overrides_near(begin))
    duration = data.draw(st.sampled_from([15, 20, 30, 45, 60, 90, 240]))
    step = data.draw(st.sampled_from([5, 15, 30, 50, 60]))
    before, after = data.draw(BUFFERS_BEFORE), data.draw(BUFFERS_AFTER)
    busy = data.draw(busy_near(begin, st.integers(0, 300)))
    margin = 9 * DAY
    minutes = oracle.open_minutes(zone, weekly, overrides, begin - margin, end)
    schedule = schedule_of(zone, weekly, overrides)
    arguments = {
        "busy": [Span(*pair) for pair in busy],
        "duration": duration,
        "step": step,
        "buffer_before": before,
        "buffer_after": after,
    }
    result = open_slots(schedule, window=(begin, end), **arguments)
    # If everything is open for more than a week before, the oracle cannot see where it started.
    if not all(minutes[: margin // MINUTE]):
        expected = oracle.slots(
            minutes, begin - margin, (begin, end), busy, duration, step, before, after
        )
        assert result == expected
    near = [*result[::7], *(slot + MINUTE for slot in result[::11])]
    assert_is_open_agrees(schedule, (begin, end), result, near, **arguments)


@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 90)), min_size=1, max_size=4),
    st.sampled_from([15, 60]),
    st.sampled_from([0, 10]),
    st.sampled_from([0, 5]),
)
def test_slots_and_buffers_never_overlap_busy_minutes(busy, duration, before, after):
    """Compare with counting the busy minutes of each slot and its buffers."""
    always = schedule_of("UTC", [(day, 0, 1440) for day in range(7)], ())
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    busy_minutes = {minute for start, length in busy for minute in range(start, start + length)}
    spans = [
        Span(midnight + start * MINUTE, midnight + (start + length) * MINUTE)
        for start, length in busy
    ]
    for start in range(0, 420, 5):
        free = busy_minutes.isdisjoint(range(start - before, start + duration + after))
        arguments = {
            "duration": duration,
            "step": 5,
            "buffer_before": before,
            "buffer_after": after,
        }
        at = midnight + start * MINUTE
        assert is_open(always, busy=spans, start=at, **arguments) == free, start


@fewer_examples
@given(windows(), WEEKLY, st.data())
def test_why_not_bookable_agrees_with_bookable_slots(window, weekly, data):
    zone, begin, end = window
    schedule = schedule_of(zone, weekly, data.draw(overrides_near(begin)))
    limits = BookingLimits(
        step=data.draw(st.sampled_from([15, 30, 60])),
        buffer_before=data.draw(st.sampled_from([0, 15])),
        buffer_after=data.draw(st.sampled_from([0, 15])),
        minimum_notice=data.draw(st.sampled_from([0, 60, 1440])),
        horizon_days=data.draw(st.integers(0, 5)),
        most_per_day=data.draw(st.none() | st.integers(1, 3)),
        most_per_week=data.draw(st.none() | st.integers(1, 6)),
    )
    now = begin + data.draw(st.integers(-3000, 3000)) * MINUTE
    booked = [
        begin + minutes * MINUTE
        for minutes in data.draw(st.lists(st.integers(-4000, 8000), max_size=8))
    ]
    mentee_busy = data.draw(
        st.lists(st.tuples(st.integers(-100, 3000), st.sampled_from([10, 15, 90])), max_size=4)
    )
    rules = {
        "now": now,
        "busy": [Span(start, start + 30 * MINUTE) for start in booked],
        "mentee_busy": [
            Span(begin + start * MINUTE, begin + (start + length) * MINUTE)
            for start, length in mentee_busy
        ],
        "booked": booked,
        "proposed": [
            (start, start + data.draw(st.integers(-5000, 5000)) * MINUTE) for start in booked[:2]
        ],
        "duration": data.draw(st.sampled_from([15, 60])),
    }
    listed = set(bookable_slots(schedule, limits, window=(begin, end), **rules))
    for k in range((end - begin) // (15 * MINUTE)):
        start = begin + k * 15 * MINUTE
        if start + rules["duration"] * MINUTE <= end:
            reason = why_not_bookable(schedule, limits, start=start, **rules)
            assert (reason is None) == (start in listed), (start, reason)
    for start in listed:
        assert why_not_bookable(schedule, limits, start=start, **rules) is None


@fewer_examples
@given(windows(), WEEKLY, st.data())
def test_slots_do_not_depend_on_the_window(window, weekly, data):
    zone, begin, end = window
    schedule = schedule_of(zone, weekly, data.draw(overrides_near(begin)))
    step = data.draw(st.sampled_from([15, 35, 60]))
    wide = open_slots(schedule, window=(begin - 5 * DAY, end + DAY), duration=30, step=step)
    narrow = open_slots(schedule, window=(begin, end), duration=30, step=step)
    assert narrow == [slot for slot in wide if begin <= slot and slot + 30 * MINUTE <= end]


def every_change() -> list[tuple[str, datetime]]:
    return [
        (zone, change)
        for zone in pytz.all_timezones
        if timezones.canonical(zone) == zone
        for change in changes(zone)
        if is_exact_in_pytz(zone, change)
    ]


@pytest.mark.long
def test_hours_around_every_offset_change_from_1970_to_2037():
    """Compare hours before, across and after each change with the oracle's conversions.

    Comparing minute by minute around all twenty thousand changes would take hours.
    """
    for zone, change in every_change():
        begin, end = change - 20 * 60 * MINUTE, change + 20 * 60 * MINUTE
        weekly = tuple(
            (day, start, stop)
            for day in DAILY
            for start, stop in ((30, 150), (1410, 1440), (700, 725))
        )
        expected: list[tuple[datetime, datetime]] = []
        day = begin.date() - 3 * DAY
        while day <= end.date() + 3 * DAY:
            for _, start, stop in weekly[:3]:
                opens = oracle._passes(oracle._minutes_after(day, start), zone)[0]
                closes = oracle._passes(oracle._minutes_after(day, stop), zone)[1]
                clipped = max(opens, begin), min(closes, end)
                if clipped[0] < clipped[1] and not (
                    abs(timezones.offset_at(begin, zone) - timezones.offset_at(end, zone))
                    > 12 * 3600
                    and oracle.skipped(day, zone)
                ):
                    expected.append(clipped)
            day += DAY
        merged: list[tuple[datetime, datetime]] = []
        for opens, closes in sorted(expected):
            if merged and opens <= merged[-1][1]:
                merged[-1] = merged[-1][0], max(merged[-1][1], closes)
            else:
                merged.append((opens, closes))
        result = open_intervals(schedule_of(zone, weekly, ()), Span(begin, end))
        assert [(s.start, s.end) for s in result] == merged, (zone, change)


# --- Named cases ----------------------------------------------------------------------------------


def daily(zone: str, *hours: tuple[int, int], overrides: tuple[DateOverride, ...] = ()) -> Schedule:
    return Schedule(
        zone, tuple(WeeklyHours(day, *pair) for day in DAILY for pair in hours), overrides
    )


def hours_on(schedule: Schedule, begin: datetime, end: datetime) -> list[str]:
    return [
        times.describe(span.start, schedule.zone, ENGLISH, end=span.end)
        for span in open_intervals(schedule, Span(begin, end))
    ]


def test_new_york_keeps_its_evenings_when_london_has_changed_already():
    # London leaves summer time on 25 October 2026, New York on 1 November.
    evenings = daily("America/New_York", (18 * 60, 20 * 60))
    starts = [s.start for s in open_intervals(evenings, Span(utc(2026, 10, 24), utc(2026, 11, 4)))]
    in_london = [timezones.to_local(start, "Europe/London").hour for start in starts]
    in_new_york = {timezones.to_local(start, "America/New_York").hour for start in starts}
    assert in_new_york == {18}
    assert in_london == [23] + [22] * 7 + [23] * 3


@pytest.mark.parametrize(
    ("zone", "begin", "length"),
    [
        ("America/New_York", utc(2026, 3, 8, 5), 23),
        ("America/New_York", utc(2026, 11, 1, 4), 25),
        ("Europe/London", utc(2026, 3, 29, 0), 23),
        ("Europe/London", utc(2026, 10, 24, 23), 25),
        ("Australia/Lord_Howe", utc(2026, 4, 4, 13), 24.5),
        ("Australia/Lord_Howe", utc(2026, 10, 3, 13, 30), 23.5),
    ],
)
def test_a_day_has_23_to_25_hours_by_its_clock(zone, begin, length):
    day = timezones.to_local(begin, zone).date()
    alone = Schedule(zone, (), (DateOverride(day, ((0, 1440),)),))
    (span,) = open_intervals(alone, Span(begin - DAY, begin + 2 * DAY))
    assert span == Span(begin, begin + timedelta(hours=length))


def test_a_gap_moves_starts_and_ends_forward_by_its_length():
    # New York, 8 March 2026: 02:00 to 03:00 is skipped.
    around = utc(2026, 3, 8, 5), utc(2026, 3, 9, 4)
    assert hours_on(daily("America/New_York", (150, 165)), *around) == [
        "Sun 8 Mar 2026, 03:30–03:45 EDT (UTC−4)"
    ]
    assert hours_on(daily("America/New_York", (60, 150)), *around) == [
        "Sun 8 Mar 2026, 01:00 EST (UTC−5) – 03:30 EDT (UTC−4)"
    ]
    assert hours_on(daily("America/New_York", (150, 195)), *around) == []


def test_repeated_times_open_first_and_close_last():
    # New York, 1 November 2026: 01:00 to 02:00 comes twice.
    around = utc(2026, 11, 1, 4), utc(2026, 11, 2, 5)
    (span,) = open_intervals(daily("America/New_York", (75, 105)), Span(*around))
    assert span == Span(utc(2026, 11, 1, 5, 15), utc(2026, 11, 1, 6, 45))


def test_sessions_last_elapsed_time_across_a_clock_change():
    nights = daily("America/New_York", (60, 180))
    slots = open_slots(
        nights, window=(utc(2026, 11, 1, 4), utc(2026, 11, 1, 12)), duration=60, step=60
    )
    assert slots == [utc(2026, 11, 1, 5), utc(2026, 11, 1, 6), utc(2026, 11, 1, 7)]


def test_a_skipped_date_has_no_hours():
    schedule = daily("Pacific/Apia", (9 * 60, 10 * 60))
    assert hours_on(schedule, utc(2011, 12, 29, 12), utc(2011, 12, 31, 12)) == [
        "Thu 29 Dec 2011, 09:00–10:00 UTC−10",
        "Sat 31 Dec 2011, 09:00–10:00 UTC+14",
    ]


def test_hours_at_a_skipped_midnight_start_at_one():
    schedule = daily("America/Sao_Paulo", (0, 120))
    result = open_intervals(schedule, Span(utc(2018, 11, 4), utc(2018, 11, 4, 12)))
    assert result == [Span(utc(2018, 11, 4, 3), utc(2018, 11, 4, 4))]
    evening = Schedule("America/Sao_Paulo", (WeeklyHours(5, 22 * 60, 1440),))
    assert open_intervals(evening, Span(utc(2018, 11, 3), utc(2018, 11, 5))) == [
        Span(utc(2018, 11, 4, 1), utc(2018, 11, 4, 3))
    ]


@pytest.mark.parametrize("zone", ["Africa/Cairo", "Asia/Gaza", "Africa/Casablanca"])
def test_zones_with_irregular_rules_keep_clock_times(zone):
    schedule = daily(zone, (10 * 60, 12 * 60))
    for year in range(2008, 2037):
        for span in open_intervals(schedule, Span(utc(year, 1, 1), utc(year, 12, 31))):
            local = timezones.to_local(span.start, zone)
            if utc(year, 1, 2) < span.start < utc(year, 12, 30):
                assert (local.hour, local.minute) == (10, 0)


def test_casablanca_around_ramadan_2025():
    # Clocks went back for Ramadan on 23 February 2025 and forward on 6 April.
    schedule = daily("Africa/Casablanca", (18 * 60, 19 * 60))
    starts = [s.start for s in open_intervals(schedule, Span(utc(2025, 2, 22), utc(2025, 4, 8)))]
    assert [start.hour for start in starts] == [17] + [18] * 42 + [17] * 2


def test_negative_summer_time_in_dublin():
    schedule = daily("Europe/Dublin", (9 * 60, 10 * 60))
    starts = [s.start for s in open_intervals(schedule, Span(utc(2026, 10, 24), utc(2026, 10, 27)))]
    assert [start.hour for start in starts] == [8, 9, 9]


@pytest.mark.parametrize(
    ("zone", "first"),
    [("Asia/Kathmandu", utc(2026, 6, 1, 3, 15)), ("Pacific/Chatham", utc(2026, 5, 31, 20, 15))],
)
def test_quarter_hour_zones_open_on_their_own_clock(zone, first):
    slots = open_slots(
        daily(zone, (9 * 60, 10 * 60)), window=(first - DAY / 2, first + DAY / 2), duration=60
    )
    assert slots == [first]


# --- Overrides, merged hours, hours without a beginning -------------------------------------------

NEW_YEARS_EVE = date(2026, 12, 31)


def test_a_day_off_cuts_hours_of_the_evening_before():
    nights = daily("Europe/Berlin", (20 * 60, 120), overrides=(DateOverride(NEW_YEARS_EVE),))
    assert hours_on(nights, utc(2026, 12, 30, 12), utc(2027, 1, 2, 12)) == [
        "Wed 30 Dec 2026, 20:00–24:00 CET (UTC+1)",
        "Fri 1 Jan 2027, 20:00 – Sat 2 Jan 2027, 02:00 CET (UTC+1)",
    ]


def test_override_hours_pass_midnight_unless_the_next_date_has_one():
    party = DateOverride(NEW_YEARS_EVE, ((22 * 60, 180),))
    into_plain = Schedule("Europe/Berlin", (), (party,))
    into_off = Schedule("Europe/Berlin", (), (party, DateOverride(date(2027, 1, 1))))
    around = utc(2026, 12, 31), utc(2027, 1, 2)
    assert hours_on(into_plain, *around) == [
        "Thu 31 Dec 2026, 22:00 – Fri 1 Jan 2027, 03:00 CET (UTC+1)"
    ]
    assert hours_on(into_off, *around) == ["Thu 31 Dec 2026, 22:00–24:00 CET (UTC+1)"]


def test_steps_count_through_hours_merged_at_midnight():
    late = Schedule("UTC", (WeeklyHours(0, 1390, 1440), WeeklyHours(1, 0, 60)))
    slots = open_slots(late, window=(utc(2026, 11, 23), utc(2026, 11, 25)), duration=30, step=30)
    assert slots == [utc(2026, 11, 23, 23, 10), utc(2026, 11, 23, 23, 40), utc(2026, 11, 24, 0, 10)]


def test_buffers_keep_slots_away_from_busy_spans():
    morning = daily("UTC", (9 * 60, 12 * 60))
    busy = [Span(utc(2026, 11, 24, 10), utc(2026, 11, 24, 10, 30))]
    result = open_slots(
        morning,
        busy=busy,
        window=(utc(2026, 11, 24), utc(2026, 11, 25)),
        duration=30,
        step=15,
        buffer_before=15,
        buffer_after=10,
    )
    shown = [f"{slot:%H:%M}" for slot in result]
    assert shown == ["09:00", "09:15", "10:45", "11:00", "11:15", "11:30"]


def test_by_default_slots_start_every_half_hour():
    two_hours = daily("UTC", (9 * 60, 11 * 60))
    rules = {"busy": [Span(utc(2026, 11, 24, 9, 30), utc(2026, 11, 24, 10))], "duration": 30}
    result = open_slots(two_hours, window=(utc(2026, 11, 24), utc(2026, 11, 25)), **rules)
    assert [f"{slot:%H:%M}" for slot in result] == ["09:00", "10:00", "10:30"]
    assert is_open(two_hours, start=utc(2026, 11, 24, 10), **rules)
    assert not is_open(two_hours, start=utc(2026, 11, 24, 10, 15), **rules)


def test_busy_spans_outside_the_window_need_buffers_too():
    always = daily("UTC", (0, 1440))
    noon, one = utc(2026, 11, 24, 12), utc(2026, 11, 24, 13)
    busy = [
        Span(noon - 60 * MINUTE, noon - 10 * MINUTE),
        Span(one + 10 * MINUTE, one + 60 * MINUTE),
    ]
    rules = {"window": (noon, one), "duration": 20, "step": 20}
    result = open_slots(always, busy=busy, buffer_before=30, buffer_after=30, **rules)
    assert result == [noon + 20 * MINUTE]
    assert open_slots(always, busy=busy, **rules) == [noon, *result, noon + 40 * MINUTE]


def test_a_window_as_long_as_a_session_has_one_slot():
    always = daily("UTC", (0, 1440))
    noon = utc(2026, 11, 24, 12)
    assert open_slots(always, window=(noon, noon + 30 * MINUTE), duration=30) == [noon]
    assert open_slots(always, window=(noon, noon + 29 * MINUTE), duration=30) == []


def test_slots_fit_between_several_busy_spans():
    always = daily("UTC", (0, 1440))
    noon = utc(2026, 11, 24, 12)
    busy = [Span(noon + m * MINUTE, noon + (m + 10) * MINUTE) for m in (5, 20, 40, 80)]
    result = open_slots(always, busy=busy, window=(noon, noon + 120 * MINUTE), duration=15, step=5)
    assert [(slot - noon) // MINUTE for slot in result] == [50, 55, 60, 65, 90, 95, 100, 105]


def test_steps_of_always_open_hours_restart_at_each_midnight():
    # New York's clocks go back at 06:00 UTC on 1 November 2026; midnight was at 04:00.
    always = daily("America/New_York", (0, 1440))
    window = (utc(2026, 11, 1, 0), utc(2026, 11, 2, 12))
    result = open_slots(always, window=window, duration=60, step=7 * 60)
    local = [f"{timezones.to_local(slot, always.zone):%d %H:%M}" for slot in result]
    assert local == [
        *("31 21:00", "01 00:00", "01 06:00", "01 13:00", "01 20:00"),
        *("02 00:00",),
    ]


def test_always_open_hours_have_the_same_slots_every_day():
    always = daily("Asia/Kathmandu", (0, 1440))
    begin = timezones.day_bounds(date(2026, 11, 24), always.zone)[0]
    slots = open_slots(always, window=(begin, begin + 3 * DAY), duration=60, step=50)
    by_day: dict[date, list[str]] = {}
    for slot in slots:
        local = timezones.to_local(slot, always.zone)
        by_day.setdefault(local.date(), []).append(f"{local:%H:%M}")
    days = list(by_day.values())
    assert days[0] == days[1]
    assert days[0][:2] == ["00:00", "00:50"]


def test_steps_count_from_a_start_long_before_the_window():
    always = daily("UTC", (0, 1440), overrides=(DateOverride(date(2026, 1, 1), ((10, 20),)),))
    slots = open_slots(always, window=(utc(2026, 3, 1), utc(2026, 3, 2)), duration=60, step=7 * 60)
    assert slots
    assert all((slot - utc(2026, 1, 2)) % timedelta(hours=7) == timedelta() for slot in slots)
    for slot in slots:
        assert is_open(always, start=slot, duration=60, step=7 * 60)
        assert not is_open(always, start=slot + timedelta(hours=1), duration=60, step=7 * 60)


# --- Limits and changes ---------------------------------------------------------------------------


def test_why_not_bookable_gives_the_first_reason():
    schedule = daily("Europe/Berlin", (9 * 60, 17 * 60))
    limits = BookingLimits(minimum_notice=120, horizon_days=10, most_per_day=2, most_per_week=3)
    now = utc(2026, 11, 24, 8)
    booked = [utc(2026, 11, 25, 8), utc(2026, 11, 25, 9), utc(2026, 11, 26, 8)]
    busy = [Span(start, start + 60 * MINUTE) for start in booked]

    def reason(start: datetime) -> NotBookableReason | None:
        return why_not_bookable(
            schedule, limits, now=now, busy=busy, booked=booked, start=start, duration=60
        )

    assert reason(utc(2026, 11, 24, 7)) is NotBookableReason.PAST
    assert reason(utc(2026, 11, 24, 9)) is NotBookableReason.NOTICE
    assert reason(utc(2026, 12, 24, 9)) is NotBookableReason.HORIZON
    assert reason(utc(2026, 11, 30, 5)) is NotBookableReason.HOURS
    assert reason(utc(2026, 11, 30, 8, 10)) is NotBookableReason.HOURS
    assert reason(utc(2026, 11, 25, 8, 30)) is NotBookableReason.BUSY
    assert reason(utc(2026, 11, 25, 12)) is NotBookableReason.DAY_FULL
    assert reason(utc(2026, 11, 27, 12)) is NotBookableReason.WEEK_FULL
    assert reason(utc(2026, 11, 30, 12)) is None


@pytest.mark.parametrize("duration", [15, 60])
def test_notice_and_booking_window_include_their_last_minute(duration):
    always = daily("UTC", (0, 1440))
    limits = BookingLimits(step=1, minimum_notice=120, horizon_days=10)
    now = utc(2026, 11, 24, 8)
    first, last = utc(2026, 11, 24, 10), utc(2026, 12, 4, 8)
    arguments = {"now": now, "duration": duration}
    result = bookable_slots(
        always, limits, window=(utc(2026, 11, 23), utc(2026, 12, 24)), **arguments
    )
    assert (result[0], result[-1]) == (first, last)
    for start, reason in (
        (now - MINUTE, NotBookableReason.PAST),
        (now, NotBookableReason.NOTICE),
        (first - MINUTE, NotBookableReason.NOTICE),
        (first, None),
        (last, None),
        (last + MINUTE, NotBookableReason.HORIZON),
    ):
        assert why_not_bookable(always, limits, start=start, **arguments) is reason
    at_once = BookingLimits(step=1, minimum_notice=0)
    assert why_not_bookable(always, at_once, start=now, **arguments) is None


def test_the_mentors_buffers_do_not_apply_around_a_mentees_commitments():
    noon = utc(2026, 4, 1, 12)
    elsewhere = [Span(noon, noon + 15 * MINUTE)]
    slots = bookable_slots(
        schedule_of("UTC", [(day, 0, 1440) for day in DAILY], ()),
        BookingLimits(step=15, buffer_before=10, buffer_after=10, minimum_notice=0),
        now=noon - DAY,
        mentee_busy=elsewhere,
        window=(noon - 30 * MINUTE, noon + 45 * MINUTE),
        duration=15,
    )
    assert slots == [noon + minutes * MINUTE for minutes in (-30, -15, 15, 30)]


@pytest.mark.parametrize(
    ("most_per_day", "most_per_week", "day", "reason"),
    [
        # Wednesday 1 April has one session, and another is proposed for Friday.
        (1, None, 1, NotBookableReason.DAY_FULL),
        (1, None, 2, None),
        (1, None, 3, NotBookableReason.DAY_FULL),
        (2, None, 1, None),
        (2, None, 3, None),
        # The session and its proposed time are in one week, so they count once.
        (None, 1, 4, NotBookableReason.WEEK_FULL),
        (None, 2, 4, None),
        (None, 1, 6, None),
    ],
)
def test_a_proposed_time_counts_towards_the_limits(most_per_day, most_per_week, day, reason):
    first = utc(2026, 4, 1, 12)
    limits = BookingLimits(minimum_notice=0, most_per_day=most_per_day, most_per_week=most_per_week)
    arguments = {
        "now": utc(2026, 3, 31),
        "booked": [first],
        "proposed": [(first, first + 2 * DAY)],
        "start": utc(2026, 4, day, 9),
        "duration": 60,
    }
    always = schedule_of("UTC", [(each, 0, 1440) for each in DAILY], ())
    assert why_not_bookable(always, limits, **arguments) is reason


def test_a_proposed_time_in_another_week_counts_in_both():
    first = utc(2026, 4, 1, 12)
    limits = BookingLimits(minimum_notice=0, most_per_day=1, most_per_week=1)
    always = schedule_of("UTC", [(each, 0, 1440) for each in DAILY], ())
    for proposed in (first + 7 * DAY, first - 7 * DAY):
        for start in (first + DAY, proposed + DAY):
            reason = why_not_bookable(
                always,
                limits,
                now=utc(2026, 3, 20),
                booked=[first],
                proposed=[(first, proposed)],
                start=start,
                duration=60,
            )
            assert reason is NotBookableReason.WEEK_FULL


def test_the_mentors_buffers_apply_to_bookable_slots():
    morning = daily("UTC", (9 * 60, 12 * 60))
    limits = BookingLimits(step=15, buffer_before=15, buffer_after=30)
    result = bookable_slots(
        morning,
        limits,
        now=utc(2026, 11, 23),
        busy=[Span(utc(2026, 11, 24, 10, 30), utc(2026, 11, 24, 11))],
        window=(utc(2026, 11, 24), utc(2026, 11, 25)),
        duration=30,
    )
    assert [f"{slot:%H:%M}" for slot in result] == ["09:00", "09:15", "09:30", "11:15", "11:30"]


@pytest.mark.parametrize(
    "limits",
    [
        {"step": 0},
        {"buffer_before": -1},
        {"buffer_after": -1},
        {"minimum_notice": -1},
        {"horizon_days": -1},
        {"most_per_day": 0},
        {"most_per_week": 0},
    ],
)
def test_limits_out_of_range_raise(limits):
    with pytest.raises(ValueError, match=r"negative|least"):
        BookingLimits(**limits)


def test_the_strictest_limits_are_allowed():
    BookingLimits(1, 0, 0, 0, 0, 1, 1)


def test_daily_and_weekly_limits_count_on_the_mentors_clock():
    # Monday 00:30 in Auckland is still Sunday in UTC.
    schedule = daily("Pacific/Auckland", (0, 120))
    limits = BookingLimits(minimum_notice=0, most_per_week=1)
    sunday_utc = utc(2026, 11, 29, 11, 30)
    result = bookable_slots(
        schedule,
        limits,
        now=utc(2026, 11, 24),
        booked=[sunday_utc],
        window=(utc(2026, 11, 24), utc(2026, 12, 6)),
        duration=30,
    )
    weeks = {timezones.to_local(slot, schedule.zone).isocalendar().week for slot in result}
    assert weeks == {48}


def test_a_repeated_evening_counts_as_one_day():
    # Santiago's clocks go from midnight back to 23:00 on 4 April 2026, at 03:00 UTC.
    always = daily("America/Santiago", (0, 1440))
    limits = BookingLimits(minimum_notice=0, horizon_days=400, most_per_day=1)
    rules = {"now": utc(2026, 4, 1), "booked": [utc(2026, 4, 5, 3)], "duration": 30}
    at_23, at_midnight = utc(2026, 4, 5, 2), utc(2026, 4, 5, 4)
    assert why_not_bookable(always, limits, start=at_23, **rules) is NotBookableReason.DAY_FULL
    assert why_not_bookable(always, limits, start=at_midnight, **rules) is None
    at_change = {**rules, "booked": [at_23]}
    assert why_not_bookable(always, limits, start=utc(2026, 4, 5, 3), **at_change) is (
        NotBookableReason.DAY_FULL
    )


def test_daily_limits_apply_across_several_clock_changes():
    always = daily("America/Santiago", (0, 1440))
    limits = BookingLimits(minimum_notice=0, horizon_days=400, most_per_day=1)
    # 23:30 there on 9 January, July and December.
    booked = [utc(2026, 1, 10, 2, 30), utc(2026, 7, 10, 3, 30), utc(2026, 12, 10, 2, 30)]
    slots = bookable_slots(
        always,
        limits,
        now=utc(2026, 1, 1),
        booked=booked,
        window=(utc(2026, 1, 1), utc(2026, 12, 31)),
        duration=30,
    )
    days = {timezones.to_local(slot, always.zone).date() for slot in slots}
    full = {date(2026, 1, 9), date(2026, 7, 9), date(2026, 12, 9)}
    assert not days & full
    assert {day + step * DAY for day in full for step in (-1, 1)} <= days


def test_sessions_outside_the_hours_are_listed():
    schedule = daily("UTC", (9 * 60, 12 * 60))
    inside = Span(utc(2026, 11, 24, 9, 7), utc(2026, 11, 24, 10))
    over = Span(utc(2026, 11, 24, 11, 30), utc(2026, 11, 24, 12, 30))
    assert sessions_outside_hours(schedule, [over, inside]) == [over]
    whole = Span(utc(2026, 11, 24, 9), utc(2026, 11, 24, 12))
    early = Span(utc(2026, 11, 24, 8, 59), utc(2026, 11, 24, 10))
    late = Span(utc(2026, 11, 24, 11), utc(2026, 11, 24, 12, 1))
    assert sessions_outside_hours(schedule, [whole, early, late]) == [early, late]


def test_converting_to_a_zone_keeps_the_instants():
    berlin = Schedule("Europe/Berlin", (WeeklyHours(0, 60, 120), WeeklyHours(6, 1380, 1440)))
    moved = convert_to_zone(berlin, "America/New_York", at=utc(2026, 11, 24))
    window = Span(utc(2026, 11, 24), utc(2026, 12, 20))
    assert open_intervals(moved, window) == open_intervals(berlin, window)


def test_converting_to_a_zone_keeps_the_moments_of_overrides():
    tokyo = Schedule(
        "Asia/Tokyo",
        tuple(WeeklyHours(day, 540, 1_020) for day in range(5)),
        (
            DateOverride(date(2026, 11, 26)),
            DateOverride(date(2026, 11, 28), ((600, 720), (1_380, 120))),
        ),
    )
    moved = convert_to_zone(tokyo, "America/Los_Angeles", at=utc(2026, 11, 24))
    window = Span(utc(2026, 11, 24), utc(2026, 12, 20))
    assert open_intervals(moved, window) == open_intervals(tokyo, window)
    # Most of the day off is the 25th in Los Angeles. What the 26th has of it was closed anyway.
    assert moved.overrides == (
        DateOverride(date(2026, 11, 25)),
        DateOverride(date(2026, 11, 27), ((1_020, 1_140),)),
        DateOverride(date(2026, 11, 28), ((360, 540),)),
    )
    assert {type(minute) for hours in moved.weekly for minute in (hours.start, hours.end)} == {int}


def test_converting_to_a_zone_judges_overrides_by_their_own_dates():
    """The offsets are others in summer, but a special hour in July keeps its moment too."""
    berlin = Schedule("Europe/Berlin", (), (DateOverride(date(2027, 7, 3), ((600, 720),)),))
    moved = convert_to_zone(berlin, "Asia/Tokyo", at=utc(2026, 11, 24))
    window = Span(utc(2027, 7, 1), utc(2027, 7, 6))
    assert open_intervals(moved, window) == open_intervals(berlin, window)
    assert moved.overrides == (DateOverride(date(2027, 7, 3), ((1_020, 1_140),)),)


def test_converting_to_a_zone_keeps_a_long_vacation_closed():
    first = date(2026, 12, 1)
    vacation = tuple(DateOverride(first + timedelta(days=number)) for number in range(366))
    schedule = replace(daily("Asia/Tokyo", (0, 1_440)), overrides=vacation)
    moved = convert_to_zone(schedule, "America/Los_Angeles", at=utc(2026, 11, 24))
    window = Span(utc(2026, 11, 24), utc(2027, 12, 20))
    assert open_intervals(moved, window) == open_intervals(schedule, window)


_HOURS = st.tuples(st.integers(0, 1_439), st.integers(1, 1_440))
_FIXED_ZONES = st.sampled_from(
    ["UTC", "Asia/Tokyo", "Asia/Kathmandu", "America/Phoenix", "Etc/GMT+12", "Pacific/Kiritimati"]
)


@settings(max_examples=100, deadline=None)
@given(
    _FIXED_ZONES,
    _FIXED_ZONES,
    st.lists(st.builds(lambda day, of: WeeklyHours(day, *of), st.integers(0, 6), _HOURS)),
    st.dictionaries(st.integers(0, 12), st.lists(_HOURS, max_size=3), max_size=7),
)
def test_converting_to_a_zone_opens_the_same_instants(old, new, weekly, hours_by_day):
    overrides = tuple(
        DateOverride(date(2026, 11, 25) + timedelta(days=day), tuple(hours))
        for day, hours in hours_by_day.items()
    )
    schedule = Schedule(old, tuple(weekly), overrides)
    window = Span(utc(2026, 11, 20), utc(2026, 12, 20))
    moved = convert_to_zone(schedule, new, at=window.start)
    assert open_intervals(moved, window) == open_intervals(schedule, window)


def test_converting_to_a_zone_leaves_past_overrides_out():
    days = (DateOverride(date(2026, 11, 22)), DateOverride(date(2026, 11, 24)))
    berlin = Schedule("Europe/Berlin", (WeeklyHours(0, 60, 120),), days)
    moved = convert_to_zone(berlin, "Europe/Paris", at=utc(2026, 11, 24, 12))
    assert moved.overrides == (DateOverride(date(2026, 11, 24)),)


@pytest.mark.parametrize("hours", [(7, 0, 60), (0, 1440, 60), (0, -1, 60), (0, 0, 0), (0, 0, 1441)])
def test_hours_out_of_range_raise(hours):
    with pytest.raises(ValueError, match="not"):
        WeeklyHours(*hours)


def test_naive_instants_raise():
    naive = datetime(2026, 11, 24)  # noqa: DTZ001
    with pytest.raises(ValueError, match="aware"):
        open_slots(daily("UTC", (0, 60)), window=(naive, naive + DAY), duration=30)
    with pytest.raises(ValueError, match="aware"):
        Span(naive, naive)
