"""Setting up and tearing down the demo: data, simulated Discord, bot, REST API and page.

The page stays up when the visitor starts over; everything else is created again.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import simcord

from bot.client import MentorBot
from mentorbot.calendar_options import demo_options
from mentorbot.demo import rest_api
from mentorbot.demo.booking_tour import BookingTour
from mentorbot.demo.calendars import read_calendars
from mentorbot.demo.clock import SimulatedClock
from mentorbot.demo.community import MAYA, create_history
from mentorbot.demo.group_tour import GroupTour
from mentorbot.demo.growth_tour import GrowthTour
from mentorbot.demo.page import ControlRoom, bind_socket
from mentorbot.demo.page_state import Demo
from mentorbot.demo.past.plans import Plan, plan_sessions
from mentorbot.demo.request_tour import RequestTour
from mentorbot.demo.simulated_discord import SimulatedServer
from mentorbot.demo.tasks import TaskTracker
from mentorbot.demo.visitor_sessions import VisitorSessions
from storage import Database, encryption
from storage.encryption import Cipher
from storage.engines import sqlite_url
from storage.migrations import upgrade

HOST = "127.0.0.1"

SETTLE_TIMEOUT_S = 60.0
"""Seconds that an action may take, on a slow or busy machine, before the visitor gets an error.
simcord's default is five."""


@asynccontextmanager
async def open_demo(
    *, port: int = 0, plans: Sequence[Plan] | None = None, language: str | None = None
) -> AsyncIterator[ControlRoom]:
    """Run the demo while the context is open; `room.url` is its page. Deletes all data on exit.

    `plans` are the sessions of its regular members, by default those of nine months. `language` is
    the tag of the language that everybody has chosen.
    """
    if plans is None:
        plans = plan_sessions()
    with bind_socket(HOST, port) as sock:
        async with ControlRoom().open(sock) as room:
            # One task sets up and tears down each demo, because the simulation sets context
            # variables.
            running = asyncio.create_task(_run_demos(room, plans, language), name="demo")
            try:
                ready = asyncio.create_task(room.ready.wait())
                await asyncio.wait((running, ready), return_when=asyncio.FIRST_COMPLETED)
                if running.done():
                    ready.cancel()
                    await running
                yield room
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)


async def _run_demos(room: ControlRoom, plans: Sequence[Plan], language: str | None) -> None:
    """Run one demo after the other, each until the visitor starts over."""
    while True:
        async with _create_demo(room.url, room.port, plans, language) as demo:
            room.set_demo(demo)
            await room.restart_requested.wait()
            room.clear_demo()


@asynccontextmanager
async def _create_demo(
    room_url: str, port: int, plans: Sequence[Plan], language: str | None
) -> AsyncIterator[Demo]:
    """Create a community with its history, at the moment when the visitor arrives."""
    with tempfile.TemporaryDirectory(
        prefix="mentorbot-demo-", ignore_cleanup_errors=True
    ) as folder:
        url = sqlite_url(Path(folder, "demo.db"))
        await upgrade(url)
        database_clock = _DatabaseClock()
        # The file is temporary, so it need not survive a power loss.
        db = Database(
            url,
            clock=database_clock.now,
            synchronous="OFF",
            cipher=Cipher([encryption.generate_key()]),
        )
        bot = MentorBot(db)
        bot.meeting_providers = ("jitsi",)
        try:
            async with simcord.run(bot, check_errors=False, settle_timeout=SETTLE_TIMEOUT_S) as env:
                database_clock.env = env
                # The simulated Discord's page gets the next port, the API the one after it.
                server = SimulatedServer(
                    env, room_url=room_url, preview_port=port + 1, language=language
                )
                clock = SimulatedClock(server, bot, db)
                await create_history(server, db, clock, plans)
                tasks = TaskTracker(server, db)
                bot.add_listener(tasks.on_command, "on_app_command_completion")
                bot.add_listener(clock.on_interaction, "on_interaction")
                delivery = asyncio.create_task(clock.deliver_continuously(), name="demo delivery")
                try:
                    async with (
                        rest_api.serve_demo_api(
                            HOST, port + 2, db, bot, server.actor(MAYA.key)
                        ) as api,
                        read_calendars(db) as bot.calendar_refresher,
                    ):
                        bot.calendars = demo_options(api.address)
                        sessions = VisitorSessions(server, db)
                        growth = GrowthTour(server, db)
                        bot.add_listener(growth.on_command, "on_app_command_completion")
                        tours = (
                            BookingTour(sessions),
                            GroupTour(sessions),
                            RequestTour(server, db),
                            growth,
                        )
                        demo = Demo(server, clock, sessions, tours, tasks, api)
                        await demo.start_tracking()
                        yield demo
                finally:
                    delivery.cancel()
                    await asyncio.gather(delivery, return_exceptions=True)
                    await server.close()
        finally:
            await db.close()


class _DatabaseClock:
    """The simulated time for the database, which is created before the simulation."""

    env: simcord.Env | None = None

    def now(self) -> datetime:
        return self.env.now() if self.env else datetime.now(UTC)
