"""Invitations with the two people they are between, as data to show: one or a list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Integer, Row, Select, bindparam, literal_column, select
from sqlalchemy.orm import aliased

from mentorship import faults, pagination
from mentorship.actors import Actor
from mentorship.errors import InvitationEnded, NotFound, Subject
from mentorship.faults import FaultKind
from mentorship.pagination import Cursor, Direction, Page, Position
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.session_views import Person
from mentorship.statuses import InvitationStatus, ProfileStatus
from storage import Transaction
from storage.tables import Invitation, Member, MentorProfile


@dataclass(frozen=True, slots=True)
class InvitationView:
    """An invitation with everything that its two people can see. Times are UTC.

    `timezone` is the mentor's at the start, `price` is in points. `answer_deadline` is until when
    the member can accept, None once it has ended. `session_id` is the session's, once it was
    accepted. `request_id` is the request for help that it answers. `mentor_status` is that of the
    mentor's profile now.
    """

    id: int
    guild_id: int
    profile_id: int
    mentor: Person
    mentee: Person
    starts_at: datetime
    ends_at: datetime
    timezone: str
    topic: str
    note: str
    price: int
    status: InvitationStatus
    answer_deadline: datetime | None
    created_at: datetime
    ended_at: datetime | None = None
    request_id: int | None = None
    session_id: int | None = None
    mentor_status: ProfileStatus = ProfileStatus.APPROVED

    @property
    def minutes(self) -> int:
        """The length in minutes of elapsed time."""
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    def party(self, user_id: int) -> Party:
        """Return the part of one of its two people."""
        return Party.MENTOR if user_id == self.mentor.user_id else Party.MENTEE

    def other(self, user_id: int) -> Person:
        """Return whom this one of its two people would meet."""
        return self.mentee if user_id == self.mentor.user_id else self.mentor

    def require_open(self, now: datetime) -> None:
        """Raise `InvitationEnded` unless it can be answered at `now`."""
        if self.status is not InvitationStatus.OPEN:
            raise InvitationEnded(self.status)
        if not self.is_open(now):
            # The clock will say so soon.
            raise InvitationEnded(InvitationStatus.EXPIRED)

    def is_open(self, now: datetime) -> bool:
        """Return whether it can be answered at `now`."""
        deadline = self.answer_deadline
        is_due = deadline is not None and now >= deadline
        return self.status is InvitationStatus.OPEN and not is_due and now < self.starts_at


_mentor, _mentee = aliased(Member), aliased(Member)


@cache
def _query() -> Select[*tuple[Any, ...]]:
    people = [
        column.label(f"{role}_{column.key}")
        for role, member in (("mentor", _mentor), ("mentee", _mentee))
        for column in (member.name, member.timezone, member.avatar, member.left_at)
    ]
    return (
        select(*Invitation.__table__.c, *people, MentorProfile.status.label("mentor_status"))
        .join(
            _mentor,
            (_mentor.guild_id == Invitation.guild_id) & (_mentor.user_id == Invitation.mentor_id),
        )
        .join(
            _mentee,
            (_mentee.guild_id == Invitation.guild_id) & (_mentee.user_id == Invitation.mentee_id),
        )
        .join(MentorProfile, MentorProfile.id == Invitation.profile_id)
    )


_BY_IDS = _query().where(Invitation.id.in_(bindparam("ids", expanding=True)))


def from_row(row: Row[*tuple[Any, ...]]) -> InvitationView:
    """Return the invitation in a row of `load_rows`."""
    return InvitationView(
        id=row.id,
        guild_id=row.guild_id,
        profile_id=row.profile_id,
        mentor=Person.of(row, "mentor"),
        mentee=Person.of(row, "mentee"),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        timezone=row.timezone,
        topic=row.topic,
        note=row.note,
        price=row.price,
        status=InvitationStatus(row.status),
        answer_deadline=row.next_at,
        created_at=row.created_at,
        ended_at=row.ended_at,
        request_id=row.request_id,
        session_id=row.session_id,
        mentor_status=ProfileStatus(row.mentor_status),
    )


async def load_rows(tx: Transaction, ids: Iterable[int]) -> dict[int, Row[*tuple[Any, ...]]]:
    """Load the rows of several invitations by id, for `from_row`. Unknown ids are left out."""
    wanted = set(ids)
    if not wanted:
        return {}
    rows = await tx.connection.execute(_BY_IDS, {"ids": tuple(wanted)})
    return {row.id: row for row in rows}


async def load_many(tx: Transaction, ids: Iterable[int]) -> dict[int, InvitationView]:
    """Load several invitations by id, without permission checks.

    Unknown ids are left out, and invitations that can't be read.
    """
    rows = await load_rows(tx, ids)
    invitations = faults.readable(
        tx, FaultKind.INVITATION, rows.values(), from_row, lambda row: row.id
    )
    return {invitation.id: invitation for invitation in invitations}


async def load(tx: Transaction, invitation_id: int) -> InvitationView:
    """Load an invitation without permission checks. Raises `NotFound`."""
    rows = await load_rows(tx, [invitation_id])
    if invitation_id not in rows:
        raise NotFound(Subject.INVITATION)
    return from_row(rows[invitation_id])


async def load_for_participant(tx: Transaction, actor: Actor, invitation_id: int) -> InvitationView:
    """Load an invitation for its mentor or the member. Raises `NotFound` for anyone else."""
    invitation = await load(tx, invitation_id)
    is_participant = actor.user_id in (invitation.mentor.user_id, invitation.mentee.user_id)
    if not is_participant or actor.guild_id not in (None, invitation.guild_id):
        raise NotFound(Subject.INVITATION)
    return invitation


@dataclass(frozen=True, slots=True)
class InvitationFilter:
    """Which of a person's invitations to list. `party` is their own part, None for either."""

    statuses: frozenset[InvitationStatus] = frozenset(InvitationStatus)
    party: Party | None = None


OPEN_INVITATIONS = InvitationFilter(frozenset({InvitationStatus.OPEN}))
"""Those that wait for an answer."""


async def list_page(
    tx: Transaction,
    actor: Actor,
    invitation_filter: InvitationFilter,
    cursor: str | None = None,
    size: int = 10,
) -> Page[InvitationView]:
    """List a page of the actor's invitations in their guild, the latest first.

    An invalid cursor returns the first page.
    """

    async def fetch(at: Cursor | None, limit: int) -> Sequence[InvitationView]:
        is_backward = at is not None and at.direction is Direction.BACKWARD
        params = {
            "guild": actor.guild,
            "user": actor.user_id,
            "limit": limit,
            **({} if at is None else {"key": at.position.key[-1]}),
        }
        statement = _select_own(invitation_filter, is_backward, at is not None)
        ids = (await tx.connection.scalars(statement, params)).all()
        invitations = await load_many(tx, ids)
        return [invitations[each] for each in ids if each in invitations]

    return await pagination.load_page(fetch, _position_of, cursor, size)


def _position_of(invitation: InvitationView) -> Position:
    return Position(0, (invitation.id, invitation.id))


@cache
def _select_own(
    invitation_filter: InvitationFilter, is_backward: bool, has_key: bool
) -> Select[int]:
    """Select the ids of a page: a range of one index for each part and status."""
    key = bindparam("key", type_=BigInteger)
    columns = {Party.MENTOR: Invitation.mentor_id, Party.MENTEE: Invitation.mentee_id}
    parties = columns if invitation_filter.party is None else (invitation_filter.party,)
    ranges = []
    for party in parties:
        for status in sorted(invitation_filter.statuses):
            query = select(Invitation.id).where(
                Invitation.guild_id == bindparam("guild"),
                columns[party] == bindparam("user"),
                Invitation.status == literal_column(f"'{status.value}'"),
            )
            if has_key:
                query = query.where(Invitation.id > key if is_backward else Invitation.id < key)
            ranges.append(_in_order(query, Invitation.id, is_backward).subquery().select())
    merged = ranges[0].union_all(*ranges[1:]).subquery()
    return _in_order(select(merged.c[0]), merged.c[0], is_backward)


def _in_order(query: Select[int], key: Any, is_backward: bool) -> Select[int]:
    order = key.asc() if is_backward else key.desc()
    return query.order_by(order).limit(bindparam("limit", type_=Integer))
