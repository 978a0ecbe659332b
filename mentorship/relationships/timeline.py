"""What has happened between a mentor and a mentee, the newest first, page by page.

Sessions are found by the index on a pair's sessions, and steps by theirs, so a page reads no more
of either than it shows. The goals of two people are few (`goals.MAX_GOALS`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Any

from sqlalchemy import BigInteger, Integer, Select, bindparam, select, tuple_

from mentorship import pagination
from mentorship.actors import MAX_ID, Actor
from mentorship.pagination import Cursor, Direction, Page, Position
from mentorship.relationships import goals, links, next_steps, notes, pairs
from mentorship.relationships.goals import GoalView
from mentorship.relationships.links import LinkView
from mentorship.relationships.next_steps import StepView
from mentorship.relationships.notes import NoteView
from mentorship.relationships.pairs import MentorshipView
from mentorship.sessions import session_views
from mentorship.sessions.lifecycle import Party
from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.tables import NextStep, Participant, Session
from storage.types import UtcDateTime

PAGE_SIZE = 6

STEPS_AT_ONCE = 10
"""Steps that can be done within one second. A session has at most five."""


class EntryKind(IntEnum):
    """What an entry is about. Of those at the same second, the highest comes first."""

    GOAL_SET = 0
    SESSION = 1
    STEP_DONE = 2
    GOAL_CLOSED = 3


@dataclass(frozen=True, slots=True)
class PairSession:
    """A session of the two, as the timeline shows it. `is_seat` tells a seat in a group session."""

    id: int
    starts_at: datetime
    ends_at: datetime
    status: SessionStatus
    topic: str
    is_seat: bool

    @property
    def minutes(self) -> int:
        """The length in minutes of elapsed time."""
        return int((self.ends_at - self.starts_at).total_seconds() // 60)


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """Something that has happened between the two, or a session that is to come.

    It has a `session`, a `goal` or a `step`: as it is now, also in the entry that says when a goal
    was set. With a session come its shared note and its links.
    """

    kind: EntryKind
    at: datetime
    id: int
    session: PairSession | None = None
    goal: GoalView | None = None
    step: StepView | None = None
    note: NoteView | None = None
    links: tuple[LinkView, ...] = ()

    @property
    def key(self) -> tuple[int, int, int]:
        """Its place among others: later ones have a higher key."""
        return int(self.at.timestamp()), self.kind, self.id

    @property
    def position(self) -> Position:
        """Its position in the pages."""
        return Position(0, self.key)


_AT: Any = tuple_(Participant.session_starts_at, Participant.session_id)
_BOUND: Any = tuple_(bindparam("at", type_=UtcDateTime), bindparam("session", type_=BigInteger))


def _select_sessions(*conditions: Any, backward: bool = False) -> Select[*tuple[Any, ...]]:
    order = (Participant.session_starts_at, Participant.session_id)
    return (
        select(
            Session.id,
            Session.starts_at,
            Session.ends_at,
            Session.status,
            Session.topic,
            Session.group_id,
        )
        .join(Participant, Participant.session_id == Session.id)
        .where(
            Participant.guild_id == bindparam("guild", type_=BigInteger),
            Participant.mentor_id == bindparam("mentor", type_=BigInteger),
            Participant.user_id == bindparam("mentee", type_=BigInteger),
            *conditions,
        )
        .order_by(*(order if backward else [column.desc() for column in order]))
        .limit(bindparam("limit", type_=Integer))
    )


def _select_steps(*conditions: Any, backward: bool = False) -> Select[*tuple[Any, ...]]:
    order = (NextStep.done_at, NextStep.id)
    return (
        select(NextStep.id, NextStep.session_id, NextStep.done_at)
        .where(
            NextStep.guild_id == bindparam("guild", type_=BigInteger),
            NextStep.mentor_id == bindparam("mentor", type_=BigInteger),
            NextStep.mentee_id == bindparam("mentee", type_=BigInteger),
            NextStep.done_at.is_not(None),
            *conditions,
        )
        .order_by(*(order if backward else [column.desc() for column in order]))
        .limit(bindparam("limit", type_=Integer))
    )


_SELECT_LATEST_STEPS = _select_steps()
# A step may be done at any fraction of the bound's second.
_SELECT_OLDER_STEPS = _select_steps(NextStep.done_at < bindparam("end", type_=UtcDateTime))
_SELECT_NEWER_STEPS = _select_steps(
    NextStep.done_at >= bindparam("at", type_=UtcDateTime), backward=True
)
_SELECT_NEWEST = _select_sessions()
_SELECT_OLDER = _select_sessions(_AT < _BOUND)
_SELECT_NEWER = _select_sessions(_AT > _BOUND, backward=True)


async def load_page(
    tx: Transaction,
    actor: Actor,
    other_id: int,
    party: Party | None = None,
    cursor_text: str | None = None,
    size: int = PAGE_SIZE,
) -> Page[TimelineEntry]:
    """Load a page of the timeline of the actor and somebody else. See `pairs.find` for the errors.

    A malformed cursor means the first page.
    """
    mentorship = await pairs.find(tx, actor, other_id, party)
    of_goals = [
        entry for goal in await goals.list_all(tx, mentorship) for entry in _goal_entries(goal)
    ]

    async def fetch(at: Cursor | None, limit: int) -> Sequence[TimelineEntry]:
        backward = at is not None and at.direction is Direction.BACKWARD
        bound = None if at is None else _bound(at.position.key)
        found = [
            *of_goals,
            *await _load_sessions(tx, mentorship, bound, backward, limit),
            *await _load_steps(tx, mentorship, bound, backward, limit),
        ]
        if bound is not None:
            found = [
                entry for entry in found if (entry.key > bound if backward else entry.key < bound)
            ]
        return sorted(found, key=lambda entry: entry.key, reverse=not backward)[:limit]

    page = await pagination.load_page(fetch, lambda entry: entry.position, cursor_text, size)
    return replace(page, items=await _with_texts(tx, page.items))


def _bound(key: Sequence[int]) -> tuple[int, int, int]:
    """Return the key in a cursor, which anybody can write."""
    latest = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp())
    at, kind, row_id = (*key, 0)[:3]
    return min(at, latest), kind, row_id


async def _load_sessions(
    tx: Transaction,
    mentorship: MentorshipView,
    bound: tuple[int, int, int] | None,
    backward: bool,
    limit: int,
) -> list[TimelineEntry]:
    """Load the sessions nearest to a bound."""
    params: dict[str, Any] = {
        "guild": mentorship.guild_id,
        "mentor": mentorship.mentor.user_id,
        "mentee": mentorship.mentee.user_id,
        "limit": limit,
    }
    statement = _SELECT_NEWEST
    if bound is not None:
        seconds, kind, row_id = bound
        params["at"] = datetime.fromtimestamp(seconds, UTC)
        # Sessions at the same second are all before other kinds of entries, or all behind them.
        same_kind = kind == EntryKind.SESSION
        params["session"] = row_id if same_kind else MAX_ID if kind > EntryKind.SESSION else 0
        statement = _SELECT_NEWER if backward else _SELECT_OLDER
    return [
        TimelineEntry(
            EntryKind.SESSION,
            row.starts_at,
            row.id,
            session=PairSession(
                row.id,
                row.starts_at,
                row.ends_at,
                SessionStatus(row.status),
                row.topic,
                row.group_id is not None,
            ),
        )
        for row in await tx.connection.execute(statement, params)
    ]


async def _load_steps(
    tx: Transaction,
    mentorship: MentorshipView,
    bound: tuple[int, int, int] | None,
    backward: bool,
    limit: int,
) -> list[TimelineEntry]:
    """Load the steps that were done nearest to a bound, some at the bound's second among them."""
    params: dict[str, Any] = {
        "guild": mentorship.guild_id,
        "mentor": mentorship.mentor.user_id,
        "mentee": mentorship.mentee.user_id,
        "limit": limit + STEPS_AT_ONCE,
    }
    statement = _SELECT_LATEST_STEPS
    if bound is not None:
        at = datetime.fromtimestamp(bound[0], UTC)
        params |= {"at": at} if backward else {"end": at + timedelta(seconds=1)}
        statement = _SELECT_NEWER_STEPS if backward else _SELECT_OLDER_STEPS
    rows = (await tx.connection.execute(statement, params)).all()
    steps = await next_steps.list_of_sessions(tx, (row.session_id for row in rows))
    by_id = {step.id: step for each in steps.values() for step in each}
    return [
        TimelineEntry(EntryKind.STEP_DONE, row.done_at, row.id, step=by_id[row.id])
        for row in rows
        if row.id in by_id
    ]


async def _with_texts(
    tx: Transaction, entries: Sequence[TimelineEntry]
) -> tuple[TimelineEntry, ...]:
    """Return the entries, those of sessions with their shared notes and links."""
    ids = [entry.id for entry in entries if entry.session is not None]
    if not ids:
        return tuple(entries)
    shared = await notes.list_shared(tx, ids)
    sessions = await session_views.load_many(tx, ids)
    of_sessions = await links.list_of_sessions(tx, sessions.values())
    return tuple(
        entry
        if entry.session is None
        else replace(entry, note=shared.get(entry.id), links=of_sessions.get(entry.id, ()))
        for entry in entries
    )


def _goal_entries(goal: GoalView) -> list[TimelineEntry]:
    entries = [TimelineEntry(EntryKind.GOAL_SET, goal.created_at, goal.id, goal=goal)]
    if goal.closed_at is not None:
        entries.append(TimelineEntry(EntryKind.GOAL_CLOSED, goal.closed_at, goal.id, goal=goal))
    return entries
