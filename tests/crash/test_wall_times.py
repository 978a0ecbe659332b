"""A comparison with new zone rules whose program is killed is completed by the next one."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mentorship.notifications.catalogue import NotificationKind
from storage import Database
from tests.conftest import Clock
from tests.crash.tzdata import changed_database, compare_all, comparer
from tests.mentorship.support.community import HIGH_LIMITS, Community

JULY = datetime(2026, 7, 7, 12, tzinfo=UTC)
CHANGED = NotificationKind.LOCAL_TIME_CHANGED


@pytest.mark.parametrize("steps", [0, 2])
async def test_a_killed_comparison_loses_and_repeats_no_message(
    database_url: str, clock: Clock, tmp_path: Path, steps: int
) -> None:
    """The program is killed within a transaction, or while one more may be running."""
    tzdata = changed_database(tmp_path, "2099a", London="Africa/Abidjan")
    db = Database(database_url, clock=clock)
    town = Community(db, clock)
    await town.configure(**HIGH_LIMITS)
    oliver = await town.mentor("Oliver", rate=0, instant_booking=True, horizon_days=365)
    maya = await town.member("Maya")
    booked = [await town.book(maya, oliver, JULY + n * timedelta(hours=1)) for n in range(10)]
    assert await compare_all(database_url, clock.now, None) != []
    assert await town.notifications(CHANGED) == []
    async with comparer(database_url, clock.now, tzdata, 3) as process, asyncio.timeout(60):
        assert process.stdin is not None
        assert process.stdout is not None
        assert (await process.stdout.readline()).strip() == b"2099a"
        for _ in range(steps):
            process.stdin.write(b"\n")
            assert (await process.stdout.readline()).strip() == b"step"
        process.stdin.write(b"\n")
        await process.stdin.drain()
        process.kill()
        await process.wait()
    assert (await compare_all(database_url, clock.now, tzdata, 3))[-1] == "done"
    rows = await town.notifications(CHANGED)
    expected = sorted((s.id, person.user_id) for s in booked for person in (oliver, maya))
    assert sorted((row.session_id, row.user_id) for row in rows) == expected
    await db.close()
