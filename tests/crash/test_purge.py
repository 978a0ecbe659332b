"""A purge that is killed again and again is finished by the next program that runs."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import Any

from mentorbot.jobs.housekeeping import run_housekeeping
from mentorbot.settings import RetentionSettings
from mentorship.administration import setup
from mentorship.operations import guild_purge, reconciliation
from mentorship.statuses import SessionStatus
from storage import Database
from tests.conftest import Clock
from tests.mentorbot.support.processes import run_script
from tests.mentorship.support.community import OTHER_GUILD, Community, hours

PURGER = Path(__file__).parent / "programs" / "purger.py"
KILLS = 2


async def rows_of(community: Community) -> dict[str, Any]:
    """Return the rows of a guild, without the keys that expire."""
    return {
        name: [row for row in rows if getattr(row, "guild_id", None) == community.guild_id]
        for name, rows in (await community.dump()).items()
        if name != "idempotency_keys"
    }


async def test_a_purge_that_is_killed_is_finished_later(sqlite_url: str, clock: Clock) -> None:
    db = Database(sqlite_url, clock=clock)
    town, village = Community(db, clock), Community(db, clock, OTHER_GUILD)
    for community in (town, village):
        await community.configure()
        oliver = await community.mentor("Oliver")
        maya = await community.member("Maya", points=500)
        await community.session(SessionStatus.COMPLETED, maya, oliver, clock.now + hours(24))
    await db.run(setup.record_guild_left, town.guild_id)
    clock.now += guild_purge.GUILD_RETENTION
    before = await rows_of(village)
    rows = sum(len(each) for each in (await town.dump()).values())
    for _ in range(KILLS):
        arguments = (sqlite_url, str(town.guild_id), clock.now.isoformat())
        async with run_script(PURGER, *arguments) as process, asyncio.timeout(60):
            for _ in range(4):
                assert (await process.stdout.readline()).startswith(b"deleting")
            process.signal(signal.SIGKILL)
            assert await process.ended() == -signal.SIGKILL
        remaining = sum(len(each) for each in (await town.dump()).values())
        assert remaining < rows, "what was committed stays done"
        rows = remaining
        assert await db.read(guild_purge.list_due) == [town.guild_id]
        assert (await db.read(reconciliation.check)).faults == ()
    await run_housekeeping(db, RetentionSettings())
    after = await town.dump()
    assert [row.id for row in after["guilds"]] == [village.guild_id]
    assert await rows_of(village) == before
    assert len(after["sessions"]) == 1
    await db.close()
