"""Rows written straight into the tables, for tests of what the database itself holds."""

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


def at(hour: float) -> datetime:
    """So many hours of Tuesday 3 March 2026, UTC."""
    return EIGHT + timedelta(hours=hour - 8)


async def add(tx: Transaction, table: type[Table], **values: Any) -> int:
    """Insert one row; gives its id where the table has one."""
    result = await tx.connection.execute(insert(table).values(**values))
    key = result.inserted_primary_key
    return int(key[0]) if key is not None else 0


async def count(tx: Transaction, table: type[Table]) -> int:
    return (await tx.connection.execute(select(func.count()).select_from(table))).scalar_one()


async def session(tx: Transaction, guild_id: int = GUILD) -> int:
    """A session of the mentor, with everything that it refers to; made on first use."""
    if not await tx.connection.scalar(select(Guild.id).where(Guild.id == guild_id)):
        await add(tx, Guild, id=guild_id, created_at=tx.now)
        for person in (MENTOR, MENTEE):
            who = {"guild_id": guild_id, "user_id": person, "name": str(person)}
            await add(tx, Member, **who, created_at=tx.now)
        await profile(tx, guild_id)
    profile_id = await tx.connection.scalar(
        select(MentorProfile.id).where(MentorProfile.guild_id == guild_id)
    )
    return await add(
        tx,
        Session,
        guild_id=guild_id,
        profile_id=profile_id,
        mentor_id=MENTOR,
        starts_at=at(8),
        ends_at=at(9),
        timezone="Europe/London",
        status="confirmed",
        topic="",
        price=0,
        created_at=tx.now,
    )


async def profile(tx: Transaction, guild_id: int = GUILD, user_id: int = MENTOR) -> int:
    return await add(
        tx,
        MentorProfile,
        guild_id=guild_id,
        user_id=user_id,
        status="approved",
        timezone="Europe/London",
        created_at=tx.now,
    )


async def promise(
    tx: Transaction, session_id: int, start: float, end: float, user_id: int = MENTEE
) -> int:
    """Commit a person to some hours of the day."""
    return await add(
        tx,
        Commitment,
        session_id=session_id,
        user_id=user_id,
        starts_at=at(start),
        ends_at=at(end),
    )


async def accounts(tx: Transaction) -> tuple[int, int]:
    """The guild's issuance and a member's account, both empty."""
    await session(tx)
    issuance = await add(tx, Account, guild_id=GUILD, kind="issuance")
    member = await add(tx, Account, guild_id=GUILD, kind="member", user_id=MENTEE)
    return issuance, member


async def transfer(tx: Transaction, debit: int, credit: int, amount: int) -> int:
    return await add(
        tx,
        Transfer,
        guild_id=GUILD,
        debit_account_id=debit,
        credit_account_id=credit,
        amount=amount,
        cause="grant",
        created_at=tx.now,
    )


async def balances(db: Database) -> dict[int, int]:
    async def look(tx: Transaction) -> dict[int, int]:
        rows = await tx.connection.execute(select(Account.id, Account.balance))
        return {row.id: row.balance for row in rows}

    return await db.read(look)
