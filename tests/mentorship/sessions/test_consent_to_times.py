"""Whoever answers a request or a proposal agrees to the times that they saw."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from mentorship.actors import Actor
from mentorship.errors import NotAllowedNow, Obstacle, Term, TermsChanged
from mentorship.sessions import rescheduling, transitions
from mentorship.sessions.session_views import SeenTimes, SessionView
from mentorship.statuses import SessionStatus
from tests.mentorship.support.community import TUESDAY_NOON, Community, hours

LATER = TUESDAY_NOON + timedelta(days=2)
EVEN_LATER = TUESDAY_NOON + timedelta(days=3)


@pytest.fixture
async def oliver(town: Community) -> Actor:
    return await town.mentor("Oliver")


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=200)


@pytest.mark.parametrize("answer", [rescheduling.accept, rescheduling.decline])
@pytest.mark.parametrize("by", ["mentor", "mentee"])
@pytest.mark.parametrize("status", [SessionStatus.SCHEDULED, SessionStatus.CONFIRMED])
async def test_a_proposal_replaced_meanwhile_is_not_answered(
    town: Community,
    oliver: Actor,
    maya: Actor,
    answer: Callable[..., Awaitable[SessionView]],
    by: str,
    status: SessionStatus,
) -> None:
    session = await town.session(status, maya, oliver)
    author, other = (oliver, maya) if by == "mentor" else (maya, oliver)
    await town.db.run(rescheduling.propose, author, session.id, LATER)
    await town.db.run(rescheduling.propose, author, session.id, EVEN_LATER)
    before = await town.dump()
    with pytest.raises(TermsChanged) as changed:
        await town.db.run(answer, other, session.id, seen=SeenTimes(proposed_starts_at=LATER))
    error = changed.value
    assert (error.term, error.seen, error.current) == (Term.START, LATER, EVEN_LATER)
    assert await town.dump() == before
    answered = await town.db.run(
        answer, other, session.id, seen=SeenTimes(proposed_starts_at=EVEN_LATER)
    )
    expected = EVEN_LATER if answer is rescheduling.accept else session.starts_at
    assert (answered.starts_at, answered.proposal) == (expected, None)


async def test_a_withdrawn_proposal_is_not_accepted(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    await town.db.run(rescheduling.propose, maya, session.id, LATER)
    await town.db.run(
        rescheduling.withdraw, maya, session.id, seen=SeenTimes(proposed_starts_at=LATER)
    )
    with pytest.raises(NotAllowedNow) as refused:
        await town.db.run(
            rescheduling.accept, oliver, session.id, seen=SeenTimes(proposed_starts_at=LATER)
        )
    assert refused.value.obstacle is Obstacle.NO_PROPOSAL


async def test_an_old_button_does_not_withdraw_a_newer_proposal(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    await town.db.run(rescheduling.propose, maya, session.id, LATER)
    await town.db.run(rescheduling.propose, maya, session.id, EVEN_LATER)
    with pytest.raises(TermsChanged):
        await town.db.run(
            rescheduling.withdraw, maya, session.id, seen=SeenTimes(proposed_starts_at=LATER)
        )
    assert (await town.reload(session)).times.proposed_starts_at == EVEN_LATER


@pytest.mark.parametrize("answer", [transitions.confirm, transitions.decline])
async def test_a_request_is_answered_only_at_the_times_that_were_seen(
    town: Community,
    oliver: Actor,
    maya: Actor,
    answer: Callable[..., Awaitable[SessionView]],
) -> None:
    session = await town.book(maya, oliver)
    proposed = await town.db.run(rescheduling.propose, maya, session.id, LATER)
    with pytest.raises(TermsChanged) as changed:
        await town.db.run(answer, oliver, session.id, seen=session.times)
    assert changed.value.current == LATER, "the mentor had not seen the proposal"
    seen = SeenTimes(session.starts_at + hours(1), LATER)
    with pytest.raises(TermsChanged):
        await town.db.run(answer, oliver, session.id, seen=seen)
    answered = await town.db.run(answer, oliver, session.id, seen=proposed.times)
    assert answered.status is not SessionStatus.SCHEDULED
    assert answered.starts_at == session.starts_at


# --- one proposal at a time ---


@pytest.mark.parametrize("first", ["mentor", "mentee"])
async def test_an_open_proposal_is_never_overwritten_unseen(
    town: Community, oliver: Actor, maya: Actor, first: str
) -> None:
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    author, other = (oliver, maya) if first == "mentor" else (maya, oliver)
    await town.db.run(rescheduling.propose, author, session.id, LATER)
    before = await town.dump()
    # Neither without saying what they saw, nor from a card without the proposal.
    for seen in (None, session.times):
        with pytest.raises(NotAllowedNow) as refused:
            await town.db.run(rescheduling.propose, other, session.id, EVEN_LATER, seen=seen)
        assert refused.value.obstacle is Obstacle.OTHER_PROPOSAL_OPEN
    assert await town.dump() == before


async def test_a_counterproposal_is_refused_if_the_proposal_was_replaced(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    seen = (await town.db.run(rescheduling.propose, maya, session.id, LATER)).times
    await town.db.run(rescheduling.propose, maya, session.id, EVEN_LATER)
    with pytest.raises(TermsChanged) as changed:
        await town.db.run(rescheduling.propose, oliver, session.id, LATER + hours(3), seen=seen)
    assert changed.value.current == EVEN_LATER


async def test_a_proposal_is_refused_if_the_session_has_moved(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    await town.db.run(rescheduling.propose, oliver, session.id, LATER)
    await town.db.run(rescheduling.accept, maya, session.id)
    with pytest.raises(TermsChanged) as changed:
        await town.db.run(rescheduling.propose, maya, session.id, EVEN_LATER, seen=session.times)
    assert changed.value.current == LATER


# --- after the answer deadline, before the clock has acted ---


@pytest.mark.parametrize("author", [None, "mentor", "mentee"])
async def test_after_the_answer_deadline_only_the_mentee_can_cancel(
    town: Community, oliver: Actor, maya: Actor, author: str | None
) -> None:
    session = await town.book(maya, oliver, LATER)
    if author is not None:
        by = oliver if author == "mentor" else maya
        session = await town.db.run(rescheduling.propose, by, session.id, EVEN_LATER)
    assert session.answer_deadline is not None
    town.clock.now = session.answer_deadline + hours(9)
    before = await town.dump()
    acts = (rescheduling.accept, rescheduling.decline, rescheduling.withdraw)
    for person in (oliver, maya):
        for act in acts:
            with pytest.raises(NotAllowedNow):
                await town.db.run(act, person, session.id)
        start = LATER + hours(4)
        with pytest.raises(NotAllowedNow) as refused:
            await town.db.run(rescheduling.propose, person, session.id, start, seen=session.times)
        assert refused.value.obstacle is Obstacle.ANSWER_DEADLINE_PASSED
    for answer in (transitions.confirm, transitions.decline):
        with pytest.raises(NotAllowedNow) as refused:
            await town.db.run(answer, oliver, session.id)
        assert refused.value.obstacle is Obstacle.ANSWER_DEADLINE_PASSED
    assert await town.dump() == before
    result = await town.db.run(transitions.cancel, maya, session.id)
    assert (result.session.status, result.refund) == (SessionStatus.CANCELLED, 60)
