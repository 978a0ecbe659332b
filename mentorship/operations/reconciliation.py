"""Check the ledger, the ratings and the seats of all guilds against what use cases promise.

Used by `mentorbot check`, and after each test. It reads every transfer and review: balances and
ratings are stored, and compared with what they come from only here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    bindparam,
    case,
    cast,
    func,
    inspect,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from mentorship.guilds.guild_settings import BEING_PURGED
from mentorship.points.ledger import MAX_POINTS, Cause
from mentorship.statuses import CALLED_OFF, LIVE
from storage import Transaction
from storage.tables import (
    Account,
    GroupSession,
    MentorProfile,
    Review,
    Session,
    Thanks,
    Transfer,
)

MAX_FAULTS_PER_CHECK = 20
"""The number of faults of a kind that are reported. There may be thousands with one cause."""


class FaultKind(StrEnum):
    """What is wrong with the ledger or a rating.

    The facts of a `Fault` are the columns of its query.
    """

    BALANCE_OFF_TRANSFERS = auto()
    BALANCE_OUT_OF_RANGE = auto()
    GUILD_OFF_BALANCE = auto()
    TRANSFER_ACROSS_GUILDS = auto()
    ESCROW_OFF_PRICE = auto()
    RATING_OFF_REVIEWS = auto()
    REVIEW_MISCOUNTED = auto()
    SEATS_MISCOUNTED = auto()
    TIP_OFF_SESSION = auto()
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
    escrow of a session that isn't over must hold its price, and any other escrow nothing. A guild
    that is being purged is left out, since its transfers are incomplete. Works for backups of
    older versions, too.
    """
    faults = await _find_faults(tx, _LEDGER_CHECKS)
    accounts = (await tx.connection.execute(_ACCOUNTS)).scalar_one()
    transfers = (await tx.connection.execute(_TRANSFERS)).scalar_one()
    return LedgerReport(accounts, transfers, faults)


async def check_ratings(tx: Transaction) -> tuple[Fault, ...]:
    """Check the rating of every mentor, and list the faults.

    It must come from the latest visible review of each mentee, and those must count.
    """
    return await _find_faults(tx, _RATING_CHECKS)


async def check_seats(tx: Transaction) -> tuple[Fault, ...]:
    """Check every group session, and list the faults.

    The number of seats that are taken must be that of its seats that aren't called off. There are
    never more than its capacity.
    """
    return await _find_faults(tx, ((FaultKind.SEATS_MISCOUNTED, _OFF_SEATS),))


async def check_tips(tx: Transaction) -> tuple[Fault, ...]:
    """Check every tip, and list the faults.

    It must be the tip of the thanks for its session, from one member to another.
    """
    return await _find_faults(tx, ((FaultKind.TIP_OFF_SESSION, _OFF_SESSION),))


async def _find_faults(
    tx: Transaction, checks: Iterable[tuple[FaultKind, Select[*tuple[Any, ...]]]]
) -> tuple[Fault, ...]:
    faults: list[Fault] = []
    purged = {"purged": await _list_purged(tx)}
    for kind, query in checks:
        limited = query.limit(MAX_FAULTS_PER_CHECK + 1)
        rows = (await tx.connection.execute(limited, purged)).mappings().all()
        faults += [Fault(kind, dict(row)) for row in rows[:MAX_FAULTS_PER_CHECK]]
        if len(rows) > MAX_FAULTS_PER_CHECK:
            faults.append(Fault(FaultKind.MORE, {}))
    return tuple(faults)


async def _list_purged(tx: Transaction) -> Sequence[int]:
    """List the guilds that are being purged; none in the tables of an older version."""
    columns = await tx.connection.run_sync(lambda sync: inspect(sync).get_columns("guilds"))
    if not any(column["name"] == "purge_began_at" for column in columns):
        return []
    return (await tx.connection.scalars(BEING_PURGED)).all()


def _is_kept(guild_id: Any) -> ColumnElement[bool]:
    """Return the condition that a row's guild isn't among the parameter `purged`."""
    kept: ColumnElement[bool] = guild_id.not_in(bindparam("purged", expanding=True))
    return kept


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
    .where(Account.balance != _total, _is_kept(Account.guild_id))
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
    .where(_is_kept(Account.guild_id))
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
    .where(_held != _due, _is_kept(Session.guild_id))
    .order_by(Session.id)
)


_latest_visible = (
    select(func.max(Review.id).label("id"))
    .where(Review.hidden_at.is_(None))
    .group_by(Review.profile_id, Review.author_id)
    .subquery()
)
_latest = aliased(Review)
_rated = (
    select(
        _latest.profile_id,
        func.count().label("people"),
        cast(func.sum(_latest.stars), BigInteger).label("stars"),
    )
    .join(_latest_visible, _latest_visible.c.id == _latest.id)
    .group_by(_latest.profile_id)
    .subquery()
)
_stars, _people = func.coalesce(_rated.c.stars, 0), func.coalesce(_rated.c.people, 0)
_OFF_REVIEWS = (
    select(
        MentorProfile.guild_id,
        MentorProfile.user_id,
        MentorProfile.rating_sum,
        MentorProfile.rating_count,
        _stars.label("stars"),
        _people.label("people"),
    )
    .outerjoin(_rated, _rated.c.profile_id == MentorProfile.id)
    .where(
        (MentorProfile.rating_sum != _stars) | (MentorProfile.rating_count != _people),
        _is_kept(MentorProfile.guild_id),
    )
    .order_by(MentorProfile.id)
)
# Numbered in one pass over the reviews. In a join with `_latest_visible`, SQLite would compare each
# review with all of them, since it makes no index for the ids of a grouped subquery.
_is_hidden = Review.hidden_at.is_not(None)
_recency = func.row_number().over(
    partition_by=(Review.profile_id, Review.author_id, _is_hidden), order_by=Review.id.desc()
)
_ranked = select(
    Review.id,
    Review.profile_id,
    Review.counts,
    (~_is_hidden & (_recency == 1)).label("is_latest_visible"),
).subquery()
_MISCOUNTED = (
    select(_ranked.c.id, MentorProfile.guild_id)
    .join(MentorProfile, MentorProfile.id == _ranked.c.profile_id)
    .where(_ranked.c.counts != _ranked.c.is_latest_visible, _is_kept(MentorProfile.guild_id))
    .order_by(_ranked.c.id)
)


_seats = (
    select(Session.group_id, func.count().label("seats"))
    .where(Session.group_id.is_not(None), Session.status.not_in(sorted(CALLED_OFF)))
    .group_by(Session.group_id)
    .subquery()
)
_taken = func.coalesce(_seats.c.seats, 0)
_OFF_SEATS = (
    select(
        GroupSession.id,
        GroupSession.guild_id,
        GroupSession.seats_taken,
        GroupSession.capacity,
        _taken.label("seats"),
    )
    .outerjoin(_seats, _seats.c.group_id == GroupSession.id)
    .where(
        or_(
            GroupSession.seats_taken != _taken,
            (GroupSession.capacity > 0) & (GroupSession.seats_taken > GroupSession.capacity),
        ),
        _is_kept(GroupSession.guild_id),
    )
    .order_by(GroupSession.id)
)

_OFF_SESSION = (
    select(Transfer.id, Transfer.guild_id, Transfer.session_id)
    .join(_debited, _debited.id == Transfer.debit_account_id)
    .join(_credited, _credited.id == Transfer.credit_account_id)
    .outerjoin(Thanks, Thanks.transfer_id == Transfer.id)
    .where(
        Transfer.cause == Cause.TIP,
        or_(
            Thanks.session_id.is_distinct_from(Transfer.session_id),
            Transfer.session_id.is_(None),
            _debited.kind != "member",
            _credited.kind != "member",
        ),
        _is_kept(Transfer.guild_id),
    )
    .order_by(Transfer.id)
)

_LEDGER_CHECKS: tuple[tuple[FaultKind, Any], ...] = (
    (FaultKind.BALANCE_OFF_TRANSFERS, _OFF_HISTORY),
    (FaultKind.BALANCE_OUT_OF_RANGE, _OUT_OF_RANGE),
    (FaultKind.GUILD_OFF_BALANCE, _OFF_BALANCE),
    (FaultKind.TRANSFER_ACROSS_GUILDS, _CROSSING),
    (FaultKind.ESCROW_OFF_PRICE, _OFF_PRICE),
)
LEDGER_FAULTS = tuple(kind for kind, _ in _LEDGER_CHECKS)
"""The kinds of faults that `check` looks for."""

_RATING_CHECKS: tuple[tuple[FaultKind, Any], ...] = (
    (FaultKind.RATING_OFF_REVIEWS, _OFF_REVIEWS),
    (FaultKind.REVIEW_MISCOUNTED, _MISCOUNTED),
)
