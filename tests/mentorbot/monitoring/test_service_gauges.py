"""Gauges of the whole service, scraped over HTTP from what a process serves."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import insert, make_url, update

from mentorbot import __version__
from mentorbot.metrics import counters
from mentorbot.metrics.process_gauges import PROCESS_GAUGES, Role
from mentorbot.metrics.service_gauges import SERVICE_GAUGES
from mentorbot.monitor import ProcessMonitor
from mentorship.delivery import dm_budget, outbox, outcomes
from mentorship.notifications.timing import URGENCIES
from mentorship.operations import backup_log, health
from mentorship.statuses import LIVE, SessionStatus
from storage import Database, Transaction
from storage.tables import Guild, Notification
from tests.conftest import Clock, truncate
from tests.mentorbot.support.scrapes import Scrape, scrape, serve_monitor
from tests.mentorbot.support.sqlite_faults import full_disk, write_lock_held
from tests.mentorship.support.community import Community
from tests.storage.on_postgresql.server import PostgresServer
from tests.storage.on_postgresql.silent_proxy import silent_proxy

SLOWEST_FIRST = (
    SessionStatus.DISPUTED,
    SessionStatus.IN_PROGRESS,
    SessionStatus.CONFIRMED,
    SessionStatus.SCHEDULED,
)
BACKUP = "mentorbot_last_backup_timestamp_seconds"
FIRST_SERVER = "mentorbot_first_server_timestamp_seconds"
SERVICE_NAMES = {gauge.name for gauge in SERVICE_GAUGES} - {BACKUP, FIRST_SERVER}
"""Those that are always there if the database is."""


async def look(database: Database) -> Scrape:
    """Scrape a process that has just started on this database."""
    async with serve_monitor(ProcessMonitor(database, Role.API)) as port:
        return await scrape(port)


@pytest.fixture
async def town(db: Database, clock: Clock) -> Community:
    community = Community(db, clock)
    await community.configure()
    return community


async def test_sessions_and_notifications_are_counted(town: Community, clock: Clock) -> None:
    oliver = await town.mentor("Oliver")
    maya = await town.member("Maya", points=500)
    # Some of these statuses take days to reach, in which others would end.
    for number, status in enumerate((*(set(SessionStatus) - LIVE), *SLOWEST_FIRST)):
        start = clock.now + timedelta(hours=24 + 2 * number)
        await town.session(status, maya, oliver, start)
    seen = await look(town.db)
    assert seen.by_label("mentorbot_sessions", "status") == dict.fromkeys(LIVE, 1)
    assert seen.value("mentorbot_notifications_due") > seen.value("mentorbot_notifications_overdue")
    clock.turn(minutes=6)
    seen = await look(town.db)
    assert seen.value("mentorbot_notifications_overdue") > 0
    assert seen.value("mentorbot_notifications_overdue") == seen.value(
        "mentorbot_notifications_due"
    )


async def test_overdue_transitions_are_counted_from_the_first(
    town: Community, clock: Clock
) -> None:
    oliver = await town.mentor("Oliver")
    maya = await town.member("Maya", points=500)
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    clock.now = session.starts_at + timedelta(minutes=4)
    assert (await look(town.db)).value("mentorbot_sessions_overdue") == 0
    clock.turn(minutes=2)
    assert (await look(town.db)).value("mentorbot_sessions_overdue") == 1
    overdue = await town.db.read(health.load_overdue)
    assert overdue.since is not None
    assert overdue.since <= session.starts_at


async def add_guild(tx: Transaction) -> None:
    """Add a guild to which nothing is written yet."""
    await tx.connection.execute(insert(Guild).values(id=10, created_at=tx.now))


async def write_notifications(tx: Transaction, number: int, urgency: int = URGENCIES[0]) -> None:
    """Write notifications that come due one second after another, the first one now."""
    await tx.connection.execute(
        insert(Notification),
        [
            {
                "guild_id": 10,
                "user_id": 1,
                "kind": "welcome",
                "key": f"{urgency}-{second}",
                "due_at": tx.now + timedelta(seconds=second),
                "next_at": tx.now + timedelta(seconds=second),
                "urgency": urgency,
            }
            for second in range(number)
        ],
    )


async def test_counts_end_at_a_limit(db: Database, clock: Clock) -> None:
    await db.run(add_guild)
    first = clock.now
    await db.run(write_notifications, health.MAX_OVERDUE + 5, URGENCIES[0])
    await db.run(write_notifications, 3, URGENCIES[1])
    clock.turn(hours=1)
    seen = await look(db)
    assert seen.value("mentorbot_notifications_overdue") == health.MAX_OVERDUE + 3
    assert (await db.read(health.load_overdue)).since == first


async def test_the_oldest_due_notification_has_its_age(db: Database, clock: Clock) -> None:
    await db.run(add_guild)
    assert (await look(db)).value("mentorbot_oldest_due_notification_seconds") == 0
    await db.run(write_notifications, 3)
    clock.turn(minutes=10)
    assert (await look(db)).value("mentorbot_oldest_due_notification_seconds") == 600


async def send_to_a_channel(tx: Transaction) -> None:
    await tx.connection.execute(update(Notification).values(user_id=None))


async def test_notifications_that_fail_again_and_again_are_counted(
    db: Database, clock: Clock
) -> None:
    """As while Discord refuses everything: nothing is due, since all wait for another attempt."""
    await db.run(add_guild)
    await db.run(write_notifications, 2)
    clock.turn(minutes=1)
    (first, *_) = await db.run(outbox.claim_due)
    assert (await look(db)).value("mentorbot_notifications_retrying") == 0
    outcome = outcomes.retry(first, "503", timedelta(minutes=30), clock.now)
    await db.run(outcomes.record, [outcome])
    clock.turn(minutes=19)
    seen = await look(db)
    assert seen.value("mentorbot_notifications_retrying") == 1
    age = seen.value("mentorbot_oldest_retrying_notification_seconds")
    assert age == (clock.now - first.due_at).total_seconds() >= 1_140
    await db.run(send_to_a_channel)
    seen = await look(db)
    assert seen.value("mentorbot_notifications_retrying") == 0, "moderators have to act there"
    assert seen.value("mentorbot_oldest_retrying_notification_seconds") == 0


async def fail_notifications(tx: Transaction) -> None:
    await tx.connection.execute(update(Notification).values(status="failed", settled_at=tx.now))


async def test_given_up_notifications_count_for_a_day(db: Database, clock: Clock) -> None:
    await db.run(add_guild)
    await db.run(write_notifications, 3)
    assert (await look(db)).value("mentorbot_notifications_given_up") == 0
    await db.run(fail_notifications)
    assert (await look(db)).value("mentorbot_notifications_given_up") == 3
    clock.turn(hours=25)
    assert (await look(db)).value("mentorbot_notifications_given_up") == 0


async def take_tokens(tx: Transaction, number: int) -> None:
    budget = await dm_budget.load(tx)
    for _ in range(number):
        assert budget.take(dm_budget.Bucket.NORMAL, tx.now)
    await dm_budget.store(tx, budget)


async def test_used_first_conversations_are_shown_beside_their_limit(
    db: Database, clock: Clock
) -> None:
    await db.run(take_tokens, 4)
    seen = await look(db)
    assert seen.value("mentorbot_first_conversations_used") == 4
    assert seen.value("mentorbot_first_conversations_limit") == 10
    clock.turn(seconds=20)
    assert (await look(db)).value("mentorbot_first_conversations_used") == 2
    await db.run(dm_budget.pause)
    assert (await look(db)).value("mentorbot_first_conversations_used") == 10


async def test_the_last_backup_is_absent_until_there_is_one(db: Database, clock: Clock) -> None:
    assert (await look(db)).value(BACKUP) is None
    await db.run(backup_log.record, size_bytes=4_096, duration=timedelta(seconds=2))
    at = clock.now.timestamp()
    clock.turn(hours=30)
    assert (await look(db)).value(BACKUP) == at


async def test_a_backup_is_due_from_the_first_server_on(db: Database, clock: Clock) -> None:
    assert (await look(db)).value(FIRST_SERVER) is None
    at = clock.now.timestamp()
    await Community(db, clock, 20).configure()
    clock.turn(hours=3)
    await Community(db, clock, 10).configure()
    assert (await look(db)).value(FIRST_SERVER) == at


async def test_the_start_of_a_process_is_shown_by_the_clock_as_it_was(
    db: Database, clock: Clock
) -> None:
    """Otherwise, setting the clock would look like a restart."""
    at = clock.now.timestamp()
    async with serve_monitor(ProcessMonitor(db, Role.API)) as port:
        clock.turn(hours=-2)
        assert (await scrape(port)).value("mentorbot_start_timestamp_seconds") == at


async def test_unreadable_figures_are_absent_instead_of_zero(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/gone/mentorbot.db")
    seen = await look(database)
    await database.close()
    assert seen.names.isdisjoint(SERVICE_NAMES)
    assert seen.value("mentorbot_database_up") == 0
    assert seen.value("mentorbot_writes_accepted") == 0
    assert seen.value("mentorbot_info", version=__version__, role="api") == 1


async def test_figures_return_with_the_database(server: PostgresServer, tmp_path: Path) -> None:
    database = Database(f"postgresql+asyncpg://mentorbot@/tests?host={tmp_path / 'server'}")
    async with serve_monitor(ProcessMonitor(database, Role.API)) as port:
        seen = await scrape(port)
        assert seen.value("mentorbot_database_up") == 0
        assert seen.names.isdisjoint(SERVICE_NAMES)
        (tmp_path / "server").symlink_to(server.folder)
        seen = await scrape(port)
        assert seen.value("mentorbot_database_up") == seen.value("mentorbot_writes_accepted") == 1
        assert seen.names >= SERVICE_NAMES
    await database.close()


async def test_a_scrape_does_not_wait_for_a_silent_server(
    server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing answers, and nothing says that the connection is lost."""
    await truncate(server.url("tests"))
    async with silent_proxy(server) as proxy:
        database = Database(proxy.url("tests"))
        async with serve_monitor(ProcessMonitor(database, Role.API, max_age_s=0)) as port:
            assert (await scrape(port)).value("mentorbot_database_up") == 1
            proxy.silence()
            for _ in range(2):
                seen = await scrape(port)
                assert seen.value("mentorbot_database_up") == 0
                assert seen.value("mentorbot_writes_accepted") == 0
                assert seen.names.isdisjoint(SERVICE_NAMES)
            proxy.restore()
            async with asyncio.timeout(20):
                while (await scrape(port)).value("mentorbot_database_up") == 0:
                    pass
        await database.close()
    problems = {vars(record).get("problem") for record in caplog.records}
    assert "TimeoutError" in problems


async def test_figures_with_a_missing_table_are_absent(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """An error that isn't an outage is logged with its traceback, and the scrape is answered."""
    database = Database(sqlite_url)
    with sqlite3.connect(make_url(sqlite_url).database or "") as other:
        other.execute("DROP TABLE faults")
    seen = await look(database)
    await database.close()
    assert seen.value("mentorbot_database_up") == 0
    assert seen.names.isdisjoint(SERVICE_NAMES)
    assert seen.value("mentorbot_writes_accepted") == 1
    (record,) = (record for record in caplog.records if record.levelname == "ERROR")
    assert "no such table: faults" in record.exc_text


async def test_writes_are_refused_while_the_write_lock_is_held(sqlite_url: str) -> None:
    database = Database(f"{sqlite_url}?timeout=0.01")
    await database.open()
    async with serve_monitor(ProcessMonitor(database, Role.API)) as port:
        with write_lock_held(sqlite_url):
            seen = await scrape(port)
        assert seen.value("mentorbot_writes_accepted") == 0
        assert seen.value("mentorbot_database_up") == 1
        assert (await scrape(port)).value("mentorbot_writes_accepted") == 1
    await database.close()


async def test_writes_are_refused_with_a_full_disk(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    await database.open()
    async with serve_monitor(ProcessMonitor(database, Role.API)) as port:
        with full_disk():
            seen = await scrape(port)
        assert seen.value("mentorbot_writes_accepted") == 0
        assert seen.value("mentorbot_database_up") == 1
        assert (await scrape(port)).value("mentorbot_writes_accepted") == 1
    await database.close()


async def test_many_scrapers_cause_one_read(database_url: str) -> None:
    database = Database(database_url, observe=counters.record_use_case)
    labels = {"use_case": "mentorship.operations.health.load_figures", "outcome": "done"}

    def reads() -> float:
        return REGISTRY.get_sample_value("mentorbot_use_cases_total", labels) or 0

    before = reads()
    async with serve_monitor(ProcessMonitor(database, Role.API)) as port:
        scrapes = await asyncio.gather(*(scrape(port) for _ in range(10)))
    await database.close()
    assert [seen.value("mentorbot_database_up") for seen in scrapes] == [1] * 10
    assert reads() == before + 1


def test_each_metric_has_one_name() -> None:
    names = [gauge.name for gauge in (*SERVICE_GAUGES, *PROCESS_GAUGES)]
    names += [family.name for family in REGISTRY.collect()]
    assert len(set(names)) == len(names)
