"""A program that compares upcoming sessions with its rules of time zones.

python tests/crash/programs/wall_time_comparer.py URL NOW LIMIT

It prints the version of its tz database, which `PYTZ_TZDATADIR` can replace, a line before and
after each transaction, and `done`. It waits for a line of input before each.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime

from mentorship.sessions.wall_times import zone_rules
from mentorship.time import timezones
from storage import Database


async def main(url: str, now: datetime, limit: int) -> None:
    db = Database(url, clock=lambda: now)
    await db.open()
    version = timezones.database_version()
    print(version, flush=True)
    while await db.read(zone_rules.is_due, version):
        sys.stdin.readline()
        await db.run(zone_rules.compare_next, version, limit)
        print("step", flush=True)
    print("done", flush=True)
    await db.close()


if __name__ == "__main__":
    url, now, limit = sys.argv[1:]
    asyncio.run(main(url, datetime.fromisoformat(now).astimezone(UTC), int(limit)))
