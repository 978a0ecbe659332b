"""The simulated clock and the jobs that the passing of time calls for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.client import MentorBot
from bot.guilds.meeting_rooms import tend_places
from bot.notifications.delivery import deliver_due
from mentorbot.demo.simulated_discord import Arrival, Stage
from mentorship.delivery import outbox
from mentorship.sessions import transitions
from storage import Database

log = logging.getLogger(__name__)

STEP = timedelta(minutes=10)
"""How far time moves at most before the jobs run again: sessions start and end on such marks."""

LONGEST_SKIP = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Skipped:
    """What a skip brought: messages to the people on the stage, and how many to others."""

    since: datetime
    now: datetime
    arrivals: tuple[Arrival, ...]
    others: int


class Timekeeper:
    """Moves the simulated clock, and does what is due on the way, neither early nor late."""

    def __init__(self, stage: Stage, bot: MentorBot, db: Database) -> None:
        self.stage = stage
        self.bot = bot
        self.db = db

    def now(self) -> datetime:
        return self.stage.env.now()

    async def skip(self, until: Callable[[], Awaitable[datetime]]) -> Skipped:
        """Let time pass until the moment that `until` tells once it is our turn, and say what came
        of it. Raises what `until` raises."""

        async def act() -> Skipped:
            since = self.now()
            moment = min(await until(), since + LONGEST_SKIP)
            mark = self.stage.look_up()
            while (now := self.now()) < moment:
                due = await self.db.read(outbox.next_due)
                stops = [moment, _next_mark(now), *([due] if due and due > now else [])]
                await self.stage.advance((min(stops) - now).total_seconds())
                await self.run_jobs()
            await self.stage.refresh()
            return Skipped(
                since,
                self.now(),
                tuple(self.stage.arrivals(mark)),
                self.stage.messages_to_others(mark),
            )

        return await self.stage.alone(act)

    async def deliver_soon(self) -> None:
        """Send what an act in the browser has put into the outbox, for ever."""

        async def act() -> None:
            await self.run_jobs()
            await self.stage.refresh()

        while True:
            await self.db.outbox_changed.wait()
            self.db.outbox_changed.clear()
            try:
                await self.stage.alone(act)
            except Exception:
                log.exception("notices could not be delivered; the next act tries again")
                await asyncio.sleep(1)

    async def run_jobs(self) -> None:
        """Move sessions on and send what is due. A job that fails is logged, and tried again by
        the next call."""
        try:
            while await self.db.run(transitions.advance_due):
                pass
            await tend_places(self.bot, self.db)
            await deliver_due(self.bot, self.db)
        except Exception:
            log.exception("a job failed")

    async def move_to(self, moment: datetime) -> None:
        """Let time pass at one stroke, without any job: for the history before the demo."""
        await self.stage.advance(max(0.0, (moment - self.now()).total_seconds()))

    async def wait(self, span: timedelta) -> None:
        """`move_to` by a span."""
        await self.move_to(self.now() + span)


def _next_mark(now: datetime) -> datetime:
    """The next multiple of `STEP` after `now`."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + ((now - midnight) // STEP + 1) * STEP
