"""How departures, suspensions and downtimes end or move group sessions and their seats."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from mentorship.actors import Actor
from mentorship.administration import moderation
from mentorship.errors import SignUpClosed
from mentorship.faults import FIRST_RETRY_DELAY
from mentorship.mentors import profiles
from mentorship.sessions import blocking, departures, service_time
from mentorship.sessions.blocking import BlockTarget
from mentorship.sessions.departures import EndingCause, ExpectedMember
from mentorship.sessions.lifecycle import EndReason
from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.tables import SessionEnding, WaitlistEntry
from tests.mentorship.sessions.groups.conftest import Group, create
from tests.mentorship.support.community import TUESDAY_NOON, Community

HOUR = timedelta(hours=1)


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=500)


async def end_all(town: Community) -> None:
    """Let the jobs finish what was begun."""
    while await town.db.run(departures.end_next):
        pass
    await town.wait_until(town.clock.now)


async def test_a_mentor_who_leaves_ends_and_refunds_all_group_sessions(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    groups = [
        await create(town, oliver, starts_at=TUESDAY_NOON + n * timedelta(days=1)) for n in range(5)
    ]
    seats = [await group.join(maya) for group in groups]
    assert await town.balance(maya) == 350
    await town.db.run(departures.record_departure, oliver.guild, oliver.user_id)
    await end_all(town)
    for group, seat in zip(groups, seats, strict=True):
        assert (await group.view()).status is SessionStatus.CANCELLED
        after = await town.reload(seat)
        assert after.status is SessionStatus.CANCELLED
        assert after.ended_reason == EndReason.LEFT_GUILD
    assert await town.balance(maya) == 500


async def test_an_attendee_who_leaves_gives_up_seats_and_places_in_line(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    group = await create(town, oliver)
    full = await create(town, oliver, starts_at=TUESDAY_NOON + 3 * HOUR)
    seat = await group.join(maya)
    for name in ("Priya", "Ken"):
        await full.join(await town.member(name, points=100))
    await full.wait_in_line(maya)
    await town.db.run(departures.record_departure, maya.guild, maya.user_id)
    assert (await town.reload(seat)).status is SessionStatus.CANCELLED
    assert (await group.view()).seats_taken == 0
    assert await town.balance(maya) == 500
    assert await town.count(WaitlistEntry) == 0


@pytest.mark.parametrize("cancel", [True, False])
async def test_a_suspension_cancels_or_keeps_group_sessions(
    town: Community, oliver: Actor, maya: Actor, cancel: bool
) -> None:
    group = await create(town, oliver)
    seat = await group.join(maya)
    preview = await town.db.read(moderation.preview_suspension, town.chief, oliver.user_id)
    assert (preview.count, preview.refund) == (1, 30)
    await town.db.run(
        moderation.suspend, town.chief, oliver.user_id, "Reason", cancel_sessions=cancel
    )
    await end_all(town)
    status = SessionStatus.CANCELLED if cancel else SessionStatus.CONFIRMED
    assert (await group.view()).status is status
    assert (await town.reload(seat)).status is status
    if not cancel:
        with pytest.raises(SignUpClosed):
            await group.join(await town.member("Priya", points=100))


async def test_a_mentor_who_stopped_keeps_seats_and_gives_no_more(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    group = await create(town, oliver)
    seat = await group.join(maya)
    await town.db.run(profiles.stop, oliver)
    with pytest.raises(SignUpClosed):
        await group.join(await town.member("Priya", points=100))
    await town.wait_until(TUESDAY_NOON)
    assert (await town.reload(seat)).status is SessionStatus.IN_PROGRESS


async def test_a_mentor_without_attendees_is_looked_for_before_the_start(
    town: Community, oliver: Actor
) -> None:
    await create(town, oliver)
    town.clock.now = TUESDAY_NOON - timedelta(minutes=5)
    soon = await town.db.read(departures.list_expected_members, timedelta(minutes=10))
    assert soon == [ExpectedMember(oliver.guild, oliver.user_id)]


async def test_a_block_leaves_a_seat_as_it_is(town: Community, oliver: Actor, maya: Actor) -> None:
    seat = await (await create(town, oliver)).join(maya)
    await town.db.run(blocking.block, maya, BlockTarget(oliver.user_id))
    assert (await town.reload(seat)).status is SessionStatus.CONFIRMED


async def down(town: Community, group: Group, length: timedelta) -> None:
    """Let the program be down for a time, from now on."""
    await town.db.run(service_time.tick)
    town.clock.now += length
    await town.db.run(service_time.tick)
    town.clock.now += timedelta(seconds=30)
    await town.db.run(service_time.tick)


async def test_the_deadline_for_seats_waits_while_the_program_is_down(
    town: Community, oliver: Actor
) -> None:
    group = await create(town, oliver, minimum_seats=2, starts_at=TUESDAY_NOON + timedelta(days=2))
    before = (await group.view()).minimum_deadline
    assert before is not None
    await down(town, group, 5 * HOUR)
    after = await group.view()
    assert after.minimum_deadline == after.next_at == before + 5 * HOUR


async def test_the_deadline_for_seats_is_never_after_the_start(
    town: Community, oliver: Actor
) -> None:
    group = await create(town, oliver, minimum_seats=2, minimum_deadline=TUESDAY_NOON - HOUR)
    await down(town, group, 5 * HOUR)
    assert (await group.view()).next_at == TUESDAY_NOON


async def test_a_downtime_moves_no_start(town: Community, oliver: Actor) -> None:
    group = await create(town, oliver)
    await down(town, group, 5 * HOUR)
    assert (await group.view()).next_at == TUESDAY_NOON


async def test_a_group_session_that_fails_once_is_called_off_later(
    town: Community, oliver: Actor
) -> None:
    group = await create(town, oliver)

    async def store_roles(tx: Transaction, roles: str) -> None:
        await tx.connection.execute(
            text("UPDATE group_sessions SET join_role_ids = :roles"), {"roles": roles}
        )

    await town.db.run(store_roles, "null")
    person = (oliver.guild, oliver.user_id)
    await town.db.run(departures.end_upcoming, *person, EndingCause.SUSPENDED, town.chief.user_id)
    await town.db.run(store_roles, "[]")
    town.clock.now += FIRST_RETRY_DELAY
    await end_all(town)
    assert (await group.view()).status is SessionStatus.CANCELLED
    assert await town.count(SessionEnding) == 0
