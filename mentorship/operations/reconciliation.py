"""Are the books right? What the database's guards and the use cases keep, checked over all guilds.

For `mentorbot check`, and for the tests, which look after every story. It reads every transfer, as
nothing else does: balances are kept, not reckoned.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Row, case, cast, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from mentorship.points.ledger import LARGEST
from mentorship.statuses import LIVE, SessionStatus
from storage import Transaction
from storage.tables import Account, Session, Transfer

MOST_NAMED = 20
"""Faults of a kind that are named; where one thing is broken, thousands may be."""


@dataclass(frozen=True, slots=True)
class Books:
    """How much was checked, and what is wrong with it, each in a line for the operator."""

    accounts: int
    transfers: int
    faults: tuple[str, ...]


async def check(tx: Transaction) -> Books:
    """Compare balances with their transfers, their sums, and escrows with their sessions.

    Every balance is the sum of its transfers; all of a guild's come to zero; none is below zero but
    the issuance's, and that by no more than a guild has in all; no transfer crosses guilds; the
    escrow of a session that is not over holds its price, and any other holds nothing.
    """
    faults: list[str] = []
    for query, sentence in _CHECKS:
        rows = (await tx.connection.execute(query)).all()
        faults += [sentence(row) for row in rows[:MOST_NAMED]]
        if len(rows) > MOST_NAMED:
            faults.append("There are more like the last one")
    accounts = (await tx.connection.execute(_ACCOUNTS)).scalar_one()
    transfers = (await tx.connection.execute(_TRANSFERS)).scalar_one()
    return Books(accounts, transfers, tuple(faults))


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
            (Account.kind == "issuance") & (Account.balance < -LARGEST),
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


def _whose(row: Row[*tuple[Any, ...]]) -> str:
    owner = {
        "member": f"member {row.user_id}",
        "escrow": f"the escrow of session {row.session_id}",
        "fees": "the fees",
        "issuance": "the issuance",
    }[row.kind]
    return f"account {row.id} ({owner}) of server {row.guild_id}"


def _off_history(row: Row[*tuple[Any, ...]]) -> str:
    return (
        f"The balance of {_whose(row)} is {row.balance:,}, but its transfers come to {row.total:,}"
    )


def _out_of_range(row: Row[*tuple[Any, ...]]) -> str:
    if row.kind == "issuance":
        return f"Server {row.guild_id} has {-row.balance:,} points in all, too many to count"
    return f"The balance of {_whose(row)} is below zero: {row.balance:,}"


def _off_balance(row: Row[*tuple[Any, ...]]) -> str:
    return f"All balances of server {row.guild_id} come to {row.total:,}, and should come to 0"


def _crossing(row: Row[*tuple[Any, ...]]) -> str:
    return f"Transfer {row.id} goes from server {row.source} to server {row.target}"


def _off_price(row: Row[*tuple[Any, ...]]) -> str:
    return (
        f"Session {row.id} of server {row.guild_id} is {SessionStatus(row.status).words} and "
        f"should hold {row.due:,} points, but holds {row.held:,}"
    )


_CHECKS = tuple(
    (query.limit(MOST_NAMED + 1), sentence)
    for query, sentence in (
        (_OFF_HISTORY, _off_history),
        (_OUT_OF_RANGE, _out_of_range),
        (_OFF_BALANCE, _off_balance),
        (_CROSSING, _crossing),
        (_OFF_PRICE, _off_price),
    )
)
