"""Acts on a session from outside its guild: which of them need a member."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from mentorship.actors import Actor
from mentorship.errors import MembershipUnknown, NotAMember
from mentorship.members import members
from mentorship.members.members import Presence
from mentorship.mentors import profiles, responsiveness
from mentorship.search import directory
from mentorship.sessions import (
    booking,
    departures,
    lifecycle,
    rescheduling,
    session_views,
    transitions,
)
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.follow_up import attendance, reviews, thanks
from mentorship.sessions.lifecycle import Action, Attendance, Party
from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.tables import Member
from tests.mentorship.support.community import TUESDAY_NOON, Community

LATER = TUESDAY_NOON + timedelta(days=1)

MENTORS_ACTS: dict[str, Any] = {
    "confirm": (SessionStatus.SCHEDULED, transitions.confirm, ()),
    "propose": (SessionStatus.CONFIRMED, rescheduling.propose, (LATER,)),
    "report": (SessionStatus.IN_PROGRESS, attendance.report, (Attendance.MET,)),
}
MENTEES_ACTS: dict[str, Any] = {
    "propose": (SessionStatus.SCHEDULED, rescheduling.propose, (LATER,)),
    "claim": (SessionStatus.IN_PROGRESS, attendance.report, (Attendance.NO_SHOW,)),
    "rate": (SessionStatus.COMPLETED, reviews.rate, (5,)),
    "thank": (SessionStatus.COMPLETED, thanks.send, ("Thanks",)),
}


@pytest.fixture
async def oliver(town: Community) -> Actor:
    return await town.mentor("Oliver", rate=0, minimum_notice=0)


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya")


def in_direct_message(person: Actor, *, unchecked: bool) -> Actor:
    return replace(person, guild_id=None, membership_unchecked=unchecked)


async def set_left(town: Community, person: Actor) -> None:
    """Mark a person as departed, without ending their sessions."""

    async def change(tx: Transaction) -> None:
        is_person = (Member.guild_id == town.guild_id, Member.user_id == person.user_id)
        await tx.connection.execute(update(Member).where(*is_person).values(left_at=tx.now))

    await town.db.run(change)


async def assert_needs_member(
    town: Community, person: Actor, act: Callable[..., Awaitable[Any]], *arguments: Any
) -> None:
    """Assert that the act asks for the membership first, and is refused after a departure."""
    with pytest.raises(MembershipUnknown) as unknown:
        await town.db.run(act, in_direct_message(person, unchecked=True), *arguments)
    assert unknown.value.guild_id == town.guild_id
    session_id = arguments[0]
    await set_left(town, person)
    before = await town.db.read(session_views.load, session_id)
    with pytest.raises(NotAMember):
        await town.db.run(act, in_direct_message(person, unchecked=False), *arguments)
    assert await town.db.read(session_views.load, session_id) == before


@pytest.mark.parametrize("name", MENTORS_ACTS)
async def test_a_mentors_acts_need_a_member(
    town: Community, oliver: Actor, maya: Actor, name: str
) -> None:
    status, act, arguments = MENTORS_ACTS[name]
    session = await town.session(status, maya, oliver)
    await assert_needs_member(town, oliver, act, session.id, *arguments)


@pytest.mark.parametrize("name", MENTEES_ACTS)
async def test_a_mentees_acts_need_a_member(
    town: Community, oliver: Actor, maya: Actor, name: str
) -> None:
    status, act, arguments = MENTEES_ACTS[name]
    session = await town.session(status, maya, oliver)
    if name == "claim":
        town.clock.now = max(town.clock.now, session.starts_at + lifecycle.NO_SHOW_GRACE)
    await assert_needs_member(town, maya, act, session.id, *arguments)


async def test_a_reply_needs_a_member(town: Community, oliver: Actor, maya: Actor) -> None:
    session = await town.session(SessionStatus.COMPLETED, maya, oliver)
    await town.db.run(reviews.rate, maya, session.id, 1, "Late.")
    await assert_needs_member(town, oliver, reviews.reply, session.id, "No!")


async def test_accepting_another_time_needs_a_member(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    await town.db.run(rescheduling.propose, oliver, session.id, LATER)
    await assert_needs_member(town, maya, rescheduling.accept, session.id)


async def test_booking_needs_a_member(town: Community, oliver: Actor, maya: Actor) -> None:
    request = BookingRequest(oliver.user_id, LATER, 60)
    outside = replace(maya, outside_guild=True)
    with pytest.raises(MembershipUnknown):
        await town.db.run(booking.book, replace(outside, membership_unchecked=True), request)
    await town.db.run(departures.record_departure, town.guild_id, maya.user_id)
    with pytest.raises(NotAMember):
        await town.db.run(booking.book, outside, request)


@pytest.mark.parametrize("act", [profiles.resume, responsiveness.confirm_active])
async def test_offering_time_again_needs_a_member(
    town: Community, oliver: Actor, maya: Actor, act: Callable[..., Awaitable[Any]]
) -> None:
    await town.db.run(profiles.pause, oliver)
    outside = replace(oliver, outside_guild=True)
    with pytest.raises(MembershipUnknown):
        await town.db.run(act, replace(outside, membership_unchecked=True))
    await set_left(town, oliver)
    with pytest.raises(NotAMember):
        await town.db.run(act, outside)
    assert await town.db.read(directory.suggest_mentors, maya, "") == []


async def test_a_mentor_who_came_back_can_resume_from_a_direct_message(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    await town.db.run(departures.record_departure, town.guild_id, oliver.user_id)
    with pytest.raises(NotAMember):
        await town.db.run(profiles.resume, replace(oliver, outside_guild=True))
    # Discord was asked, and knows them as a member.
    await town.db.run(profiles.resume, oliver)
    (found,) = await town.db.read(directory.suggest_mentors, maya, "")
    assert found.user_id == oliver.user_id
    presence = await town.db.read(members.find_presence, town.guild_id, oliver.user_id)
    assert presence is Presence.PRESENT


async def test_giving_up_needs_no_member(town: Community, oliver: Actor, maya: Actor) -> None:
    ended = []
    for number, (person, act) in enumerate(
        (
            (oliver, transitions.decline),
            (maya, transitions.cancel),
        )
    ):
        start = TUESDAY_NOON + timedelta(days=number + 1)
        session = await town.session(SessionStatus.SCHEDULED, maya, oliver, start)
        await set_left(town, person)
        await town.db.run(act, in_direct_message(person, unchecked=True), session.id)
        ended.append((await town.reload(session)).status)
    assert ended == [SessionStatus.DECLINED, SessionStatus.CANCELLED]


async def test_somebody_inside_the_guild_is_a_member_whatever_is_recorded(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.session(SessionStatus.COMPLETED, maya, oliver)
    await town.db.run(departures.record_departure, town.guild_id, maya.user_id)
    assert (await town.db.run(reviews.rate, maya, session.id, 5)).stars == 5


def test_each_action_of_participants_needs_a_member_or_gives_something_up() -> None:
    actions = {
        row.action for row in lifecycle.TRANSITIONS if row.party in (Party.MENTOR, Party.MENTEE)
    }
    giving_up = {
        Action.DECLINE,
        Action.CANCEL,
        Action.DECLINE_PROPOSAL,
        Action.WITHDRAW_PROPOSAL,
        *lifecycle.CONCESSIONS,
    }
    assert actions - lifecycle.NEEDS_MEMBER == giving_up
    assert actions >= lifecycle.NEEDS_MEMBER
