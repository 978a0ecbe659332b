"""The log of completed backups, on both engines."""

from __future__ import annotations

from datetime import timedelta

from mentorship.operations import backup_log
from storage import Database
from tests.conftest import Clock

SECOND = timedelta(seconds=1)


async def test_the_newest_backup_is_found(db: Database, clock: Clock) -> None:
    assert await db.read(backup_log.last_completed) is None
    await db.run(backup_log.record, size_bytes=4_096, duration=SECOND)
    clock.now += timedelta(hours=5)
    latest = clock.now
    await db.run(backup_log.record, size_bytes=8_192, duration=SECOND)
    clock.now += timedelta(hours=5)
    assert await db.read(backup_log.last_completed) == latest


async def test_old_records_are_deleted_except_the_newest(db: Database, clock: Clock) -> None:
    first = clock.now
    for _ in range(3):
        await db.run(backup_log.record, size_bytes=4_096, duration=SECOND)
        clock.now += backup_log.RETENTION
    clock.now -= backup_log.RETENTION + SECOND
    assert await db.run(backup_log.delete_old) == 1
    clock.now += timedelta(days=3_650)
    assert await db.run(backup_log.delete_old) == 1
    assert await db.run(backup_log.delete_old) == 0
    assert await db.read(backup_log.last_completed) == first + 2 * backup_log.RETENTION
