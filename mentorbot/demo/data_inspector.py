"""What the demo shows of its data: the points' books and the outbox, as they change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from storage import Transaction
from storage.tables import Account, Member, Notification, Transfer

SHOWN = 6


@dataclass(frozen=True, slots=True)
class Movement:
    """A transfer: from whose account to whose, how many points, and why."""

    at: datetime
    source: str
    target: str
    points: int
    why: str


@dataclass(frozen=True, slots=True)
class Message:
    """A notice: to whom, what about, and when it is due or was sent."""

    to: str
    about: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Backstage:
    """The latest movements and the sum of all accounts; what waits, and what was sent last."""

    movements: Sequence[Movement]
    accounts: int
    total: int
    waiting: int
    ahead: Sequence[Message]
    sent: Sequence[Message]


async def look(tx: Transaction) -> Backstage:
    """All of it, as the data have it now."""
    accounts, total = (
        await tx.connection.execute(select(func.count(), func.sum(Account.balance)))
    ).one()
    waiting = await tx.connection.scalar(
        select(func.count()).select_from(Notification).where(Notification.status == "waiting")
    )
    return Backstage(
        await _movements(tx),
        accounts,
        int(total or 0),
        int(waiting or 0),
        await _messages(tx, "waiting"),
        await _messages(tx, "sent"),
    )


async def _movements(tx: Transaction) -> list[Movement]:
    source, target = aliased(Account), aliased(Account)
    giver, getter = aliased(Member), aliased(Member)
    rows = await tx.connection.execute(
        select(
            Transfer.created_at,
            Transfer.amount,
            Transfer.cause,
            source.kind.label("source"),
            giver.name.label("giver"),
            target.kind.label("target"),
            getter.name.label("getter"),
        )
        .join(source, source.id == Transfer.debit_account_id)
        .join(target, target.id == Transfer.credit_account_id)
        .outerjoin(giver, (giver.guild_id == source.guild_id) & (giver.user_id == source.user_id))
        .outerjoin(
            getter, (getter.guild_id == target.guild_id) & (getter.user_id == target.user_id)
        )
        .order_by(Transfer.id.desc())
        .limit(SHOWN)
    )
    return [
        Movement(
            row.created_at,
            _owner(row.source, row.giver),
            _owner(row.target, row.getter),
            row.amount,
            row.cause.replace("_", " "),
        )
        for row in rows
    ]


def _owner(kind: str, name: str | None) -> str:
    if name is not None:
        return name
    return {"escrow": "held for a session", "fees": "the server"}.get(kind, "the mint")


async def _messages(tx: Transaction, status: str) -> list[Message]:
    """Those that are due next, or those that were settled last."""
    order = (
        (Notification.next_at.asc(), Notification.id.asc())
        if status == "waiting"
        else (Notification.settled_at.desc(), Notification.id.desc())
    )
    rows = await tx.connection.execute(
        select(Notification.kind, Notification.next_at, Notification.settled_at, Member.name)
        .outerjoin(
            Member,
            (Member.guild_id == Notification.guild_id) & (Member.user_id == Notification.user_id),
        )
        .where(Notification.status == status)
        .order_by(*order)
        .limit(SHOWN)
    )
    return [
        Message(
            row.name or "the moderators",
            row.kind.replace("_", " "),
            row.settled_at or row.next_at,
        )
        for row in rows
    ]
