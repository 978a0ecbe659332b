"""What became of a person's points: their balance, and the transfers that made it.

The balance after each transfer is reckoned from a balance that is known, the present one or the one
in a cursor, so a page costs the same however long the history is. A transfer is never changed, so a
cursor never grows stale.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select, true, union_all
from sqlalchemy.orm import aliased

from mentorship import statuses
from mentorship.actors import Actor
from mentorship.pagination import Cursor, Direction, Position
from mentorship.points import ledger
from mentorship.points.ledger import Cause
from storage import Transaction
from storage.tables import Account, Member, Participant, Session, Transfer


@dataclass(frozen=True, slots=True)
class Partner:
    """The other one: in the session, or of a gift. In a grant or deduction, the moderator."""

    user_id: int
    name: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A transfer as one of its two owners sees it.

    `amount` is what they got or (below zero) lost; `balance` what they had afterwards. `partner` is
    None where there is nobody, or nobody who is still known.
    """

    id: int
    created_at: datetime
    cause: Cause
    amount: int
    balance: int
    partner: Partner | None
    session_id: int | None
    session_starts_at: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """Some of one's transfers, the newest first, and the cursors of the pages beside."""

    entries: tuple[Entry, ...]
    newer: str | None
    older: str | None


@dataclass(frozen=True, slots=True)
class Wallet:
    """A person's points, and how many more are held for sessions that are not over."""

    balance: int
    held: int


@dataclass(frozen=True, slots=True)
class Shares:
    """What became of a session's price: points that went back to the mentee, that the mentor was
    paid, and that the guild kept as its fee."""

    back: int
    paid: int
    fee: int


async def wallet(tx: Transaction, actor: Actor) -> Wallet:
    """What the actor has in this guild."""
    held = await tx.connection.scalar(
        select(func.coalesce(func.sum(Session.price), 0))
        .join(Participant, Participant.session_id == Session.id)
        .where(
            Participant.user_id == actor.user_id,
            Participant.role == "mentee",
            Session.guild_id == actor.guild,
            Session.status.in_(statuses.LIVE),
        )
    )
    return Wallet(await ledger.load_balance(tx, actor), int(held or 0))


async def shares(tx: Transaction, session_id: int) -> Shares:
    """What came out of a session's escrow so far, whoever asks; nothing for a free one."""
    rows = await tx.connection.execute(
        select(Transfer.cause, Transfer.amount)
        .join(Account, Account.id == Transfer.debit_account_id)
        .where(Account.kind == "escrow", Account.session_id == session_id)
    )
    found = {Cause(cause): amount for cause, amount in rows}
    return Shares(*(found.get(cause, 0) for cause in (Cause.REFUND, Cause.PAYMENT, Cause.FEE)))


async def history(tx: Transaction, actor: Actor, cursor: str | None = None, size: int = 10) -> Page:
    """A page of the actor's transfers in this guild. A cursor that is none begins at the newest."""
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
        return Page((), None, None)
    at = Cursor.parse(cursor) if cursor else None
    if at is not None and at.direction is Direction.BACKWARD:
        return await _newer(tx, account.id, account.balance, at, size)
    return await _older(tx, account.id, account.balance, at, size)


async def of_transfer(tx: Transaction, transfer_id: int, user_id: int) -> Entry | None:
    """A transfer to one of its owners, with their present balance; None if it is not theirs."""
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
    return _entry(row, account.id, account.balance)


async def _older(
    tx: Transaction, account_id: int, present: int, at: Cursor | None, size: int
) -> Page:
    """Downwards from the newest, or from a place before which somebody had so much."""
    place: ColumnElement[bool] = true()
    balance = present
    if at is not None:
        transfer_id, balance = at.position.key[:2]
        place = Transfer.id < transfer_id
    rows = await _rows(tx, account_id, place, order=Transfer.id.desc(), limit=size + 1)
    entries = []
    for row in rows[:size]:
        entries.append(_entry(row, account_id, balance))
        balance -= entries[-1].amount
    return Page(
        tuple(entries),
        _newer_cursor(entries[0]) if entries and at is not None else None,
        _older_cursor(entries[-1]) if len(rows) > size else None,
    )


async def _newer(tx: Transaction, account_id: int, present: int, at: Cursor, size: int) -> Page:
    """Upwards from a place after which somebody had so much."""
    transfer_id, balance = at.position.key[:2]
    rows = await _rows(
        tx, account_id, Transfer.id > transfer_id, order=Transfer.id.asc(), limit=size + 1
    )
    if len(rows) <= size:
        # What is newest is shown as a full page, from the present balance down.
        return await _older(tx, account_id, present, None, size)
    entries: list[Entry] = []
    for row in rows[:size]:
        balance += row.amount if row.credit_account_id == account_id else -row.amount
        entries.insert(0, _entry(row, account_id, balance))
    return Page(tuple(entries), _newer_cursor(entries[0]), _older_cursor(entries[-1]))


def _older_cursor(entry: Entry) -> str:
    """What lies below an entry, and what there was before it."""
    return _cursor(Direction.FORWARD, entry.id, entry.balance - entry.amount)


def _newer_cursor(entry: Entry) -> str:
    """What lies above an entry, and what there was after it."""
    return _cursor(Direction.BACKWARD, entry.id, entry.balance)


_mentor = aliased(Member)
_mentee = aliased(Member)
_maker = aliased(Member)
_receiver = aliased(Member)
_credited = aliased(Account)
_place = aliased(Participant)


_QUERY = (
    select(
        *Transfer.__table__.c,
        Session.mentor_id,
        Session.starts_at,
        _place.user_id.label("mentee_id"),
        _mentor.name.label("mentor_name"),
        _mentee.name.label("mentee_name"),
        _maker.name.label("maker_name"),
        _credited.user_id.label("credited_id"),
        _receiver.name.label("receiver_name"),
    )
    .join(_credited, _credited.id == Transfer.credit_account_id)
    .outerjoin(Session, Session.id == Transfer.session_id)
    .outerjoin(_place, (_place.session_id == Session.id) & (_place.role == "mentee"))
    .outerjoin(
        _mentor, (_mentor.guild_id == Transfer.guild_id) & (_mentor.user_id == Session.mentor_id)
    )
    .outerjoin(
        _mentee, (_mentee.guild_id == Transfer.guild_id) & (_mentee.user_id == _place.user_id)
    )
    .outerjoin(
        _maker, (_maker.guild_id == Transfer.guild_id) & (_maker.user_id == Transfer.made_by)
    )
    .outerjoin(
        _receiver,
        (_receiver.guild_id == Transfer.guild_id) & (_receiver.user_id == _credited.user_id),
    )
)
"""Transfers with whom and what they were about."""


async def _rows(
    tx: Transaction,
    account_id: int,
    place: ColumnElement[bool],
    *,
    order: ColumnElement[int],
    limit: int,
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Transfers of an account in an order of their ids."""
    # Each side by its own index; one condition on both would have all of a history read.
    sides = [
        select(Transfer.id)
        .where(side == account_id, place)
        .order_by(order)
        .limit(limit)
        .subquery()
        .select()
        for side in (Transfer.debit_account_id, Transfer.credit_account_id)
    ]
    found = await tx.connection.execute(
        _QUERY.where(Transfer.id.in_(union_all(*sides))).order_by(order).limit(limit)
    )
    return found.all()


def _entry(row: Row[*tuple[Any, ...]], account_id: int, balance: int) -> Entry:
    gained = row.credit_account_id == account_id
    return Entry(
        id=row.id,
        created_at=row.created_at,
        cause=Cause(row.cause),
        amount=row.amount if gained else -row.amount,
        balance=balance,
        partner=_partner(row, gained),
        session_id=row.session_id,
        session_starts_at=row.starts_at,
        reason=row.reason,
    )


def _partner(row: Row[*tuple[Any, ...]], gained: bool) -> Partner | None:
    cause = Cause(row.cause)
    if cause in (Cause.HOLD, Cause.REFUND):
        found = row.mentor_id, row.mentor_name
    elif cause is Cause.PAYMENT:
        found = row.mentee_id, row.mentee_name
    elif cause is Cause.GIFT and not gained:
        found = row.credited_id, row.receiver_name
    else:
        found = row.made_by, row.maker_name
    user_id, name = found
    return None if user_id is None or name is None else Partner(user_id, name)


def _cursor(way: Direction, transfer_id: int, balance: int) -> str:
    return Cursor(way, Position(0, (transfer_id, balance))).text
