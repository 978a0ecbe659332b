"""Sessions with their participants, reports and rating, as data to show: one or a list."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Self

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Row,
    Select,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import aliased

from mentorship import consent, faults, meeting_places, pagination, statuses
from mentorship.actors import Actor
from mentorship.errors import NotFound, NotYours, Subject, Term, TermsChanged
from mentorship.faults import FaultKind
from mentorship.members import members
from mentorship.mentors.profile_rules import LONGEST_SESSION
from mentorship.pagination import Cursor, Direction, Page, Position
from mentorship.points import pricing
from mentorship.sessions import lifecycle, session_reviews
from mentorship.sessions.lifecycle import Action, Attendance, Party, SessionState, Unit
from mentorship.sessions.places.join_link import awaits_room, join_link
from mentorship.sessions.session_reviews import SessionReview
from mentorship.statuses import ProfileStatus, SessionStatus
from mentorship.time.intervals import Span
from storage import Transaction
from storage.tables import (
    GroupSession,
    Guild,
    Member,
    MentorProfile,
    Participant,
    ProviderMeeting,
    Review,
    Series,
    Session,
)
from storage.types import UtcDateTime

RATING_OPEN_FOR = timedelta(days=30)
"""How long after its end a session can be rated."""

RATING_OPEN_AFTER_COMPLETION = timedelta(days=14)
"""How long it can be rated at least, if a dispute or a downtime delayed its completion."""

RATING_EDITABLE_FOR = timedelta(days=14)
"""How long after the first rating it can be changed."""

MAX_RATEABLE_EXAMINED = 200
"""How many of a mentee's latest completed sessions are looked through for those to rate."""

_LAST_SECOND = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp())


@dataclass(frozen=True, slots=True)
class Person:
    """A participant of a session. `timezone` is None until they have chosen one.

    `has_left` tells whether they are known to have left the guild. `avatar` is as for
    `mentorship.actors.Actor`.
    """

    user_id: int
    name: str
    timezone: str | None
    has_left: bool = False
    avatar: str | None = None

    @classmethod
    def of(cls, row: Row[*tuple[Any, ...]], role: str) -> Self:
        """Return the person in the columns of a row that begin with `role`, as in `mentor_name`."""
        user_id, name, timezone, left_at, avatar = (
            getattr(row, f"{role}_{column}")
            for column in ("id", "name", "timezone", "left_at", "avatar")
        )
        return cls(user_id, name, timezone, left_at is not None, avatar)


@dataclass(frozen=True, slots=True)
class Proposal:
    """An open reschedule request. `by` is the user id of its author."""

    by: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class SeriesPlace:
    """The place of a session in its series of `size` sessions, one every `every_weeks` weeks.

    `number` is 1 for the first one, by their current starts. Those that were cancelled count.
    """

    number: int
    size: int
    every_weeks: int


@dataclass(frozen=True, slots=True)
class SeenTimes:
    """The times of a session that a person saw when they agreed to something, in UTC.

    `starts_at` is its start, None if that doesn't matter. `proposed_starts_at` is the start of the
    open proposal, None if they saw none.
    """

    starts_at: datetime | None = None
    proposed_starts_at: datetime | None = None

    def require(self, session: SessionView) -> None:
        """Raise `TermsChanged` if the session has another start, or another open proposal."""
        consent.require(Term.START, self.starts_at, session.starts_at)
        if session.proposal is not None and session.proposal.starts_at != self.proposed_starts_at:
            seen = self.proposed_starts_at or session.starts_at
            raise TermsChanged(Term.START, seen, session.proposal.starts_at)


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session with everything that its participants can see. Times are UTC.

    `price` is in points. It and the fields from `fee_percent` to `complete_after` are the terms of
    the booking: the guild's settings at that time, which later settings never change (minutes and
    percentages). `free_cancellation_ends_at` is until when a mentee who cancels is refunded in
    full, that instant included. `confirmed_at` is when the mentor confirmed, or the instant
    booking. `next_at` is when the clock acts on the session next. `sequence` is the revision number
    for calendars (RFC 5545, section 3.8.7.4). `no_show_user_id` is who didn't come, if the session
    ended as a no-show. `mentor_status` is that of the mentor's profile now. `proposals` counts
    how often each side has proposed another time. `reports` are the
    attendance reports so far, `review` the mentee's rating and text.

    A seat in a group session is one, too: the mentee is its attendee, and the topic the title of
    the group session, which has `group_id`, `group_status`, `group_span` and `group_place`, where
    they meet (as in `storage.tables.GroupSession`). `series_id` and `series_place` are of the
    series that the session was booked in.

    `timezone` is the mentor's at the booking, and `booked_timezone` that in which the mentee has
    booked, None for old sessions and for people without one. `late` has by how many minutes each
    side has said to be late.
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
    confirm_within: int
    free_cancellation_until: int
    late_refund_percent: int
    cancellation_grace: int
    complete_after: int
    free_cancellation_ends_at: datetime
    created_at: datetime
    confirmed_at: datetime | None = None
    next_at: datetime | None = None
    proposal: Proposal | None = None
    ended_at: datetime | None = None
    ended_by: int | None = None
    ended_reason: str | None = None
    no_show_user_id: int | None = None
    meeting_link: str | None = None
    meeting_channel_id: int | None = None
    sequence: int = 0
    mentor_status: ProfileStatus = ProfileStatus.APPROVED
    reports: Mapping[Party, Attendance] = field(default_factory=dict)
    proposals: Mapping[Party, int] = field(default_factory=dict)
    review: SessionReview | None = None
    group_id: int | None = None
    group_status: SessionStatus | None = None
    group_span: Span | None = None
    group_place: str | None = None
    mentor_place: str | None = None
    host_link: str | None = None
    guild_place: str = meeting_places.LINK
    series_id: int | None = None
    changed_at: datetime | None = None
    series_place: SeriesPlace | None = None
    booked_timezone: str | None = None
    late: Mapping[Party, int] = field(default_factory=dict)

    @property
    def updated_at(self) -> datetime:
        """When the session, a report of its attendance or its review last changed."""
        return self.changed_at or self.created_at

    @property
    def stars(self) -> int | None:
        """The mentee's rating, from 1 to 5; None until there is one."""
        return None if self.review is None else self.review.stars

    @property
    def unit(self) -> Unit:
        """What the table of transitions calls it."""
        return Unit.SESSION if self.group_id is None else Unit.SEAT

    @property
    def answer_deadline(self) -> datetime | None:
        """Until when the mentor can confirm, while the session is a pending request.

        For a seat, until when its attendee can keep it after a move.
        """
        return self.next_at if self.status is SessionStatus.SCHEDULED else None

    @property
    def payout(self) -> int:
        """The points that the mentor gets if the session takes place: the price less the fee."""
        return pricing.payout(self.price, self.fee_percent)

    @property
    def minutes(self) -> int:
        """The length in minutes of elapsed time."""
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def state(self) -> SessionState:
        """What the lifecycle's rules depend on."""
        proposal = self.proposal
        is_awaited = self.status is SessionStatus.SCHEDULED or proposal is not None
        return SessionState(
            self.status,
            self.starts_at,
            answer_deadline=self.next_at if is_awaited else None,
            proposed_by=None if proposal is None else self.party(proposal.by),
            proposed_start=None if proposal is None else proposal.starts_at,
            mentor_active=self.mentor_status is ProfileStatus.APPROVED,
            reports=self.reports,
            unit=self.unit,
            is_called_off=self.group_status is SessionStatus.CANCELLED,
            is_moved=self.group_span not in (None, Span(self.starts_at, self.ends_at)),
        )

    @property
    def times(self) -> SeenTimes:
        """What a person sees of the session's times now."""
        proposal = self.proposal
        return SeenTimes(self.starts_at, None if proposal is None else proposal.starts_at)

    @property
    def join_link(self) -> str | None:
        """Where the two meet now, while the session is confirmed or in progress."""
        return join_link(self.status, self.guild_id, self.meeting_channel_id, self.meeting_link)

    def join_link_for(self, user_id: int) -> str | None:
        """Return `join_link` for a participant: a meeting provider may give the mentor another."""
        link = self.join_link
        is_meeting = link is not None and link == self.meeting_link
        is_mentor = user_id == self.mentor.user_id
        return self.host_link if is_mentor and is_meeting and self.host_link else link

    @property
    def place(self) -> str:
        """Where the session takes place, one of `mentorship.meeting_places`."""
        return meeting_places.effective(self.guild_place, self.mentor_place, self.group_place)

    def join_link_at(self, user_id: int, now: datetime) -> str | None:
        """Return where a participant can meet the other now, None until their room opens."""
        if awaits_room(self.place, self.meeting_channel_id, self.starts_at, now):
            return None
        return self.join_link_for(user_id)

    def link_for(self, user_id: int, now: datetime) -> str | None:
        """Return where the two meet if this person may know it.

        The mentee may while the session is confirmed or in progress. The mentor always sees their
        own link.
        """
        if user_id == self.mentor.user_id:
            return self.join_link_for(user_id) or self.meeting_link
        return self.join_link_at(user_id, now) if user_id == self.mentee.user_id else None

    def review_for(self, user_id: int) -> SessionReview | None:
        """Return the review if this person may read it: of a hidden one, not the mentor."""
        if self.review is not None and self.review.hidden and user_id == self.mentor.user_id:
            return None
        return self.review

    def party(self, user_id: int) -> Party:
        """Return the person's part in the session. Raises `NotYours` for anyone else."""
        if user_id == self.mentor.user_id:
            return Party.MENTOR
        if user_id == self.mentee.user_id:
            return Party.MENTEE
        raise NotYours(Subject.SESSION)

    def person(self, party: Party) -> Person:
        """Return the mentor or the mentee."""
        return {Party.MENTOR: self.mentor, Party.MENTEE: self.mentee}[party]

    def zone_of(self, user_id: int) -> str:
        """Return a participant's time zone, or the session's if they have chosen none."""
        return self.person(self.party(user_id)).timezone or self.timezone

    def other(self, user_id: int) -> Person:
        """Return the participant whom `user_id` meets."""
        return self.person(self.party(user_id).other)

    def actions(self, user_id: int, now: datetime) -> tuple[Action, ...]:
        """Return what this participant can do to the session now: the buttons to show."""
        return lifecycle.available_actions(self.party(user_id), self.state, now)


HOST_LINK = select(ProviderMeeting.host_url).where(ProviderMeeting.status == "made")
"""The mentor's own link to a meeting at a provider, if it isn't everybody's."""

_mentor = aliased(Member)
_mentee = aliased(Member)
_mentor_seat = aliased(Participant)
_mentee_seat = aliased(Participant)


def _series_columns() -> tuple[ColumnElement[int | None], ...]:
    """The place in a session's series. NULL without one, which costs no look-up."""
    other = aliased(Session)
    in_series = select(func.count()).where(other.series_id == Session.series_id)
    is_earlier = (other.starts_at < Session.starts_at) | (
        (other.starts_at == Session.starts_at) & (other.id <= Session.id)
    )
    every_weeks = select(Series.every_weeks).where(Series.id == Session.series_id)
    columns = {
        "series_number": in_series.where(is_earlier),
        "series_size": in_series,
        "series_weeks": every_weeks,
    }
    return tuple(
        case((Session.series_id.is_not(None), column.scalar_subquery())).label(name)
        for name, column in columns.items()
    )


@cache
def query() -> Select[*tuple[Any, ...]]:
    """Return the query of sessions for `from_row`. Callers add their conditions."""
    return (
        select(
            *Session.__table__.c,
            _mentor.name.label("mentor_name"),
            _mentor.timezone.label("mentor_timezone"),
            _mentor.avatar.label("mentor_avatar"),
            _mentor.left_at.label("mentor_left_at"),
            # Subqueries and not joins, because PostgreSQL might look for the rows of a join by the
            # person alone, of whom there may be very many.
            select(_mentor_seat.says)
            .where(_mentor_seat.session_id == Session.id, _mentor_seat.user_id == Session.mentor_id)
            .scalar_subquery()
            .label("mentor_says"),
            select(_mentor_seat.late_minutes)
            .where(_mentor_seat.session_id == Session.id, _mentor_seat.user_id == Session.mentor_id)
            .scalar_subquery()
            .label("mentor_late"),
            _mentee.user_id.label("mentee_id"),
            _mentee.name.label("mentee_name"),
            _mentee.timezone.label("mentee_timezone"),
            _mentee.avatar.label("mentee_avatar"),
            _mentee.left_at.label("mentee_left_at"),
            _mentee_seat.says.label("mentee_says"),
            _mentee_seat.late_minutes.label("mentee_late"),
            _mentee_seat.timezone.label("booked_timezone"),
            *session_reviews.COLUMNS,
            select(MentorProfile.status)
            .where(MentorProfile.id == Session.profile_id)
            .scalar_subquery()
            .label("mentor_status"),
            select(MentorProfile.meeting_place)
            .where(MentorProfile.id == Session.profile_id)
            .scalar_subquery()
            .label("mentor_place"),
            HOST_LINK.where(ProviderMeeting.session_id == Session.id)
            .scalar_subquery()
            .label("host_link"),
            select(Guild.meeting_place)
            .where(Guild.id == Session.guild_id)
            .scalar_subquery()
            .label("guild_place"),
            GroupSession.status.label("group_status"),
            GroupSession.starts_at.label("group_start"),
            GroupSession.ends_at.label("group_end"),
            *_series_columns(),
            GroupSession.place.label("group_place"),
            GroupSession.late_minutes.label("group_late"),
        )
        .join(
            _mentee_seat,
            (_mentee_seat.session_id == Session.id) & (_mentee_seat.role == "mentee"),
        )
        .join(
            _mentor,
            (_mentor.guild_id == Session.guild_id) & (_mentor.user_id == Session.mentor_id),
        )
        .join(
            _mentee,
            # Not the session's guild: given that alone, SQLite would read all its members before it
            # has the seat.
            (_mentee.guild_id == _mentee_seat.guild_id) & (_mentee.user_id == _mentee_seat.user_id),
        )
        .outerjoin(GroupSession, GroupSession.id == Session.group_id)
        .outerjoin(
            Review,
            (Review.session_id == Session.id) & (Review.author_id == _mentee_seat.user_id),
        )
    )


_BY_ID = query().where(Session.id == bindparam("session"))
_BY_IDS = query().where(Session.id.in_(bindparam("sessions", expanding=True)))


def from_row(row: Row[*tuple[Any, ...]]) -> SessionView:
    """Return the session in a row of `query`."""
    reports = {Party.MENTOR: row.mentor_says, Party.MENTEE: row.mentee_says}
    mentor_late = row.mentor_late if row.group_id is None else row.group_late
    late = {Party.MENTOR: mentor_late, Party.MENTEE: row.mentee_late}
    return SessionView(
        id=row.id,
        guild_id=row.guild_id,
        mentor=Person.of(row, "mentor"),
        mentee=Person.of(row, "mentee"),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        timezone=row.timezone,
        status=SessionStatus(row.status),
        topic=row.topic,
        price=row.price,
        fee_percent=row.fee_percent,
        confirm_within=row.confirm_within,
        free_cancellation_until=row.free_cancellation_until,
        late_refund_percent=row.late_refund_percent,
        cancellation_grace=row.cancellation_grace,
        complete_after=row.complete_after,
        free_cancellation_ends_at=row.free_cancellation_ends_at
        or pricing.free_cancellation_end(row.starts_at, row.free_cancellation_until),
        confirmed_at=row.confirmed_at,
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
        mentor_status=ProfileStatus(row.mentor_status),
        reports={party: Attendance(value) for party, value in reports.items() if value is not None},
        proposals={
            Party.MENTOR: row.proposals_by_mentor,
            Party.MENTEE: row.proposals_by_mentee,
        },
        review=None if row.review_id is None else SessionReview.of(row),
        group_id=row.group_id,
        group_status=None if row.group_status is None else SessionStatus(row.group_status),
        group_span=None if row.group_start is None else Span(row.group_start, row.group_end),
        group_place=row.group_place,
        mentor_place=row.mentor_place,
        host_link=row.host_link,
        guild_place=row.guild_place,
        series_id=row.series_id,
        changed_at=row.updated_at,
        series_place=None
        if row.series_id is None
        else SeriesPlace(row.series_number, row.series_size, row.series_weeks),
        booked_timezone=row.booked_timezone,
        late={party: minutes for party, minutes in late.items() if minutes is not None},
    )


async def load(tx: Transaction, session_id: int) -> SessionView:
    """Load a session without permission checks. Raises `NotFound`."""
    row = (await tx.connection.execute(_BY_ID, {"session": session_id})).one_or_none()
    if row is None:
        raise NotFound(Subject.SESSION)
    return from_row(row)


async def load_many(tx: Transaction, session_ids: Iterable[int]) -> dict[int, SessionView]:
    """Load several sessions by id, without permission checks.

    Unknown ids are left out, and sessions that can't be read.
    """
    rows = await load_rows(tx, session_ids)
    return {session.id: session for session in readable(tx, rows.values())}


async def load_rows(
    tx: Transaction, session_ids: Iterable[int]
) -> dict[int, Row[*tuple[Any, ...]]]:
    """Load the rows of several sessions by id, for `from_row`. Unknown ids are left out."""
    ids = set(session_ids)
    if not ids:
        return {}
    rows = await tx.connection.execute(_BY_IDS, {"sessions": tuple(ids)})
    return {row.id: row for row in rows}


def readable(tx: Transaction, rows: Iterable[Row[*tuple[Any, ...]]]) -> list[SessionView]:
    """Return the sessions in rows of `query`; those that can't be read are noted and left out."""
    return faults.readable(tx, FaultKind.SESSION_VIEW, rows, from_row, lambda row: row.id)


async def load_for_participant(tx: Transaction, actor: Actor, session_id: int) -> SessionView:
    """Load a session for one of its participants. Raises `NotFound` for anyone else."""
    session = await load(tx, session_id)
    if actor.user_id not in (session.mentor.user_id, session.mentee.user_id) or (
        actor.guild_id not in (None, session.guild_id)
    ):
        raise NotFound(Subject.SESSION)
    return session


def require_member(actor: Actor, session: SessionView) -> None:
    """Require that a participant is still a member of the session's guild.

    Raises what `mentorship.members.members.require_member` does.
    """
    person = session.person(session.party(actor.user_id))
    members.require_member(actor, session.guild_id, is_recorded=not person.has_left)


def rating_deadline(session: SessionView) -> datetime:
    """Return until when a completed session can be rated for the first time."""
    deadline = session.ends_at + RATING_OPEN_FOR
    if session.ended_at is None:
        return deadline
    return max(deadline, session.ended_at + RATING_OPEN_AFTER_COMPLETION)


@dataclass(frozen=True, slots=True)
class SessionFilter:
    """Which of a person's sessions to list, and in which order.

    `party` is the person's own part, None for either. `since` and `until` restrict the list to
    sessions that overlap that time.
    """

    statuses: frozenset[SessionStatus] = frozenset(SessionStatus)
    party: Party | None = None
    since: datetime | None = None
    until: datetime | None = None
    latest_first: bool = False


UPCOMING_SESSIONS = SessionFilter(statuses.LIVE)
"""Sessions that are not over, the soonest first."""

PAST_SESSIONS = SessionFilter(frozenset(SessionStatus) - statuses.LIVE, latest_first=True)
"""Sessions that are over, the latest first."""


async def list_page(
    tx: Transaction,
    actor: Actor,
    session_filter: SessionFilter,
    cursor: str | None = None,
    size: int = 10,
) -> Page[SessionView]:
    """List a page of the actor's sessions in their guild.

    An invalid cursor returns the first page.
    """

    async def load_rows(at: Cursor | None, limit: int) -> list[SessionView]:
        return await list_from(tx, actor, session_filter, at, limit)

    return await pagination.load_page(load_rows, position_of, cursor, size)


async def list_upcoming(tx: Transaction, actor: Actor, limit: int = 25) -> list[SessionView]:
    """List the actor's sessions in their guild that are not over, the soonest first."""
    return await list_from(tx, actor, UPCOMING_SESSIONS, None, limit)


async def list_past(tx: Transaction, actor: Actor, limit: int = 25) -> list[SessionView]:
    """List the actor's sessions in their guild that are over, the latest first."""
    return await list_from(tx, actor, PAST_SESSIONS, None, limit)


async def list_rateable(tx: Transaction, actor: Actor) -> list[SessionView]:
    """List the completed sessions that the actor can rate as their mentee, or rate differently.

    Those are among their `MAX_RATEABLE_EXAMINED` latest ones. Sessions without a rating come first.
    """
    params = {
        **_person_params(actor, MAX_RATEABLE_EXAMINED),
        "ended_since": tx.now - RATING_OPEN_FOR,
        "completed_since": tx.now - RATING_OPEN_AFTER_COMPLETION,
        "rated_since": tx.now - RATING_EDITABLE_FOR,
    }
    session_ids = (await tx.connection.scalars(_SELECT_RATEABLE, params)).all()
    sessions = await list_by_id(tx, session_ids)
    return sorted(sessions, key=lambda session: session.stars is not None)


async def list_actionable(tx: Transaction, actor: Actor, *actions: Action) -> list[SessionView]:
    """List the sessions to which the actor can do one of `actions` now, the soonest first."""
    return [
        session
        for session in await list_upcoming(tx, actor, 100)
        if not set(actions).isdisjoint(session.actions(actor.user_id, tx.now))
    ]


async def list_from(
    tx: Transaction, actor: Actor, session_filter: SessionFilter, at: Cursor | None, limit: int
) -> list[SessionView]:
    """List the actor's sessions by start, beginning after a cursor, as `list_readable` does."""
    bounds: dict[str, datetime] = {}
    if session_filter.since is not None:
        bounds["since"] = session_filter.since
        bounds["since_start"] = session_filter.since - LONGEST_SESSION
    if session_filter.until is not None:
        bounds["until"] = session_filter.until

    async def select_ids(at: Cursor | None, limit: int) -> Sequence[int]:
        statement = _select_own(
            session_filter.statuses,
            session_filter.party,
            is_descending(at, latest_first=session_filter.latest_first),
            at is not None,
            session_filter.since is not None,
            session_filter.until is not None,
        )
        params = {**_person_params(actor, limit), **key_params(at), **bounds}
        return (await tx.connection.scalars(statement, params)).all()

    return await list_readable(tx, select_ids, at, limit)


async def list_readable(
    tx: Transaction,
    select_ids: Callable[[Cursor | None, int], Awaitable[Sequence[int]]],
    at: Cursor | None,
    limit: int,
) -> list[SessionView]:
    """List the sessions whose ids `select_ids` returns for a cursor and a limit, by start.

    Those that can't be read are left out, and replaced by further ones: a page is only short where
    the list ends.
    """
    session_ids = await select_ids(at, limit)
    sessions = await list_by_id(tx, session_ids)
    if len(sessions) < len(session_ids) == limit:
        result = await tx.connection.execute(_SELECT_START, {"session": session_ids[-1]})
        start: datetime = result.scalar_one()
        last = Position(0, (int(start.timestamp()), session_ids[-1]))
        onwards = Cursor(Direction.FORWARD if at is None else at.direction, last)
        sessions += await list_readable(tx, select_ids, onwards, limit - len(sessions))
    return sessions


_SELECT_START = select(Session.starts_at).where(Session.id == bindparam("session"))


async def list_by_id(tx: Transaction, session_ids: Sequence[int]) -> list[SessionView]:
    """Load sessions in the order of their ids, but those that can't be read; checks no permission.

    Lists read the ids of a page first, by one index, and then these: joined at once, a page costs
    as much as the whole list where a database chooses another order of the joins.
    """
    sessions = await load_many(tx, session_ids)
    return [sessions[session_id] for session_id in session_ids if session_id in sessions]


def _person_params(actor: Actor, limit: int) -> dict[str, Any]:
    return {"guild": actor.guild, "user": actor.user_id, "limit": limit}


def _seats(role: Party, status: SessionStatus) -> Select[*tuple[Any, ...]]:
    """Select a person's seats of one role, in sessions of one status: a range of one index."""
    return select(Participant.session_starts_at, Participant.session_id).where(
        Participant.guild_id == bindparam("guild"),
        Participant.user_id == bindparam("user"),
        Participant.role == literal_column(f"'{role.value}'"),
        Participant.session_status == literal_column(f"'{status.value}'"),
    )


@cache
def _select_own(
    session_statuses: frozenset[SessionStatus],
    party: Party | None,
    descending: bool,
    has_key: bool,
    has_since: bool,
    has_until: bool,
) -> Select[int]:
    """Select the ids of a page of a person's sessions.

    A range of the index for each role and status ends after the page's size, so that a page costs
    the same however many sessions there are before, after and of other statuses.
    """
    seat = (Participant.session_starts_at, Participant.session_id)
    conditions: list[ColumnElement[bool]] = []
    if has_key:
        conditions.append(beyond_key(seat, descending))
    if has_since:
        # The first condition bounds the range, the second is exact.
        ends_at = (
            select(Session.ends_at).where(Session.id == Participant.session_id).scalar_subquery()
        )
        conditions += [
            Participant.session_starts_at > bindparam("since_start", type_=UtcDateTime),
            ends_at > bindparam("since", type_=UtcDateTime),
        ]
    if has_until:
        conditions.append(Participant.session_starts_at < bindparam("until", type_=UtcDateTime))
    ranges = [
        _in_order(_seats(role, status).where(*conditions), seat, descending).subquery().select()
        for role in ((Party.MENTOR, Party.MENTEE) if party is None else (party,))
        for status in sorted(session_statuses)
    ]
    merged = union_all(*ranges).subquery()
    starts_at, session_id = merged.c
    return _in_order(select(session_id), (starts_at, session_id), descending)


def _in_order(
    query: Select[*tuple[Any, ...]], key: Sequence[Any], descending: bool
) -> Select[*tuple[Any, ...]]:
    order = (column.desc() if descending else column.asc() for column in key)
    return query.order_by(*order).limit(bindparam("limit", type_=Integer))


_LATEST_COMPLETED = _in_order(
    _seats(Party.MENTEE, SessionStatus.COMPLETED),
    (Participant.session_starts_at, Participant.session_id),
    descending=True,
).subquery()
_SELECT_RATEABLE = (
    select(Session.id)
    .join_from(_LATEST_COMPLETED, Session, Session.id == _LATEST_COMPLETED.c.session_id)
    .outerjoin(Review, (Review.session_id == Session.id) & (Review.author_id == bindparam("user")))
    .where(
        or_(
            Review.id.is_(None)
            & (
                (Session.ends_at >= bindparam("ended_since", type_=UtcDateTime))
                | (Session.ended_at >= bindparam("completed_since", type_=UtcDateTime))
            ),
            Review.hidden_at.is_(None)
            & (Review.created_at >= bindparam("rated_since", type_=UtcDateTime)),
        )
    )
    .order_by(Session.starts_at.desc(), Session.id.desc())
    .limit(50)
)


def is_descending(at: Cursor | None, *, latest_first: bool) -> bool:
    """Return in which direction of time a list by start is read from a cursor."""
    return latest_first != (at is not None and at.direction is Direction.BACKWARD)


def beyond_key(columns: Sequence[Any], descending: bool) -> ColumnElement[bool]:
    """Return the condition of the rows after the start and id in `key_params`."""
    bound = tuple_(bindparam("key_start", type_=UtcDateTime), bindparam("key_id", type_=BigInteger))
    return tuple_(*columns) < bound if descending else tuple_(*columns) > bound


def key_params(at: Cursor | None) -> dict[str, Any]:
    """Return the parameters of `beyond_key` for a cursor; none without one."""
    if at is None:
        return {}
    second, session_id = at.position.key[:2]
    return {"key_start": _instant(second), "key_id": session_id}


def position_of(session: SessionView) -> Position:
    """Return a session's position in a list ordered by start."""
    # Bookings start on whole minutes, so whole seconds are exact.
    return Position(0, (int(session.starts_at.timestamp()), session.id))


def _instant(second: int) -> datetime:
    # A forged cursor may hold a second beyond the range of datetime.
    return datetime.fromtimestamp(min(second, _LAST_SECOND), UTC)
