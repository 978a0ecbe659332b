"""Trips and filled gaps, as mentors set them and as mentees can book."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import func, select

from mentorship.actors import Actor
from mentorship.availability import (
    editor,
    hours_limits,
    mentor_calendar,
    slot_queries,
    timezone_change,
    travel_editor,
    travel_storage,
)
from mentorship.availability.editor import AvailabilityChange
from mentorship.availability.travel import Travel
from mentorship.errors import (
    Field,
    InvalidField,
    NotBookableReason,
    Problem,
    SlotTaken,
    SlotUnavailable,
    UnknownTimezone,
)
from mentorship.operations import erasure
from mentorship.search import profile_views, search
from mentorship.search.query import SearchQuery, Sort
from mentorship.sessions import booking
from mentorship.sessions.booking import BookingRequest
from mentorship.statuses import SessionStatus
from mentorship.time import timezones
from mentorship.time.intervals import Span
from storage import Transaction
from storage.tables import TravelRow
from tests.mentorship.support import exports
from tests.mentorship.support.community import Community

LISBON = "Europe/Lisbon"
EVENINGS = "daily 18:00-20:00"


async def count_rows(tx: Transaction) -> int:
    return (await tx.connection.execute(select(func.count()).select_from(TravelRow))).scalar_one()


async def refused(town: Community, mentor: Actor, first: date, last: date) -> Problem:
    before = await town.db.read(editor.load, mentor)
    with pytest.raises(InvalidField) as caught:
        await town.db.run(travel_editor.add_trip, mentor, first, last, LISBON)
    assert await town.db.read(editor.load, mentor) == before
    assert caught.value.field is Field.TRAVEL
    return caught.value.problem


def starts_at(zone: str, day: date, hour: int) -> datetime:
    return timezones.from_wall_clock(datetime.combine(day, time(hour)), zone).first


async def list_starts(town: Community, mentee: Actor, mentor: Actor) -> Sequence[datetime]:
    return (await town.db.read(slot_queries.list_bookable_slots, mentee, mentor.user_id, 60)).starts


async def test_slots_follow_a_trip_and_can_be_booked(town: Community) -> None:
    home = "America/New_York"
    oliver = await town.mentor("Oliver", zone=home, hours=EVENINGS, slot_step=60)
    maya = await town.member("Maya", points=500)
    day = town.clock.now.date() + timedelta(days=7)
    there, here = starts_at(LISBON, day, 18), starts_at(home, day, 18)
    assert here in await list_starts(town, maya, oliver)
    version = (await town.db.read(editor.load, oliver)).version
    changed = await town.db.run(
        travel_editor.add_trip, oliver, day, day + timedelta(days=2), "europe/lisbon"
    )
    assert changed.travel == (Travel(day, day + timedelta(days=2), LISBON),)
    assert changed.version > version
    listed = await list_starts(town, maya, oliver)
    assert there in listed
    assert here not in listed
    assert starts_at(home, day - timedelta(days=1), 18) in listed
    with pytest.raises(SlotUnavailable) as caught:
        await town.book(maya, oliver, here)
    assert caught.value.reason is NotBookableReason.HOURS
    request = BookingRequest(oliver.user_id, there, 60)
    assert (await town.db.run(booking.quote, maya, request)).mentor_zone == LISBON
    session = await town.book(maya, oliver, there)
    assert session.timezone == LISBON
    # Without the trip, that session is outside the hours.
    back = await town.db.run(travel_editor.remove_trip, oliver, day)
    assert back.travel == ()
    assert back.sessions_outside == (there,)


async def test_a_trip_says_which_sessions_it_leaves_outside_the_hours(town: Community) -> None:
    oliver = await town.mentor("Oliver", zone="America/New_York", hours=EVENINGS)
    maya = await town.member("Maya", points=500)
    day = town.clock.now.date() + timedelta(days=7)
    session = await town.book(maya, oliver, starts_at("America/New_York", day, 18))
    changed = await town.db.run(travel_editor.add_trip, oliver, day, day, LISBON)
    assert changed.sessions_outside == (session.starts_at,)


async def test_trips_must_not_overlap_be_over_or_too_many(town: Community) -> None:
    oliver = await town.mentor("Oliver")
    today = town.clock.now.date()
    day = timedelta(days=1)
    assert await refused(town, oliver, date.min, today) is Problem.TOO_LATE
    await town.db.run(travel_editor.add_trip, oliver, today - 3 * day, today, LISBON)
    assert await refused(town, oliver, today, today + day) is Problem.OVERLAPPING
    assert await refused(town, oliver, today + 9 * day, today + 8 * day) is Problem.TOO_EARLY
    assert await refused(town, oliver, today - 9 * day, today - 5 * day) is Problem.PAST
    far = today + 732 * day
    assert await refused(town, oliver, far, far) is Problem.TOO_LATE
    assert await refused(town, oliver, date.min, today - 9 * day) is Problem.PAST
    with pytest.raises(UnknownTimezone):
        await town.db.run(travel_editor.add_trip, oliver, far, far, "Europe/Atlantis")
    for number in range(1, hours_limits.MAX_TRIPS):
        first = today + number * day
        await town.db.run(travel_editor.add_trip, oliver, first, first, LISBON)
    last = today + hours_limits.MAX_TRIPS * day
    assert await refused(town, oliver, last, last) is Problem.TOO_MANY
    # Once the first one is over, there is room for another.
    town.clock.now += 2 * day
    await town.db.run(travel_editor.add_trip, oliver, last, last, LISBON)


async def test_of_racing_trips_on_one_date_exactly_one_is_added(town: Community) -> None:
    oliver = await town.mentor("Oliver")
    today = town.clock.now.date()
    trips = [(today, today + timedelta(days=1)), (today + timedelta(days=1),) * 2] * 4
    results = await asyncio.gather(
        *(town.db.run(travel_editor.add_trip, oliver, *trip, LISBON) for trip in trips),
        return_exceptions=True,
    )
    problems = [each.problem for each in results if isinstance(each, InvalidField)]
    assert problems == [Problem.OVERLAPPING] * (len(trips) - 1)
    assert len((await town.db.read(editor.load, oliver)).travel) == 1


async def test_replacing_the_availability_replaces_trips_only_if_named(town: Community) -> None:
    oliver = await town.mentor("Oliver")
    day = town.clock.now.date() + timedelta(days=7)
    trip = Travel(day, day, LISBON)
    for change, travel in (
        (AvailabilityChange(travel=(trip,)), (trip,)),
        (AvailabilityChange(limits={"fill_gaps": True}), (trip,)),
        (AvailabilityChange(travel=()), ()),
    ):
        view = await town.db.run(editor.replace, oliver, change)
        assert view.travel == travel
    assert view.limits.fill_gaps
    twice = AvailabilityChange(travel=(trip, Travel(day, day + timedelta(days=1), "Asia/Tokyo")))
    with pytest.raises(InvalidField) as caught:
        await town.db.run(editor.replace, oliver, twice)
    assert (caught.value.field, caught.value.problem) == (Field.TRAVEL, Problem.OVERLAPPING)


async def test_changing_the_home_zone_keeps_trips(town: Community) -> None:
    oliver = await town.mentor("Oliver", zone="Asia/Tokyo", hours=EVENINGS)
    day = town.clock.now.date() + timedelta(days=7)
    await town.db.run(travel_editor.add_trip, oliver, day, day, LISBON)
    special = (600, 660)
    await town.db.run(editor.set_overrides, oliver, day, day, (special,))
    same_instants = timezone_change.MentorHours.AT_THE_SAME_INSTANTS
    await town.db.run(timezone_change.set_timezone, oliver, "Asia/Kolkata", same_instants)
    view = await town.db.read(editor.load, oliver)
    assert view.travel == (Travel(day, day, LISBON),)
    assert [(each.date, each.hours) for each in view.overrides] == [(day, (special,))]


async def test_overrides_of_today_are_possible_where_it_is_still_yesterday(
    town: Community,
) -> None:
    """Oliver is in Honolulu, where 3 March lasts until 10:00 UTC of the 4th."""
    oliver = await town.mentor("Oliver", hours=EVENINGS)
    day = town.clock.now.date()
    await town.db.run(travel_editor.add_trip, oliver, day, day, "Pacific/Honolulu")
    town.clock.now = datetime.combine(day + timedelta(days=1), time(8), UTC)
    view = await town.db.run(editor.set_overrides, oliver, day, day, ())
    assert [override.date for override in view.overrides] == [day]
    assert [trip.last for trip in view.travel] == [day]
    town.clock.now += timedelta(hours=3)
    view = await town.db.read(editor.load, oliver)
    assert (view.overrides, view.travel) == ((), ())
    with pytest.raises(InvalidField):
        await town.db.run(editor.set_overrides, oliver, day, day, ())


async def test_search_finds_a_mentor_by_the_hours_of_a_trip(town: Community) -> None:
    """Nine in the evening in Tokyo is noon in London, when Oliver has no hours at home."""
    oliver = await town.mentor("Oliver", hours=EVENINGS)
    maya = await town.member("Maya")
    day = town.clock.now.date() + timedelta(days=7)
    start = starts_at("Asia/Tokyo", day, 18)
    free = SearchQuery(free=Span(start, start + timedelta(hours=1)))
    assert (await town.db.read(search.search, maya, free)).results == ()
    await town.db.run(travel_editor.add_trip, oliver, day, day, "Asia/Tokyo")
    (result,) = (await town.db.read(search.search, maya, free)).results
    assert result.slots[0] == start
    # Also where the trip's are the only hours that are left.
    await town.db.run(editor.set_weekly, oliver, f"{day:%a} 18:00-19:00".lower())
    town.clock.now = start - timedelta(days=4)
    soonest = SearchQuery(sort=Sort.SOONEST)
    (result,) = (await town.db.read(search.search, maya, soonest)).results
    assert result.slots[0] == start


async def test_a_trip_over_the_date_line_is_listed_until_the_clock_changes(town: Community) -> None:
    """The trip's last date is over in Auckland hours before the next one begins at home."""
    home, there = "America/Los_Angeles", "Pacific/Auckland"
    oliver = await town.mentor("Oliver", zone=home, hours="daily 00:00-24:00")
    day = town.clock.now.date() + timedelta(days=7)
    await town.db.run(travel_editor.add_trip, oliver, day, day, there)
    midnights = [starts_at(zone, day + timedelta(days=1), 0) for zone in (there, home)]
    town.clock.now = midnights[0] + timedelta(hours=3)
    before = await town.db.read(editor.load, oliver)
    assert before.schedule.zone_at(town.clock.now) == there
    profile = await town.db.read(profile_views.load, oliver, oliver.user_id)
    assert before.travel == profile.travel == (Travel(day, day, there),)
    # Saving what the editor shows changes nothing.
    await town.db.run(editor.replace, oliver, AvailabilityChange(travel=before.travel))
    after = await town.db.read(editor.load, oliver)
    assert (after.schedule, after.next_slots) == (before.schedule, before.next_slots)
    town.clock.now = midnights[1]
    assert (await town.db.read(editor.load, oliver)).travel == ()


async def test_past_trips_are_deleted_some_at_a_time(town: Community) -> None:
    oliver = await town.mentor("Oliver")
    today = town.clock.now.date()
    for number in range(4):
        first = today + timedelta(days=number)
        await town.db.run(travel_editor.add_trip, oliver, first, first, LISBON)
    town.clock.now += timedelta(days=hours_limits.DAYS_BACK + 3)
    before = await town.db.read(mentor_calendar.load, oliver.guild, oliver.user_id)
    assert await town.db.run(travel_storage.delete_past, 2) == 2
    assert await town.db.run(travel_storage.delete_past, 2) == 1
    assert await town.db.run(travel_storage.delete_past, 2) == 0
    assert await town.db.read(count_rows) == 1
    assert await town.db.read(mentor_calendar.load, oliver.guild, oliver.user_id) == before


async def test_trips_are_exported_and_erased(town: Community) -> None:
    oliver, noor = await town.mentor("Oliver"), await town.mentor("Noor")
    # A profile with sessions is kept without the person.
    await town.session(SessionStatus.COMPLETED, await town.member("Maya", points=500), oliver)
    day = town.clock.now.date()
    for mentor in (oliver, noor):
        await town.db.run(travel_editor.add_trip, mentor, day, day, LISBON)
    (exported,) = (await exports.export(town.db, oliver))["travel"]
    assert (exported["first_date"], exported["timezone"]) == (day.isoformat(), LISBON)
    await town.db.run(erasure.erase, oliver)
    assert await town.db.read(count_rows) == 1
    assert len((await town.db.read(editor.load, noor)).travel) == 1


async def test_a_gap_after_a_booking_can_be_booked_once(town: Community) -> None:
    limits = {"slot_step": 60, "durations": [45], "fill_gaps": True}
    oliver = await town.mentor("Oliver", hours="daily 18:00-19:30", **limits)
    maya, sora = await town.member("Maya", points=500), await town.member("Sora", points=500)
    day = datetime.combine(town.clock.now.date() + timedelta(days=7), time(), UTC)
    first, gap = day + timedelta(hours=18), day + timedelta(hours=18, minutes=45)
    with pytest.raises(SlotUnavailable) as caught:
        await town.book(maya, oliver, gap, 45)
    assert caught.value.reason is NotBookableReason.HOURS
    await town.book(maya, oliver, first, 45)
    window = (day, day + timedelta(days=1))
    listed = await town.db.read(
        slot_queries.list_slots_in_window, sora, oliver.user_id, *window, 45
    )
    assert listed.starts == (gap,)
    await town.book(sora, oliver, gap, 45)
    with pytest.raises(SlotTaken):
        await town.book(await town.member("Lena", points=500), oliver, gap, 45)
