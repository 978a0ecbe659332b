"""What the demo's page shows of the database: the latest transfers, and the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from mentorship.notifications.catalogue import NotificationKind
from storage import Transaction
from storage.tables import Account, Member, Notification, Transfer

ROWS_SHOWN = 6


@dataclass(frozen=True, slots=True)
class TransferSummary:
    """A transfer: whose account was debited and credited, how many points, and the cause."""

    at: datetime
    debited: str
    credited: str
    points: int
    cause: str


@dataclass(frozen=True, slots=True)
class NotificationSummary:
    """A notification: its recipient, its kind, and when it is due or was sent."""

    recipient: str
    kind: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DataSnapshot:
    """The latest transfers, the number and sum of all accounts, and the outbox.

    `waiting` is the number of notifications that are waiting; `next` are the first of them.
    """

    transfers: Sequence[TransferSummary]
    accounts: int
    balance_sum: int
    waiting: int
    next: Sequence[NotificationSummary]
    sent: Sequence[NotificationSummary]


async def load_snapshot(tx: Transaction) -> DataSnapshot:
    """Load the current transfers, accounts and notifications."""
    accounts, balance_sum = (
        await tx.connection.execute(select(func.count(), func.sum(Account.balance)))
    ).one()
    waiting = await tx.connection.scalar(
        select(func.count()).select_from(Notification).where(Notification.status == "waiting")
    )
    return DataSnapshot(
        await _latest_transfers(tx),
        accounts,
        int(balance_sum or 0),
        int(waiting or 0),
        await _notifications(tx, "waiting"),
        await _notifications(tx, "sent"),
    )


async def _latest_transfers(tx: Transaction) -> list[TransferSummary]:
    debited, credited = aliased(Account), aliased(Account)
    payer, payee = aliased(Member), aliased(Member)
    rows = await tx.connection.execute(
        select(
            Transfer.created_at,
            Transfer.amount,
            Transfer.cause,
            debited.kind.label("debited_kind"),
            payer.name.label("payer"),
            credited.kind.label("credited_kind"),
            payee.name.label("payee"),
        )
        .join(debited, debited.id == Transfer.debit_account_id)
        .join(credited, credited.id == Transfer.credit_account_id)
        .outerjoin(payer, (payer.guild_id == debited.guild_id) & (payer.user_id == debited.user_id))
        .outerjoin(
            payee, (payee.guild_id == credited.guild_id) & (payee.user_id == credited.user_id)
        )
        .order_by(Transfer.id.desc())
        .limit(ROWS_SHOWN)
    )
    return [
        TransferSummary(
            row.created_at,
            _owner(row.debited_kind, row.payer),
            _owner(row.credited_kind, row.payee),
            row.amount,
            row.cause.replace("_", " "),
        )
        for row in rows
    ]


def _owner(account_kind: str, name: str | None) -> str:
    if name is not None:
        return name
    return {"escrow": "on hold", "fees": "server fees"}.get(account_kind, "issuance")


async def _notifications(tx: Transaction, status: str) -> list[NotificationSummary]:
    """Load the notifications that are due next, or those that were sent last."""
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
        .limit(ROWS_SHOWN)
    )
    return [
        NotificationSummary(
            row.name or "the moderators",
            NotificationKind(row.kind).name.replace("_", " ").lower(),
            row.settled_at or row.next_at,
        )
        for row in rows
    ]
