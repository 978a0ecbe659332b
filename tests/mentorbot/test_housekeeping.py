"""What is deleted once a day, and what limits the growth of each table."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, make_url, text, update

from mentorbot.jobs.housekeeping import HousekeepingFailed, run_housekeeping, steps
from mentorbot.settings import RetentionSettings
from mentorship.mentors import application_review, profiles
from mentorship.mentors.application_review import Decision
from mentorship.mentors.profile_rules import ProfileContent
from mentorship.operations import retention
from mentorship.operations.retention import Bound
from mentorship.statuses import SessionStatus
from storage import Database, Transaction
from storage.tables import (
    Commitment,
    DateOverrideRow,
    GrantRequest,
    Guild,
    IdempotencyKey,
    Notification,
    ProfileRevision,
    Session,
    Table,
    Tag,
)
from tests.conftest import Clock
from tests.mentorship.support.community import OTHER_GUILD, Community, hours
from tests.mentorship.support.statements import record_statements

PERIODS = retention.Periods(timedelta(days=90), timedelta(days=90), timedelta(days=90))
RUNNING = Path(__file__).parents[2] / "docs" / "running.md"


BREAK_TAGS = {
    "sqlite": (
        "CREATE TRIGGER tags_stay BEFORE DELETE ON tags WHEN OLD.name = 'cobol' "
        "BEGIN SELECT RAISE(ABORT, 'broken'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION tags_stay() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'broken'; END $$",
        "CREATE TRIGGER tags_stay BEFORE DELETE ON tags FOR EACH ROW WHEN (OLD.name = 'cobol') "
        "EXECUTE FUNCTION tags_stay()",
    ),
}
"""Lets no tag `cobol` be deleted."""

RESTORE_TAGS = {
    "sqlite": ("DROP TRIGGER tags_stay",),
    "postgresql": ("DROP TRIGGER tags_stay ON tags", "DROP FUNCTION tags_stay"),
}


@pytest.fixture
async def town(db: Database, clock: Clock) -> Community:
    town = Community(db, clock)
    await town.configure()
    return town


def test_every_table_has_a_bound(db: Database) -> None:
    assert set(retention.BOUNDS) == set(Table.metadata.tables)
    nightly = [table for step in steps(db, RetentionSettings()) for table in step.tables]
    assert len(nightly) == len(set(nightly))
    by_age = {name for name, bound in retention.BOUNDS.items() if bound is Bound.AGE}
    assert set(nightly) == by_age


def test_the_guide_says_what_bounds_each_table() -> None:
    section = RUNNING.read_text("utf-8").partition("## What is kept, and how long")[2]
    rows = re.findall(r"^\| (.+?) \| (.+?) \|", section.partition("\n## ")[0], re.MULTILINE)
    tables = [table for row, _ in rows for table in re.findall(r"`(\w+)`", row)]
    assert sorted(tables) == sorted(retention.BOUNDS)
    days = {
        table: int(number)
        for row, kept in rows
        for table in re.findall(r"`(\w+)`", row)
        for number in re.findall(r"^(\d+) days", kept)
    }
    assert days["idempotency_keys"] == retention.IDEMPOTENCY_KEY_RETENTION.days
    assert days["notices"] == retention.NOTIFICATION_RETENTION.days
    assert days["commitments"] == retention.COMMITMENT_RETENTION.days


async def test_old_keys_and_notifications_are_deleted(town: Community, clock: Clock) -> None:
    oliver = await town.mentor("Oliver")
    maya = await town.member("Maya", points=500)
    session = await town.book(maya, oliver, clock.now + timedelta(days=50), key="k")

    async def mark_as_sent(tx: Transaction) -> None:
        await tx.connection.execute(update(Notification).values(status="sent", settled_at=tx.now))
        key = {"guild_id": town.guild_id, "user_id": maya.user_id, "request": "", "key": "new"}
        later = tx.now + retention.IDEMPOTENCY_KEY_RETENTION
        await tx.connection.execute(insert(IdempotencyKey).values(**key, created_at=later))

    await town.db.run(mark_as_sent)
    clock.turn(days=8)
    notifications = await town.count(Notification)
    await run_housekeeping(town.db, RetentionSettings())
    assert await town.count(IdempotencyKey) == 1
    assert await town.count(Notification) == notifications
    clock.turn(days=83)
    # The session isn't over yet, so its notification is still needed.
    await run_housekeeping(town.db, RetentionSettings())
    assert [row.session_id for row in await town.notifications()] == [session.id]
    await town.wait_until(clock.now)
    clock.turn(days=1)
    await run_housekeeping(town.db, RetentionSettings())
    assert session.id not in [
        row.session_id for row in await town.notifications() if row.status == "sent"
    ]


async def test_only_past_commitments_and_overrides_are_deleted(
    town: Community, clock: Clock
) -> None:
    oliver = await town.mentor("Oliver")
    maya = await town.member("Maya", points=500)
    await town.session(SessionStatus.COMPLETED, maya, oliver, clock.now + hours(24))
    disputed = await town.session(SessionStatus.DISPUTED, maya, oliver, clock.now + hours(48))
    profile = (await town.dump())["mentor_profiles"][0]

    async def add_override(tx: Transaction) -> None:
        row = {"profile_id": profile.id, "date": tx.now.date()}
        await tx.connection.execute(insert(DateOverrideRow).values(**row))

    await town.db.run(add_override)
    clock.turn(days=27)
    ahead = await town.book(maya, oliver, clock.now + hours(48))
    await run_housekeeping(town.db, RetentionSettings())
    assert await town.count(Commitment) == 6, "weekly limits count last week"
    clock.turn(days=4)
    await run_housekeeping(town.db, RetentionSettings())
    kept = {row.session_id for row in (await town.dump())["commitments"]}
    assert kept == {disputed.id, ahead.id}, "a dispute isn't over"
    assert await town.count(DateOverrideRow) == 0
    assert await town.count(Session) == 3


async def test_replaced_applications_are_deleted_except_the_latest(
    town: Community, clock: Clock
) -> None:
    oliver = await town.mentor("Oliver")
    for text_ in ("First", "Second"):
        content = ProfileContent(["python"], 60, f"{text_} change of my bio, which is long enough.")
        change = (await town.db.run(profiles.edit, oliver, content)).pending
        assert change is not None
        await town.db.run(application_review.decide, town.chief, change.id, Decision.APPROVED)
    rejected = ProfileContent(["go"], 60, "A change that nobody will ever like, long enough.")
    change = (await town.db.run(profiles.edit, oliver, rejected)).pending
    assert change is not None
    await town.db.run(
        application_review.decide, town.chief, change.id, Decision.REJECTED, "Not this one."
    )
    await town.deliver()
    clock.turn(days=400)
    await run_housekeeping(town.db, RetentionSettings(applications=0))
    assert await town.count(ProfileRevision) == 4
    await run_housekeeping(town.db, RetentionSettings(applications=401))
    assert await town.count(ProfileRevision) == 4
    await run_housekeeping(town.db, RetentionSettings(applications=400 - 1))
    kept = (await town.dump())["profile_revisions"]
    assert [(row.status, row.bio[:8]) for row in kept] == [
        ("approved", "Second c"),
        ("rejected", "A change"),
    ], "what members see, and the latest decision"


async def test_a_decided_grant_is_kept_as_long_as_the_audit_log(
    town: Community, clock: Clock
) -> None:
    maya = await town.member("Maya")

    async def add(tx: Transaction) -> None:
        row = {"guild_id": town.guild_id, "user_id": maya.user_id, "amount": 9, "reason": "Prize"}
        for status, decided_at in (("pending", None), ("rejected", tx.now)):
            await tx.connection.execute(
                insert(GrantRequest).values(
                    **row, status=status, requested_at=tx.now, decided_at=decided_at
                )
            )

    await town.db.run(add)
    clock.turn(days=101)
    await run_housekeeping(town.db, RetentionSettings(audit_log=0))
    assert await town.count(GrantRequest) == 2
    await run_housekeeping(town.db, RetentionSettings(audit_log=100))
    assert [row.status for row in (await town.dump())["grant_requests"]] == ["pending"]


async def test_unused_tags_are_deleted(town: Community) -> None:
    await town.mentor("Oliver")

    async def add(tx: Transaction) -> None:
        await tx.connection.execute(insert(Tag).values(guild_id=town.guild_id, name="cobol"))

    await town.db.run(add)
    await run_housekeeping(town.db, RetentionSettings())
    assert [row.name for row in (await town.dump())["tags"]] == ["python"]


async def test_a_walk_reads_several_chunks(
    town: Community, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("Oliver", "Nora", "Priya"):
        await town.mentor(name)
    await town.deliver()
    before = await town.count(Notification)
    clock.turn(days=91)
    rule = retention.RULES[0]
    chunk = await town.db.read(retention.find_expired, rule, PERIODS, 0, 2)
    assert len(chunk.ids) == 2
    found = list(chunk.ids)
    while chunk.last_id is not None:
        chunk = await town.db.read(retention.find_expired, rule, PERIODS, chunk.last_id, 2)
        found += chunk.ids
    assert len(found) == len(set(found)) == before > 2


async def test_other_steps_and_purges_run_if_one_fails(
    town: Community, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    village = Community(town.db, clock, OTHER_GUILD)
    await village.configure()
    for community in (village, town):
        await community.mentor("Oliver")

    async def break_it(tx: Transaction) -> None:
        for left_days_ago, guild_id in ((40, village.guild_id), (30, town.guild_id)):
            left_at = tx.now - timedelta(days=left_days_ago)
            of_guild = Guild.id == guild_id
            await tx.connection.execute(update(Guild).where(of_guild).values(left_at=left_at))
        # A tag of the village can't be deleted.
        for statement in BREAK_TAGS[tx.dialect]:
            await tx.connection.execute(text(statement))
        await tx.connection.execute(insert(Tag).values(guild_id=village.guild_id, name="cobol"))

    await town.db.run(break_it)
    with pytest.raises(HousekeepingFailed) as caught:
        await run_housekeeping(town.db, RetentionSettings())
    assert caught.value.args == ("delete old tags", "purge servers")
    failed = [
        (record.message, getattr(record, "step", getattr(record, "guild", None)))
        for record in caplog.records
        if record.levelname == "ERROR"
    ]
    assert failed == [
        ("housekeeping step failed", "delete old tags"),
        ("can't purge a server", village.guild_id),
        ("housekeeping step failed", "purge servers"),
    ]
    assert [row.id for row in (await town.dump())["guilds"]] == [village.guild_id]

    async def repair(tx: Transaction) -> None:
        for statement in RESTORE_TAGS[tx.dialect]:
            await tx.connection.execute(text(statement))

    await town.db.run(repair)
    await run_housekeeping(town.db, RetentionSettings())
    assert (await town.dump())["guilds"] == []


async def test_no_walk_scans_a_table_for_each_row(sqlite_url: str, clock: Clock) -> None:
    file = make_url(sqlite_url).database or ""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("ANALYZE")
        # As in a big community, in which nearly no notification is about an application.
        row = ("notices", "ix_notices_revision", "100000 100000")
        connection.execute("INSERT INTO sqlite_stat1 VALUES (?, ?, ?)", row)
        connection.commit()
    db = Database(sqlite_url, clock=clock)
    await db.open()
    with record_statements(db) as executed:
        for rule in retention.RULES:
            await db.read(retention.find_expired, rule, PERIODS, 0)
    with closing(sqlite3.connect(file)) as connection:
        plan = [
            step
            for statement, values in executed
            if statement.startswith("SELECT")
            for *_, step in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
    await db.close()
    assert len(plan) > 2 * len(retention.RULES)
    assert [step for step in plan if step.startswith("SCAN notices")] == []
