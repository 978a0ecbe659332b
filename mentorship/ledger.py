"""The community's points, in double entry.

Every transfer takes an amount from one account and gives it to another, names its cause and who
made it, and is never changed. The database moves both balances as the transfer is written, refuses
one that would fall below zero, and so keeps each balance equal to its history and their sum zero.
Points come into being by transfers from the guild's issuance account, which alone may be negative.
"""

from __future__ import annotations

from sqlalchemy import insert, select

from mentorship import guilds, members
from mentorship.actors import Actor
from mentorship.errors import InvalidField, NotEnoughPoints
from mentorship.guilds import GuildSettings
from mentorship.pricing import fee
from storage import Transaction
from storage.tables import Account, Transfer

LARGEST = 2**53
"""The largest amount and balance: what a JSON number holds exactly (RFC 8259, section 6)."""


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
    return (await guilds.settings(tx, actor.guild)).starting_balance


async def account_of(tx: Transaction, guild: GuildSettings, user_id: int) -> tuple[int, int]:
    """The id and balance of a person's account, opened with the starting balance at first use."""
    found = (
        await tx.connection.execute(
            select(Account.id, Account.balance).where(
                Account.guild_id == guild.id,
                Account.user_id == user_id,
                Account.kind == "member",
            )
        )
    ).one_or_none()
    if found is not None:
        return found.id, found.balance
    account = await _open(tx, guild_id=guild.id, kind="member", user_id=user_id)
    if guild.starting_balance:
        await _move(
            tx,
            guild.id,
            debit=await _guild_account(tx, guild.id, "issuance"),
            credit=account,
            amount=guild.starting_balance,
            cause="starting_balance",
        )
    return account, guild.starting_balance


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
        await _move(
            tx,
            guild.id,
            debit=mine,
            credit=escrow,
            amount=amount,
            cause="hold",
            session_id=session_id,
            made_by=mentee_id,
        )
    return points - amount


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

    Returns what the mentor got.
    """
    held = (
        await tx.connection.execute(
            select(Account.id, Account.balance).where(
                Account.session_id == session_id, Account.kind == "escrow"
            )
        )
    ).one_or_none()
    if held is None:
        return 0
    earned: int = held.balance - refund
    share = fee(earned, fee_percent)
    for cause, amount in (("refund", refund), ("payment", earned - share), ("fee", share)):
        if not amount:
            continue
        if cause == "fee":
            credit = await _guild_account(tx, guild.id, "fees")
        else:
            person = mentee_id if cause == "refund" else mentor_id
            credit, _ = await account_of(tx, guild, person)
        await _move(
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


async def grant(
    tx: Transaction, actor: Actor, *, user_id: int, name: str, amount: int, reason: str
) -> int:
    """Give a person points out of nothing, as a moderator. Returns their balance afterwards.

    Raises `NotAModerator` and `InvalidField`.
    """
    guild = await guilds.settings(tx, actor.guild)
    guilds.require_moderator(actor, guild)
    if not 0 < amount <= LARGEST:
        raise InvalidField("the amount", f"must be a whole number from 1 to {LARGEST:,}.")
    if not reason.strip():
        raise InvalidField("the reason", "is missing. Say in a few words what the points are for.")
    await guilds.ensure(tx, actor.guild)
    await members.ensure(tx, Actor(user_id=user_id, name=name, guild_id=actor.guild))
    account, points = await account_of(tx, guild, user_id)
    if points + amount > LARGEST:
        raise InvalidField("the amount", f"would take the balance above {LARGEST:,}.")
    await _move(
        tx,
        actor.guild,
        debit=await _guild_account(tx, actor.guild, "issuance"),
        credit=account,
        amount=amount,
        cause="grant",
        made_by=actor.user_id,
        reason=reason.strip(),
    )
    return points + amount


async def _open(
    tx: Transaction,
    *,
    guild_id: int,
    kind: str,
    user_id: int | None = None,
    session_id: int | None = None,
) -> int:
    result = await tx.connection.execute(
        insert(Account)
        .values(guild_id=guild_id, kind=kind, user_id=user_id, session_id=session_id)
        .returning(Account.id)
    )
    account: int = result.scalar_one()
    return account


async def _guild_account(tx: Transaction, guild_id: int, kind: str) -> int:
    found = await tx.connection.scalar(
        select(Account.id).where(Account.guild_id == guild_id, Account.kind == kind)
    )
    if found is not None:
        return found
    return await _open(tx, guild_id=guild_id, kind=kind)


async def _move(
    tx: Transaction,
    guild_id: int,
    *,
    debit: int,
    credit: int,
    amount: int,
    cause: str,
    session_id: int | None = None,
    made_by: int | None = None,
    reason: str | None = None,
) -> None:
    await tx.connection.execute(
        insert(Transfer).values(
            guild_id=guild_id,
            debit_account_id=debit,
            credit_account_id=credit,
            amount=amount,
            cause=cause,
            session_id=session_id,
            made_by=made_by,
            reason=reason,
            created_at=tx.now,
        )
    )
