"""Check the points ledger of all guilds against what use cases and database constraints promise.

Used by `mentorbot check`, and after each test. It reads every transfer: balances are stored, and
compared with their transfers only here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Any

from sqlalchemy import BigInteger, case, cast, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from mentorship.points.ledger import MAX_POINTS
from mentorship.statuses import LIVE
from storage import Transaction
from storage.tables import Account, Session, Transfer

MAX_FAULTS_PER_CHECK = 20
"""The number of faults of a kind that are reported. There may be thousands with one cause."""


class FaultKind(StrEnum):
    """What is wrong with the ledger. The facts of a `Fault` are the columns of its query."""

    BALANCE_OFF_TRANSFERS = auto()
    BALANCE_OUT_OF_RANGE = auto()
    GUILD_OFF_BALANCE = auto()
    TRANSFER_ACROSS_GUILDS = auto()
    ESCROW_OFF_PRICE = auto()
    MORE = auto()


@dataclass(frozen=True, slots=True)
class Fault:
    """An inconsistency, with the ids and amounts that show it.

    `FaultKind.MORE` means that there are more of the kind before it.
    """

    kind: FaultKind
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LedgerReport:
    """The numbers of accounts and transfers that were checked, and the faults."""

    accounts: int
    transfers: int
    faults: tuple[Fault, ...]


async def check(tx: Transaction) -> LedgerReport:
    """Check every account and transfer, and list the faults.

    Every balance must be the sum of its transfers, and the balances of a guild must sum to zero.
    Only the issuance may be negative, down to `-LARGEST`. No transfer may be between guilds. The
    escrow of a session that isn't over must hold its price, and any other escrow nothing.
    """
    faults: list[Fault] = []
    for kind, query in _CHECKS:
        rows = (await tx.connection.execute(query)).mappings().all()
        faults += [Fault(kind, dict(row)) for row in rows[:MAX_FAULTS_PER_CHECK]]
        if len(rows) > MAX_FAULTS_PER_CHECK:
            faults.append(Fault(FaultKind.MORE, {}))
    accounts = (await tx.connection.execute(_ACCOUNTS)).scalar_one()
    transfers = (await tx.connection.execute(_TRANSFERS)).scalar_one()
    return LedgerReport(accounts, transfers, tuple(faults))


_ACCOUNTS = select(func.count()).select_from(Account)
_TRANSFERS = select(func.count()).select_from(Transfer)


_moved = union_all(
    select(Transfer.credit_account_id.label("account_id"), Transfer.amount.label("amount")),
    select(Transfer.debit_account_id, -Transfer.amount),
).subquery()
_histories = (
    select(_moved.c.account_id, cast(func.sum(_moved.c.amount), BigInteger).label("total"))
    .group_by(_moved.c.account_id)
    .subquery()
)
_total = func.coalesce(_histories.c.total, 0)
_debited, _credited = aliased(Account), aliased(Account)
_held = func.coalesce(Account.balance, 0)
_due = case((Session.status.in_(LIVE), Session.price), else_=literal(0))

_OFF_HISTORY = (
    select(*Account.__table__.c, _total.label("total"))
    .outerjoin(_histories, _histories.c.account_id == Account.id)
    .where(Account.balance != _total)
    .order_by(Account.id)
)
_OUT_OF_RANGE = (
    select(*Account.__table__.c)
    .where(
        or_(
            (Account.kind != "issuance") & (Account.balance < 0),
            (Account.kind == "issuance") & (Account.balance < -MAX_POINTS),
        )
    )
    .order_by(Account.id)
)
_OFF_BALANCE = (
    select(Account.guild_id, cast(func.sum(Account.balance), BigInteger).label("total"))
    .group_by(Account.guild_id)
    .having(func.sum(Account.balance) != 0)
    .order_by(Account.guild_id)
)
_CROSSING = (
    select(Transfer.id, _debited.guild_id.label("source"), _credited.guild_id.label("target"))
    .join(_debited, _debited.id == Transfer.debit_account_id)
    .join(_credited, _credited.id == Transfer.credit_account_id)
    .where((Transfer.guild_id != _debited.guild_id) | (Transfer.guild_id != _credited.guild_id))
    .order_by(Transfer.id)
)
_OFF_PRICE = (
    select(Session.id, Session.guild_id, Session.status, _held.label("held"), _due.label("due"))
    .outerjoin(Account, (Account.session_id == Session.id) & (Account.kind == "escrow"))
    .where(_held != _due)
    .order_by(Session.id)
)


_CHECKS = tuple(
    (kind, query.limit(MAX_FAULTS_PER_CHECK + 1))
    for kind, query in (
        (FaultKind.BALANCE_OFF_TRANSFERS, _OFF_HISTORY),
        (FaultKind.BALANCE_OUT_OF_RANGE, _OUT_OF_RANGE),
        (FaultKind.GUILD_OFF_BALANCE, _OFF_BALANCE),
        (FaultKind.TRANSFER_ACROSS_GUILDS, _CROSSING),
        (FaultKind.ESCROW_OFF_PRICE, _OFF_PRICE),
    )
)
