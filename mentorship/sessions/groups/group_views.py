"""Group sessions as data to show: one, those of a guild or a mentor, and their attendees."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Integer,
    Row,
    Select,
    bindparam,
    func,
    literal_column,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from mentorship import faults, pagination
from mentorship.actors import Actor
from mentorship.errors import NotFound, NotYours, Subject
from mentorship.faults import FaultKind
from mentorship.pagination import Page
from mentorship.points import pricing
from mentorship.sessions import lifecycle
from mentorship.sessions.lifecycle import Action, Party, SessionState, Unit
from mentorship.sessions.places.join_link import awaits_room, join_link
from mentorship.sessions.session_views import HOST_LINK, Person
from mentorship.statuses import AGREED, ProfileStatus, SessionStatus
from mentorship.time.intervals import Span
from storage import Transaction
from storage.tables import (
    GroupSession,
    Member,
    MentorProfile,
    Participant,
    ProviderMeeting,
    WaitlistEntry,
)
from storage.types import RowId


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group session. Times are UTC, `price` is points a seat, `capacity` 0 without a limit.

    Title and description are empty once they were erased.

    The fields from `fee_percent` to `complete_after` are the terms of the next seat that is taken
    (minutes and percentages). `revision` counts the changes of what people agree to when they join.
    `mentor_status` is that of the mentor's profile now, and `late_minutes` how late they have said
    to be. The others are explained by
    `storage.tables.GroupSession`.
    """

    id: int
    guild_id: int
    profile_id: int
    mentor: Person
    title: str
    description: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    status: SessionStatus
    sign_up_open: bool
    capacity: int
    seats_taken: int
    minimum_seats: int
    minimum_deadline: datetime | None
    price: int
    fee_percent: int
    confirm_within: int
    free_cancellation_until: int
    late_refund_percent: int
    cancellation_grace: int
    complete_after: int
    who_may_join: str
    join_role_ids: tuple[int, ...]
    place: str
    meeting_link: str | None
    meeting_channel_id: int | None
    repeat_weeks: int
    repeat_left: int | None
    repeat_of: int | None
    repeat_on: str | None
    revision: int
    sequence: int
    next_at: datetime | None
    created_at: datetime
    ended_at: datetime | None
    ended_by: int | None
    ended_reason: str | None
    channel_id: int | None
    message_id: int | None
    wants_event: bool
    event_id: int | None
    mentor_status: ProfileStatus
    late_minutes: int | None
    waiting: int
    updated_at: datetime | None = None
    host_link: str | None = None

    @property
    def span(self) -> Span:
        """From the start to the end."""
        return Span(self.starts_at, self.ends_at)

    @property
    def minutes(self) -> int:
        """The length in minutes of elapsed time."""
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def report_deadline(self) -> datetime:
        """Until when no-shows can be reported, unless the question came late."""
        return self.ends_at + timedelta(minutes=self.complete_after)

    @property
    def payout(self) -> int:
        """The points that the mentor gets for a seat that is taken now: the price less the fee."""
        return pricing.payout(self.price, self.fee_percent)

    @property
    def seats_left(self) -> int | None:
        """The seats that are free, None without a limit."""
        return self.capacity - self.seats_taken if self.capacity else None

    @property
    def is_full(self) -> bool:
        """Whether no seat is free."""
        return self.seats_left == 0

    @property
    def state(self) -> SessionState:
        """What the lifecycle's rules depend on."""
        return SessionState(
            self.status,
            self.starts_at,
            mentor_active=self.mentor_status is ProfileStatus.APPROVED,
            unit=Unit.GROUP,
            sign_up_open=self.sign_up_open,
        )

    @property
    def join_link(self) -> str | None:
        """Where they meet now, while the group session is confirmed or in progress."""
        return join_link(self.status, self.guild_id, self.meeting_channel_id, self.meeting_link)

    @property
    def mentor_link(self) -> str | None:
        """`join_link` for the mentor: a meeting provider may give them another."""
        link = self.join_link
        is_meeting = link is not None and link == self.meeting_link
        return self.host_link if is_meeting and self.host_link else link

    def mentor_link_at(self, now: datetime) -> str | None:
        """Return where the mentor can meet attendees now, None until their room opens."""
        return None if self._awaits_room(now) else self.mentor_link

    def _awaits_room(self, now: datetime) -> bool:
        return awaits_room(self.place, self.meeting_channel_id, self.starts_at, now)

    def link_for(self, user_id: int, place: OwnPlace, now: datetime) -> str | None:
        """Return where they meet if this person may know it.

        An attendee (`place`) may until their seat is over. The mentor always sees their own link.
        """
        if user_id == self.mentor.user_id:
            return self.mentor_link or self.meeting_link
        if place.seat_status not in AGREED or self._awaits_room(now):
            return None
        return self.join_link or self.meeting_link

    def party(self, user_id: int) -> Party:
        """Return `MENTOR` for the mentor. Raises `NotYours` for anyone else."""
        if user_id != self.mentor.user_id:
            raise NotYours(Subject.GROUP_SESSION)
        return Party.MENTOR

    def actions(self, party: Party, now: datetime) -> tuple[Action, ...]:
        """Return what a party can do to the group session now: the buttons to show."""
        return lifecycle.available_actions(party, self.state, now)


@dataclass(frozen=True, slots=True)
class Attendee:
    """Someone with a seat. `session_id` is the seat's; `waiting` is a seat to be kept again."""

    session_id: int
    user_id: int
    name: str
    status: SessionStatus

    @property
    def id(self) -> int:
        """The seat's id, by which pages of attendees are ordered."""
        return self.session_id


@dataclass(frozen=True, slots=True)
class OwnPlace:
    """Where a member stands with a group session: their seat, or their place in line from 1.

    Both are None for neither.
    """

    session_id: int | None = None
    seat_status: SessionStatus | None = None
    place_in_line: int | None = None


_waiting = (
    select(func.count())
    .where(WaitlistEntry.group_id == GroupSession.id)
    .scalar_subquery()
    .label("waiting")
)
_SELECT = (
    select(
        *GroupSession.__table__.c,
        Member.name.label("mentor_name"),
        Member.timezone.label("mentor_timezone"),
        Member.avatar.label("mentor_avatar"),
        Member.left_at.label("mentor_left_at"),
        MentorProfile.status.label("mentor_status"),
        HOST_LINK.where(ProviderMeeting.group_id == GroupSession.id)
        .scalar_subquery()
        .label("host_link"),
        _waiting,
    )
    .join(MentorProfile, MentorProfile.id == GroupSession.profile_id)
    .join(
        Member,
        (Member.guild_id == GroupSession.guild_id) & (Member.user_id == GroupSession.mentor_id),
    )
)
_BY_ID = _SELECT.where(GroupSession.id == bindparam("group", type_=RowId))
_BY_IDS = _SELECT.where(GroupSession.id.in_(bindparam("groups", expanding=True)))


def select_groups() -> Select[*tuple[Any, ...]]:
    """Return the query of group sessions for `from_row`, to add conditions to."""
    return _SELECT


def from_row(row: Row[*tuple[Any, ...]]) -> GroupView:
    """Return the group session in a row of `select_groups`."""
    values = {name: getattr(row, name) for name in _COPIED}
    return GroupView(
        mentor=Person.of(row, "mentor"),
        status=SessionStatus(row.status),
        join_role_ids=tuple(row.join_role_ids),
        mentor_status=ProfileStatus(row.mentor_status),
        **values,
    )


_COPIED = tuple(
    name
    for name in GroupView.__slots__
    if name not in ("mentor", "status", "join_role_ids", "mentor_status")
)
"""The fields that have the value of the row's column of that name."""


async def load(tx: Transaction, group_id: int) -> GroupView:
    """Load a group session without permission checks. Raises `NotFound`."""
    row = (await tx.connection.execute(_BY_ID, {"group": group_id})).one_or_none()
    if row is None:
        raise NotFound(Subject.GROUP_SESSION)
    return from_row(row)


async def load_many(tx: Transaction, group_ids: Collection[int]) -> dict[int, GroupView]:
    """Load several group sessions by id.

    Unknown ids are left out, and group sessions that can't be read.
    """
    if not group_ids:
        return {}
    rows = await tx.connection.execute(_BY_IDS, {"groups": tuple(group_ids)})
    return {group.id: group for group in readable(tx, rows)}


def readable(tx: Transaction, rows: Iterable[Row[*tuple[Any, ...]]]) -> list[GroupView]:
    """Return the group sessions in rows of `select_groups`.

    Those that can't be read are noted and left out.
    """
    return faults.readable(tx, FaultKind.GROUP_VIEW, rows, from_row, lambda row: row.id)


async def load_for(tx: Transaction, actor: Actor, group_id: int) -> GroupView:
    """Load a group session of the actor's guild; in a direct message, of any. Raises `NotFound`."""
    group = await load(tx, group_id)
    if actor.guild_id not in (None, group.guild_id):
        raise NotFound(Subject.GROUP_SESSION)
    return group


_ATTENDEES = (
    select(
        Participant.session_id.label("id"),
        Participant.user_id,
        Participant.session_status,
        Member.name,
    )
    .join(
        Member,
        (Member.guild_id == Participant.guild_id) & (Member.user_id == Participant.user_id),
    )
    .where(
        Participant.role == literal_column("'mentee'"),
        # Literals, so that the partial index on seats applies.
        literal_column("participants.group_id IS NOT NULL"),
        literal_column("participants.session_status NOT IN ('declined', 'expired', 'cancelled')"),
    )
)
_FIRST_ATTENDEES = (
    _ATTENDEES.where(
        Participant.group_id == bindparam("group", type_=RowId),
        Participant.session_id > bindparam("after", type_=RowId),
    )
    .order_by(Participant.session_id)
    .limit(bindparam("limit", type_=Integer))
)


async def list_attendees(
    tx: Transaction, group_id: int, limit: int = 100, after: int = 0
) -> list[Attendee]:
    """List those who have a seat that isn't called off, in the order in which they joined.

    `after` is the seat after which to begin.
    """
    params = {"group": group_id, "limit": limit, "after": after}
    rows = await tx.connection.execute(_FIRST_ATTENDEES, params)
    return [_attendee(row) for row in rows]


async def list_attendees_page(
    tx: Transaction, group_id: int, cursor: str | None = None, size: int = 100
) -> Page[Attendee]:
    """List a page of what `list_attendees` lists. An invalid cursor returns the first page."""
    of_group = _ATTENDEES.where(Participant.group_id == group_id)
    return await pagination.load_queue_page(
        *(tx, FaultKind.GROUP_VIEW, of_group, Participant.session_id, _attendee, cursor, size)
    )


def _attendee(row: Row[*tuple[Any, ...]]) -> Attendee:
    return Attendee(row.id, row.user_id, row.name, SessionStatus(row.session_status))


_OWN_SEAT: Select[*tuple[Any, ...]] = select(
    Participant.session_id, Participant.session_status, literal_column("0").label("place")
).where(
    Participant.group_id == bindparam("group", type_=RowId),
    Participant.user_id == bindparam("user", type_=RowId),
    Participant.role == literal_column("'mentee'"),
    # In the words of the partial index on seats. In another order, SQLite doesn't use it.
    literal_column("participants.group_id IS NOT NULL"),
    literal_column("participants.session_status NOT IN ('declined', 'expired', 'cancelled')"),
)
_AHEAD = aliased(WaitlistEntry)
_OWN_ENTRY: Select[*tuple[Any, ...]] = select(
    null(),
    null(),
    select(func.count())
    .where(_AHEAD.group_id == WaitlistEntry.group_id, _AHEAD.id <= WaitlistEntry.id)
    .scalar_subquery(),
).where(
    WaitlistEntry.group_id == bindparam("group", type_=RowId),
    WaitlistEntry.user_id == bindparam("user", type_=RowId),
)
_OWN_PLACE = union_all(_OWN_SEAT, _OWN_ENTRY)


async def find_own_place(tx: Transaction, group_id: int, user_id: int) -> OwnPlace:
    """Return where a member stands with a group session."""
    params = {"group": group_id, "user": user_id}
    place = OwnPlace()
    for row in await tx.connection.execute(_OWN_PLACE, params):
        if row.session_id is not None:
            return OwnPlace(row.session_id, SessionStatus(row.session_status))
        place = OwnPlace(place_in_line=row.place)
    return place
