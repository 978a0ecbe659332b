"""A person's points: the balance, and the history of transfers with their running balance.

The balance after each transfer is computed from the current balance or the one in the cursor, so
every page costs the same, however long the history is. Transfers never change, so cursors stay
valid.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import accumulate
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Row,
    Select,
    bindparam,
    func,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from mentorship import faults, statuses
from mentorship.actors import Actor
from mentorship.faults import FaultKind
from mentorship.pagination import Cursor, Direction, Position
from mentorship.points import ledger
from mentorship.points.ledger import Cause
from storage import Transaction
from storage.tables import Account, Member, Participant, Session, Transfer
from storage.types import require_instants


@dataclass(frozen=True, slots=True)
class Counterparty:
    """The other person of a transfer: in the session or the gift, or the moderator of a grant."""

    user_id: int
    name: str


@dataclass(frozen=True, slots=True)
class PriceBreakdown:
    """How a session's price was divided: refund to the mentee, pay of the mentor, and fee.

    All are 0 while the points are on hold.
    """

    refunded: int = 0
    paid: int = 0
    fee: int = 0

    @property
    def is_on_hold(self) -> bool:
        return not (self.refunded or self.paid or self.fee)


@dataclass(frozen=True, slots=True)
class PointsHistoryEntry:
    """A transfer as seen by the owner of one of its two accounts, in points.

    `amount` is positive if they received points, negative otherwise; `balance` is theirs
    afterwards. `partner` is None for transfers without another person, or if that member was
    erased. `outcome` says what has become of the points of a hold; other causes have none.
    """

    id: int
    created_at: datetime
    cause: Cause
    amount: int
    balance: int
    partner: Counterparty | None
    session_id: int | None
    session_starts_at: datetime | None
    reason: str | None
    outcome: PriceBreakdown | None = None


@dataclass(frozen=True, slots=True)
class PointsHistoryPage:
    """A page of transfers, the newest first, with the cursors of the adjacent pages."""

    entries: tuple[PointsHistoryEntry, ...]
    newer: str | None
    older: str | None


@dataclass(frozen=True, slots=True)
class Wallet:
    """A person's available points, and the points on hold for their sessions as a mentee."""

    balance: int
    held: int


async def load_wallet(tx: Transaction, actor: Actor) -> Wallet:
    """Load the actor's points in their guild."""
    held = await tx.connection.scalar(
        select(func.coalesce(func.sum(Session.price), 0))
        .join(Participant, Participant.session_id == Session.id)
        .where(
            Participant.guild_id == actor.guild,
            Participant.user_id == actor.user_id,
            Participant.role == "mentee",
            Participant.session_status.in_(statuses.LIVE),
        )
    )
    return Wallet(await ledger.load_balance(tx, actor), int(held or 0))


async def load_price_breakdown(tx: Transaction, session_id: int) -> PriceBreakdown:
    """Return how a session's price was divided so far. Does no permission checks."""
    return (await _load_breakdowns(tx, {session_id}))[session_id]


async def _load_breakdowns(
    tx: Transaction, session_ids: Collection[int]
) -> Mapping[int, PriceBreakdown]:
    """Return how the price of each of the sessions was divided so far."""
    if not session_ids:
        return {}
    rows = await tx.connection.execute(_SELECT_BY_SESSION, {"sessions": sorted(session_ids)})
    amounts: dict[int, dict[str, int]] = {session_id: {} for session_id in session_ids}
    for row in rows:
        amounts[row.session_id][row.cause] = row.amount
    return {
        session_id: PriceBreakdown(
            refunded=by_cause.get(Cause.REFUND, 0),
            paid=by_cause.get(Cause.PAYMENT, 0),
            fee=by_cause.get(Cause.FEE, 0),
        )
        for session_id, by_cause in amounts.items()
    }


async def list_page(
    tx: Transaction, actor: Actor, cursor: str | None = None, size: int = 10
) -> PointsHistoryPage:
    """List a page of the actor's transfers in their guild, the newest first.

    An invalid cursor returns the newest page.
    """
    account = (
        await tx.connection.execute(
            select(Account.id, Account.balance).where(
                Account.guild_id == actor.guild,
                Account.user_id == actor.user_id,
                Account.kind == "member",
            )
        )
    ).one_or_none()
    if account is None:
        return PointsHistoryPage((), None, None)
    start = Cursor.parse(cursor) if cursor else None
    if start is not None and start.direction is Direction.BACKWARD:
        return await _load_newer_page(tx, account.id, account.balance, start, size)
    return await _load_older_page(tx, account.id, account.balance, start, size)


async def find_entry(tx: Transaction, transfer_id: int, user_id: int) -> PointsHistoryEntry | None:
    """Return a transfer for the owner of one of its accounts, with their current balance.

    None if neither account is theirs.
    """
    account = (
        await tx.connection.execute(
            select(Account.id, Account.balance)
            .join(Transfer, Account.id.in_((Transfer.debit_account_id, Transfer.credit_account_id)))
            .where(Transfer.id == transfer_id, Account.user_id == user_id)
        )
    ).one_or_none()
    if account is None:
        return None
    row = (await tx.connection.execute(_QUERY.where(Transfer.id == transfer_id))).one()
    outcomes = await _load_outcomes(tx, [row])
    return _entry_from_row(row, account.id, account.balance, outcomes)


async def _load_older_page(
    tx: Transaction, account_id: int, current_balance: int, start: Cursor | None, size: int
) -> PointsHistoryPage:
    """Load the page below the cursor, or the newest page. The cursor holds the balance there."""
    transfer_id, balance = None, current_balance
    if start is not None:
        transfer_id, balance = start.position.key[:2]
    rows = await _load_rows(tx, account_id, transfer_id, size + 1, newest_first=True)
    shown = rows[:size]
    balances = list(accumulate((-_amount(row, account_id) for row in shown), initial=balance))
    return PointsHistoryPage(
        await _entries(tx, shown, balances, account_id),
        _cursor(Direction.BACKWARD, shown[0].id, balance) if shown and start is not None else None,
        _cursor(Direction.FORWARD, shown[-1].id, balances[-1]) if len(rows) > size else None,
    )


async def _load_newer_page(
    tx: Transaction, account_id: int, current_balance: int, start: Cursor, size: int
) -> PointsHistoryPage:
    """Load the page above the cursor, which holds the balance there."""
    transfer_id, balance = start.position.key[:2]
    rows = await _load_rows(tx, account_id, transfer_id, size + 1, newest_first=False)
    if len(rows) <= size:
        # The newest transfers are shown as a full page.
        return await _load_older_page(tx, account_id, current_balance, None, size)
    shown = rows[:size]
    balances = list(accumulate((_amount(row, account_id) for row in shown), initial=balance))
    return PointsHistoryPage(
        await _entries(tx, shown[::-1], balances[:0:-1], account_id),
        _cursor(Direction.BACKWARD, shown[-1].id, balances[-1]),
        _cursor(Direction.FORWARD, shown[0].id, balance),
    )


def _amount(row: Row[*tuple[Any, ...]], account_id: int) -> int:
    """Return by how much a transfer has changed the account."""
    return int(row.amount if row.credit_account_id == account_id else -row.amount)


async def _entries(
    tx: Transaction, rows: Sequence[Row[*tuple[Any, ...]]], balances: Sequence[int], account_id: int
) -> tuple[PointsHistoryEntry, ...]:
    """Return the entries of transfers, and the balances after them, but those that can't be read.

    The balances are right nevertheless.
    """
    outcomes = await _load_outcomes(tx, rows)
    return tuple(
        faults.readable(
            tx,
            FaultKind.TRANSFER_VIEW,
            zip(rows, balances, strict=False),
            lambda each: _entry_from_row(each[0], account_id, each[1], outcomes),
            lambda each: int(each[0].id),
        )
    )


async def _load_outcomes(
    tx: Transaction, rows: Sequence[Row[*tuple[Any, ...]]]
) -> Mapping[int, PriceBreakdown]:
    """Return what has become of the points of those rows that are holds, by session."""
    held = {row.session_id for row in rows if row.cause == Cause.HOLD}
    return await _load_breakdowns(tx, held)


_mentor = aliased(Member)
_mentee = aliased(Member)
_grantor = aliased(Member)
_receiver = aliased(Member)
_credited = aliased(Account)
_mentee_seat = aliased(Participant)


_QUERY = (
    select(
        *Transfer.__table__.c,
        Session.mentor_id,
        Session.starts_at,
        _mentee_seat.user_id.label("mentee_id"),
        _mentor.name.label("mentor_name"),
        _mentee.name.label("mentee_name"),
        _grantor.name.label("maker_name"),
        _credited.user_id.label("credited_id"),
        _receiver.name.label("receiver_name"),
    )
    .join(_credited, _credited.id == Transfer.credit_account_id)
    .outerjoin(Session, Session.id == Transfer.session_id)
    .outerjoin(
        _mentee_seat, (_mentee_seat.session_id == Session.id) & (_mentee_seat.role == "mentee")
    )
    .outerjoin(
        _mentor, (_mentor.guild_id == Transfer.guild_id) & (_mentor.user_id == Session.mentor_id)
    )
    .outerjoin(
        _mentee, (_mentee.guild_id == Transfer.guild_id) & (_mentee.user_id == _mentee_seat.user_id)
    )
    .outerjoin(
        _grantor, (_grantor.guild_id == Transfer.guild_id) & (_grantor.user_id == Transfer.made_by)
    )
    .outerjoin(
        _receiver,
        (_receiver.guild_id == Transfer.guild_id) & (_receiver.user_id == _credited.user_id),
    )
)
"""Transfers with their sessions and the people involved."""


_SELECT_BY_SESSION = select(Transfer.session_id, Transfer.cause, Transfer.amount).where(
    Transfer.session_id.in_(bindparam("sessions", expanding=True))
)
_SELECT_BY_ID = _QUERY.where(Transfer.id.in_(bindparam("transfers", expanding=True)))


async def _load_rows(
    tx: Transaction, account_id: int, beyond: int | None, limit: int, *, newest_first: bool
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Load transfers from or to an account in the order of their ids, beginning after an id."""
    # The ids come first: joined at once, PostgreSQL joins the transfers of everybody before it
    # filters, since it plans up to eight tables together.
    params = {"account": account_id, "beyond": beyond, "limit": limit}
    statement = _select_ids(newest_first, beyond is not None)
    ids = (await tx.connection.scalars(statement, params)).all()
    if not ids:
        return []
    rows = await tx.connection.execute(_SELECT_BY_ID, {"transfers": ids})
    by_id = {row.id: row for row in rows}
    return [by_id[transfer_id] for transfer_id in ids]


@cache
def _select_ids(newest_first: bool, has_key: bool) -> Select[int]:
    beyond: ColumnElement[int] = bindparam("beyond", type_=BigInteger)

    def in_order(query: Select[int], column: Any) -> Select[int]:
        if has_key:
            query = query.where(column < beyond if newest_first else column > beyond)
        order = column.desc() if newest_first else column.asc()
        return query.order_by(order).limit(bindparam("limit", type_=Integer))

    # One subquery for each of the two indexes. An OR would read the whole history.
    sides = [
        in_order(select(Transfer.id).where(side == bindparam("account")), Transfer.id)
        .subquery()
        .select()
        for side in (Transfer.debit_account_id, Transfer.credit_account_id)
    ]
    merged = union_all(*sides).subquery()
    return in_order(select(merged.c.id), merged.c.id)


def _entry_from_row(
    row: Row[*tuple[Any, ...]],
    account_id: int,
    balance: int,
    outcomes: Mapping[int, PriceBreakdown],
) -> PointsHistoryEntry:
    require_instants(row)
    return PointsHistoryEntry(
        id=row.id,
        created_at=row.created_at,
        cause=Cause(row.cause),
        amount=_amount(row, account_id),
        balance=balance,
        partner=_counterparty(row, row.credit_account_id == account_id),
        session_id=row.session_id,
        session_starts_at=row.starts_at,
        reason=row.reason,
        outcome=outcomes[row.session_id] if row.cause == Cause.HOLD else None,
    )


def _counterparty(row: Row[*tuple[Any, ...]], is_credit: bool) -> Counterparty | None:
    cause = Cause(row.cause)
    if cause in (Cause.HOLD, Cause.REFUND):
        user_id, name = row.mentor_id, row.mentor_name
    elif cause is Cause.PAYMENT:
        user_id, name = row.mentee_id, row.mentee_name
    elif cause in (Cause.GIFT, Cause.TIP) and not is_credit:
        user_id, name = row.credited_id, row.receiver_name
    else:
        user_id, name = row.made_by, row.maker_name
    return None if user_id is None or name is None else Counterparty(user_id, name)


def _cursor(direction: Direction, transfer_id: int, balance: int) -> str:
    return Cursor(direction, Position(0, (transfer_id, balance))).text
