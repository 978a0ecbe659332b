"""What a block does to a seat in a group session of the other."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mentorship.actors import Actor
from mentorship.errors import TermsChanged
from mentorship.sessions import blocking
from mentorship.sessions.blocking import BlockTarget
from mentorship.sessions.groups import moving
from mentorship.statuses import SessionStatus
from tests.mentorship.sessions.groups.conftest import Group, create
from tests.mentorship.support.community import TUESDAY_NOON, Community

BLOCKERS = pytest.mark.parametrize("blocker", ["attendee", "mentor"])


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=100)


def pair(group: Group, maya: Actor, blocker: str) -> tuple[Actor, BlockTarget]:
    """Return who blocks, and whom."""
    if blocker == "attendee":
        return maya, BlockTarget(group.mentor.user_id)
    return group.mentor, BlockTarget(maya.user_id)


@BLOCKERS
async def test_a_block_lists_a_confirmed_seat_and_keeps_it(
    town: Community, group: Group, maya: Actor, blocker: str
) -> None:
    seat = await group.join(maya)
    effects = await town.db.read(blocking.preview, *pair(group, maya, blocker))
    assert [each.id for each in effects.confirmed] == [seat.id]
    assert effects.requests == ()
    await town.db.run(blocking.block, *pair(group, maya, blocker))
    assert (await town.reload(seat)).status is SessionStatus.CONFIRMED


@BLOCKERS
async def test_a_block_ends_a_moved_seat_with_a_full_refund(
    town: Community, group: Group, maya: Actor, blocker: str
) -> None:
    seat = await group.join(maya)
    later = TUESDAY_NOON + timedelta(hours=3)
    await town.db.run(moving.move, group.mentor, group.id, later)
    who, target = pair(group, maya, blocker)
    effects = await town.db.read(blocking.preview, who, target)
    assert [each.id for each in effects.requests] == [seat.id]
    with pytest.raises(TermsChanged):
        await town.db.run(blocking.block, who, target, requests_shown=0)
    await town.db.run(blocking.block, who, target, requests_shown=1)
    after = await town.reload(seat)
    assert (after.status, after.ended_by) == (SessionStatus.CANCELLED, who.user_id)
    assert await town.balance(maya) == 100
    assert (await group.view()).seats_taken == 0


async def test_a_block_does_not_concern_seats_with_others(
    town: Community, group: Group, maya: Actor
) -> None:
    noor = await town.mentor("Noor")
    await (await create(town, noor)).join(maya)
    sam = await town.member("Sam", points=100)
    await group.join(sam)
    effects = await town.db.read(blocking.preview, maya, BlockTarget(group.mentor.user_id))
    assert (effects.requests, effects.confirmed) == ((), ())
