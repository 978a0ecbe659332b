"""Writes rows directly into the tables, for tests of triggers and constraints."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select

from storage import Database, Transaction
from storage.tables import (
    Account,
    Commitment,
    Guild,
    Member,
    MentorProfile,
    Session,
    Table,
    Transfer,
)

GUILD, OTHER_GUILD = 10, 20
MENTOR, MENTEE = 101, 102
EIGHT = datetime.fromisoformat("2026-03-03T08:00:00+00:00")


def tuesday_at(hour: float) -> datetime:
    """Return an instant on Tuesday 3 March 2026, at `hour` UTC."""
    return EIGHT + timedelta(hours=hour - 8)


async def insert_row(tx: Transaction, table: type[Table], **values: Any) -> int:
    """Insert a row; returns its id, or 0 if the table has none."""
    result = await tx.connection.execute(insert(table).values(**values))
    key = result.inserted_primary_key
    return int(key[0]) if key is not None else 0


async def count_rows(tx: Transaction, table: type[Table]) -> int:
    return (await tx.connection.execute(select(func.count()).select_from(table))).scalar_one()


async def add_session(tx: Transaction, guild_id: int = GUILD) -> int:
    """Add a session of the mentor; the first call also adds the rows that it refers to."""
    if not await tx.connection.scalar(select(Guild.id).where(Guild.id == guild_id)):
        await insert_row(tx, Guild, id=guild_id, created_at=tx.now)
        for user_id in (MENTOR, MENTEE):
            member = {"guild_id": guild_id, "user_id": user_id, "name": str(user_id)}
            await insert_row(tx, Member, **member, created_at=tx.now)
        await add_profile(tx, guild_id)
    profile_id = await tx.connection.scalar(
        select(MentorProfile.id).where(MentorProfile.guild_id == guild_id)
    )
    return await insert_row(
        tx,
        Session,
        guild_id=guild_id,
        profile_id=profile_id,
        mentor_id=MENTOR,
        starts_at=tuesday_at(8),
        ends_at=tuesday_at(9),
        timezone="Europe/London",
        status="confirmed",
        topic="",
        price=0,
        created_at=tx.now,
    )


async def add_profile(tx: Transaction, guild_id: int = GUILD, user_id: int = MENTOR) -> int:
    return await insert_row(
        tx,
        MentorProfile,
        guild_id=guild_id,
        user_id=user_id,
        status="approved",
        timezone="Europe/London",
        created_at=tx.now,
    )


async def add_commitment(
    tx: Transaction, session_id: int, start: float, end: float, user_id: int = MENTEE
) -> int:
    """Add a commitment of a person from one hour to another."""
    return await insert_row(
        tx,
        Commitment,
        session_id=session_id,
        user_id=user_id,
        starts_at=tuesday_at(start),
        ends_at=tuesday_at(end),
    )


async def add_accounts(tx: Transaction) -> tuple[int, int]:
    """Add the guild's issuance account and a member's account, both empty; returns their ids."""
    await add_session(tx)
    issuance = await insert_row(tx, Account, guild_id=GUILD, kind="issuance")
    member = await insert_row(tx, Account, guild_id=GUILD, kind="member", user_id=MENTEE)
    return issuance, member


async def add_transfer(tx: Transaction, debit: int, credit: int, amount: int) -> int:
    return await insert_row(
        tx,
        Transfer,
        guild_id=GUILD,
        debit_account_id=debit,
        credit_account_id=credit,
        amount=amount,
        cause="grant",
        created_at=tx.now,
    )


async def load_balances(db: Database) -> dict[int, int]:
    async def load(tx: Transaction) -> dict[int, int]:
        rows = await tx.connection.execute(select(Account.id, Account.balance))
        return {row.id: row.balance for row in rows}

    return await db.read(load)
