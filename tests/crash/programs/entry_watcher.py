"""A program that reads calendars until `test_entry_changes.py` kills it.

python tests/crash/programs/entry_watcher.py URL KEY NOW BEGIN FACTOR

The arguments are those of `entry_writer.py`.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime

from mentorbot.jobs.calendar_import import open_importer
from storage import Database
from storage.encryption import Cipher
from tests.crash.fast_clock import FastClock


async def main(url: str, key: str, clock: FastClock) -> None:
    db = Database(url, clock=clock, cipher=Cipher([key]))
    await db.open()
    async with open_importer(db, allow_private=True) as importer:
        print("ready", flush=True)
        while True:
            await importer.run()
            await asyncio.sleep(0.02)


if __name__ == "__main__":
    url, key, now, begin, factor = sys.argv[1:]
    asyncio.run(main(url, key, FastClock(datetime.fromisoformat(now), float(begin), float(factor))))
