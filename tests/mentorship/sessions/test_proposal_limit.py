"""How often each side of a session can propose another time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mentorship.actors import Actor
from mentorship.errors import Limit, LimitReached
from mentorship.sessions import rescheduling, transitions
from mentorship.sessions.session_views import SessionView
from tests.mentorship.support.community import TUESDAY_NOON, Community

DAY = timedelta(days=1)


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya")


@pytest.fixture
async def oliver(town: Community) -> Actor:
    return await town.mentor("Oliver", rate=0)


@pytest.fixture
async def session(town: Community, maya: Actor, oliver: Actor) -> SessionView:
    booked = await town.book(maya, oliver)
    return await town.db.run(transitions.confirm, oliver, booked.id)


async def propose(town: Community, person: Actor, session: SessionView, day: int) -> None:
    await town.db.run(rescheduling.propose, person, session.id, TUESDAY_NOON + day * DAY)


async def test_a_fourth_proposal_by_one_side_is_refused(
    town: Community, maya: Actor, oliver: Actor, session: SessionView
) -> None:
    await propose(town, maya, session, 1)
    await propose(town, maya, session, 2)
    await town.db.run(rescheduling.withdraw, maya, session.id)
    await propose(town, maya, session, 3)
    await town.db.run(rescheduling.decline, oliver, session.id)
    for refused in (
        town.db.read(rescheduling.list_options, maya, session.id),
        town.db.read(rescheduling.preview_proposal, maya, session.id, TUESDAY_NOON + 4 * DAY),
        town.db.run(rescheduling.propose, maya, session.id, TUESDAY_NOON + 4 * DAY),
    ):
        with pytest.raises(LimitReached) as error:
            await refused
        assert (error.value.limit, error.value.most) == (Limit.PROPOSALS, 3)
    await propose(town, oliver, session, 4)


async def test_repeating_an_open_proposal_does_not_count(
    town: Community, maya: Actor, session: SessionView
) -> None:
    for _ in range(5):
        await propose(town, maya, session, 1)
    await propose(town, maya, session, 2)
    await propose(town, maya, session, 3)
    await propose(town, maya, session, 3)
    with pytest.raises(LimitReached):
        await propose(town, maya, session, 4)


async def test_each_session_has_its_own_count(
    town: Community, maya: Actor, oliver: Actor, session: SessionView
) -> None:
    for day in (1, 2, 3):
        await propose(town, maya, session, day)
    other = await town.book(maya, oliver, TUESDAY_NOON + 10 * DAY)
    await propose(town, maya, other, 11)
