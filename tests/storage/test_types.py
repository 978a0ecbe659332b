"""The column type `UtcDateTime`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select
from sqlalchemy.exc import StatementError

from storage import Database, Transaction
from storage.tables import Guild
from tests.storage.rows import insert_row

NAIVE = datetime(2026, 3, 2, 12)  # noqa: DTZ001 - naive on purpose


async def test_writing_a_naive_datetime_is_refused(any_db: Database) -> None:
    with pytest.raises(StatementError, match="has no time zone") as caught:
        await any_db.run(insert_row, Guild, id=1, created_at=NAIVE)
    assert isinstance(caught.value.orig, ValueError)


async def test_comparing_with_a_naive_datetime_is_refused(any_db: Database) -> None:
    async def query(tx: Transaction) -> None:
        await tx.connection.execute(select(Guild.id).where(Guild.created_at < NAIVE))

    with pytest.raises(StatementError, match="has no time zone"):
        await any_db.read(query)


@pytest.mark.parametrize("offset", [-720, -210, 0, 345, 840])
async def test_an_instant_is_read_back_in_utc(any_db: Database, offset: int) -> None:
    zone = timezone(timedelta(minutes=offset))
    written = datetime(2026, 3, 29, 1, 59, 59, 999_999, tzinfo=zone)
    await any_db.run(insert_row, Guild, id=1, created_at=written)

    async def query(tx: Transaction) -> datetime | None:
        return await tx.connection.scalar(select(Guild.created_at))

    loaded = await any_db.read(query)
    assert loaded == written
    assert loaded.tzinfo is UTC
    assert loaded.utcoffset() == timedelta(0)


async def test_stored_instants_sort_by_time(any_db: Database) -> None:
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    west, east = timezone(timedelta(hours=-5)), timezone(timedelta(hours=5, minutes=30))
    in_order = [
        datetime(1999, 12, 31, 23, 59, tzinfo=UTC),
        noon - timedelta(microseconds=1),
        noon,
        (noon + timedelta(microseconds=1)).astimezone(west),
        (noon + timedelta(milliseconds=500)).astimezone(east),
        noon + timedelta(seconds=1),
        (noon + timedelta(hours=1)).astimezone(west),
        (noon + timedelta(hours=2)).astimezone(east),
        datetime(2100, 1, 1, tzinfo=UTC),
    ]
    for number in (4, 8, 0, 6, 2, 7, 1, 5, 3):
        await any_db.run(insert_row, Guild, id=number, created_at=in_order[number])

    async def ids_since(tx: Transaction, since: datetime) -> list[int]:
        rows = select(Guild.id).where(Guild.created_at >= since).order_by(Guild.created_at)
        return list(await tx.connection.scalars(rows))

    assert await any_db.read(ids_since, in_order[0]) == list(range(9))
    assert await any_db.read(ids_since, in_order[3]) == list(range(3, 9))
