"""Departures: what happens to the sessions of members who have left the guild."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mentorship.actors import Actor
from mentorship.administration import moderation
from mentorship.errors import MentorPaused, NotAMentor
from mentorship.members import members
from mentorship.mentors import profiles
from mentorship.notifications.catalogue import NotificationKind
from mentorship.sessions import departures
from mentorship.sessions.departures import ExpectedMember
from mentorship.sessions.lifecycle import EndReason
from mentorship.statuses import SessionStatus
from tests.mentorship.support.community import TUESDAY_NOON, Community, hours


@pytest.fixture
async def oliver(town: Community) -> Actor:
    return await town.mentor("Oliver")


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=200)


async def test_a_departed_mentors_sessions_end_with_a_full_refund(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    confirmed = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    pending = await town.book(maya, oliver, TUESDAY_NOON + hours(5))
    assert await town.db.run(departures.record_departure, town.guild_id, oliver.user_id) == 2
    assert (await town.reload(confirmed)).status is SessionStatus.CANCELLED
    assert (await town.reload(pending)).status is SessionStatus.DECLINED
    assert await town.balance(maya) == 200
    assert await town.notified_kinds(
        maya, NotificationKind.CANCELLED, NotificationKind.DECLINED
    ) == [
        "cancelled",
        "declined",
    ]
    with pytest.raises(NotAMentor):
        await town.book(maya, oliver, TUESDAY_NOON + hours(9))
    before = await town.dump()
    assert await town.db.run(departures.record_departure, town.guild_id, oliver.user_id) == 0
    assert await town.dump() == before, "a second call changes nothing"


async def test_a_suspended_mentor_who_left_is_not_bookable_by_being_reinstated(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    await town.db.run(moderation.suspend, town.chief, oliver.user_id, "-", cancel_sessions=False)
    await town.db.run(departures.record_departure, town.guild_id, oliver.user_id)
    await town.db.run(members.record_return, town.guild_id, oliver.user_id)
    await town.db.run(moderation.reinstate, town.chief, oliver.user_id)
    with pytest.raises(MentorPaused):
        await town.book(maya, oliver)
    await town.db.run(profiles.resume, oliver)
    await town.book(maya, oliver)


async def test_a_departed_mentees_sessions_end_by_the_refund_policy(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    soon = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    town.clock.now = TUESDAY_NOON - hours(2)
    await town.book(maya, oliver, TUESDAY_NOON + timedelta(days=4))
    assert await town.db.run(departures.record_departure, town.guild_id, maya.user_id) == 2
    assert await town.balance(oliver) == 60, "too late for a refund"
    assert await town.balance(maya) == 140
    notifications = await town.notifications(NotificationKind.CANCELLED)
    assert {row.user_id for row in notifications} == {oliver.user_id}
    assert all(row.facts["left"] for row in notifications)
    assert (await town.reload(soon)).ended_reason == EndReason.LEFT_GUILD


async def test_a_departure_does_not_end_a_session_in_progress(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    in_progress = await town.session(SessionStatus.IN_PROGRESS, maya, oliver)
    assert await town.db.run(departures.record_departure, town.guild_id, maya.user_id) == 0
    assert (await town.reload(in_progress)).status is SessionStatus.IN_PROGRESS


async def test_a_departure_does_not_affect_other_guilds(
    town: Community, village: Community, oliver: Actor, maya: Actor
) -> None:
    vera = await village.mentor("Vera")
    maya_there = await village.join(maya, points=100)
    other_session = await village.session(SessionStatus.CONFIRMED, maya_there, vera)
    assert await town.db.run(departures.record_departure, town.guild_id, maya.user_id) == 0
    assert (await village.reload(other_session)).status is SessionStatus.CONFIRMED


async def test_a_returning_mentor_can_resume(town: Community, oliver: Actor) -> None:
    await town.db.run(departures.record_departure, town.guild_id, oliver.user_id)
    await town.db.run(members.record, oliver)
    await town.db.run(profiles.resume, oliver)
    maya = await town.member("Maya", points=60)
    await town.book(maya, oliver)


async def test_expected_members_are_participants_and_mentors(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    await town.member("Sam")
    idle = await town.mentor("Idle")
    await town.session(SessionStatus.CONFIRMED, maya, oliver)
    soon = await town.db.read(departures.list_expected_members, hours(24))
    here = town.guild_id
    assert soon == [ExpectedMember(here, oliver.user_id), ExpectedMember(here, maya.user_id)]
    assert await town.db.read(departures.list_expected_members, hours(1)) == []
    everybody = await town.db.read(departures.list_expected_members)
    assert set(everybody) == {*soon, ExpectedMember(here, idle.user_id)}
