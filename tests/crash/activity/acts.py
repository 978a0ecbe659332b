"""What the people of the program do, and the rows that each act leaves in the database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from mentorship import idempotency
from mentorship.actors import Actor
from mentorship.availability import timezone_change
from mentorship.event_types import EventType
from mentorship.operations import own_data
from mentorship.operations.erasure_phases import steps as erasure_steps
from mentorship.points import transfers
from mentorship.points.transfers import Recipient
from mentorship.sessions import booking, rescheduling, session_views
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.follow_up import disputes, reviews
from mentorship.sessions.lifecycle import TRANSITIONS, Action
from storage import Database, Transaction
from storage.batches import run_in_batches
from storage.deduplication import CURRENT_INTERACTION, CurrentInteraction
from tests.crash.activity import group_acts, offer_acts
from tests.crash.activity.group_acts import GroupAct, UseCase
from tests.crash.activity.journal import Act
from tests.mentorship.support.community import USE_CASES

BOOK, GIVE, RATE, RESOLVE, JOIN, ERASE, GRANT = (
    "book",
    "give",
    "rate",
    "resolve",
    "join",
    "erase",
    "grant",
)
"""The kinds of acts beside those on a session, whose kind is the action's name."""

MINUTES = 60

_REPORTS = frozenset(
    {
        EventType.MEETING_REPORTED,
        EventType.NO_SHOW_REPORTED,
        EventType.DISPUTE_OPENED,
        EventType.SESSION_COMPLETED,
        EventType.SEAT_COMPLETED,
    }
)
EVENTS: Mapping[str, frozenset[EventType]] = {
    RESOLVE: frozenset({EventType.DISPUTE_RESOLVED}),
    RATE: frozenset({EventType.REVIEW_WRITTEN}),
    GroupAct.REPORT_ABSENT: _REPORTS,
    GroupAct.KEEP_SEAT: frozenset({EventType.SEAT_KEPT}),
    GroupAct.LEAVE: frozenset({EventType.SEAT_LEFT}),
    Action.REPORT_MET: _REPORTS,
    Action.REPORT_NO_SHOW: _REPORTS,
    **{
        action: frozenset(row.event for row in TRANSITIONS if row.action is action)
        for action in USE_CASES
        if action not in (Action.REPORT_MET, Action.REPORT_NO_SHOW)
    },
}
"""The events of which an act on a session leaves one, by the kind of act."""


async def perform(db: Database, actor: Actor, act: Act) -> Any:
    """Do an act as one interaction. Returns a number of what it made, or None.

    Raises `AlreadyHandled` if it was done before, and what the use case raises.
    """
    CURRENT_INTERACTION.set(CurrentInteraction(act.id))
    if act.kind in _FUNCTIONS:
        return await _FUNCTIONS[act.kind](db, actor, act)
    return await db.run(_USE_CASES.get(act.kind, _run_action), actor, act)


async def _book(db: Database, actor: Actor, act: Act) -> int:
    start = datetime.fromisoformat(act.facts["start"])
    request = BookingRequest(act.facts["mentor"], start, MINUTES, act.mark)
    return (await db.run(booking.book, actor, request)).id


async def _give(db: Database, actor: Actor, act: Act) -> int:
    recipient = Recipient(act.facts["to"], f"Person {act.facts['to']}")
    return (await db.run(transfers.give, actor, recipient, act.facts["amount"])).transfer_id


async def _rate(db: Database, actor: Actor, act: Act) -> None:
    facts = act.facts
    await db.run(reviews.rate, actor, facts["session"], facts["stars"], act.mark)


async def _resolve(db: Database, actor: Actor, act: Act) -> None:
    resolution = Action(act.facts["resolution"])
    await db.run(disputes.resolve, actor, act.facts["session"], resolution)


async def _join(db: Database, actor: Actor, _act: Act) -> None:
    await db.run(timezone_change.set_timezone, actor, "America/New_York")


async def _erase(db: Database, actor: Actor, _act: Act) -> None:
    result = await db.run(own_data.erase, actor)
    if result is not None and result.unfinished is not None:
        await run_in_batches(db, erasure_steps.step, result.unfinished, 5)


async def _run_action(tx: Transaction, actor: Actor, act: Act) -> None:
    session_id = act.facts["session"]
    if act.kind == Action.PROPOSE:
        session = await session_views.load_for_participant(tx, actor, session_id)
        start = datetime.fromisoformat(act.facts["start"])
        await rescheduling.propose(tx, actor, session_id, start, seen=session.times)
    else:
        await USE_CASES[Action(act.kind)](tx, actor, session_id)


_FUNCTIONS: Mapping[str, Callable[[Database, Actor, Act], Awaitable[Any]]] = {
    BOOK: _book,
    GIVE: _give,
    RATE: _rate,
    RESOLVE: _resolve,
    JOIN: _join,
    ERASE: _erase,
}
_USE_CASES: Mapping[str, UseCase] = {**group_acts.USE_CASES, **offer_acts.USE_CASES}


def _metrics_name(function: Callable[..., Any]) -> str:
    """Return the name under which a use case is measured."""
    return f"{function.__module__}.{function.__qualname__}"


_WRITING: tuple[Callable[..., Any], ...] = (
    booking.book,
    transfers.give,
    reviews.rate,
    disputes.resolve,
    timezone_change.set_timezone,
    own_data.erase,
    _run_action,
    *_USE_CASES.values(),
)
WRITING_USE_CASES = frozenset(map(_metrics_name, _WRITING))
"""The use cases by which people act."""

CALL_USE_CASE = _metrics_name(idempotency.run_once)
"""The use case of a call of the API that has an idempotency key."""
