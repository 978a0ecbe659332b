"""Deleted text is wiped from a SQLite file in small steps, while others read and write."""

from __future__ import annotations

import random
import sqlite3
import string
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from mentorbot.jobs.housekeeping import run_housekeeping
from mentorbot.settings import RetentionSettings
from mentorship.operations import erasure, guild_purge
from mentorship.statuses import SessionStatus
from storage import Database, Transaction, compaction
from storage.batches import run_in_batches
from storage.compaction import MERGED_PAGES
from storage.full_text import FULL_TEXT_TABLES
from storage.migrations import upgrade
from tests.conftest import Clock
from tests.mentorship.support.community import Community, hours

FIRST_WORDS = ("Quuxley", "Qyzzyva", "Qwertz", "Qixotic")


@pytest.fixture
async def file_db(sqlite_url: str, clock: Clock) -> AsyncIterator[Database]:
    database = Database(sqlite_url, clock=clock)
    await database.open()
    yield database
    await database.close()


def file_of(db: Database) -> Path:
    return Path(make_url(db.url).database or "")


def traces(db: Database, *marks: str) -> list[str]:
    """List the marks that the bytes of the file or its log contain."""
    return [
        f"{mark} in {path.name}"
        for path in sorted(file_of(db).parent.glob(f"{file_of(db).name}*"))
        for mark in marks
        if mark.casefold().encode() in path.read_bytes().lower()
    ]


async def test_housekeeping_wipes_an_erased_person_from_the_file(
    file_db: Database, clock: Clock
) -> None:
    town = Community(file_db, clock)
    await town.configure()
    mentors = [await town.mentor(f"{word} Smith") for word in FIRST_WORDS]
    maya = await town.member("Maya", points=500)
    for mentor in mentors:
        await town.session(SessionStatus.COMPLETED, maya, mentor, clock.now + hours(24))
    for mentor in mentors[1:]:
        await file_db.run(erasure.erase, mentor)
    erased = FIRST_WORDS[1:]
    assert traces(file_db, *erased), "nobody compacts in a request"
    await run_housekeeping(file_db, RetentionSettings())
    assert traces(file_db, *erased) == []
    assert traces(file_db, FIRST_WORDS[0])


async def test_housekeeping_wipes_a_purged_server_from_the_file(
    file_db: Database, clock: Clock
) -> None:
    town = Community(file_db, clock)
    await town.configure()
    for word in FIRST_WORDS:
        await town.mentor(f"{word} Smith")

    async def leave(tx: Transaction) -> None:
        left_at = tx.now - guild_purge.GUILD_RETENTION
        await tx.connection.execute(text("UPDATE guilds SET left_at = :at"), {"at": str(left_at)})

    await file_db.run(leave)
    assert len(traces(file_db, *FIRST_WORDS)) >= len(FIRST_WORDS)
    await run_housekeeping(file_db, RetentionSettings())
    assert traces(file_db, *FIRST_WORDS) == []


def words(number: int) -> Iterator[str]:
    rng = random.Random(1)
    for _ in range(number):
        yield " ".join("".join(rng.choices(string.ascii_lowercase, k=9)) for _ in range(12))


async def test_a_large_index_is_merged_in_many_small_steps(file_db: Database) -> None:
    async def fill(tx: Transaction, texts: list[str], first_id: int) -> None:
        statement = text("INSERT INTO text_bios (rowid, guild, bio) VALUES (:id, 1, :bio)")
        rows = [{"id": first_id + place, "bio": each} for place, each in enumerate(texts)]
        await tx.connection.execute(statement, rows)

    async def delete_half(tx: Transaction) -> None:
        await tx.connection.execute(text("DELETE FROM text_bios WHERE rowid % 2 = 0"))

    async def segments(tx: Transaction) -> int:
        query = text("SELECT count(DISTINCT id >> 37) FROM text_bios_data WHERE id > 10")
        return (await tx.connection.execute(query)).scalar_one()

    texts = list(words(2_000))
    for start in range(0, len(texts), 400):
        await file_db.run(fill, texts[start : start + 400], 1 + start)
    await file_db.run(delete_half)
    assert await file_db.read(segments) > 1
    result = await compaction.compact(file_db)
    assert result.is_log_empty
    assert result.merge_steps > 2 * len(FULL_TEXT_TABLES)
    assert await file_db.read(segments) == 1
    deleted = [each.split()[0] for each in texts[1::2]]
    assert traces(file_db, *deleted[:200]) == []
    again = await compaction.compact(file_db)
    assert again.merge_steps == len(FULL_TEXT_TABLES), "there is nothing to merge"


async def test_a_step_of_merging_writes_few_pages(file_db: Database) -> None:
    async def fill(tx: Transaction, bio: str) -> None:
        await tx.connection.execute(
            text("INSERT INTO text_bios (guild, bio) VALUES (1, :bio)"), {"bio": bio}
        )

    for bio in words(60):
        await file_db.run(fill, bio)
    pages = 1 + MERGED_PAGES
    log = file_of(file_db).with_name(file_of(file_db).name + "-wal")
    await compaction.compact(file_db)
    assert log.stat().st_size == 0
    for bio in words(60):
        await file_db.run(fill, bio)
    before = log.stat().st_size
    await file_db.run(compaction._merge, "text_bios", -MERGED_PAGES)
    assert log.stat().st_size - before < 6 * pages * 4_096


async def test_the_log_is_emptied_once_nobody_reads_old_pages(
    file_db: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "EMPTYING_ATTEMPTS", 2)
    monkeypatch.setattr(compaction, "EMPTYING_PAUSE_S", 0.01)
    town = Community(file_db, clock)
    await town.configure()
    with closing(sqlite3.connect(file_of(file_db), isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM members").fetchall()
        await town.member("Maya")
        assert not (await compaction.compact(file_db)).is_log_empty
        await town.member("Oliver")
    assert (await compaction.compact(file_db)).is_log_empty


async def test_deleted_text_is_overwritten_at_once(file_db: Database) -> None:
    async def secure(tx: Transaction) -> int:
        return (await tx.connection.execute(text("PRAGMA secure_delete"))).scalar_one()

    assert await file_db.run(secure) == 1


async def test_rewriting_wipes_old_free_space(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    await upgrade(f"sqlite+aiosqlite:///{path}")
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("PRAGMA secure_delete = OFF")
        mark = "quux" * 2_000
        file.execute(
            "INSERT INTO guilds (id, currency_name, created_at) VALUES (1, ?, '2026-03-02')", [mark]
        )
        file.execute("DELETE FROM guilds")
    assert b"quux" in path.read_bytes()
    compaction.rewrite_file(path)
    assert b"quux" not in path.read_bytes()


async def test_compaction_does_nothing_on_postgresql(any_db: Database) -> None:
    result = await compaction.compact(any_db)
    assert result.is_log_empty
    if any_db.url.startswith("postgresql"):
        assert result.merge_steps == 0


async def test_batches_end_with_the_first_empty_one(file_db: Database) -> None:
    sizes = [3, 2, 0, 9]

    async def batch(_tx: Transaction) -> int:
        return sizes.pop(0)

    assert await run_in_batches(file_db, batch) == 5
    assert sizes == [9]
