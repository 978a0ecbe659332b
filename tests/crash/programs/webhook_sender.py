"""A program that sends webhooks until `test_webhooks.py` kills it.

python tests/crash/programs/webhook_sender.py URL NOW BEGIN FACTOR

URL is the database's. Its clock shows NOW at the Unix time BEGIN, and is FACTOR times as fast.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime

from api.webhooks import rendering
from integrations.egress import Egress
from integrations.webhooks import WebhookSender
from storage import Database
from tests.crash.fast_clock import FastClock

TIMEOUT_S = 0.3
"""Less than a lease by the fast clock."""


async def main(url: str, clock: FastClock) -> None:
    db = Database(url, clock=clock)
    await db.open()
    async with Egress(allow_private=True, timeout_s=TIMEOUT_S) as egress:
        sender = WebhookSender(db, egress, rendering.render_bodies, rendering.test_body)
        print("ready", flush=True)
        while True:
            await sender.run()
            await asyncio.sleep(0.05)


if __name__ == "__main__":
    url, now, begin, factor = sys.argv[1:]
    clock = FastClock(datetime.fromisoformat(now), float(begin), float(factor))
    asyncio.run(main(url, clock))
