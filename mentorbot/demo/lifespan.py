"""The whole demo, put up and taken down: data, simulated Discord, bot, page.

The page stays while the play begins afresh: each play has data, a Discord and a bot of its own.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import simcord

from bot.client import MentorBot
from mentorbot.demo import rest_api
from mentorbot.demo.clock import Timekeeper
from mentorbot.demo.community import MAYA, settle_in
from mentorbot.demo.page import ControlRoom, listen
from mentorbot.demo.session_playback import Play
from mentorbot.demo.simulated_discord import Stage
from mentorbot.demo.tasks import Paths
from mentorbot.demo.tour import Tour
from storage import Database
from storage.migrations import upgrade

HOST = "127.0.0.1"

PATIENCE = 60.0
"""Seconds that an act may take on a slow or busy machine before the visitor is told that it came to
nothing; simcord's own are five."""


@asynccontextmanager
async def opened(*, port: int = 0) -> AsyncIterator[ControlRoom]:
    """The demo while it is open: `room.url` is its first page. All of it is gone afterwards."""
    with listen(HOST, port) as socket:
        async with ControlRoom().open(socket) as room:
            # Each play is put up and taken down by one task, since the simulation sets variables
            # of its context.
            playing = asyncio.create_task(_play_on(room), name="demo")
            try:
                curtain = asyncio.create_task(room.curtain.wait())
                await asyncio.wait((playing, curtain), return_when=asyncio.FIRST_COMPLETED)
                if playing.done():
                    curtain.cancel()
                    await playing
                yield room
            finally:
                playing.cancel()
                await asyncio.gather(playing, return_exceptions=True)


async def _play_on(room: ControlRoom) -> None:
    """One play after the other, each until somebody wants a fresh start."""
    while True:
        async with _play(room.port) as play:
            room.raise_curtain(play)
            await room.afresh.wait()
            room.lower_curtain()


@asynccontextmanager
async def _play(port: int) -> AsyncIterator[Play]:
    """A community with its history, at the hour when the visitor comes in."""
    with tempfile.TemporaryDirectory(prefix="mentorbot-demo-", ignore_cleanup_errors=True) as place:
        url = f"sqlite+aiosqlite:///{Path(place, 'demo.db').as_posix()}"
        await upgrade(url)
        clock = _Clock()
        # The file is thrown away, so it need not survive a loss of power.
        db = Database(url, clock=clock.now, synchronous="OFF")
        bot = MentorBot(db)
        try:
            async with simcord.run(bot, check_errors=False, settle_timeout=PATIENCE) as env:
                clock.env = env
                # The page's own place is the next port, and the API's the one after it.
                stage = Stage(env, preview_port=port + 1)
                clockwork = Timekeeper(stage, bot, db)
                await settle_in(stage, db, clockwork)
                paths = Paths(stage, db)
                bot.add_listener(paths.answered, "on_app_command_completion")
                delivery = asyncio.create_task(clockwork.deliver_soon(), name="demo delivery")
                try:
                    async with rest_api.opened(
                        HOST, port + 2, db, bot, stage.actor(MAYA.key)
                    ) as api:
                        play = Play(stage, clockwork, Tour(stage, db), paths, api)
                        await play.begin()
                        yield play
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
