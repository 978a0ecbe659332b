"""Next steps: what a mentor and a mentee agreed to do after a session, at most five of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Integer, Row, bindparam, delete, insert, select

from mentorship.actors import Actor
from mentorship.errors import (
    Field,
    InvalidField,
    MentorshipError,
    NotFound,
    Problem,
    Subject,
    TextChanged,
    TooManyNextSteps,
)
from mentorship.event_types import EventType
from mentorship.relationships import access, step_reminders, texts
from mentorship.relationships.texts import MAX_STEPS, Assignee
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.session_views import SessionView
from mentorship.time import timezones
from storage import Transaction
from storage.queries import update_by_id
from storage.tables import Mentorship, NextStep
from storage.types import RowId

MAX_AHEAD = timedelta(days=731)
"""How far ahead the date of a step can be."""

MAX_OPEN_LISTED = 25
"""How many open steps of two people are listed."""


@dataclass(frozen=True, slots=True)
class StepDraft:
    """What somebody fills in for a step. `due_on` is a date in the assignee's time zone."""

    text: str
    assignee: Assignee = Assignee.MENTEE
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class StepView:
    """A next step. `author` is None once that person was erased.

    `revision` counts its changes from 1. `reminders` is how often its reminders were scheduled.
    """

    id: int
    session_id: int
    number: int
    text: str
    assignee: Assignee
    due_on: date | None
    author: Party | None
    done_at: datetime | None
    completer: Party | None
    revision: int
    reminders: int
    created_at: datetime

    @property
    def is_done(self) -> bool:
        """Whether somebody has marked it as done."""
        return self.done_at is not None

    @property
    def draft(self) -> StepDraft:
        """What a form to change it begins with."""
        return StepDraft(self.text, self.assignee, self.due_on)

    def is_for(self, party: Party) -> bool:
        """Return whether a participant is to do it."""
        return self.assignee in (Assignee.BOTH, Assignee(party))


async def add(tx: Transaction, actor: Actor, session_id: int, draft: StepDraft) -> StepView:
    """Add a next step to a session. Who is to do it is reminded on its date, if it has one.

    Raises `NotFound`, `NotAMember`, `NotAllowedNow` for a session that doesn't take place,
    `NotAvailable`, `BlockedByYou`, `TooManyNextSteps`, and `InvalidField` for a text or a date that
    isn't allowed.
    """
    session = await access.load_to_add(tx, actor, session_id)
    draft = _validate(session, draft, tx.now)
    await access.lock(tx, session_id)
    taken = {step.number for step in await list_of_session(tx, session_id)}
    if len(taken) >= MAX_STEPS:
        raise TooManyNextSteps(MAX_STEPS)
    row = {
        "session_id": session.id,
        "guild_id": session.guild_id,
        "mentor_id": session.mentor.user_id,
        "mentee_id": session.mentee.user_id,
        "number": min(set(range(1, MAX_STEPS + 1)) - taken),
        "text": draft.text,
        "assignee": draft.assignee,
        "due_on": draft.due_on,
        "author": session.party(actor.user_id),
        "reminders": 1,
        "created_at": tx.now,
        "updated_at": tx.now,
    }
    step_id = (await tx.connection.execute(_INSERT, row)).scalar_one()
    if draft.due_on is not None:
        await step_reminders.schedule(tx, session, step_id, draft.assignee, draft.due_on, 1)
    await access.record(tx, EventType.STEP_ADDED, session, actor, step=step_id)
    return await _find(tx, step_id)


async def edit(
    tx: Transaction,
    actor: Actor,
    step_id: int,
    draft: StepDraft,
    seen_revision: int | None = None,
) -> StepView:
    """Change what a step says, who is to do it and until when.

    `seen_revision` is as for `notes.write_shared`. Raises what `add` does, but `TooManyNextSteps`,
    and `TextChanged`.
    """
    session, step = await _load(tx, actor, step_id)
    access.require_open(session)
    await access.require_reachable(tx, actor, session)
    draft = _validate(session, draft, tx.now, before=step.due_on)
    if draft == step.draft:
        return step
    if seen_revision is not None and seen_revision != step.revision:
        raise TextChanged(Subject.NEXT_STEP, step.revision, None)
    after = replace(
        step,
        text=draft.text,
        assignee=draft.assignee,
        due_on=draft.due_on,
        revision=step.revision + 1,
    )
    if (step.assignee, step.due_on) != (after.assignee, after.due_on):
        after = await _reschedule(tx, session, after)
    await _save(tx, after)
    await access.record(tx, EventType.STEP_CHANGED, session, actor, step=step.id)
    return after


async def complete(tx: Transaction, actor: Actor, step_id: int) -> StepView:
    """Mark a step as done, as one of its session's two people; nobody is reminded of it any more.

    Doing it again changes nothing. Raises `NotFound` and `NotAMember`.
    """
    session, step = await _load(tx, actor, step_id)
    if step.is_done:
        return step
    party = session.party(actor.user_id)
    after = replace(step, done_at=tx.now, completer=party, revision=step.revision + 1)
    after = await _reschedule(tx, session, after)
    await _save(tx, after)
    await access.record(tx, EventType.STEP_COMPLETED, session, actor, step=step.id)
    return after


async def reopen(tx: Transaction, actor: Actor, step_id: int) -> StepView:
    """Undo `complete`: the step is open again, and its reminder due, if its day isn't over.

    Raises `NotFound` and `NotAMember`.
    """
    session, step = await _load(tx, actor, step_id)
    if not step.is_done:
        return step
    after = replace(step, done_at=None, completer=None, revision=step.revision + 1)
    after = await _reschedule(tx, session, after)
    await _save(tx, after)
    await access.record(tx, EventType.STEP_REOPENED, session, actor, step=step.id)
    return after


async def remove(tx: Transaction, actor: Actor, step_id: int) -> int:
    """Delete a step, with its reminders; returns its session's id.

    Raises `NotFound` and `NotAMember`.
    """
    session, step = await _load(tx, actor, step_id)
    await step_reminders.drop(tx, session, step.id, step.reminders)
    await tx.connection.execute(_DELETE, {"step": step.id})
    await access.record(tx, EventType.STEP_REMOVED, session, actor, step=step.id)
    return session.id


async def load(tx: Transaction, actor: Actor, step_id: int) -> StepView:
    """Load a step for one of its session's two people. Raises `NotFound` and `NotAMember`."""
    step = await _find(tx, step_id)
    await _load_session(tx, actor, step)
    return step


async def load_of_session(tx: Transaction, actor: Actor, session_id: int) -> tuple[StepView, ...]:
    """Load the steps of a session for one of its two people, in their order.

    Raises `NotFound` and `NotAMember`.
    """
    await access.load(tx, actor, session_id)
    return await list_of_session(tx, session_id)


async def find(tx: Transaction, step_id: int) -> StepView | None:
    """Return a step, None if there is none. Checks no permission."""
    row = (await tx.connection.execute(_BY_ID, {"step": step_id})).one_or_none()
    return None if row is None else _view(row)


async def find_to_remind(tx: Transaction, step_id: int) -> StepView | None:
    """Return a step, None if there is none or its two people have ended their mentorship.

    Once they resume it, reminders that aren't due yet are sent again. Checks no permission.
    """
    if await tx.connection.scalar(_SELECT_END, {"step": step_id}) is not None:
        return None
    return await find(tx, step_id)


async def list_of_session(tx: Transaction, session_id: int) -> tuple[StepView, ...]:
    """List the steps of a session in their order. Checks no permission."""
    return (await list_of_sessions(tx, [session_id])).get(session_id, ())


async def list_of_sessions(
    tx: Transaction, session_ids: Iterable[int]
) -> dict[int, tuple[StepView, ...]]:
    """List the steps of several sessions, by session. Checks no permission."""
    ids = tuple(set(session_ids))
    if not ids:
        return {}
    steps: dict[int, tuple[StepView, ...]] = {}
    for row in await tx.connection.execute(_OF_SESSIONS, {"sessions": ids}):
        steps[row.session_id] = (*steps.get(row.session_id, ()), _view(row))
    return steps


async def list_open_between(
    tx: Transaction, guild_id: int, mentor_id: int, mentee_id: int
) -> list[StepView]:
    """List what a mentor and a mentee still have to do: those with a date first, by date.

    At most the `MAX_OPEN_LISTED` newest. Checks no permission.
    """
    params = {
        "guild": guild_id,
        "mentor": mentor_id,
        "mentee": mentee_id,
        "limit": MAX_OPEN_LISTED,
    }
    steps = [_view(row) for row in await tx.connection.execute(_OPEN, params)]
    return sorted(steps, key=lambda step: (step.due_on is None, step.due_on, step.id))


def _validate(
    session: SessionView, draft: StepDraft, now: datetime, *, before: date | None = None
) -> StepDraft:
    """Return a draft that can be stored. A date that was there `before` may be past by now."""
    problems: list[InvalidField] = []
    text = draft.text
    try:
        text = texts.validate_step(draft.text)
    except InvalidField as error:
        problems.append(error)
    if draft.due_on is not None and draft.due_on != before:
        todays = [
            timezones.to_local(now, person.timezone or session.timezone).date()
            for person in step_reminders.people(session, draft.assignee)
        ]
        problem = None
        if draft.due_on < min(todays):
            problem = Problem.PAST
        elif draft.due_on > min(todays) + MAX_AHEAD:
            problem = Problem.TOO_LATE
        if problem is not None:
            problems.append(InvalidField(Field.STEP_DATE, problem, date=draft.due_on))
    if problems:
        first, *others = problems
        first.others = tuple(others)
        raise first
    return replace(draft, text=text)


async def _load(tx: Transaction, actor: Actor, step_id: int) -> tuple[SessionView, StepView]:
    """Load a step to change it, and its session."""
    session = await _load_session(tx, actor, await _find(tx, step_id))
    await access.lock(tx, session.id)
    return session, await _find(tx, step_id)


async def _load_session(tx: Transaction, actor: Actor, step: StepView) -> SessionView:
    try:
        return await access.load(tx, actor, step.session_id)
    except NotFound:
        raise _not_found() from None


async def _find(tx: Transaction, step_id: int) -> StepView:
    step = await find(tx, step_id)
    if step is None:
        raise _not_found()
    return step


def _not_found() -> MentorshipError:
    return NotFound(Subject.NEXT_STEP)


async def _reschedule(tx: Transaction, session: SessionView, step: StepView) -> StepView:
    """Replace the reminders of a step that has changed. Returns it with their new number."""
    await step_reminders.drop(tx, session, step.id, step.reminders)
    step = replace(step, reminders=step.reminders + 1)
    if step.due_on is not None and not step.is_done:
        await step_reminders.schedule(
            tx, session, step.id, step.assignee, step.due_on, step.reminders
        )
    return step


async def _save(tx: Transaction, step: StepView) -> None:
    values: dict[str, Any] = {name: getattr(step, name) for name in _CHANGING}
    await tx.connection.execute(_UPDATE, values | {"row_id": step.id, "updated_at": tx.now})


def _view(row: Row[*tuple[Any, ...]]) -> StepView:
    return StepView(
        id=row.id,
        session_id=row.session_id,
        number=row.number,
        text=row.text,
        assignee=Assignee(row.assignee),
        due_on=row.due_on,
        author=None if row.author is None else Party(row.author),
        done_at=row.done_at,
        completer=None if row.completer is None else Party(row.completer),
        revision=row.revision,
        reminders=row.reminders,
        created_at=row.created_at,
    )


_CHANGING = ("text", "assignee", "due_on", "done_at", "completer", "revision", "reminders")
_UPDATE = update_by_id(NextStep, *_CHANGING, "updated_at")
_INSERT = insert(NextStep).returning(NextStep.id)
_BY_ID = select(*NextStep.__table__.c).where(NextStep.id == bindparam("step", type_=RowId))
_SELECT_END = (
    select(Mentorship.ended_at)
    .join(
        NextStep,
        (NextStep.guild_id == Mentorship.guild_id)
        & (NextStep.mentor_id == Mentorship.mentor_id)
        & (NextStep.mentee_id == Mentorship.mentee_id),
    )
    .where(NextStep.id == bindparam("step", type_=RowId))
)
_DELETE = delete(NextStep).where(NextStep.id == bindparam("step", type_=RowId))
_OF_SESSIONS = (
    select(*NextStep.__table__.c)
    .where(NextStep.session_id.in_(bindparam("sessions", expanding=True, type_=RowId)))
    .order_by(NextStep.session_id, NextStep.number)
)
_OPEN = (
    select(*NextStep.__table__.c)
    .where(*step_reminders.of_pair())
    .order_by(NextStep.id.desc())
    .limit(bindparam("limit", type_=Integer))
)
