"""A participant says that they will be late, and the other is told at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from mentorship.actors import Actor
from mentorship.errors import NotAllowedNow, NotFound, Obstacle, SessionAction
from mentorship.event_types import EventType
from mentorship.notifications import preferences
from mentorship.notifications.catalogue import NotificationKind
from mentorship.sessions import rescheduling
from mentorship.sessions.lateness import notices, rules
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from mentorship.time.quiet_hours import QuietHours
from storage import Transaction
from storage.tables import Event
from tests.mentorship.sessions.test_presence import assert_needs_member
from tests.mentorship.support.community import TUESDAY_NOON, Community

MINUTE = timedelta(minutes=1)
LATE = NotificationKind.RUNNING_LATE


@pytest.fixture
async def oliver(town: Community) -> Actor:
    return await town.mentor("Oliver", instant_booking=True)


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=1_000)


@pytest.fixture
async def session(town: Community, oliver: Actor, maya: Actor) -> SessionView:
    return await town.book(maya, oliver)


async def obstacle(town: Community, actor: Actor, session: SessionView, minutes: int) -> Obstacle:
    with pytest.raises(NotAllowedNow) as caught:
        await town.db.run(notices.announce, actor, session.id, minutes)
    assert caught.value.action is SessionAction.ANNOUNCE_DELAY
    assert caught.value.obstacle is not None
    return caught.value.obstacle


async def test_the_other_participant_is_told_of_a_delay(
    town: Community, oliver: Actor, maya: Actor, session: SessionView
) -> None:
    await town.wait_until(TUESDAY_NOON - 10 * MINUTE)
    after = await town.db.run(notices.announce, oliver, session.id, 10)
    assert after.late == (await town.reload(session)).late == {Party.MENTOR: 10}
    (told,) = await town.notifications(LATE)
    assert (told.user_id, told.facts, told.due_at) == (maya.user_id, {"minutes": 10}, town.clock())
    assert told.useful_until == TUESDAY_NOON + 10 * MINUTE
    assert after == await town.reload(session)


async def test_a_delay_can_be_announced_from_15_minutes_before_the_start(
    town: Community, maya: Actor, session: SessionView
) -> None:
    town.clock.now = TUESDAY_NOON - 15 * MINUTE - timedelta(seconds=1)
    assert await obstacle(town, maya, session, 5) is Obstacle.NOT_NEAR_START
    town.clock.now = TUESDAY_NOON - 15 * MINUTE
    await town.db.run(notices.announce, maya, session.id, 5)


async def test_a_delay_that_has_passed_is_not_offered(
    town: Community, maya: Actor, session: SessionView
) -> None:
    await town.wait_until(TUESDAY_NOON + 5 * MINUTE)
    assert notices.choices(await town.reload(session), maya.user_id, town.clock()) == (10, 15)
    assert await obstacle(town, maya, session, 5) is Obstacle.DELAY_PASSED
    await town.wait_until(TUESDAY_NOON + 15 * MINUTE)
    assert await obstacle(town, maya, session, 15) is Obstacle.DELAY_PASSED


async def test_a_delay_ends_before_the_session_does(town: Community, maya: Actor) -> None:
    sam = await town.mentor("Sam", instant_booking=True, durations=[15])
    short = await town.book(maya, sam, minutes=15)
    await town.wait_until(TUESDAY_NOON - 10 * MINUTE)
    assert notices.choices(short, maya.user_id, town.clock()) == (5, 10)


async def test_a_later_notice_names_a_longer_delay_and_replaces_an_unsent_one(
    town: Community, maya: Actor, session: SessionView
) -> None:
    await town.wait_until(TUESDAY_NOON - 10 * MINUTE)
    await town.db.run(notices.announce, maya, session.id, 10)
    assert await obstacle(town, maya, session, 5) is Obstacle.LONGER_DELAY_KNOWN
    await town.db.run(notices.announce, maya, session.id, 15)
    statuses = {row.facts["minutes"]: row.status for row in await town.notifications(LATE)}
    assert statuses == {10: "dropped", 15: "waiting"}


async def test_the_same_delay_announced_twice_is_told_once(
    town: Community, maya: Actor, session: SessionView
) -> None:
    await town.wait_until(TUESDAY_NOON)
    first = await town.db.run(notices.announce, maya, session.id, 10)
    again = await town.db.run(notices.announce, maya, session.id, 10)
    assert (again.late, again.updated_at) == (first.late, first.updated_at)
    assert len(await town.notifications(LATE)) == 1


async def test_both_can_be_late(
    town: Community, oliver: Actor, maya: Actor, session: SessionView
) -> None:
    await town.wait_until(TUESDAY_NOON)
    await town.db.run(notices.announce, maya, session.id, 5)
    await town.db.run(notices.announce, oliver, session.id, 15)
    assert (await town.reload(session)).late == {Party.MENTEE: 5, Party.MENTOR: 15}
    rows = await town.notifications(LATE)
    assert {(row.user_id, row.status) for row in rows} == {
        (oliver.user_id, "waiting"),
        (maya.user_id, "waiting"),
    }


async def test_only_participants_who_are_members_announce_delays(
    town: Community, session: SessionView, maya: Actor
) -> None:
    await town.wait_until(TUESDAY_NOON)
    noor = await town.member("Noor")
    with pytest.raises(NotFound):
        await town.db.run(notices.announce, noor, session.id, 5)
    await assert_needs_member(town, maya, notices.announce, session.id, 5)


async def test_a_pending_or_cancelled_session_has_no_delays(town: Community, maya: Actor) -> None:
    sam = await town.mentor("Sam")
    request = await town.book(maya, sam)
    town.clock.now = TUESDAY_NOON - 5 * MINUTE
    assert notices.choices(request, maya.user_id, town.clock()) == ()
    with pytest.raises(NotAllowedNow) as caught:
        await town.db.run(notices.announce, maya, request.id, 5)
    assert caught.value.status is SessionStatus.SCHEDULED


async def test_a_moved_session_starts_without_delays(
    town: Community, oliver: Actor, maya: Actor, session: SessionView
) -> None:
    await town.wait_until(TUESDAY_NOON - 10 * MINUTE)
    await town.db.run(notices.announce, maya, session.id, 15)
    await town.db.run(rescheduling.propose, oliver, session.id, TUESDAY_NOON + 3 * 60 * MINUTE)
    moved = await town.db.run(rescheduling.accept, maya, session.id)
    assert moved.late == {}
    assert notices.choices(moved, maya.user_id, town.clock()) == ()


async def test_a_delay_is_told_in_quiet_hours(
    town: Community, oliver: Actor, maya: Actor, session: SessionView
) -> None:
    await town.wait_until(TUESDAY_NOON - 5 * MINUTE)
    await town.deliver()
    await town.db.run(preferences.set_quiet_hours, oliver, QuietHours(11 * 60, 15 * 60))
    await town.db.run(notices.announce, maya, session.id, 10)
    assert await town.deliver(oliver) == [LATE]


async def test_the_event_says_how_late_and_who_is_told(
    town: Community, oliver: Actor, maya: Actor, session: SessionView
) -> None:
    await town.wait_until(TUESDAY_NOON)
    await town.db.run(notices.announce, maya, session.id, 10)
    event = await town.db.read(_latest_event)
    assert event.type == EventType.SESSION_RUNNING_LATE
    assert (event.actor_id, event.subject_id) == (maya.user_id, oliver.user_id)
    assert (event.session_id, event.facts) == (session.id, {"minutes": 10})


async def _latest_event(tx: Transaction) -> Any:
    latest = select(*Event.__table__.c).order_by(Event.id.desc()).limit(1)
    return (await tx.connection.execute(latest)).one()


def test_an_unknown_delay_is_refused() -> None:
    with pytest.raises(NotAllowedNow):
        rules.require(
            *(7, SessionStatus.CONFIRMED, TUESDAY_NOON, TUESDAY_NOON + 60 * MINUTE),
            *(None, TUESDAY_NOON),
        )
