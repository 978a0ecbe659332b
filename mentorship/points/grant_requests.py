"""Grants above the guild's ceiling, which a second moderator confirms or rejects."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum, auto
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update

from mentorship import idempotency, pagination
from mentorship.actors import Actor
from mentorship.errors import (
    AlreadyDecided,
    NotFound,
    OwnCase,
    RecipientNotAMember,
    SecondModeratorNeeded,
    Subject,
)
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.faults import FaultKind
from mentorship.guilds import guild_settings, moderators
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.members import members
from mentorship.members.members import Presence
from mentorship.notifications.publishing import publish
from mentorship.pagination import Page
from mentorship.points import adjustments
from mentorship.points.ledger import Cause
from mentorship.points.transfers import Receipt, Recipient
from storage import Transaction
from storage.queries import update_by_id
from storage.tables import GrantRequest, Member


class GrantRequestStatus(StrEnum):
    """The status of a grant request. The values are stored."""

    PENDING = auto()
    CONFIRMED = auto()
    REJECTED = auto()


@dataclass(frozen=True, slots=True)
class GrantRequestView:
    """A grant that needs a second moderator.

    `user_id` is the person who would get the points, `name` their name. `requested_by` is None if
    that moderator's data was erased. `transfer_id` is set once the points were granted.
    """

    id: int
    guild_id: int
    user_id: int
    name: str
    amount: int
    reason: str
    status: GrantRequestStatus
    requested_by: int | None
    requested_at: datetime
    decided_by: int | None
    decided_at: datetime | None
    transfer_id: int | None

    @property
    def is_pending(self) -> bool:
        """Whether a second moderator still has to decide."""
        return self.status is GrantRequestStatus.PENDING


_SELECT = select(*GrantRequest.__table__.c, Member.name).join(
    Member,
    (Member.guild_id == GrantRequest.guild_id) & (Member.user_id == GrantRequest.user_id),
)
_SELECT_ONE = _SELECT.where(GrantRequest.id == bindparam("request"))


async def grant_or_request(
    tx: Transaction,
    actor: Actor,
    to: Recipient,
    amount: int,
    reason: str,
    key: str | None = None,
    balance_shown: int | None = None,
) -> Receipt | GrantRequestView:
    """Grant points, or above the guild's ceiling ask a second moderator to confirm the grant.

    A repeated key with the same request returns the first receipt, or the request as it is now.
    `balance_shown` is the person's balance that the moderator saw. Raises what `adjustments.grant`
    does, except `GrantAboveCeiling`.
    """
    guild = await guild_settings.load(tx, actor.guild)
    moderators.require_moderator(actor, guild)
    digest = idempotency.digest("grant_or_request", to.user_id, amount, reason)
    response = await idempotency.find_response(tx, actor, key, digest)
    if response is not None:
        if "request" in response:
            return await load(tx, actor, response["request"])
        return Receipt(**response)
    if not await adjustments.is_above_ceiling(tx, actor, guild, to.user_id, amount):
        receipt = await adjustments.grant(
            tx, actor, to, amount, reason, balance_shown=balance_shown
        )
        await idempotency.store_response(tx, actor, key, digest, asdict(receipt), to.user_id)
        return receipt
    own_case = await adjustments.require_adjustable(tx, actor, guild, Cause.GRANT, to, amount)
    reason = adjustments.validate_reason(reason)
    await adjustments.require_balance_shown(tx, guild, to, balance_shown)
    if not actor.is_main_app:
        await members.record(tx, actor)
    await members.record_named(tx, guild.id, to.user_id, to.name)
    request_id = await _insert(tx, guild, actor, to.user_id, amount, reason)
    event = Event(
        EventType.GRANT_REQUESTED,
        guild.id,
        actor.user_id,
        subject_id=to.user_id,
        note=reason,
        facts={
            "request": request_id,
            "amount": amount,
            "currency": guild.currency_name,
            **own_case,
        },
    )
    await publish(tx, event)
    await idempotency.store_response(tx, actor, key, digest, {"request": request_id})
    return await load(tx, actor, request_id)


async def list_pending(
    tx: Transaction, actor: Actor, cursor: str | None = None, size: int = 25
) -> Page[GrantRequestView]:
    """Load a page of the guild's pending requests, the oldest first. Raises `NotAModerator`."""
    moderators.require_moderator(actor, await guild_settings.load(tx, actor.guild))
    pending = _SELECT.where(
        GrantRequest.guild_id == actor.guild,
        GrantRequest.status == GrantRequestStatus.PENDING,
    )
    return await pagination.load_queue_page(
        tx, FaultKind.GRANT_REQUEST_VIEW, pending, GrantRequest.id, _view, cursor, size
    )


async def load(tx: Transaction, actor: Actor, request_id: int) -> GrantRequestView:
    """Load a request of the moderator's guild. Raises `NotAModerator`, `NotFound`."""
    moderators.require_moderator(actor, await guild_settings.load(tx, actor.guild))
    request = await find(tx, request_id)
    if request is None or request.guild_id != actor.guild:
        raise NotFound(Subject.GRANT_REQUEST)
    return request


async def find(tx: Transaction, request_id: int) -> GrantRequestView | None:
    """Return a request, None if it was erased. Does no permission checks."""
    row = (await tx.connection.execute(_SELECT_ONE, {"request": request_id})).one_or_none()
    return None if row is None else _view(row)


async def confirm(
    tx: Transaction, actor: Actor, request_id: int, is_member: bool | None = None
) -> GrantRequestView:
    """Grant the requested points, as a second moderator. The first decision counts.

    `is_member` says whether Discord lists the person as a member at this moment, None if it wasn't
    asked. Raises `NotAModerator`, `NotFound`, `AlreadyDecided` with who decided, `OwnCase` for the
    person who would get the points, `SecondModeratorNeeded` for the moderator who asked,
    `RecipientNotAMember`, `TooManyPoints`.
    """
    request = await _load_to_decide(tx, actor, request_id)
    if actor.user_id == request.requested_by:
        raise SecondModeratorNeeded()
    guild = await guild_settings.load(tx, actor.guild)
    to = Recipient(request.user_id, is_member=is_member)
    if is_member is False or (
        is_member is None and await members.find_presence(tx, guild.id, to.user_id) is Presence.LEFT
    ):
        raise RecipientNotAMember(request.name)
    receipt = await adjustments.issue(
        tx,
        guild,
        to,
        request.amount,
        request.reason,
        request.requested_by or actor.user_id,
        {"request": request_id},
    )
    return await _decide(
        tx, actor, guild, request, GrantRequestStatus.CONFIRMED, receipt.transfer_id
    )


async def reject(tx: Transaction, actor: Actor, request_id: int) -> GrantRequestView:
    """Reject a grant as another moderator, or withdraw one's own request.

    Raises `NotAModerator`, `NotFound`, `AlreadyDecided`, and `OwnCase` for the person who would get
    the points.
    """
    request = await _load_to_decide(tx, actor, request_id)
    guild = await guild_settings.load(tx, actor.guild)
    return await _decide(tx, actor, guild, request, GrantRequestStatus.REJECTED, None)


async def reject_all_of(tx: Transaction, guild_id: int, user_id: int) -> None:
    """Reject the pending requests of a moderator whose data is erased, and delete their reasons.

    Otherwise they could return, unrecognized, and confirm their own requests.
    """
    of_moderator = (GrantRequest.guild_id == guild_id, GrantRequest.requested_by == user_id)
    await tx.connection.execute(
        update(GrantRequest)
        .where(*of_moderator, GrantRequest.status == GrantRequestStatus.PENDING)
        .values(status=GrantRequestStatus.REJECTED, decided_at=tx.now)
    )
    await tx.connection.execute(update(GrantRequest).where(*of_moderator).values(reason=""))


async def _load_to_decide(tx: Transaction, actor: Actor, request_id: int) -> GrantRequestView:
    request = await load(tx, actor, request_id)
    if not request.is_pending:
        raise AlreadyDecided(request.status, request.decided_by)
    # Not even whoever manages the guild: the rule exists so that two people agree.
    if actor.user_id == request.user_id:
        raise OwnCase()
    return request


async def _decide(
    tx: Transaction,
    actor: Actor,
    guild: GuildSettings,
    request: GrantRequestView,
    status: GrantRequestStatus,
    transfer_id: int | None,
) -> GrantRequestView:
    changes = {
        "status": status,
        "decided_by": actor.user_id,
        "decided_at": tx.now,
        "transfer_id": transfer_id,
    }
    await tx.connection.execute(
        update_by_id(GrantRequest, *changes), {"row_id": request.id, **changes}
    )
    event = Event(
        EventType.GRANT_CONFIRMED
        if status is GrantRequestStatus.CONFIRMED
        else EventType.GRANT_REJECTED,
        guild.id,
        actor.user_id,
        subject_id=request.user_id,
        facts={
            "request": request.id,
            "amount": request.amount,
            "currency": guild.currency_name,
        },
    )
    await publish(tx, event, participants=await _list_requesters(tx, actor, request))
    return await load(tx, actor, request.id)


async def _list_requesters(tx: Transaction, actor: Actor, request: GrantRequestView) -> list[int]:
    """List whom to tell of a decision: the moderator who asked, unless they decided themselves.

    The main app asks for grants, too, and has no direct messages.
    """
    requester = request.requested_by
    if requester is None or requester == actor.user_id:
        return []
    presence = await members.find_presence(tx, request.guild_id, requester)
    return [requester] if presence is Presence.PRESENT else []


_INSERT = insert(GrantRequest).returning(GrantRequest.id)


async def _insert(
    tx: Transaction, guild: GuildSettings, actor: Actor, user_id: int, amount: int, reason: str
) -> int:
    row = {
        "guild_id": guild.id,
        "user_id": user_id,
        "amount": amount,
        "reason": reason,
        "status": GrantRequestStatus.PENDING,
        "requested_by": actor.user_id,
        "requested_at": tx.now,
    }
    request_id: int = (await tx.connection.execute(_INSERT, row)).scalar_one()
    return request_id


def _view(row: Row[*tuple[Any, ...]]) -> GrantRequestView:
    values = dict(row._mapping)
    return GrantRequestView(**values | {"status": GrantRequestStatus(row.status)})
