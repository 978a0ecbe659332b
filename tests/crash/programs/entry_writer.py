"""A program that writes sessions into calendars until `test_calendar_entries.py` kills it.

python tests/crash/programs/entry_writer.py URL KEY NOW BEGIN FACTOR

URL is the database's, and KEY encrypts its secrets. Its clock shows NOW at the Unix time BEGIN, and
is FACTOR times as fast.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from functools import partial

from integrations.calendars.caldav_entries import EntryWriter
from integrations.egress import Egress
from mentorship.calendars import entries
from mentorship.webhooks import cursors, feed
from storage import Database
from storage.encryption import Cipher
from tests.crash.fast_clock import FastClock


async def main(url: str, key: str, clock: FastClock) -> None:
    db = Database(url, clock=clock, cipher=Cipher([key]))
    await db.open()
    writer = EntryWriter(db, partial(Egress, allow_private=True))
    print("ready", flush=True)
    while True:
        await db.run(feed.assign)
        await db.run(cursors.follow, entries.CURSOR, entries.follow_event)
        await writer.run()
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    url, key, now, begin, factor = sys.argv[1:]
    clock = FastClock(datetime.fromisoformat(now), float(begin), float(factor))
    asyncio.run(main(url, key, clock))
