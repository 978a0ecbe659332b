"""The simulated clock, and running the jobs that are due as time passes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.client import MentorBot
from bot.guilds.announcements import update_announcements
from bot.guilds.group_rooms import update_group_rooms
from bot.guilds.meeting_rooms import update_meeting_rooms
from bot.guilds.scheduled_events import update_events
from bot.guilds.threshold_roles import update_threshold_roles
from bot.notifications.delivery import deliver_due
from integrations.meetings.jitsi import Jitsi, JitsiAccount
from integrations.meetings.worker import MeetingWorker
from mentorbot.demo.simulated_discord import NewMessage, SimulatedServer
from mentorbot.jobs.figures_job import keep_figures
from mentorbot.jobs.integration_jobs import follow_events
from mentorbot.jobs.schedule import ask_about_goals, compare_thresholds, send_slot_alerts
from mentorship.delivery import outbox
from mentorship.sessions import clock as sessions_clock
from mentorship.sessions.groups import announcements
from storage import Database

log = logging.getLogger(__name__)

STEP = timedelta(minutes=10)
"""The longest time between two runs of the jobs. Sessions start and end on multiples of it."""

MAX_SKIP = timedelta(days=31)

JITSI_SERVER = "https://meet.jit.si"
"""Where the rooms would be. Nothing is sent there."""

ANNOUNCEMENTS_INTERVAL_S = 1.0
"""Real seconds between two looks for announcements of group sessions that have changed."""


@dataclass(frozen=True, slots=True)
class SkipResult:
    """The outcome of a skip: new messages to personas, and how many went to other people."""

    since: datetime
    now: datetime
    messages: tuple[NewMessage, ...]
    messages_to_others: int


class SimulatedClock:
    """Moves the simulated time, and runs the jobs on the way exactly when they are due."""

    def __init__(self, server: SimulatedServer, bot: MentorBot, db: Database) -> None:
        self.server = server
        self.bot = bot
        self.db = db
        self._meetings = MeetingWorker(db, {"jitsi": Jitsi(JitsiAccount(JITSI_SERVER))})

    def now(self) -> datetime:
        """Return the simulated time (aware UTC)."""
        return self.server.env.now()

    async def skip(self, until: Callable[[], Awaitable[datetime]]) -> SkipResult:
        """Let time pass up to a moment, at most `MAX_SKIP`.

        `until` returns the moment; it is called once no other operation is running. Raises what
        `until` raises.
        """

        async def skip_exclusively() -> SkipResult:
            since = self.now()
            moment = min(await until(), since + MAX_SKIP)
            first_id = last_id = self.server.latest_message_id()
            messages: list[NewMessage] = []
            while (now := self.now()) < moment:
                due = await self.db.read(outbox.next_due)
                stops = [moment, _next_step(now), *([due] if due and due > now else [])]
                await self.server.advance((min(stops) - now).total_seconds())
                await self.run_jobs()
                # Read at once, because later messages about the same session change earlier ones.
                messages += self.server.messages_since(last_id)
                last_id = self.server.latest_message_id()
            await self.server.refresh()
            return SkipResult(
                since,
                self.now(),
                tuple(messages),
                self.server.count_messages_to_others(first_id),
            )

        return await self.server.exclusively(skip_exclusively)

    async def on_interaction(self, _interaction: object) -> None:
        """Let `deliver_continuously` run the jobs once the bot has answered an interaction.

        Some of what people do has its effect only by the clock of sessions, such as a request for
        help, which mentors get a few at a time.
        """
        self.db.outbox_changed.set()

    async def deliver_continuously(self) -> None:
        """Run the jobs whenever the outbox or an announcement has changed, until cancelled."""

        async def deliver() -> None:
            await self.run_jobs()
            await self.server.refresh()

        outbox_changed = self.db.outbox_changed
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ANNOUNCEMENTS_INTERVAL_S):
                    await outbox_changed.wait()
            try:
                if not outbox_changed.is_set() and not await self.db.read(announcements.has_due):
                    continue
                outbox_changed.clear()
                await self.server.exclusively(deliver)
            except Exception:
                log.exception("notifications could not be delivered; will try again")
                await asyncio.sleep(1)

    async def run_jobs(self) -> None:
        """Advance sessions and deliver what is due.

        An exception is logged; the next call tries again.
        """
        try:
            while await self.db.run(sessions_clock.advance_due):
                pass
            await follow_events(self.db)
            await keep_figures(self.db)
            await self._meetings.run()
            await update_meeting_rooms(self.bot, self.db)
            await update_group_rooms(self.bot, self.db)
            await update_announcements(self.bot, self.db)
            await update_events(self.bot, self.db)
            await send_slot_alerts(self.db)
            await ask_about_goals(self.db)
            await compare_thresholds(self.db)
            while await update_threshold_roles(self.bot, self.db):
                pass
            await ask_about_goals(self.db)
            await deliver_due(self.bot, self.db)
        except Exception:
            log.exception("job failed")

    async def jump_to(self, moment: datetime) -> None:
        """Move the clock without running any jobs; used to create the history."""
        await self.server.advance(max(0.0, (moment - self.now()).total_seconds()))

    async def jump_by(self, span: timedelta) -> None:
        """Move the clock by `span` without running any jobs."""
        await self.jump_to(self.now() + span)


def _next_step(now: datetime) -> datetime:
    """Return the next multiple of `STEP` after `now`."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + ((now - midnight) // STEP + 1) * STEP
