"""Which slot repeats a session: its weekday and time on the mentor's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorship.errors import NotFound, NotYours
from mentorship.sessions import booking, rebooking
from mentorship.sessions.booking import BookingRequest
from mentorship.time import timezones
from tests.mentorship.support.community import TUESDAY_NOON, Community

WEEK = timedelta(weeks=1)
ZONES = ("Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]  # year to minute


instants = st.integers(0, 60 * 24 * 365 * 8).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@given(instants, st.sampled_from(ZONES), st.integers(-60 * 24 * 30, 60 * 24 * 400))
def test_a_repetition_is_the_next_one_on_the_wall_clock(
    start: datetime, zone: str, minutes_later: int
) -> None:
    now = start + timedelta(minutes=minutes_later)
    found = rebooking.next_occurrence(start, zone, now)
    local = timezones.to_local(start, zone).replace(tzinfo=None)
    # Every later repetition, one by one, without the shortcut over weeks.
    later = (timezones.from_wall_clock(local + weeks * WEEK, zone).first for weeks in range(1, 100))
    assert found == next(instant for instant in later if instant > now)


@pytest.mark.parametrize(
    ("zone", "start", "repeated"),
    [
        # America's clocks go forward on 8 March, Britain's on the 29th.
        ("America/New_York", utc(2026, 3, 3, 15), utc(2026, 3, 10, 14)),
        ("Europe/London", utc(2026, 3, 3, 15), utc(2026, 3, 10, 15)),
        # At 2:30 on the 8th, New York's clocks skip to 3:30.
        ("America/New_York", utc(2026, 3, 1, 7, 30), utc(2026, 3, 8, 7, 30)),
    ],
)
def test_a_repetition_keeps_the_time_across_a_clock_change(
    zone: str, start: datetime, repeated: datetime
) -> None:
    found = rebooking.next_occurrence(start, zone, start + timedelta(hours=2))
    assert found == repeated


async def test_the_nearest_open_slot_replaces_one_that_is_taken(town: Community) -> None:
    oliver = await town.mentor("Oliver")
    maya, noor = await town.member("Maya", points=200), await town.member("Noor", points=100)
    session = await town.db.run(
        booking.book, maya, BookingRequest(oliver.user_id, TUESDAY_NOON, 60)
    )
    slot = await town.db.read(rebooking.find_next_slot, maya, session.id)
    assert slot.repeated_at == slot.starts_at == TUESDAY_NOON + WEEK
    taken = BookingRequest(oliver.user_id, TUESDAY_NOON + WEEK, 60)
    await town.db.run(booking.book, noor, taken)
    slot = await town.db.read(rebooking.find_next_slot, maya, session.id)
    assert slot.repeated_at == TUESDAY_NOON + WEEK
    assert slot.starts_at == TUESDAY_NOON + WEEK - timedelta(hours=1)
    # What is found can be booked.
    again = BookingRequest(oliver.user_id, slot.starts_at, slot.minutes)
    await town.db.read(booking.quote, maya, again)


async def test_only_the_mentee_books_again(town: Community) -> None:
    oliver = await town.mentor("Oliver")
    maya, noor = await town.member("Maya", points=100), await town.member("Noor")
    request = BookingRequest(oliver.user_id, TUESDAY_NOON, 60)
    session = await town.db.run(booking.book, maya, request)
    with pytest.raises(NotYours):
        await town.db.read(rebooking.find_next_slot, oliver, session.id)
    with pytest.raises(NotFound):
        await town.db.read(rebooking.find_next_slot, noor, session.id)
