"""An erasure whose program is killed is completed by the next one."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from mentorbot.jobs.schedule import finish_erasures
from mentorship.operations import personal_data
from storage import Database
from storage.tables import Erasure
from tests.conftest import Clock
from tests.mentorbot.support.processes import run_script
from tests.mentorship.operations.test_privacy import ID, cells, tell_story, traces
from tests.mentorship.support.community import Community, assert_ledger_consistent

ERASER = Path(__file__).parent / "programs" / "eraser.py"


@pytest.mark.parametrize("lines", [1, 9])
async def test_an_erasure_is_completed_after_a_crash(
    database_url: str, clock: Clock, lines: int
) -> None:
    """The program is killed after the first transaction, or some steps later."""
    db = Database(database_url, clock=clock)
    town = Community(db, clock)
    await town.configure()
    await tell_story(town)
    arguments = [database_url, town.guild_id, ID, clock.now.isoformat()]
    async with run_script(ERASER, *arguments) as process, asyncio.timeout(60):
        for _ in range(lines):
            line = (await process.stdout.readline()).decode().strip()
            assert line in ("begun", "step"), line
        process.signal(signal.SIGKILL)
        assert await process.ended() == -signal.SIGKILL
    assert await town.count(Erasure) == 1
    clock.turn(minutes=1)
    assert await finish_erasures(db) == 1
    assert traces(await db.read(cells)) == []
    assert await town.count(Erasure) == 0
    assert not await db.read(personal_data.has_data, town.guild_id, ID)
    await db.read(assert_ledger_consistent)
    await db.close()
