"""What is undone before its reader was told of it: they aren't told of either."""

from __future__ import annotations

import asyncio

import pytest

from mentorship.actors import Actor
from mentorship.availability import editor
from mentorship.delivery import outbox, outcomes
from mentorship.delivery.loading import DueNotification
from mentorship.notifications import preferences
from mentorship.notifications.catalogue import NotificationKind as Kind
from mentorship.sessions import rescheduling, transitions
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from mentorship.time.quiet_hours import QuietHours
from tests.mentorship.support.community import TUESDAY_NOON, Community, hours

THURSDAY_NOON = TUESDAY_NOON + hours(48)


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=5_000)


@pytest.fixture
async def noor(town: Community) -> Actor:
    """A mentor, to whom everything so far was delivered."""
    noor = await town.mentor("Noor")
    await town.deliver(noor)
    return noor


async def claim(town: Community) -> list[DueNotification]:
    return await town.db.run(outbox.claim_due)


async def waiting(town: Community, person: Actor) -> list[Kind]:
    """List what a person will be sent about requests and proposals."""
    kinds = (
        Kind.REQUESTED,
        Kind.RESCHEDULE_PROPOSED,
        Kind.RESCHEDULE_ENDED,
        Kind.RESCHEDULED,
        Kind.CANCELLED,
        Kind.EXPIRED,
    )
    return [
        Kind(row.kind)
        for row in await town.notifications(*kinds)
        if row.user_id == person.user_id and row.status == "waiting"
    ]


@pytest.fixture
async def confirmed(town: Community, maya: Actor, noor: Actor) -> SessionView:
    """A confirmed session, of which both were told."""
    session = await town.session(SessionStatus.CONFIRMED, maya, noor, THURSDAY_NOON)
    await town.deliver(noor)
    return session


# --- requests -------------------------------------------------------------------------------------


async def test_a_request_withdrawn_unsent_collapses_with_its_cancellation(
    town: Community, maya: Actor, noor: Actor
) -> None:
    request = await town.book(maya, noor)
    await town.db.run(transitions.cancel, maya, request.id)
    assert await waiting(town, noor) == []


async def test_the_end_of_a_sent_request_is_sent(town: Community, maya: Actor, noor: Actor) -> None:
    request = await town.book(maya, noor)
    assert await town.deliver(noor) == [Kind.REQUESTED]
    await town.db.run(transitions.cancel, maya, request.id)
    assert await waiting(town, noor) == [Kind.CANCELLED]


async def test_the_end_of_a_request_being_sent_is_sent(
    town: Community, maya: Actor, noor: Actor
) -> None:
    """It was claimed, so its message may arrive at any moment."""
    request = await town.book(maya, noor)
    (claimed,) = await claim(town)
    await town.db.run(transitions.cancel, maya, request.id)
    await town.db.run(outcomes.record, [outcomes.sent(claimed, 7, 8)])
    assert await waiting(town, noor) == [Kind.CANCELLED]


async def test_a_race_with_delivery_tells_of_both_or_of_neither(
    town: Community, maya: Actor, noor: Actor
) -> None:
    for number in range(5):
        request = await town.book(maya, noor, THURSDAY_NOON + hours(number))
        claimed, _ = await asyncio.gather(
            town.db.run(outbox.claim_due), town.db.run(transitions.cancel, maya, request.id)
        )
        is_told = [each.kind for each in claimed if each.session and each.session.id == request.id]
        ends = [
            row.status
            for row in await town.notifications(Kind.CANCELLED)
            if row.session_id == request.id
        ]
        assert is_told in ([Kind.REQUESTED], [Kind.CANCELLED], [])
        assert len(ends) == (1 if Kind.REQUESTED in is_told else 0)
        await town.deliver()


async def test_bookings_cancelled_at_night_say_nothing_in_the_morning(
    town: Community, maya: Actor, noor: Actor
) -> None:
    await town.db.run(preferences.set_quiet_hours, noor, QuietHours(22 * 60, 7 * 60))
    town.clock.now = TUESDAY_NOON - hours(11)
    for _ in range(5):
        request = await town.book(maya, noor, THURSDAY_NOON)
        assert await town.deliver(noor) == []
        await town.db.run(transitions.cancel, maya, request.id)
    town.clock.now = TUESDAY_NOON - hours(5)
    assert await town.deliver(noor) == []


async def test_a_request_that_expires_unsent_is_not_held_against_the_mentor(
    town: Community, maya: Actor, noor: Actor
) -> None:
    """The mentee is told all the same."""
    request = await town.book(maya, noor)
    assert request.answer_deadline is not None
    town.clock.now = request.answer_deadline
    await town.db.run(transitions.advance_due)
    assert await waiting(town, noor) == []
    assert await waiting(town, maya) == [Kind.EXPIRED]


async def test_a_mentor_who_earns_by_a_late_cancellation_is_told(
    town: Community, maya: Actor, noor: Actor
) -> None:
    await town.configure(cancellation_grace=0)
    await town.db.run(editor.set_limits, noor, instant_booking=True)
    session = await town.book(maya, noor, town.clock.now + hours(3))
    result = await town.db.run(transitions.cancel, maya, session.id)
    assert result.earned > 0
    assert await waiting(town, noor) == [Kind.CANCELLED]


async def test_a_mentor_is_not_asked_about_a_request_already_answered(
    town: Community, maya: Actor, noor: Actor
) -> None:
    """They saw it in their list of sessions before the message was sent."""
    request = await town.book(maya, noor)
    await town.db.run(transitions.confirm, noor, request.id)
    assert await waiting(town, noor) == []


# --- proposals ------------------------------------------------------------------------------------


async def test_a_proposal_withdrawn_unsent_collapses_with_its_end(
    town: Community, maya: Actor, noor: Actor, confirmed: SessionView
) -> None:
    await town.db.run(rescheduling.propose, maya, confirmed.id, THURSDAY_NOON + hours(2))
    await town.db.run(rescheduling.withdraw, maya, confirmed.id)
    assert await waiting(town, noor) == []


async def test_the_end_of_a_sent_proposal_is_sent_once(
    town: Community, maya: Actor, noor: Actor, confirmed: SessionView
) -> None:
    await town.db.run(rescheduling.propose, maya, confirmed.id, THURSDAY_NOON + hours(2))
    assert await town.deliver(noor) == [Kind.RESCHEDULE_PROPOSED]
    await town.db.run(rescheduling.withdraw, maya, confirmed.id)
    assert await waiting(town, noor) == [Kind.RESCHEDULE_ENDED]
    # A second one comes and goes before the end of the first was sent.
    await town.db.run(rescheduling.propose, maya, confirmed.id, THURSDAY_NOON + hours(3))
    await town.db.run(rescheduling.withdraw, maya, confirmed.id)
    assert await waiting(town, noor) == [Kind.RESCHEDULE_ENDED]


async def test_only_the_newest_of_unsent_proposals_is_sent(
    town: Community, maya: Actor, noor: Actor, confirmed: SessionView
) -> None:
    for later in (1, 2, 3):
        await town.db.run(rescheduling.propose, maya, confirmed.id, THURSDAY_NOON + hours(later))
    assert await waiting(town, noor) == [Kind.RESCHEDULE_PROPOSED]


async def test_the_end_of_a_replacement_is_sent_to_who_knows_of_the_first_proposal(
    town: Community, maya: Actor, noor: Actor, confirmed: SessionView
) -> None:
    await town.db.run(rescheduling.propose, maya, confirmed.id, THURSDAY_NOON + hours(2))
    await town.deliver(noor)
    await town.db.run(rescheduling.propose, maya, confirmed.id, THURSDAY_NOON + hours(3))
    await town.db.run(rescheduling.withdraw, maya, confirmed.id)
    assert await waiting(town, noor) == [Kind.RESCHEDULE_ENDED]
