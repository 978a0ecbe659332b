"""A program that works for a meeting provider, until `test_meetings.py` kills it or it is done.

python tests/crash/programs/meeting_worker.py URL NOW PROVIDER PORT

URL is the database's. Its clock always shows NOW. PORT is the provider's stand-in.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime

from integrations.egress import Egress
from integrations.meetings.worker import MeetingWorker
from mentorbot.jobs.integration_jobs import follow_events
from storage import Database
from tests.integrations.meetings.place import providers_of
from tests.integrations.meetings.standins import DailyStandIn, ZoomStandIn


async def main(url: str, now: datetime, provider: str, port: int) -> None:
    db = Database(url, clock=lambda: now)
    await db.open()
    server = ZoomStandIn(port) if provider == "zoom" else DailyStandIn(port)
    async with Egress(allow_private=True) as egress:
        await follow_events(db)
        await MeetingWorker(db, providers_of(server, egress)).run()
    await db.close()
    print("done", flush=True)


if __name__ == "__main__":
    url, now, provider, port = sys.argv[1:]
    asyncio.run(main(url, datetime.fromisoformat(now), provider, int(port)))
