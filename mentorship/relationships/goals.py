"""A mentee's goals with a mentor: set, changed, reached or dropped by the mentee.

Both see them, and both write how far the mentee has come. Only the two know of them: no moderator
reads them, and events and notifications of them contain no text.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Insert, Row, bindparam, delete, insert, select, update

from mentorship import consent, events
from mentorship.actors import Actor
from mentorship.errors import (
    Field,
    GoalClosed,
    InvalidField,
    MentorshipEnded,
    NotFound,
    NotYours,
    Problem,
    Subject,
    Term,
    TextChanged,
    TooManyGoals,
)
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.guilds import guild_settings
from mentorship.members import blocks, members
from mentorship.relationships import pairs
from mentorship.relationships.pairs import MentorshipView
from mentorship.sessions.lifecycle import Party
from mentorship.statuses import GoalStatus
from mentorship.time import timezones
from storage import Transaction
from storage.queries import update_by_id, upsert
from storage.tables import Goal, Mentorship

MAX_TEXT = 200
MAX_PROGRESS = 500
MAX_OPEN = 3
"""Open goals of a mentee with one mentor. A constraint refuses more."""

MAX_GOALS = 50
"""All goals of a mentee with one mentor, those reached and dropped included."""

LAST_YEAR = 10
"""The date of a goal is at most this many years ahead."""

DEFAULT_QUESTION_DAYS = 30
"""How often a guild that never asks is looked at again, in days."""


@dataclass(frozen=True, slots=True)
class GoalView:
    """A mentee's goal with a mentor. `due_on` is a date on the mentee's clock.

    `progress` is how far the mentee has come, in words, and `progress_by` the side that wrote it
    last. `revision` counts the changes. `closed_at` is when it was reached or dropped. `place` is
    which of the `MAX_OPEN` places an open goal has, from 1.
    """

    id: int
    text: str
    due_on: date | None
    progress: str
    progress_by: Party | None
    status: GoalStatus
    revision: int
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None
    place: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is neither reached nor dropped."""
        return self.status is GoalStatus.OPEN


@dataclass(frozen=True, slots=True)
class GoalOf:
    """A goal and the two people whose it is."""

    goal: GoalView
    mentorship: MentorshipView


_COLUMNS = (
    Goal.id,
    Goal.mentorship_id,
    Goal.text,
    Goal.due_on,
    Goal.progress,
    Goal.progress_side,
    Goal.status,
    Goal.place,
    Goal.revision,
    Goal.created_at,
    Goal.updated_at,
    Goal.closed_at,
)
_SELECT_ALL = (
    select(*_COLUMNS)
    .where(Goal.mentorship_id == bindparam("mentorship"))
    .order_by(Goal.id)
    .limit(MAX_GOALS)
)
_SELECT_ONE = (
    select(*_COLUMNS, Mentorship.guild_id, Mentorship.mentor_id, Mentorship.mentee_id)
    .join(Mentorship, Mentorship.id == Goal.mentorship_id)
    .where(Goal.id == bindparam("goal"))
)
# Whoever changes the goals of two people waits for others who do.
_LOCK = select(Mentorship.id).where(Mentorship.id == bindparam("mentorship")).with_for_update()
_INSERT = insert(Goal).returning(Goal.id)
_UPDATE = update_by_id(
    Goal,
    "text",
    "due_on",
    "progress",
    "progress_side",
    "status",
    "place",
    "revision",
    "updated_at",
    "closed_at",
)
_DELETE = delete(Goal).where(Goal.id == bindparam("goal"))
_SET_QUESTION = (
    update(Mentorship)
    .where(Mentorship.id == bindparam("mentorship"))
    .values(ask_at=bindparam("ask_at"))
)
_SELECT_MENTORSHIP = select(Mentorship.id).where(
    Mentorship.guild_id == bindparam("guild"),
    Mentorship.mentor_id == bindparam("mentor"),
    Mentorship.mentee_id == bindparam("mentee"),
)


# --- Reading --------------------------------------------------------------------------------------


async def list_all(tx: Transaction, mentorship: MentorshipView) -> tuple[GoalView, ...]:
    """List the goals of a mentorship, open or not, in the order in which they were set."""
    if mentorship.id is None:
        return ()
    rows = await tx.connection.execute(_SELECT_ALL, {"mentorship": mentorship.id})
    return tuple(_view(row) for row in rows)


async def load(tx: Transaction, actor: Actor, goal_id: int) -> GoalOf:
    """Load a goal of the actor's, as its mentee or mentor.

    Raises `NotFound` for anyone else, and what `members.require_member_of` does.
    """
    row = (await tx.connection.execute(_SELECT_ONE, {"goal": goal_id})).one_or_none()
    if row is None or actor.user_id not in (row.mentor_id, row.mentee_id):
        raise NotFound(Subject.GOAL)
    if actor.guild_id not in (None, row.guild_id):
        raise NotFound(Subject.GOAL)
    await members.require_member_of(tx, actor, row.guild_id)
    mentorship = await pairs.load(tx, row.guild_id, row.mentor_id, row.mentee_id)
    return GoalOf(_view(row), mentorship)


# --- The mentee's changes -------------------------------------------------------------------------


async def set_goal(
    tx: Transaction, actor: Actor, mentor_id: int, text: str, due_on: date | None = None
) -> GoalOf:
    """Set a goal of the actor's with a mentor.

    `text` has 1 to `MAX_TEXT` characters, and `due_on` is a date on the actor's clock, today or
    later. Raises `NotFound` if the two had no session, `NotAMember`, `InvalidField`,
    `TooManyGoals`, `MentorshipEnded`, `BlockedByYou` and `NotAvailable`.
    """
    mentorship = await pairs.find(tx, actor, mentor_id, Party.MENTEE)
    values = await _checked(tx, mentorship, text, due_on, None)
    await _require_writable(tx, actor, mentorship)
    await guild_settings.load_or_create(tx, actor.guild)
    await members.record(tx, actor)
    mentorship_id = await open_mentorship(tx, mentorship)
    await tx.connection.execute(_LOCK, {"mentorship": mentorship_id})
    mentorship = replace(mentorship, id=mentorship_id)
    existing = await list_all(tx, mentorship)
    if len(existing) >= MAX_GOALS:
        raise TooManyGoals(MAX_GOALS, is_open=False)
    place = await _free_place(tx, mentorship_id)
    row = {
        "mentorship_id": mentorship_id,
        **values,
        "status": GoalStatus.OPEN,
        "place": place,
        "created_at": tx.now,
        "updated_at": tx.now,
    }
    goal_id: int = (await tx.connection.execute(_INSERT, row)).scalar_one()
    await _schedule_question(tx, mentorship)
    await _record(tx, EventType.GOAL_SET, actor, mentorship, goal_id, 1)
    return await _reload(tx, goal_id, mentorship)


async def edit_goal(
    tx: Transaction,
    actor: Actor,
    goal_id: int,
    revision: int | None,
    *,
    text: str,
    due_on: date | None,
) -> GoalOf:
    """Change the text and the date of the actor's own open goal.

    `revision` is the one that the actor has read, None for a client that doesn't say. Raises
    `NotFound`, `NotYours` for the mentor, `TermsChanged` if it has changed since, `GoalClosed`, and
    what `set_goal` does of the fields and the mentorship.
    """
    found = await _load_for_change(tx, actor, goal_id, by=Party.MENTEE)
    goal = found.goal
    consent.require(Term.REVISION, revision, goal.revision)
    _require_open(goal)
    values = await _checked(tx, found.mentorship, text, due_on, goal.due_on)
    await _require_writable(tx, actor, found.mentorship)
    if (values["text"], values["due_on"]) == (goal.text, goal.due_on):
        return found
    await _write(tx, goal, **values)
    await _schedule_question(tx, found.mentorship)
    event = EventType.GOAL_UPDATED
    await _record(tx, event, actor, found.mentorship, goal.id, goal.revision + 1)
    return await _reload(tx, goal.id, found.mentorship)


async def write_progress(
    tx: Transaction, actor: Actor, goal_id: int, revision: int | None, progress: str
) -> GoalOf:
    """Write how far the mentee has come, as either of the two; empty to remove it.

    `revision` is as for `edit_goal`, and so are the errors; the mentor may do this, too.
    """
    found = await _load_for_change(tx, actor, goal_id)
    goal = found.goal
    consent.require(Term.REVISION, revision, goal.revision)
    _require_open(goal)
    progress = progress.strip()
    if len(progress) > MAX_PROGRESS:
        raise InvalidField(
            Field.GOAL_PROGRESS, Problem.TOO_LONG, most=MAX_PROGRESS, count=len(progress)
        )
    await _require_writable(tx, actor, found.mentorship)
    if progress == goal.progress:
        return found
    side = found.mentorship.party(actor.user_id)
    await _write(tx, goal, progress=progress, progress_side=side.value if progress else None)
    if side is Party.MENTEE:
        await _schedule_question(tx, found.mentorship)
    event = EventType.GOAL_UPDATED
    await _record(tx, event, actor, found.mentorship, goal.id, goal.revision + 1)
    return await _reload(tx, goal.id, found.mentorship)


@dataclass(frozen=True, slots=True)
class GoalChange:
    """Changes of a goal at once. What is None stays as it is.

    `changes_date` tells whether `due_on` replaces the date; None then removes it.
    """

    text: str | None = None
    due_on: date | None = None
    changes_date: bool = False
    progress: str | None = None
    status: GoalStatus | None = None


async def change_goal(
    tx: Transaction,
    actor: Actor,
    goal_id: int,
    change: GoalChange,
    versions: Collection[int] | None = None,
) -> GoalOf:
    """Make several changes of a goal, or none of them.

    `versions` are the revisions that the actor may have read, None for any. Raises
    `TextChanged` if it has another one now, and what the functions for each change do.
    """
    found = await _load_for_change(tx, actor, goal_id)
    if versions is not None and found.goal.revision not in versions:
        raise TextChanged(Subject.GOAL, found.goal.revision, None)
    if change.status is GoalStatus.OPEN:
        found = await reopen_goal(tx, actor, goal_id)
    if change.text is not None or change.changes_date:
        text = found.goal.text if change.text is None else change.text
        due_on = change.due_on if change.changes_date else found.goal.due_on
        found = await edit_goal(tx, actor, goal_id, None, text=text, due_on=due_on)
    if change.progress is not None:
        found = await write_progress(tx, actor, goal_id, None, change.progress)
    if change.status is GoalStatus.REACHED:
        found = await reach_goal(tx, actor, goal_id)
    if change.status is GoalStatus.DROPPED:
        found = await drop_goal(tx, actor, goal_id)
    return found


async def reach_goal(tx: Transaction, actor: Actor, goal_id: int) -> GoalOf:
    """Mark the actor's own goal as reached. Doing it twice changes nothing.

    Raises `NotFound`, `NotYours` for the mentor, `GoalClosed` and `MentorshipEnded`.
    """
    return await _close(tx, actor, goal_id, GoalStatus.REACHED, EventType.GOAL_REACHED)


async def drop_goal(tx: Transaction, actor: Actor, goal_id: int) -> GoalOf:
    """Drop the actor's own goal. Doing it twice changes nothing. Raises what `reach_goal` does."""
    return await _close(tx, actor, goal_id, GoalStatus.DROPPED, EventType.GOAL_DROPPED)


async def reopen_goal(tx: Transaction, actor: Actor, goal_id: int) -> GoalOf:
    """Reopen the actor's own goal that was reached or dropped. An open one doesn't change.

    Raises `NotFound`, `NotYours` for the mentor, `TooManyGoals` and `MentorshipEnded`.
    """
    found = await _load_for_change(tx, actor, goal_id, by=Party.MENTEE)
    goal, mentorship = found.goal, found.mentorship
    if goal.is_open:
        return found
    _require_going_on(mentorship)
    assert mentorship.id is not None
    place = await _free_place(tx, mentorship.id)
    await _write(tx, goal, status=GoalStatus.OPEN, closed_at=None, place=place)
    await _schedule_question(tx, mentorship)
    event = EventType.GOAL_REOPENED
    await _record(tx, event, actor, mentorship, goal.id, goal.revision + 1)
    return await _reload(tx, goal.id, mentorship)


async def delete_goal(tx: Transaction, actor: Actor, goal_id: int) -> None:
    """Delete the actor's own goal for good, also after the mentorship's end.

    Raises `NotFound`, and `NotYours` for the mentor.
    """
    found = await _load_for_change(tx, actor, goal_id, by=Party.MENTEE)
    await tx.connection.execute(_DELETE, {"goal": goal_id})
    await _stop_questions_without_goals(tx, found.mentorship)
    event = EventType.GOAL_DELETED
    await _record(tx, event, actor, found.mentorship, goal_id, found.goal.revision)


# --- Parts ----------------------------------------------------------------------------------------


@cache
def _upsert(dialect: str) -> Insert:
    return upsert(dialect, Mentorship).on_conflict_do_nothing(
        index_elements=["guild_id", "mentor_id", "mentee_id"]
    )


async def open_mentorship(tx: Transaction, mentorship: MentorshipView) -> int:
    """Return the id of the mentorship's row, which is inserted if there is none."""
    if mentorship.id is not None:
        return mentorship.id
    pair = {"mentor": mentorship.mentor.user_id, "mentee": mentorship.mentee.user_id}
    row = {
        "guild_id": mentorship.guild_id,
        "mentor_id": pair["mentor"],
        "mentee_id": pair["mentee"],
        "created_at": tx.now,
    }
    await tx.connection.execute(_upsert(tx.dialect), row)
    params = {"guild": mentorship.guild_id, **pair}
    return int((await tx.connection.execute(_SELECT_MENTORSHIP, params)).scalar_one())


async def _load_for_change(
    tx: Transaction, actor: Actor, goal_id: int, by: Party | None = None
) -> GoalOf:
    """Load a goal as it is once nobody else changes goals of the same two people.

    Raises what `load` does, and `NotYours` for another side than `by`.
    """
    found = await load(tx, actor, goal_id)
    if by is not None and found.mentorship.party(actor.user_id) is not by:
        raise NotYours(Subject.GOAL)
    await tx.connection.execute(_LOCK, {"mentorship": found.mentorship.id})
    return await load(tx, actor, goal_id)


async def _close(
    tx: Transaction, actor: Actor, goal_id: int, status: GoalStatus, event: EventType
) -> GoalOf:
    found = await _load_for_change(tx, actor, goal_id, by=Party.MENTEE)
    goal = found.goal
    if goal.status is status:
        return found
    _require_open(goal)
    _require_going_on(found.mentorship)
    await _write(tx, goal, status=status, closed_at=tx.now, place=None)
    await _stop_questions_without_goals(tx, found.mentorship)
    await _record(tx, event, actor, found.mentorship, goal.id, goal.revision + 1)
    return await _reload(tx, goal.id, found.mentorship)


async def _reload(tx: Transaction, goal_id: int, mentorship: MentorshipView) -> GoalOf:
    row = (await tx.connection.execute(_SELECT_ONE, {"goal": goal_id})).one()
    return GoalOf(_view(row), replace(mentorship, id=row.mentorship_id))


async def _write(tx: Transaction, goal: GoalView, **changes: Any) -> None:
    """Write a goal's row with some changes, as its next revision."""
    row = {
        "row_id": goal.id,
        "text": goal.text,
        "due_on": goal.due_on,
        "progress": goal.progress,
        "progress_side": goal.progress_by,
        "status": goal.status,
        "place": goal.place,
        "revision": goal.revision + 1,
        "updated_at": tx.now,
        "closed_at": goal.closed_at,
    }
    await tx.connection.execute(_UPDATE, row | changes)


async def _free_place(tx: Transaction, mentorship_id: int) -> int:
    """Return the lowest place that no open goal has. Raises `TooManyGoals`."""
    rows = await tx.connection.execute(_SELECT_ALL, {"mentorship": mentorship_id})
    taken = {row.place for row in rows}
    free = [place for place in range(1, MAX_OPEN + 1) if place not in taken]
    if not free:
        raise TooManyGoals(MAX_OPEN)
    return free[0]


async def _checked(
    tx: Transaction,
    mentorship: MentorshipView,
    text: str,
    due_on: date | None,
    former_due_on: date | None,
) -> dict[str, Any]:
    """Return the columns of a goal's text and date. A date that doesn't change may be past.

    Raises `InvalidField`, with the problems of both fields.
    """
    problems: list[InvalidField] = []
    text = " ".join(text.split())
    if not text:
        problems.append(InvalidField(Field.GOAL_TEXT, Problem.MISSING))
    elif len(text) > MAX_TEXT:
        problems.append(
            InvalidField(Field.GOAL_TEXT, Problem.TOO_LONG, most=MAX_TEXT, count=len(text))
        )
    if due_on is not None and due_on != former_due_on:
        today = timezones.to_local(tx.now, mentorship.mentee.timezone or "UTC").date()
        if due_on < today:
            problems.append(InvalidField(Field.GOAL_DATE, Problem.PAST, date=due_on))
        elif due_on.year > today.year + LAST_YEAR:
            problems.append(InvalidField(Field.GOAL_DATE, Problem.TOO_LATE, date=due_on))
    if problems:
        raise _with_others(problems)
    return {"text": text, "due_on": due_on}


def _with_others(problems: Sequence[InvalidField]) -> InvalidField:
    """Return the first of several problems of a form, with the others in it."""
    first, *others = problems
    first.others = tuple(others)
    return first


def _require_open(goal: GoalView) -> None:
    if not goal.is_open:
        raise GoalClosed(goal.status)


def _require_going_on(mentorship: MentorshipView) -> None:
    if mentorship.has_ended:
        raise MentorshipEnded()


async def _require_writable(tx: Transaction, actor: Actor, mentorship: MentorshipView) -> None:
    """Raise the error for a text that the other of the two is not to read."""
    _require_going_on(mentorship)
    other_id = mentorship.other(actor.user_id).user_id
    await blocks.require_not_blocked(tx, mentorship.guild_id, actor.user_id, other_id)


async def _schedule_question(tx: Transaction, mentorship: MentorshipView) -> None:
    """Have the mentee asked about their goals once the guild's time has passed from now on."""
    guild = await guild_settings.load(tx, mentorship.guild_id)
    days = guild.goal_question_days or DEFAULT_QUESTION_DAYS
    params = {"mentorship": mentorship.id, "ask_at": tx.now + timedelta(days=days)}
    await tx.connection.execute(_SET_QUESTION, params)


async def _stop_questions_without_goals(tx: Transaction, mentorship: MentorshipView) -> None:
    if not any(goal.is_open for goal in await list_all(tx, mentorship)):
        params = {"mentorship": mentorship.id, "ask_at": None}
        await tx.connection.execute(_SET_QUESTION, params)


async def _record(
    tx: Transaction,
    event_type: EventType,
    actor: Actor,
    mentorship: MentorshipView,
    goal_id: int,
    revision: int,
) -> None:
    event = Event(
        event_type,
        mentorship.guild_id,
        actor.user_id,
        subject_id=mentorship.other(actor.user_id).user_id,
        facts={"goal": goal_id, "revision": revision},
    )
    await events.record(tx, event)


def _view(row: Row[*tuple[Any, ...]]) -> GoalView:
    return GoalView(
        row.id,
        row.text,
        row.due_on,
        row.progress,
        None if row.progress_side is None else Party(row.progress_side),
        GoalStatus(row.status),
        row.revision,
        row.created_at,
        row.updated_at,
        row.closed_at,
        row.place,
    )
