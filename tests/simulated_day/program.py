"""One life of the program in the simulation, from its start until it is killed.

The bot, the REST API and the jobs share a database, as in `mentorbot run`. Nothing runs by itself:
the simulation calls the jobs when their time has come.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import httpx
from sqlalchemy import event

from api.app import create_app
from api.middleware import BASE_PATH
from api.options import ModeratorSource
from bot.client import MentorBot
from bot.guilds.member_directory import MemberDirectory
from mentorbot.jobs.job import Job
from mentorbot.jobs.schedule import create_jobs
from mentorbot.metrics import counters
from mentorbot.metrics.process_gauges import Role
from mentorbot.monitor import ProcessMonitor
from mentorbot.settings import JobSettings, RetentionSettings
from storage import Database, UseCaseMetrics
from tests.api.server import OPTIONS, create_token


class Killed(Exception):
    """The program was killed here.

    An ordinary exception, so that whoever waits for a result gets it. Whatever the program tries
    afterwards raises it again: nothing more reaches the database or Discord.
    """


class KillSwitch:
    """Kills the program at a point: before a statement, a commit or a request, or just after.

    Points are passed in several threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._points: int | None = None
        self.is_dead = False

    def kill_after(self, points: int) -> None:
        """Kill the program at that many points from now."""
        with self._lock:
            self._points = points

    def kill(self) -> None:
        """Kill the program now."""
        with self._lock:
            self.is_dead = True

    def pass_point(self) -> None:
        """Raise `Killed` if the program is dead, or dies here."""
        with self._lock:
            if self._points is not None:
                self._points -= 1
                self.is_dead |= self._points <= 0
            if self.is_dead:
                raise Killed


@dataclass(slots=True)
class ScheduledJob:
    """A job and when it is due next, in seconds of the program's uptime."""

    job: Job
    next_at: float


class Connection:
    """The bot's connection to Discord's gateway, which the simulation cuts."""

    latency = 0.1

    def __init__(self, bot: MentorBot) -> None:
        self._bot = bot
        self.is_cut = False

    @property
    def guilds(self) -> Sequence[object]:
        return self._bot.guilds

    def is_ready(self) -> bool:
        return self._bot.is_ready()

    def is_connected(self) -> bool:
        return self._bot.is_ready() and not self.is_cut


class Program:
    """The program with its database, bot, API and jobs.

    `clock` is the system clock, and `uptime` (seconds) one that nobody can set. `commit_delay`
    returns how many seconds the disk takes for a commit.
    """

    def __init__(
        self,
        url: str,
        clock: Callable[[], datetime],
        uptime: Callable[[], float],
        commit_delay: Callable[[], float],
    ) -> None:
        self.switch = KillSwitch()
        self.started_at = clock()
        self._uptime, self._commit_delay = uptime, commit_delay
        # A kill isn't a power failure: what was written is in the file, synced or not.
        self.database = Database(url, clock=clock, synchronous="OFF", observe=self._observe)
        for engine in self.database.engines:
            event.listen(engine.sync_engine, "before_cursor_execute", self._before_statement)
            event.listen(engine.sync_engine, "commit", self._before_commit)
        self.bot = MentorBot(self.database, counters.record_interaction)
        self.connection = Connection(self.bot)
        jobs = create_jobs(
            JobSettings(deliver=60, advance=60),
            RetentionSettings(),
            self.bot,
            self.database,
            uptime,
        )
        self._delivery = jobs[0]
        self._jobs = [ScheduledJob(job, uptime()) for job in jobs]
        self.monitor = ProcessMonitor(self.database, Role.ALL, self.connection, max_age_s=0)
        self.monitor.jobs = jobs
        options = replace(OPTIONS, moderators=ModeratorSource.DISCORD)
        self._app = create_app(
            self.database,
            options,
            member_lookup=MemberDirectory(self.bot),
            monitor=self.monitor,
        )

    @property
    def is_dead(self) -> bool:
        return self.switch.is_dead

    async def run_jobs(self) -> None:
        """Run the jobs that are due, and deliver what the others have written."""
        for each in self._jobs:
            if each.next_at <= self._uptime():
                each.next_at += each.job.interval_s
                await each.job.run()
        await self.deliver_if_woken()

    async def deliver_if_woken(self) -> None:
        """Deliver if a commit has written notifications since the last time."""
        while self.database.outbox_changed.is_set() and not self.is_dead:
            self.database.outbox_changed.clear()
            await self._delivery.run()

    def api_client(self, user_id: int, guild_id: int, scope: str = "member") -> httpx.AsyncClient:
        """Return a client of the main app that acts for a person."""
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self._app),
            base_url=f"http://mentorbot{BASE_PATH}",
            headers={"Authorization": f"Bearer {create_token(user_id, guild_id, scope)}"},
        )

    async def scrape(self) -> str:
        """Return the metrics, as Prometheus reads them."""
        transport = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://mentorbot") as client:
            answer = await client.get("/metrics")
        answer.raise_for_status()
        return answer.text

    async def close(self) -> None:
        await self.database.close()

    def _observe(self, measured: UseCaseMetrics) -> None:
        self.switch.pass_point()
        counters.record_use_case(measured)

    def _before_statement(self, *_: Any) -> None:
        self.switch.pass_point()

    def _before_commit(self, _connection: object) -> None:
        self.switch.pass_point()
        time.sleep(self._commit_delay())
