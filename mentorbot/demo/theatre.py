"""The whole demo, put up and taken down: data, simulated Discord, bot, page."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import simcord

from bot.client import MentorBot
from mentorbot.demo import door
from mentorbot.demo.community import MAYA, settle_in
from mentorbot.demo.page import ControlRoom, listen
from mentorbot.demo.stage import Stage
from mentorbot.demo.timekeeping import Timekeeper
from storage import Database
from storage.migrations import upgrade

HOST = "127.0.0.1"


@asynccontextmanager
async def opened(*, port: int = 0) -> AsyncIterator[ControlRoom]:
    """The demo while it is open: `room.url` is its first page. All of it is gone afterwards."""
    with (
        listen(HOST, port) as socket,
        tempfile.TemporaryDirectory(prefix="mentorbot-demo-", ignore_cleanup_errors=True) as place,
    ):
        url = f"sqlite+aiosqlite:///{Path(place, 'demo.db').as_posix()}"
        await upgrade(url)
        clock = _Clock()
        # The file is thrown away, so it need not survive a loss of power.
        db = Database(url, clock=clock.now, synchronous="OFF")
        bot = MentorBot(db)
        try:
            async with simcord.run(bot, check_errors=False) as env:
                clock.env = env
                stage = Stage(env, preview_port=socket.getsockname()[1] + 1)
                clockwork = Timekeeper(stage, bot, db)
                await settle_in(stage, db, clockwork)
                delivery = asyncio.create_task(clockwork.deliver_soon(), name="demo delivery")
                try:
                    async with (
                        ControlRoom(stage, clockwork, db).open(socket) as room,
                        # The page's own place is the next port, and the API's the one after it.
                        door.opened(
                            HOST, room.port + 2, db, bot, stage.actor(MAYA.key)
                        ) as room.door,
                    ):
                        yield room
                finally:
                    delivery.cancel()
                    await asyncio.gather(delivery, return_exceptions=True)
                    await stage.close()
        finally:
            await db.close()


class _Clock:
    """The simulated clock, which exists only once the bot does."""

    env: simcord.Env | None = None

    def now(self) -> datetime:
        return self.env.now() if self.env else datetime.now(UTC)
