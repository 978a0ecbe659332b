"""Writing the export of a person's data, page by page, to files of a limited size."""

from __future__ import annotations

import itertools
import json
import secrets
import sqlite3
import zipfile
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import insert, make_url, text

from mentorship.actors import Actor
from mentorship.operations import data_export, export_file
from storage import Database, Transaction
from storage.tables import Event, Notification
from tests.mentorship.operations.test_personal_data import explain
from tests.mentorship.support import exports
from tests.mentorship.support.community import TUESDAY_NOON, Community, hours
from tests.mentorship.support.statements import record_statements

MANY = 1_200
"""Rows of more than two pages."""


async def write_history(tx: Transaction, person: Actor, count: int) -> None:
    """Write notifications to a person, and events by and about them."""
    now, guild_id = tx.now, person.guild_id
    await tx.connection.execute(
        insert(Notification),
        [
            {
                "guild_id": guild_id,
                "user_id": person.user_id,
                "kind": "reminder",
                "key": f"reminder:{number}",
                # Hardly compressible.
                "facts": {"minutes": number, "reason": secrets.token_hex(400)},
                "due_at": now,
                "next_at": now,
                "status": "sent",
                "settled_at": now,
            }
            for number in range(3 * count)
        ],
    )
    await tx.connection.execute(
        insert(Event),
        [
            {
                "guild_id": guild_id,
                "type": "member.blocked",
                "occurred_at": now,
                "actor_id": actor_id,
                "subject_id": person.user_id,
            }
            for actor_id in (person.user_id, 5)
            for _ in range(count)
        ],
    )


@pytest.fixture
async def maya(town: Community) -> Actor:
    """A member with a long history."""
    oliver = await town.mentor("Oliver")
    maya = await town.member("Maya", points=10_000)
    await town.configure(limit_upcoming=100, limit_pending=100, limit_pending_per_mentor=100)
    for number in range(12):
        await town.book(maya, oliver, TUESDAY_NOON + hours(2 * number))
    await town.db.run(write_history, maya, MANY)
    return maya


async def test_an_export_of_many_pages_has_every_row_once(town: Community, maya: Actor) -> None:
    exported = await exports.export(town.db, maya)
    assert list(exported)[3:] == list(data_export.TABLES)
    ids = [row["id"] for row in exported["notices"]]
    assert len(ids) == len(set(ids)) >= 3 * MANY
    events = [row["id"] for row in exported["events"]]
    assert len(events) == len(set(events)) >= 2 * MANY
    assert len(exported["sessions"]) == len(exported["participants"]) == 12
    assert len(exported["commitments"]) == 12


@pytest.mark.parametrize("size", [1, 2, 5, 12, 13])
async def test_pages_of_any_size_join_to_the_same_rows(
    town: Community, maya: Actor, size: int
) -> None:
    whole = await exports.export(town.db, maya)
    for table in ("sessions", "commitments", "transfers", "weekly_hours", "erased_people"):
        rows: list[dict[str, Any]] = []
        after: data_export.Cursor | None = None
        for _ in itertools.count():
            page = await town.db.read(data_export.load_page, maya, table, after, size)
            assert len(page.rows) <= size
            rows += page.rows
            after = page.next
            if after is None:
                break
        assert rows == whole[table]


async def test_a_large_export_is_several_archives_below_the_limit(
    town: Community, maya: Actor
) -> None:
    limit = 1_000_000
    whole = await exports.export(town.db, maya)
    async with export_file.archives(town.db, maya, limit) as files:
        assert len(files) > 1
        parts = []
        for file in files:
            assert len(file.read()) < limit
            with zipfile.ZipFile(file) as archive:  # type: ignore[type-var]
                (name,) = archive.namelist()
                parts.append(json.loads(archive.read(name)))
    for table in data_export.TABLES:
        joined = [row for part in parts for row in part.get(table, [])]
        assert joined == whole[table]


async def test_a_small_export_is_one_archive(town: Community) -> None:
    ada = await town.member("Ada")
    async with export_file.archives(town.db, ada, 10_000_000) as files:
        assert len(files) == 1
    assert files[0].closed


async def test_every_page_reads_only_rows_of_the_person(sqlite_url: str) -> None:
    """A page is found by the person's id, and in its order: nothing is sorted."""
    db = Database(sqlite_url)
    for name in ("transfers", "notices", "idempotency_keys", "blocks", "events"):
        loader = data_export._LOADERS[name]
        assert isinstance(loader, data_export._KeyLoader)
        for statement in itertools.chain(*loader.statements):
            steps = await db.read(explain, statement)
            assert [step for step in steps if step.startswith("SCAN ")] == [], name
            assert [step for step in steps if step.endswith("(guild_id=?)")] == [], name
            assert [step for step in steps if "TEMP B-TREE" in step] == [], name
    await db.close()


async def test_rows_of_sessions_are_found_by_their_sessions(town: Community, maya: Actor) -> None:
    """By the person instead, each page would read all that they ever had."""
    if town.db.url.startswith("postgresql"):
        pytest.skip("the plans of SQLite")
    with record_statements(town.db) as statements:
        for table in ("commitments", "reviews", "participants", "sessions"):
            await town.db.read(data_export.load_page, maya, table)
    with closing(sqlite3.connect(make_url(town.db.url).database or "")) as file:
        steps = [
            step
            for statement, values in statements
            for *_, step in file.execute(f"EXPLAIN QUERY PLAN {statement}", values)
            if step.startswith(("SCAN ", "SEARCH ")) and " mentor_profiles " not in step
        ]
    assert {step.partition("(")[2].partition("=")[0] for step in steps} == {
        *("session_id", "rowid", "user_id"),
    }
    found_by_person = [step for step in steps if "(user_id=" in step]
    assert found_by_person
    assert {step.split()[1] for step in found_by_person} == {"participants"}


async def test_rows_with_unreadable_json_are_exported(town: Community) -> None:
    """SQLite stores any text in a column of JSON."""
    if town.db.url.startswith("postgresql"):
        pytest.skip("PostgreSQL refuses broken JSON")
    maya = await town.member("Maya")

    async def spoil(tx: Transaction) -> None:
        await write_history(tx, maya, 1)
        for column in ("notices SET facts", "members SET muted_notices"):
            spoil_all = f"UPDATE {column} = '{{' WHERE user_id = {maya.user_id}"
            await tx.connection.execute(text(spoil_all))

    await town.db.run(spoil)
    exported = await exports.export(town.db, maya)
    assert [row["facts"] for row in exported["notices"]] == [data_export.UNREADABLE] * 3
    assert exported["members"][0]["muted_notices"] == data_export.UNREADABLE
