"""The community's points, in double entry.

Every transfer takes an amount from one account and gives it to another, names its cause and who
made it, and is never changed. The database moves both balances as the transfer is written, refuses
one that would fall below zero, and so keeps each balance equal to its history and their sum zero.
Points come into being by transfers from the guild's issuance account, which alone may be negative.
What people do with points is in `mentorship.points.transfers`, what became of them in
`mentorship.sessions.points_history`.
"""

from __future__ import annotations

from enum import StrEnum, auto

from sqlalchemy import bindparam, insert, literal_column, select

from mentorship.actors import Actor
from mentorship.errors import NotEnoughPoints
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.points.pricing import fee
from storage import Transaction
from storage.tables import Account, Transfer

LARGEST = 2**53
"""What a JSON number holds exactly (RFC 8259, section 6): the most points that a guild has in all,
so that no amount, balance or sum of them can be larger."""


class Cause(StrEnum):
    """Why points went from one account to another."""

    STARTING_BALANCE = auto()
    GRANT = auto()
    DEDUCTION = auto()
    GIFT = auto()
    HOLD = auto()
    REFUND = auto()
    PAYMENT = auto()
    FEE = auto()
    FORGOTTEN = auto()


async def balance(tx: Transaction, actor: Actor) -> int:
    """The actor's points in the guild; whoever has no account yet has the starting balance."""
    found = await tx.connection.scalar(
        select(Account.balance).where(
            Account.guild_id == actor.guild,
            Account.user_id == actor.user_id,
            Account.kind == "member",
        )
    )
    if found is not None:
        return found
    return (await guild_settings.load(tx, actor.guild)).starting_balance


async def account_of(tx: Transaction, guild: GuildSettings, user_id: int) -> tuple[int, int]:
    """The id and balance of a person's account, opened with the starting balance at first use.

    In a guild that has nearly all the points it can have, they start with what is left.
    """
    found = await _account(tx, guild.id, user_id)
    if found is not None:
        return found
    account = await _open(tx, guild_id=guild.id, kind="member", user_id=user_id)
    if not guild.starting_balance:
        return account, 0
    source, left = await issuance(tx, guild.id)
    start = min(guild.starting_balance, left)
    if start:
        await transfer(
            tx,
            guild.id,
            debit=source,
            credit=account,
            amount=start,
            cause=Cause.STARTING_BALANCE,
        )
    return account, start


async def issuance(tx: Transaction, guild_id: int) -> tuple[int, int]:
    """The account from which a guild's points come, and how many more can come from it."""
    account, points = await _guild_account(tx, guild_id, "issuance")
    return account, LARGEST + points


async def hold(
    tx: Transaction,
    guild: GuildSettings,
    *,
    session_id: int,
    mentee_id: int,
    amount: int,
    account: tuple[int, int] | None,
) -> int:
    """Move the price of a session from the mentee to an escrow account of its own.

    `account` is the id and balance of the mentee's, None if it is not open yet. Returns the
    mentee's balance afterwards. Raises `NotEnoughPoints`.
    """
    mine, points = account or await account_of(tx, guild, mentee_id)
    if points < amount:
        raise NotEnoughPoints(balance=points, needed=amount, currency=guild.currency_name)
    if amount:
        escrow = await _open(tx, guild_id=guild.id, kind="escrow", session_id=session_id)
        await transfer(
            tx,
            guild.id,
            debit=mine,
            credit=escrow,
            amount=amount,
            cause=Cause.HOLD,
            session_id=session_id,
            made_by=mentee_id,
        )
    return points - amount


_ACCOUNT = select(Account.id, Account.balance)
_ESCROW = _ACCOUNT.where(Account.session_id == bindparam("session"), Account.kind == "escrow")
_OF_GUILD = _ACCOUNT.where(
    Account.guild_id == bindparam("guild"),
    Account.kind == bindparam("kind"),
    # As the index of these has it, or SQLite would look at every account instead.
    literal_column("accounts.kind IN ('fees', 'issuance')"),
)
_OF_MEMBER = _ACCOUNT.where(
    Account.guild_id == bindparam("guild"),
    Account.user_id == bindparam("user"),
    Account.kind == "member",
)
_NEW_ACCOUNT = insert(Account).returning(Account.id)
_NEW_TRANSFER = insert(Transfer).returning(Transfer.id)


async def release(
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
    """Empty a session's escrow: `refund` to the mentee, the rest to the mentor less the fee.

    The fee is a share of that rest, never of the refund. Returns what the mentor got.
    """
    held = (await tx.connection.execute(_ESCROW, {"session": session_id})).one_or_none()
    if held is None:
        return 0
    earned: int = held.balance - refund
    share = fee(earned, fee_percent)
    parts = ((Cause.REFUND, refund), (Cause.PAYMENT, earned - share), (Cause.FEE, share))
    for cause, amount in parts:
        if not amount:
            continue
        if cause is Cause.FEE:
            credit, _ = await _guild_account(tx, guild.id, "fees")
        else:
            person = mentee_id if cause is Cause.REFUND else mentor_id
            credit, _ = await account_of(tx, guild, person)
        await transfer(
            tx,
            guild.id,
            debit=held.id,
            credit=credit,
            amount=amount,
            cause=cause,
            session_id=session_id,
            made_by=made_by,
        )
    return earned - share


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
    """Move points from one account to another, for good. Returns the transfer's id.

    A mistake is put right by another transfer; the database changes and deletes none.
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
    made: int = (await tx.connection.execute(_NEW_TRANSFER, row)).scalar_one()
    return made


async def close(tx: Transaction, guild: GuildSettings, user_id: int) -> int:
    """Take what is left in a person's account back to where points come from. Returns it."""
    account, points = await _account(tx, guild.id, user_id) or (None, 0)
    if account is None or not points:
        return 0
    source, _ = await issuance(tx, guild.id)
    await transfer(
        tx,
        guild.id,
        debit=account,
        credit=source,
        amount=points,
        cause=Cause.FORGOTTEN,
    )
    return points


async def _account(tx: Transaction, guild_id: int, user_id: int) -> tuple[int, int] | None:
    """The id and balance of a person's account, None if it was never opened."""
    asked = {"guild": guild_id, "user": user_id}
    found = (await tx.connection.execute(_OF_MEMBER, asked)).one_or_none()
    return None if found is None else (found.id, found.balance)


async def _open(
    tx: Transaction,
    *,
    guild_id: int,
    kind: str,
    user_id: int | None = None,
    session_id: int | None = None,
) -> int:
    row = {"guild_id": guild_id, "kind": kind, "user_id": user_id, "session_id": session_id}
    account: int = (await tx.connection.execute(_NEW_ACCOUNT, row)).scalar_one()
    return account


async def _guild_account(tx: Transaction, guild_id: int, kind: str) -> tuple[int, int]:
    """The id and balance of an account of the guild's own, opened at first use."""
    asked = {"guild": guild_id, "kind": kind}
    found = (await tx.connection.execute(_OF_GUILD, asked)).one_or_none()
    if found is not None:
        return found.id, found.balance
    return await _open(tx, guild_id=guild_id, kind=kind), 0
