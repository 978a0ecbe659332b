"""What the picture of a week shows, compared with the open hours of each minute."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.components.cards import MAX_DESCRIPTION
from bot.pictures.availability_week import own_week, week_of_mentor
from bot.pictures.week_image import BlockKind
from mentorship.availability.opening_hours import (
    DateOverride,
    Schedule,
    WeeklyHours,
    open_intervals,
)
from mentorship.availability.travel import Travel
from mentorship.time import timezones
from mentorship.time.intervals import Span
from wording.names import first_name
from wording.reader import Reader
from wording.times import time_of_day
from wording.translation import speaking

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
BRITISH, AMERICAN = Reader.of("en-GB"), Reader.of("en-US")
ZONES = ("Europe/London", "America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati", "UTC")

HOURS = st.tuples(st.integers(0, 1_439), st.integers(1, 1_440))
WEEKLY = st.lists(
    st.builds(lambda day, hours: WeeklyHours(day, *hours), st.integers(0, 6), HOURS),
    min_size=1,
    max_size=8,
)
OVERRIDES = st.dictionaries(
    st.dates(date(2026, 2, 28), date(2026, 3, 12)), st.lists(HOURS, max_size=2), max_size=3
)
SPANS = st.lists(
    st.builds(
        lambda start, length: Span(NOW + start * MINUTE, NOW + (start + length) * MINUTE),
        st.integers(-2_000, 12_000),
        st.integers(1, 300),
    ),
    max_size=4,
)
MINUTE = timedelta(minutes=1)


@given(
    st.sampled_from(ZONES),
    st.sampled_from(ZONES),
    WEEKLY,
    OVERRIDES,
    SPANS,
    # March 2026: America's clocks change on the 8th, Europe's on the 29th.
    st.integers(0, 30),
)
@settings(max_examples=60, deadline=None)
def test_a_minute_is_shown_open_exactly_if_it_is(zone, viewer_zone, weekly, overrides, busy, days):
    now = NOW + timedelta(days=days)
    schedule = Schedule(
        zone,
        tuple(weekly),
        tuple(DateOverride(day, tuple(hours)) for day, hours in overrides.items()),
    )
    week = week_of_mentor(schedule, busy, "Oliver Hughes", viewer_zone, now, BRITISH)
    shown = (
        set()
        if week is None
        else {
            (block.day, minute)
            for block in week.image.blocks
            for minute in range(block.start, block.end)
        }
    )
    today = timezones.to_local(now, viewer_zone).date()
    start, _ = timezones.day_bounds(today, viewer_zone)
    _, end = timezones.day_bounds(today + timedelta(days=6), viewer_zone)
    intervals = open_intervals(schedule, Span(start, end))
    for number in range(0, (end - start) // MINUTE, 7):
        instant = start + number * MINUTE
        local = timezones.to_local(instant, viewer_zone)
        if timezones.from_wall_clock(local.replace(tzinfo=None), viewer_zone).kind != "exact":
            continue  # The clock shows this minute twice.
        is_open = any(span.start <= instant < span.end for span in intervals)
        is_taken = any(span.start <= instant < span.end for span in busy)
        place = ((local.date() - today).days, local.hour * 60 + local.minute)
        assert (place in shown) == (is_open and not is_taken), instant


def test_the_second_axis_shows_the_mentors_clock() -> None:
    schedule = Schedule("Asia/Kolkata", tuple(WeeklyHours(day, 540, 1_020) for day in range(7)))
    week = week_of_mentor(schedule, (), "Sana Khan", "America/New_York", NOW, AMERICAN)
    assert week is not None
    start, _ = timezones.day_bounds(date(2026, 3, 3), "America/New_York")
    for (minute, _), (same, label) in zip(week.image.axis, week.image.second_axis, strict=True):
        local = timezones.to_local(start + minute * MINUTE, "Asia/Kolkata")
        clock = time_of_day(local.hour * 60 + local.minute, AMERICAN)
        assert (same, label) == (minute, clock.replace(":00", ""))
    assert week.image.notes == (
        "Left: your time · Right: Sana's time (Kolkata)",
        "Right: only before Sun, Mar 8",
    )
    assert "Sana's time (Kolkata) is 10 hours 30 minutes ahead of yours." in week.description


def test_a_travelling_mentors_week_is_on_the_clock_of_the_trip() -> None:
    trip = Travel(date(2026, 3, 1), date(2026, 3, 4), "Asia/Tokyo")
    weekly = tuple(WeeklyHours(day, 540, 1_020) for day in range(7))
    schedule = Schedule("Europe/London", weekly, travel=(trip,))
    own = own_week(schedule, (), NOW, BRITISH)
    assert own is not None
    ends = "From Thu 5 Mar: hours in London, shown in Tokyo time"
    assert own.image.notes == ("Your time (Tokyo)", ends)
    assert "From Thu 5 Mar, hours in London are shown in Tokyo time." in own.description
    assert "Mon 2 Mar: open 09:00–17:00." in own.description
    seen = week_of_mentor(schedule, (), "Oliver Hughes", "Europe/London", NOW, BRITISH)
    assert seen is not None
    assert seen.image.notes == (
        "Left: your time · Right: Oliver's time (Tokyo)",
        "Right: only before Thu 5 Mar",
    )
    assert "Mon 2 Mar: open 00:00–08:00." in seen.description
    assert "Fri 6 Mar: open 09:00–17:00." in seen.description


def test_one_clock_needs_no_second_axis() -> None:
    schedule = Schedule("Europe/London", (WeeklyHours(0, 540, 1_020),))
    for zone, note in (
        ("Europe/London", "Your time (London)"),
        ("Europe/Lisbon", "Your time (Lisbon)"),
        (None, "Oliver's time (London)"),
    ):
        week = week_of_mentor(schedule, (), "Oliver Hughes", zone, NOW, BRITISH)
        assert week is not None
        assert (week.image.second_axis, week.image.notes) == ((), (note,))


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("José Núñez", "José's time (São Paulo)"),
        ("田中", "田中's time (São Paulo)"),
        ("🔥🚀", "Mentor's time (São Paulo)"),
    ],
)
def test_notes_name_the_mentor(name: str, label: str) -> None:
    schedule = Schedule("America/Sao_Paulo", (WeeklyHours(0, 540, 1_020),))
    alone = week_of_mentor(schedule, (), name, None, NOW, BRITISH)
    assert alone is not None
    assert alone.image.notes == (label,)
    compared = week_of_mentor(schedule, (), name, "Europe/London", NOW, BRITISH)
    assert compared is not None
    assert compared.image.notes == (f"Left: your time · Right: {label}",)
    assert f"{first_name(name)}'s time (São Paulo) is 3 hours behind" in compared.description


def test_the_axes_change_sides_in_a_language_from_right_to_left(
    untranslated: Callable[[str], None],
) -> None:
    schedule = Schedule("Asia/Tokyo", tuple(WeeklyHours(day, 540, 1_020) for day in range(7)))
    # English texts in the direction and with the dates of Persian.
    untranslated("fa")
    with speaking("fa"):
        week = week_of_mentor(schedule, (), "Oliver", "Europe/London", NOW, Reader.of("fa"))
    assert week is not None
    assert week.image.is_right_to_left
    assert week.image.notes == (
        "Left: \u2068Oliver\u2069's time (\u2068توکیو\u2069) · Right: your time",
    )
    assert week.image.days[0] == ("د", "2"), "the days of Persian are too long for a column"
    english = week_of_mentor(schedule, (), "Oliver", "Europe/London", NOW, BRITISH)
    assert english is not None
    assert not english.image.is_right_to_left
    assert english.image.days[0] == ("Mon", "2")


def test_ones_own_week_has_bookings_and_time_off_in_words_too() -> None:
    schedule = Schedule(
        "Europe/London",
        tuple(WeeklyHours(day, 1_080, 1_290) for day in range(5)),
        (DateOverride(date(2026, 3, 4)),),
    )
    busy = [Span(NOW + timedelta(hours=6.5), NOW + timedelta(hours=7.5))]
    external_busy = [Span(NOW + timedelta(hours=30), NOW + timedelta(hours=34.5))]
    week = own_week(schedule, busy, NOW, BRITISH, external_busy)
    assert week is not None
    assert {block.kind for block in week.image.blocks} == set(BlockKind)
    assert week.description.splitlines()[:4] == [
        "The week from Mon 2 Mar, London time.",
        "Mon 2 Mar: open 18:00–21:30; booked 18:30–19:30.",
        "Tue 3 Mar: open 18:00–21:30; busy 18:00–22:30.",
        "Wed 4 Mar: time off.",
    ]
    american = own_week(schedule, busy, NOW, AMERICAN)
    assert american is not None
    assert "Mon, Mar 2: open 6:00 PM–9:30 PM; booked 6:30 PM–7:30 PM." in american.description


def test_private_appointments_do_not_make_the_picture_larger() -> None:
    schedule = Schedule("Europe/London", (WeeklyHours(0, 1_080, 1_290),))
    day_and_night = [Span(NOW, NOW + timedelta(days=7))]
    week = own_week(schedule, (), NOW, BRITISH, day_and_night)
    alone = own_week(schedule, (), NOW, BRITISH)
    assert week is not None
    assert alone is not None
    assert (week.image.first, week.image.last) == (alone.image.first, alone.image.last)
    assert all(
        week.image.first <= block.start < block.end <= week.image.last
        for block in week.image.blocks
    )
    # They are nothing that others could book.
    assert own_week(Schedule("Europe/London"), (), NOW, BRITISH, day_and_night) is None


def test_the_fullest_week_is_described_within_discords_limit() -> None:
    weekly = tuple(
        WeeklyHours(day, start, start + 25) for day in range(7) for start in range(0, 1_400, 59)
    )
    busy = [
        Span(NOW + timedelta(minutes=40 * each), NOW + timedelta(minutes=40 * each + 20))
        for each in range(252)
    ]
    week = own_week(Schedule("Europe/London", weekly), busy, NOW, AMERICAN, busy)
    assert week is not None
    assert len(week.description) <= MAX_DESCRIPTION
    for day in ("Mon, Mar 2", "Sun, Mar 8"):
        assert f"{day}: open " in week.description
    assert "and 23 more; booked" in week.description


def test_an_empty_week_has_no_picture() -> None:
    assert own_week(Schedule("Europe/London"), (), NOW, BRITISH) is None
    off = Schedule("Europe/London", (), (DateOverride(date(2026, 3, 4)),))
    assert own_week(off, (), NOW, BRITISH) is None
    assert week_of_mentor(off, (), "Oliver", None, NOW, BRITISH) is None
