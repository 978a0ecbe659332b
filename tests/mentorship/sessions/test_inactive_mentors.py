"""Sessions booked with a mentor who stopped, is suspended or paused go on; nothing new begins."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mentorship.actors import Actor
from mentorship.administration import moderation
from mentorship.errors import MentorPaused, NotAllowedNow, NotAMentor, Obstacle
from mentorship.mentors import profiles
from mentorship.sessions import rescheduling, transitions
from mentorship.sessions.follow_up import attendance, reviews
from mentorship.sessions.lifecycle import Attendance
from mentorship.sessions.session_views import SeenTimes
from mentorship.statuses import SessionStatus
from tests.mentorship.support.community import TUESDAY_NOON, Community, hours

LATER = TUESDAY_NOON + timedelta(days=2)

INACTIVE = ["stopped", "suspended"]


@pytest.fixture
async def oliver(town: Community) -> Actor:
    return await town.mentor("Oliver")


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=200)


async def deactivate(town: Community, mentor: Actor, how: str) -> None:
    if how == "stopped":
        await town.db.run(profiles.stop, mentor)
    elif how == "paused":
        await town.db.run(profiles.pause, mentor)
    else:
        await town.db.run(
            moderation.suspend, town.chief, mentor.user_id, "A complaint.", cancel_sessions=False
        )


@pytest.mark.parametrize("how", [*INACTIVE, "paused"])
@pytest.mark.parametrize("by", ["mentor", "mentee"])
async def test_a_booked_session_is_moved_held_and_rated(
    town: Community, oliver: Actor, maya: Actor, how: str, by: str
) -> None:
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    await deactivate(town, oliver, how)
    author, other = (oliver, maya) if by == "mentor" else (maya, oliver)
    assert LATER in (await town.db.read(rescheduling.list_options, author, session.id)).starts
    await town.db.run(rescheduling.propose, author, session.id, LATER)
    moved = await town.db.run(
        rescheduling.accept, other, session.id, seen=SeenTimes(proposed_starts_at=LATER)
    )
    assert moved.starts_at == LATER
    await town.wait_until(LATER)
    await town.wait_until(LATER + hours(1))
    await town.db.run(attendance.report, maya, session.id, Attendance.MET)
    assert await town.balance(oliver) == 60
    rated = await town.db.run(reviews.rate, maya, session.id, 5, "Thank you.")
    assert rated.session.stars == 5


@pytest.mark.parametrize("how", [*INACTIVE, "paused"])
@pytest.mark.parametrize("by", ["mentor", "mentee"])
async def test_a_booked_session_can_be_cancelled(
    town: Community, oliver: Actor, maya: Actor, how: str, by: str
) -> None:
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver, LATER)
    await deactivate(town, oliver, how)
    cancelled = await town.db.run(
        transitions.cancel, oliver if by == "mentor" else maya, session.id
    )
    assert cancelled.session.status is SessionStatus.CANCELLED


@pytest.mark.parametrize("how", INACTIVE)
async def test_a_pending_request_can_only_be_declined_or_cancelled(
    town: Community, oliver: Actor, maya: Actor, how: str
) -> None:
    declined = await town.book(maya, oliver)
    cancelled = await town.book(maya, oliver, LATER)
    await town.db.run(rescheduling.propose, oliver, cancelled.id, LATER + hours(3))
    await deactivate(town, oliver, how)
    before = await town.dump()
    with pytest.raises(NotAllowedNow) as refused:
        await town.db.run(transitions.confirm, oliver, declined.id)
    assert refused.value.obstacle is Obstacle.MENTOR_UNAVAILABLE
    with pytest.raises(NotAllowedNow) as refused:
        await town.db.run(rescheduling.accept, maya, cancelled.id)
    assert refused.value.obstacle is Obstacle.MENTOR_UNAVAILABLE
    for person in (oliver, maya):
        with pytest.raises(NotAllowedNow) as refused:
            await town.db.run(rescheduling.propose, person, declined.id, LATER + hours(6))
        assert refused.value.obstacle is Obstacle.MENTOR_UNAVAILABLE
    assert await town.dump() == before
    session = await town.db.run(transitions.decline, oliver, declined.id)
    assert session.status is SessionStatus.DECLINED
    result = await town.db.run(transitions.cancel, maya, cancelled.id)
    assert (result.refund, await town.balance(maya)) == (60, 200)


async def test_a_paused_mentor_confirms_a_request_that_was_made_before(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    request = await town.book(maya, oliver)
    await town.db.run(profiles.pause, oliver)
    confirmed = await town.db.run(transitions.confirm, oliver, request.id)
    assert confirmed.status is SessionStatus.CONFIRMED


@pytest.mark.parametrize(
    ("how", "error"),
    [("stopped", NotAMentor), ("suspended", NotAMentor), ("paused", MentorPaused)],
)
async def test_an_inactive_mentor_cannot_be_booked(
    town: Community, oliver: Actor, maya: Actor, how: str, error: type[Exception]
) -> None:
    await deactivate(town, oliver, how)
    with pytest.raises(error):
        await town.book(maya, oliver)
