"""Sessions as those in them may see them: one, or lists of one's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, literal, select, tuple_
from sqlalchemy.orm import aliased

from mentorship import pagination, statuses
from mentorship.actors import Actor
from mentorship.errors import NotFound, NotYours, Subject
from mentorship.pagination import Cursor, Direction, Page, Position
from mentorship.sessions import lifecycle
from mentorship.sessions.lifecycle import Action, Attendance, Party, SessionState
from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.tables import Member, Participant, Review, Session
from storage.types import UtcDateTime

RATING_EDITABLE_FOR = timedelta(days=14)
"""How long after it was given a rating may be changed."""

_LAST_SECOND = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp())


@dataclass(frozen=True, slots=True)
class Person:
    """One of the two in a session."""

    user_id: int
    name: str
    timezone: str | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """Another time that one of the two asked for and the other has not answered."""

    by: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session as its participants may see it. Instants are UTC.

    `price` is in points, and `fee_percent` the guild's share of it; both are those of the booking.
    `sequence` counts the changes that a calendar must hear of (RFC 5545, section 3.8.7.4).
    `no_show_user_id` is who did not come, where that is how it ended. `reports` is what each of
    the two said of how it went.
    """

    id: int
    guild_id: int
    mentor: Person
    mentee: Person
    starts_at: datetime
    ends_at: datetime
    timezone: str
    status: SessionStatus
    topic: str
    price: int
    fee_percent: int
    created_at: datetime
    next_at: datetime | None = None
    proposal: Proposal | None = None
    ended_at: datetime | None = None
    ended_by: int | None = None
    ended_reason: str | None = None
    no_show_user_id: int | None = None
    meeting_link: str | None = None
    meeting_channel_id: int | None = None
    sequence: int = 0
    reports: Mapping[Party, Attendance] = field(default_factory=dict)
    stars: int | None = None

    @property
    def answer_deadline(self) -> datetime | None:
        """Until when the mentor can confirm, while that is what the session waits for."""
        return self.next_at if self.status is SessionStatus.SCHEDULED else None

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def state(self) -> SessionState:
        """What the table of transitions asks about the session."""
        proposal = self.proposal
        return SessionState(
            self.status,
            self.starts_at,
            answer_deadline=self.answer_deadline,
            proposed_by=None if proposal is None else self.party(proposal.by),
            proposed_start=None if proposal is None else proposal.starts_at,
            reports=self.reports,
        )

    def party(self, user_id: int) -> Party:
        """In what part the person is in it. Raises `NotYours` for anyone else."""
        if user_id == self.mentor.user_id:
            return Party.MENTOR
        if user_id == self.mentee.user_id:
            return Party.MENTEE
        raise NotYours(Subject.SESSION)

    def person(self, party: Party) -> Person:
        """The one who takes that part."""
        return {Party.MENTOR: self.mentor, Party.MENTEE: self.mentee}[party]

    def other(self, user_id: int) -> Person:
        """The one whom `user_id` meets."""
        return self.person(self.party(user_id).other)

    def actions(self, user_id: int, now: datetime) -> tuple[Action, ...]:
        """What this person may do to the session now: the buttons that are not dead."""
        return lifecycle.available_actions(self.party(user_id), self.state, now)


_mentor = aliased(Member)
_mentee = aliased(Member)
_mentor_seat = aliased(Participant)
_mentee_seat = aliased(Participant)


@cache
def query() -> Select[*tuple[Any, ...]]:
    """Sessions with their two people, for `view_of`; a condition is added by whoever asks."""
    return (
        select(
            *Session.__table__.c,
            _mentor.name.label("mentor_name"),
            _mentor.timezone.label("mentor_timezone"),
            _mentor_seat.says.label("mentor_says"),
            _mentee.user_id.label("mentee_id"),
            _mentee.name.label("mentee_name"),
            _mentee.timezone.label("mentee_timezone"),
            _mentee_seat.says.label("mentee_says"),
            Review.stars,
        )
        .join(
            _mentee_seat,
            (_mentee_seat.session_id == Session.id) & (_mentee_seat.role == "mentee"),
        )
        .join(
            _mentor_seat,
            (_mentor_seat.session_id == Session.id) & (_mentor_seat.user_id == Session.mentor_id),
        )
        .join(
            _mentor,
            (_mentor.guild_id == Session.guild_id) & (_mentor.user_id == Session.mentor_id),
        )
        .join(
            _mentee,
            (_mentee.guild_id == Session.guild_id) & (_mentee.user_id == _mentee_seat.user_id),
        )
        .outerjoin(
            Review,
            (Review.session_id == Session.id) & (Review.author_id == _mentee_seat.user_id),
        )
    )


_BY_ID = query().where(Session.id == bindparam("session"))
_BY_IDS = query().where(Session.id.in_(bindparam("sessions", expanding=True)))


def view_of(row: Row[*tuple[Any, ...]]) -> SessionView:
    """The session that a row of `query` holds."""
    said = {Party.MENTOR: row.mentor_says, Party.MENTEE: row.mentee_says}
    return SessionView(
        id=row.id,
        guild_id=row.guild_id,
        mentor=Person(row.mentor_id, row.mentor_name, row.mentor_timezone),
        mentee=Person(row.mentee_id, row.mentee_name, row.mentee_timezone),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        timezone=row.timezone,
        status=SessionStatus(row.status),
        topic=row.topic,
        price=row.price,
        fee_percent=row.fee_percent,
        created_at=row.created_at,
        next_at=row.next_at,
        proposal=None
        if row.proposed_by is None
        else Proposal(row.proposed_by, row.proposed_starts_at, row.proposed_ends_at),
        ended_at=row.ended_at,
        ended_by=row.ended_by,
        ended_reason=row.ended_reason,
        no_show_user_id=row.no_show_user_id,
        meeting_link=row.meeting_link,
        meeting_channel_id=row.meeting_channel_id,
        sequence=row.sequence,
        reports={party: Attendance(word) for party, word in said.items() if word is not None},
        stars=row.stars,
    )


async def load(tx: Transaction, session_id: int) -> SessionView:
    """A session whoever asks. Raises `NotFound`."""
    row = (await tx.connection.execute(_BY_ID, {"session": session_id})).one_or_none()
    if row is None:
        raise NotFound(Subject.SESSION)
    return view_of(row)


async def load_many(tx: Transaction, session_ids: Iterable[int]) -> dict[int, SessionView]:
    """Several sessions whoever asks, by their ids."""
    wanted = set(session_ids)
    if not wanted:
        return {}
    rows = await tx.connection.execute(_BY_IDS, {"sessions": tuple(wanted)})
    return {row.id: view_of(row) for row in rows}


async def load_for_participant(tx: Transaction, actor: Actor, session_id: int) -> SessionView:
    """A session to one of its participants. To anyone else it does not exist: `NotFound`."""
    session = await load(tx, session_id)
    if actor.user_id not in (session.mentor.user_id, session.mentee.user_id) or (
        actor.guild_id not in (None, session.guild_id)
    ):
        raise NotFound(Subject.SESSION)
    return session


@dataclass(frozen=True, slots=True)
class SessionFilter:
    """Which of one's sessions are asked for. `part` is one's own in them, None for either.

    Those that overlap the time from `since` to `until` are meant, where these are given.
    """

    statuses: frozenset[SessionStatus] = frozenset(SessionStatus)
    part: Party | None = None
    since: datetime | None = None
    until: datetime | None = None
    latest_first: bool = False


UPCOMING_SESSIONS = SessionFilter(statuses.LIVE)
"""What still has something to come, the soonest first."""

PAST_SESSIONS = SessionFilter(frozenset(SessionStatus) - statuses.LIVE, latest_first=True)
"""What is over, the latest first."""


async def list_page(
    tx: Transaction, actor: Actor, which: SessionFilter, cursor: str | None = None, size: int = 10
) -> Page[SessionView]:
    """A page of the actor's sessions in this guild. A cursor that is none begins at the start."""

    async def look(at: Cursor | None, limit: int) -> list[SessionView]:
        return await _list_own(tx, actor, which, at, limit)

    return await pagination.load_page(look, position_of, cursor, size)


async def list_upcoming(tx: Transaction, actor: Actor, limit: int = 25) -> list[SessionView]:
    """The actor's sessions in this guild that are not over, the soonest first."""
    return await _list_own(tx, actor, UPCOMING_SESSIONS, None, limit)


async def list_past(tx: Transaction, actor: Actor, limit: int = 25) -> list[SessionView]:
    """The actor's sessions in this guild that are over, the latest first."""
    return await _list_own(tx, actor, PAST_SESSIONS, None, limit)


async def list_rateable(tx: Transaction, actor: Actor) -> list[SessionView]:
    """Completed sessions in which the actor was mentee, not yet rated ones first; without those
    whose rating stands for good."""
    which = SessionFilter(frozenset({SessionStatus.COMPLETED}), Party.MENTEE, latest_first=True)
    # The review in a row of `query` is the mentee's.
    changeable = Review.id.is_(None) | (Review.created_at >= tx.now - RATING_EDITABLE_FOR)
    found = await _list_own(tx, actor, which, None, 50, changeable)
    return sorted(found, key=lambda session: session.stars is not None)


async def list_actionable(tx: Transaction, actor: Actor, *acts: Action) -> list[SessionView]:
    """The actor's sessions to which they can do one of `acts` now, the soonest first."""
    return [
        session
        for session in await list_upcoming(tx, actor, 100)
        if not set(acts).isdisjoint(session.actions(actor.user_id, tx.now))
    ]


async def _list_own(
    tx: Transaction,
    actor: Actor,
    which: SessionFilter,
    at: Cursor | None,
    limit: int,
    *also: ColumnElement[bool],
) -> list[SessionView]:
    """In the order of `which`, if `also` holds; backwards from a cursor that goes back."""
    mine = select(Participant.session_id).where(Participant.user_id == actor.user_id)
    if which.part is not None:
        mine = mine.where(Participant.role == which.part)
    conditions: list[ColumnElement[bool]] = [
        Session.id.in_(mine),
        Session.guild_id == actor.guild,
        Session.status.in_(which.statuses),
        *also,
    ]
    if which.since is not None:
        conditions.append(Session.ends_at > which.since)
    if which.until is not None:
        conditions.append(Session.starts_at < which.until)
    return await list_ordered(tx, conditions, at, limit, latest_first=which.latest_first)


async def list_ordered(
    tx: Transaction,
    conditions: Iterable[ColumnElement[bool]],
    at: Cursor | None,
    limit: int,
    *,
    latest_first: bool = False,
) -> list[SessionView]:
    """Sessions by their start, from a cursor on; backwards from a cursor that goes back."""
    falling = latest_first != (at is not None and at.direction is Direction.BACKWARD)
    asked = query().where(*conditions)
    if at is not None:
        second, session_id = at.position.key[:2]
        key = tuple_(Session.starts_at, Session.id)
        place = tuple_(literal(_instant(second), UtcDateTime), literal(session_id))
        asked = asked.where(key < place if falling else key > place)
    order = [Session.starts_at, Session.id]
    rows = await tx.connection.execute(
        asked.order_by(*(column.desc() if falling else column.asc() for column in order)).limit(
            limit
        )
    )
    return [view_of(row) for row in rows]


def position_of(session: SessionView) -> Position:
    """Where a session stands in a list by start."""
    # Bookings start on whole minutes, so a second says exactly where one stands.
    return Position(0, (int(session.starts_at.timestamp()), session.id))


def _instant(second: int) -> datetime:
    # A made-up cursor may name a second that no datetime holds.
    return datetime.fromtimestamp(min(second, _LAST_SECOND), UTC)
