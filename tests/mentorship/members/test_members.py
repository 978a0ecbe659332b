"""The members of a guild: their names and time zones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from mentorship.actors import Actor
from mentorship.availability import editor, mentor_calendar, timezone_change, travel_editor
from mentorship.availability.opening_hours import WeeklyHours
from mentorship.availability.timezone_change import HoursClock, MentorHours
from mentorship.errors import TimezoneNeeded, UnknownTimezone
from mentorship.members import members
from mentorship.members.members import MemberView
from mentorship.sessions import session_views
from storage import Transaction
from storage.tables import Member
from tests.mentorship.support.community import TUESDAY_NOON, Community


async def test_loading_a_member_writes_nothing(town: Community) -> None:
    stranger = Actor(424242, "Stranger", town.guild_id)
    before = await town.dump()
    view = await town.db.read(members.load, stranger)
    assert view == MemberView(town.guild_id, 424242, "Stranger", None)
    assert await town.dump() == before
    with pytest.raises(TimezoneNeeded):
        view.require_timezone()


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Europe/London", "Europe/London"),
        ("US/Eastern", "America/New_York"),
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("asia/kolkata", "Asia/Kolkata"),
    ],
)
async def test_a_time_zone_is_stored_under_its_current_name(
    town: Community, typed: str, stored: str
) -> None:
    sam = await town.member("Sam", zone=None)
    change = await town.db.run(timezone_change.set_timezone, sam, typed)
    assert (change.zone, change.hours_moved) == (stored, False)
    assert (await town.db.read(members.load, sam)).require_timezone() == stored


async def test_an_unknown_time_zone_changes_nothing(town: Community) -> None:
    sam = await town.member("Sam", zone="Europe/London")
    before = await town.dump()
    with pytest.raises(UnknownTimezone):
        await town.db.run(timezone_change.set_timezone, sam, "Europe/Atlantis")
    assert await town.dump() == before


async def test_a_time_zone_belongs_to_one_guild(town: Community, village: Community) -> None:
    sam = await town.member("Sam", zone="Europe/London")
    there = replace(sam, guild_id=village.guild_id)
    assert (await town.db.read(members.load, there)).timezone is None


async def test_recording_a_member_keeps_what_the_caller_does_not_know(town: Community) -> None:
    joined = datetime.fromisoformat("2024-05-01T10:00:00+00:00")
    sam = Actor(77, "Sam", town.guild_id, language="de", joined_at=joined)
    await town.db.run(members.record, sam)
    await town.db.run(timezone_change.set_timezone, sam, "Europe/Berlin")
    view = await town.db.run(members.record, Actor(77, "Samuel", town.guild_id))
    assert (view.name, view.timezone) == ("Samuel", "Europe/Berlin")

    async def load_row(tx: Transaction) -> tuple[object, ...]:
        query = select(Member.name, Member.language, Member.joined_at)
        return tuple((await tx.connection.execute(query.where(Member.user_id == 77))).one())

    assert await town.db.read(load_row) == ("Samuel", "de", joined)


async def test_a_zone_change_keeps_the_wall_clock_times_of_hours(town: Community) -> None:
    noor = await town.mentor("Noor", zone="Europe/London", hours="mon 9-12")
    change = await town.db.run(timezone_change.set_timezone, noor, "Asia/Kolkata")
    assert change.hours_moved
    availability = await town.db.read(editor.load, noor)
    assert (availability.zone, availability.weekly) == ("Asia/Kolkata", (WeeklyHours(0, 540, 720),))


async def test_a_zone_change_can_keep_the_instants_of_hours(town: Community) -> None:
    noor = await town.mentor("Noor", zone="Europe/London", hours="mon 9-12")
    before = await town.db.read(editor.load, noor)
    hours = MentorHours.AT_THE_SAME_INSTANTS
    await town.db.run(timezone_change.set_timezone, noor, "Asia/Kolkata", hours)
    availability = await town.db.read(editor.load, noor)
    assert availability.weekly == (WeeklyHours(0, 870, 1_050),)
    assert availability.next_slots == before.next_slots


async def test_days_off_and_special_hours_keep_their_instants_too(town: Community) -> None:
    sora = await town.mentor("Sora", zone="Asia/Tokyo", hours="mon-fri 9-17")
    day_off, special = date(2026, 3, 4), date(2026, 3, 7)
    await town.db.run(editor.set_overrides, sora, day_off, day_off, ())
    await town.db.run(editor.set_overrides, sora, special, special, ((600, 720),))

    async def load_slots() -> Sequence[datetime]:
        window = (town.clock.now, town.clock.now + timedelta(days=6))
        calendar = await town.db.read(mentor_calendar.load, sora.guild, sora.user_id)
        return calendar.slots(town.clock.now, 60, window=window)

    before = await load_slots()
    hours = MentorHours.AT_THE_SAME_INSTANTS
    await town.db.run(timezone_change.set_timezone, sora, "America/Los_Angeles", hours)
    assert await load_slots() == before


async def test_days_off_alone_have_a_clock_to_be_asked_about(town: Community) -> None:
    noor = await town.mentor("Noor", zone="Europe/London")
    await town.db.run(editor.set_weekly, noor, "")
    other_clock = (timezone_change.find_hours_clock_other_than, noor, "Asia/Tokyo")
    assert await town.db.read(*other_clock) is None
    await town.db.run(editor.set_overrides, noor, date(2026, 3, 4), date(2026, 3, 4), ())
    assert await town.db.read(*other_clock) == HoursClock("Europe/London", has_trips=False)
    day = date(2026, 3, 9)
    await town.db.run(travel_editor.add_trip, noor, day, day, "Europe/Lisbon")
    assert await town.db.read(*other_clock) == HoursClock("Europe/London", has_trips=True)


@pytest.mark.parametrize("hours", MentorHours)
async def test_booked_sessions_keep_their_instants(town: Community, hours: MentorHours) -> None:
    noor = await town.mentor("Noor", zone="Europe/London")
    maya = await town.member("Maya", points=60)
    booked = await town.book(maya, noor)
    await town.db.run(timezone_change.set_timezone, noor, "Asia/Tokyo", hours)
    await town.db.run(timezone_change.set_timezone, maya, "Asia/Tokyo")
    (view,) = await town.db.read(session_views.list_upcoming, maya)
    assert (view.starts_at, view.ends_at) == (TUESDAY_NOON, TUESDAY_NOON + timedelta(hours=1))
    assert (view.timezone, view.next_at) == ("Europe/London", booked.next_at)
