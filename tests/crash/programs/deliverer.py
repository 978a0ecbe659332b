"""A program that delivers due notifications until `test_delivery.py` kills it.

python tests/crash/programs/deliverer.py ADDRESS URL NOW

ADDRESS is that of a fake Discord. The program prints "delivered" when nothing is due any more, and
waits to be killed.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime

import discord.http

from bot.client import MentorBot
from bot.notifications.delivery import deliver_due
from storage import Database


async def main(address: str, url: str, now: datetime) -> None:
    discord.http.Route.BASE = f"{address}/api"
    db = Database(url, clock=lambda: now)
    await db.open()
    bot = MentorBot(db)
    await bot.login("open-sesame")
    await deliver_due(bot, db)
    print("delivered", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    address, url, now = sys.argv[1:]
    asyncio.run(main(address, url, datetime.fromisoformat(now).astimezone(UTC)))
