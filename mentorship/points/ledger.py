"""The double-entry ledger of a guild's points.

A transfer debits one account and credits another, has a cause and the person who made it, and is
never changed. A database trigger updates both balances when a transfer is inserted, and a
constraint refuses balances below zero. So each balance equals its history, and all balances sum to
zero. Points are created by transfers from the guild's issuance account, the only one that may be
negative.

What people do with points is in `mentorship.points.transfers`; their history is in
`mentorship.sessions.points_history`.
"""

from __future__ import annotations

from enum import StrEnum, auto

from sqlalchemy import bindparam, insert, literal_column, select

from mentorship.actors import Actor
from mentorship.errors import NotEnoughPoints
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.members import returning
from mentorship.points.pricing import fee
from storage import Transaction
from storage.tables import Account, Transfer

MAX_POINTS = 2**53
"""The most points that a guild can issue, so that no amount, balance or sum is larger.

JSON numbers are exact up to here (RFC 8259, section 6).
"""


class Cause(StrEnum):
    """The cause of a transfer. The values are stored."""

    STARTING_BALANCE = auto()
    GRANT = auto()
    DEDUCTION = auto()
    GIFT = auto()
    TIP = auto()
    HOLD = auto()
    REFUND = auto()
    PAYMENT = auto()
    FEE = auto()
    ERASURE = "forgotten"


async def load_balance(tx: Transaction, actor: Actor) -> int:
    """Load the actor's points. A member without an account has their starting balance."""
    points = await tx.connection.scalar(
        select(Account.balance).where(
            Account.guild_id == actor.guild,
            Account.user_id == actor.user_id,
            Account.kind == "member",
        )
    )
    if points is not None:
        return points
    return await load_starting_balance(
        tx, await guild_settings.load(tx, actor.guild), actor.user_id
    )


async def load_starting_balance(tx: Transaction, guild: GuildSettings, user_id: int) -> int:
    """Load the points with which the account of a person without one opens.

    These are the guild's starting balance, or 0 for somebody whose data was erased there before:
    they had one, and gave it away or lost it.
    """
    if not guild.starting_balance or await returning.find(tx, guild.id, user_id) is not None:
        return 0
    return guild.starting_balance


async def load_or_open_account(
    tx: Transaction, guild: GuildSettings, user_id: int
) -> tuple[int, int]:
    """Load the id and balance of a person's account; open it with their starting balance if needed.

    Near `MAX_POINTS` that is what the guild can still issue.
    """
    account = await _find_account(tx, guild.id, user_id)
    if account is not None:
        return account
    account_id = await _open_account(tx, guild_id=guild.id, kind="member", user_id=user_id)
    starting_balance = await load_starting_balance(tx, guild, user_id)
    if not starting_balance:
        return account_id, 0
    issuance_id, issuable = await load_issuance(tx, guild.id)
    points = min(starting_balance, issuable)
    if points:
        await transfer(
            tx,
            guild.id,
            debit=issuance_id,
            credit=account_id,
            amount=points,
            cause=Cause.STARTING_BALANCE,
        )
    return account_id, points


async def load_issuance(tx: Transaction, guild_id: int) -> tuple[int, int]:
    """Load the id of a guild's issuance account, and how many points it can still issue."""
    account_id, balance = await _load_or_open_guild_account(tx, guild_id, "issuance")
    return account_id, MAX_POINTS + balance


async def hold(
    tx: Transaction,
    guild: GuildSettings,
    *,
    session_id: int,
    mentee_id: int,
    amount: int,
    account: tuple[int, int] | None,
) -> int:
    """Transfer the price of a session from the mentee to an escrow account of its own.

    `account` is the id and balance of the mentee's account, None if it isn't open yet. Returns the
    mentee's balance afterwards. Raises `NotEnoughPoints`.
    """
    account_id, points = account or await load_or_open_account(tx, guild, mentee_id)
    if points < amount:
        raise NotEnoughPoints(balance=points, needed=amount, currency=guild.currency_name)
    if amount:
        escrow_id = await _open_account(tx, guild_id=guild.id, kind="escrow", session_id=session_id)
        await transfer(
            tx,
            guild.id,
            debit=account_id,
            credit=escrow_id,
            amount=amount,
            cause=Cause.HOLD,
            session_id=session_id,
            made_by=mentee_id,
        )
    return points - amount


_SELECT_ACCOUNT = select(Account.id, Account.balance)
_SELECT_ESCROW = _SELECT_ACCOUNT.where(
    Account.session_id == bindparam("session"), Account.kind == "escrow"
)
_SELECT_GUILD_ACCOUNT = _SELECT_ACCOUNT.where(
    Account.guild_id == bindparam("guild"),
    Account.kind == bindparam("kind"),
    # Repeats the condition of the partial index; SQLite scans all accounts without it.
    literal_column("accounts.kind IN ('fees', 'issuance')"),
)
_SELECT_MEMBER_ACCOUNT = _SELECT_ACCOUNT.where(
    Account.guild_id == bindparam("guild"),
    Account.user_id == bindparam("user"),
    Account.kind == "member",
)
_INSERT_ACCOUNT = insert(Account).returning(Account.id)
_INSERT_TRANSFER = insert(Transfer).returning(Transfer.id)


async def release_escrow(
    tx: Transaction,
    guild: GuildSettings,
    *,
    session_id: int,
    mentor_id: int,
    mentee_id: int,
    refund: int = 0,
    fee_percent: int = 0,
    made_by: int | None = None,
) -> int:
    """Empty a session's escrow: refund the mentee, and pay the mentor the rest less a fee.

    The fee is a percentage of that rest, not of the refund. Returns the mentor's points.
    """
    escrow = (await tx.connection.execute(_SELECT_ESCROW, {"session": session_id})).one_or_none()
    if escrow is None:
        return 0
    rest: int = escrow.balance - refund
    guild_fee = fee(rest, fee_percent)
    payment = rest - guild_fee
    parts = ((Cause.REFUND, refund), (Cause.PAYMENT, payment), (Cause.FEE, guild_fee))
    for cause, amount in parts:
        if not amount:
            continue
        if cause is Cause.FEE:
            credit, _ = await _load_or_open_guild_account(tx, guild.id, "fees")
        else:
            user_id = mentee_id if cause is Cause.REFUND else mentor_id
            credit, _ = await load_or_open_account(tx, guild, user_id)
        await transfer(
            tx,
            guild.id,
            debit=escrow.id,
            credit=credit,
            amount=amount,
            cause=cause,
            session_id=session_id,
            made_by=made_by,
        )
    return payment


async def transfer(
    tx: Transaction,
    guild_id: int,
    *,
    debit: int,
    credit: int,
    amount: int,
    cause: Cause,
    session_id: int | None = None,
    made_by: int | None = None,
    reason: str | None = None,
) -> int:
    """Transfer points from the account `debit` to the account `credit`. Returns the transfer's id.

    Transfers can't be changed or deleted: a mistake is corrected by another transfer.
    """
    row = {
        "guild_id": guild_id,
        "debit_account_id": debit,
        "credit_account_id": credit,
        "amount": amount,
        "cause": cause,
        "session_id": session_id,
        "made_by": made_by,
        "reason": reason,
        "created_at": tx.now,
    }
    transfer_id: int = (await tx.connection.execute(_INSERT_TRANSFER, row)).scalar_one()
    return transfer_id


async def close_account(tx: Transaction, guild: GuildSettings, user_id: int) -> int:
    """Transfer a person's remaining points back to the issuance account. Returns their number."""
    account_id, points = await _find_account(tx, guild.id, user_id) or (None, 0)
    if account_id is None or not points:
        return 0
    issuance_id, _ = await load_issuance(tx, guild.id)
    await transfer(
        tx,
        guild.id,
        debit=account_id,
        credit=issuance_id,
        amount=points,
        cause=Cause.ERASURE,
    )
    return points


async def _find_account(tx: Transaction, guild_id: int, user_id: int) -> tuple[int, int] | None:
    """Load the id and balance of a person's account, or return None if it isn't open."""
    params = {"guild": guild_id, "user": user_id}
    account = (await tx.connection.execute(_SELECT_MEMBER_ACCOUNT, params)).one_or_none()
    return None if account is None else (account.id, account.balance)


async def _open_account(
    tx: Transaction,
    *,
    guild_id: int,
    kind: str,
    user_id: int | None = None,
    session_id: int | None = None,
) -> int:
    row = {"guild_id": guild_id, "kind": kind, "user_id": user_id, "session_id": session_id}
    account_id: int = (await tx.connection.execute(_INSERT_ACCOUNT, row)).scalar_one()
    return account_id


async def _load_or_open_guild_account(tx: Transaction, guild_id: int, kind: str) -> tuple[int, int]:
    """Load the id and balance of an account of the guild itself; open it if needed."""
    params = {"guild": guild_id, "kind": kind}
    account = (await tx.connection.execute(_SELECT_GUILD_ACCOUNT, params)).one_or_none()
    if account is not None:
        return account.id, account.balance
    return await _open_account(tx, guild_id=guild_id, kind=kind), 0
