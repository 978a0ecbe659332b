"""Requests for help as data to show, and the changes of their rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, auto
from typing import Any

from sqlalchemy import Row, and_, bindparam, case, or_, select, update
from sqlalchemy.orm import aliased

from mentorship import faults
from mentorship.actors import Actor
from mentorship.errors import HelpRequestEnded, NotFound, Subject
from mentorship.faults import FaultKind
from mentorship.sessions.session_views import Person
from mentorship.statuses import HelpRequestStatus
from storage import Transaction
from storage.tables import HelpRequest, Invitation, Member
from storage.types import RowId, UtcDateTime


class PartOfDay(StrEnum):
    """When a session would suit who asks for help. The values are stored."""

    NOW = auto()
    MORNING = auto()
    AFTERNOON = auto()
    EVENING = auto()


@dataclass(frozen=True, slots=True)
class HelpRequestView:
    """A request for help. `most_points` is what a session may cost, None if it isn't limited.

    `offered_by` is the mentor whose offer is open, while the request is offered. `invitation_id` is
    that offer, or the one that was accepted.
    """

    id: int
    guild_id: int
    member: Person
    tag: str
    text: str
    times: tuple[PartOfDay, ...]
    most_points: int | None
    status: HelpRequestStatus
    created_at: datetime
    expires_at: datetime
    offered_by: Person | None = None
    invitation_id: int | None = None

    def is_open(self, now: datetime) -> bool:
        """Return whether a mentor can offer a time at `now`."""
        return self.status is HelpRequestStatus.OPEN and now < self.expires_at

    def require_open(self, now: datetime) -> None:
        """Raise `HelpRequestEnded` unless a mentor can offer a time at `now`."""
        if self.status is not HelpRequestStatus.OPEN:
            name = None if self.offered_by is None else self.offered_by.name
            raise HelpRequestEnded(self.status, name)
        if now >= self.expires_at:
            raise HelpRequestEnded(HelpRequestStatus.EXPIRED)


_member, _mentor = aliased(Member), aliased(Member)
_BY_IDS = (
    select(
        *HelpRequest.__table__.c,
        _member.name.label("member_name"),
        _member.timezone.label("member_timezone"),
        _member.avatar.label("member_avatar"),
        _member.left_at.label("member_left_at"),
        Invitation.id.label("invitation_id"),
        case((Invitation.status == "open", Invitation.mentor_id)).label("mentor_id"),
        _mentor.name.label("mentor_name"),
    )
    .join(
        _member,
        (_member.guild_id == HelpRequest.guild_id) & (_member.user_id == HelpRequest.user_id),
    )
    .outerjoin(
        Invitation,
        # At most one: an accepted offer ends the request.
        (Invitation.request_id == HelpRequest.id) & Invitation.status.in_(("open", "accepted")),
    )
    .outerjoin(
        _mentor,
        (_mentor.guild_id == Invitation.guild_id) & (_mentor.user_id == Invitation.mentor_id),
    )
    .where(HelpRequest.id.in_(bindparam("ids", expanding=True)))
)


def from_row(row: Row[*tuple[Any, ...]]) -> HelpRequestView:
    """Return the request in a row of `load_rows`."""
    return HelpRequestView(
        id=row.id,
        guild_id=row.guild_id,
        member=Person(
            row.user_id,
            row.member_name,
            row.member_timezone,
            row.member_left_at is not None,
            row.member_avatar,
        ),
        tag=row.tag,
        text=row.text,
        times=tuple(map(PartOfDay, row.times)),
        most_points=row.most_points,
        status=HelpRequestStatus(row.status),
        created_at=row.created_at,
        expires_at=row.expires_at,
        offered_by=None
        if row.mentor_id is None
        else Person(row.mentor_id, row.mentor_name or "A mentor", None),
        invitation_id=row.invitation_id,
    )


async def load_rows(tx: Transaction, ids: Iterable[int]) -> dict[int, Row[*tuple[Any, ...]]]:
    """Load the rows of several requests by id, for `from_row`. Unknown ids are left out."""
    some = set(ids)
    if not some:
        return {}
    rows = await tx.connection.execute(_BY_IDS, {"ids": tuple(some)})
    return {row.id: row for row in rows}


async def load_many(tx: Transaction, ids: Iterable[int]) -> dict[int, HelpRequestView]:
    """Load several requests by id. Unknown ids are left out, and requests that can't be read."""
    rows = await load_rows(tx, ids)
    requests = faults.readable(
        tx, FaultKind.HELP_REQUEST, rows.values(), from_row, lambda row: row.id
    )
    return {request.id: request for request in requests}


async def load(tx: Transaction, request_id: int) -> HelpRequestView:
    """Load a request without permission checks. Raises `NotFound`."""
    rows = await load_rows(tx, [request_id])
    if request_id not in rows:
        raise NotFound(Subject.HELP_REQUEST)
    return from_row(rows[request_id])


_OPEN_OF_MEMBER = (
    select(HelpRequest.id)
    .where(
        HelpRequest.user_id == bindparam("user"),
        HelpRequest.guild_id == bindparam("guild"),
        HelpRequest.status.in_((HelpRequestStatus.OPEN, HelpRequestStatus.OFFERED)),
    )
    .order_by(HelpRequest.id.desc())
)


async def list_open(tx: Transaction, actor: Actor) -> list[HelpRequestView]:
    """List the actor's requests that haven't ended, the latest first: as many as the limit."""
    params = {"guild": actor.guild, "user": actor.user_id}
    ids = (await tx.connection.scalars(_OPEN_OF_MEMBER, params)).all()
    requests = await load_many(tx, ids)
    return [requests[each] for each in ids if each in requests]


async def set_status(
    tx: Transaction,
    request_id: int,
    status: HelpRequestStatus,
    *,
    next_at: datetime | None = None,
) -> None:
    """Change a request's status, and mark its card for an edit if that shows another one.

    `next_at` is when the clock looks at it next, None for never.
    """
    params = {
        "row_id": request_id,
        "new_status": status,
        "new_next_at": next_at,
        "new_ended_at": tx.now if status.is_over else None,
        "now": tx.now,
    }
    await tx.connection.execute(_SET_STATUS, params)


_HAS_CARD = or_(HelpRequest.message_id.is_not(None), HelpRequest.card_due_at.is_not(None))
_SET_STATUS = (
    update(HelpRequest)
    .where(HelpRequest.id == bindparam("row_id", type_=RowId))
    .values(
        status=bindparam("new_status"),
        next_at=bindparam("new_next_at", type_=UtcDateTime),
        ended_at=bindparam("new_ended_at", type_=UtcDateTime),
        card_due_at=case(
            (
                and_(HelpRequest.status != bindparam("new_status"), _HAS_CARD),
                bindparam("now", type_=UtcDateTime),
            ),
            else_=HelpRequest.card_due_at,
        ),
    )
)
