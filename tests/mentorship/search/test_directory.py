"""Suggestions of mentors and slots, as the booking commands show them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from mentorship.actors import Actor
from mentorship.administration.moderation import suspend
from mentorship.availability import slot_queries
from mentorship.availability.mentor_calendar import default_duration
from mentorship.errors import MentorPaused, NotAMember, NotAMentor
from mentorship.members import members
from mentorship.mentors import profiles
from mentorship.search import directory
from mentorship.sessions import booking
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.follow_up import reviews
from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.tables import Member
from tests.mentorship.support.community import TUESDAY_NOON, Community, hours


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=100)


async def suggested(town: Community, viewer: Actor, text: str = "") -> list[str]:
    return [view.name for view in await town.db.read(directory.suggest_mentors, viewer, text)]


async def test_suggestions_are_bookable_mentors(
    town: Community, village: Community, maya: Actor
) -> None:
    noor, olaf = await town.mentor("Noor"), await town.mentor("Olaf")
    await village.mentor("Vera")
    await town.applicant("Ada")
    assert sorted(await suggested(town, maya)) == ["Noor", "Olaf"]
    assert await suggested(town, noor) == ["Olaf"], "nobody finds themselves"
    assert await suggested(village, village.chief) == ["Vera"]
    back = town.clock.now + timedelta(days=1)
    await town.db.run(profiles.pause, noor, back)
    assert await suggested(town, maya) == ["Olaf"]
    town.clock.now = back
    assert sorted(await suggested(town, maya)) == ["Noor", "Olaf"]
    await town.db.run(suspend, town.chief, olaf.user_id, "no shows", cancel_sessions=True)
    assert await suggested(town, maya) == ["Noor"]


@pytest.mark.parametrize("typed", ["noor", "Noor", " python ", "pyton", "PYTHON"])
async def test_suggestions_match_names_and_expertise_despite_typos(
    town: Community, maya: Actor, typed: str
) -> None:
    await town.mentor("Noor")
    assert await suggested(town, maya, typed) == ["Noor"]
    assert await suggested(town, maya, "cookery") == []


async def test_many_good_reviews_outrank_one(town: Community) -> None:
    one, many, poor = [
        await town.mentor(name, rate=0, minimum_notice=0) for name in ("One", "Many", "Poor")
    ]
    await town.mentor("New", rate=0)
    reviewed = [(one, 5)] + [(many, 5)] * 6 + [(many, 4)] + [(poor, 2)] * 8
    for number, (mentor, stars) in enumerate(reviewed):
        member = await town.member(f"Member {number}")
        start = TUESDAY_NOON + timedelta(hours=number)
        session = await town.session(SessionStatus.COMPLETED, member, mentor, start, 30)
        await town.db.run(reviews.rate, member, session.id, stars)
    views = await town.db.read(directory.suggest_mentors, town.chief, "")
    assert [view.name for view in views] == ["Many", "One", "New", "Poor"]
    assert [view.rating_count for view in views] == [7, 1, 0, 8]
    assert [view.rating for view in views] == [pytest.approx(34 / 7), 5, None, 2]


async def test_suggested_slots_exclude_booked_time(town: Community, maya: Actor) -> None:
    noor = await town.mentor("Noor", hours="tue 12:00-14:00", rate=10)
    slots = await town.db.read(slot_queries.suggest_slots, maya, noor.user_id)
    assert (slots.mentor_name, slots.minutes, slots.hourly_rate) == ("Noor", 60, 10)
    assert slots.starts[:3] == tuple(TUESDAY_NOON + hours(half) for half in (0, 0.5, 1))
    await town.book(maya, noor, TUESDAY_NOON + hours(0.5))
    rest = await town.db.read(slot_queries.suggest_slots, town.chief, noor.user_id)
    assert rest.starts[0] == TUESDAY_NOON + timedelta(days=7)


async def test_suggested_slots_exclude_the_mentees_own_sessions(
    town: Community, village: Community, maya: Actor
) -> None:
    noor = await town.mentor("Noor", hours="tue 12:00-14:00")
    vera = await village.mentor("Vera")
    await village.book(await village.join(maya, points=60), vera)
    slots = await town.db.read(slot_queries.suggest_slots, maya, noor.user_id)
    slots_of_others = await town.db.read(slot_queries.suggest_slots, town.chief, noor.user_id)
    assert slots.starts[0] == TUESDAY_NOON + hours(1)
    assert slots_of_others.starts[0] == TUESDAY_NOON


async def test_bookable_slots_reach_to_the_end_of_the_booking_window(
    town: Community, maya: Actor
) -> None:
    noor = await town.mentor("Noor", hours="tue 12:00-14:00", rate=10, horizon_days=15)
    times = await town.db.read(slot_queries.list_bookable_slots, maya, noor.user_id)
    assert (times.mentor_name, times.minutes, times.durations) == ("Noor", 60, (30, 60))
    assert times.zone == "America/New_York"
    tuesdays = [TUESDAY_NOON + timedelta(days=7 * week) for week in range(3)]
    assert times.starts == tuple(day + hours(h) for day in tuesdays for h in (0, 0.5, 1))[:-2], (
        "fifteen days from Monday noon are over at Tuesday noon"
    )
    short = await town.db.read(slot_queries.list_bookable_slots, maya, noor.user_id, 30)
    assert len(short.starts) == 4 + 4 + 1
    other = await town.db.read(slot_queries.list_bookable_slots, maya, noor.user_id, 45)
    assert other.minutes == 60, "a duration that is not offered gives the default"


async def test_actors_outside_the_guild_must_be_recorded_members(
    town: Community, village: Community, maya: Actor
) -> None:
    noor = await town.mentor("Noor")
    outside = replace(maya, name="maya.the.great", outside_guild=True)
    assert await suggested(town, outside) == ["Noor"]
    request = BookingRequest(noor.user_id, TUESDAY_NOON, 30)
    booked = await town.db.run(booking.book, outside, request)
    assert booked.mentee.name == "Maya", "as she is called in the guild"
    stranger = replace(outside, guild_id=village.guild_id)
    left = replace(outside, user_id=(await town.member("Leo", points=100)).user_id)
    await town.db.run(leave, left)
    before = await town.dump()
    for outsider in (stranger, left):
        for use_case, *arguments in (
            (directory.load_expertise,),
            (directory.suggest_mentors, ""),
            (directory.list_by_expertise, 1),
            (slot_queries.list_bookable_slots, noor.user_id),
            (members.load,),
            (booking.quote, replace(request, starts_at=TUESDAY_NOON + hours(3))),
            (booking.book, replace(request, starts_at=TUESDAY_NOON + hours(3))),
        ):
            with pytest.raises(NotAMember):
                await town.db.run(use_case, outsider, *arguments)
    assert await town.dump() == before


async def leave(tx: Transaction, actor: Actor) -> None:
    is_actor = (Member.guild_id == actor.guild, Member.user_id == actor.user_id)
    await tx.connection.execute(update(Member).where(*is_actor).values(left_at=tx.now))


async def test_typed_times_are_read_in_the_mentees_zone(town: Community, maya: Actor) -> None:
    noor = await town.mentor("Noor")
    slots = await town.db.read(slot_queries.suggest_slots, maya, noor.user_id, text="tomorrow 3pm")
    assert slots.starts[0] == datetime(2026, 3, 3, 20, tzinfo=UTC), "15:00 in New York"
    anything = await town.db.read(
        slot_queries.suggest_slots, maya, noor.user_id, text="qwertz", limit=5
    )
    assert len(anything.starts) == 5


async def test_slots_of_paused_mentors_and_non_mentors_are_refused(
    town: Community, maya: Actor
) -> None:
    noor = await town.mentor("Noor")
    await town.db.run(profiles.pause, noor)
    with pytest.raises(MentorPaused):
        await town.db.read(slot_queries.suggest_slots, maya, noor.user_id)
    for use_case in (
        slot_queries.suggest_slots,
        slot_queries.load_durations,
        slot_queries.list_bookable_slots,
    ):
        with pytest.raises(NotAMentor):
            await town.db.read(use_case, noor, maya.user_id)


@pytest.mark.parametrize(
    ("offered", "default"),
    [((30, 60), 60), ((15, 45, 90), 45), ((90, 120), 90), ((60,), 60), ((15,), 15)],
)
def test_default_duration_is_the_longest_of_at_most_an_hour(
    offered: tuple[int, ...], default: int
) -> None:
    assert default_duration(offered) == default
