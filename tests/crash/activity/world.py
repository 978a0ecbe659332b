"""What survives the program's kills: the servers' data, Discord, the main app, and the journal."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from sqlalchemy.ext.asyncio import create_async_engine

from mentorship.actors import Actor
from mentorship.administration import setup
from mentorship.operations import guild_purge
from storage import Database
from tests.conftest import Clock
from tests.crash.activity import acts
from tests.crash.activity.journal import History, Journal
from tests.crash.activity.kill_points import KillPoint
from tests.crash.activity.main_app import FIRST_ID, ApiCaller
from tests.crash.activity.program import Settings
from tests.mentorbot.support.fake_discord import FakeDiscord, fake_discord
from tests.mentorbot.support.processes import Script, run_script
from tests.mentorship.support.community import HIGH_LIMITS, Community, hours
from tests.storage.on_postgresql.server import PostgresServer

PROGRAM = Path(__file__).with_name("program.py")
MENTORS, MENTEES = 4, 6
VISITORS = range(77_012_345_001, 77_012_345_004)
"""Ids of people who erase their data and may come back. No other number contains one of them."""
VILLAGES = range(901, 903)
"""Servers that the bot left long ago."""
SERVICES = range(4, 8)
"""Ids under which the main app grants points."""

_KILL_POINTS = (
    KillPoint.BEFORE_COMMIT,
    KillPoint.ANSWERING_CALL,
    None,
    KillPoint.DURING_COMMIT,
    KillPoint.WRITING,
    None,
    KillPoint.ANSWERING,
    None,
)
"""Where the program is killed, in turn. None is from outside, at any moment."""

_COUNTS = {
    KillPoint.WRITING: (200, 3_000),
    KillPoint.BEFORE_COMMIT: (10, 60),
    KillPoint.DURING_COMMIT: (10, 60),
    KillPoint.ANSWERING: (20, 120),
    KillPoint.ANSWERING_CALL: (5, 25),
}
"""At which time that such a point is reached the program is killed: the least, and the most."""

LONGEST_DELAY_S = 0.004
"""A kill during a commit comes within this time after COMMIT was sent: it is over by then."""

_SESSIONS = """
    SELECT pid FROM pg_stat_activity
     WHERE backend_type = 'client backend' AND datname = current_database()
       AND pid <> pg_backend_pid() AND state <> 'idle'
"""


@dataclass
class World:
    """The world of one test. `server` is PostgreSQL's, None with a SQLite file.

    `kills` counts where something was killed; `repeated` counts what had become of the acts without
    an answer.
    """

    town: Community
    clock: Clock
    discord: FakeDiscord
    folder: Path
    rng: random.Random
    server: PostgresServer | None
    settings: Settings
    callers: list[ApiCaller]
    history: History
    kills: Counter[str] = field(default_factory=Counter)
    repeated: Counter[str] = field(default_factory=Counter)

    async def run_round(self, number: int) -> None:
        """Run the program until it is killed."""
        # Long enough for leases to expire, and often for sessions to start and end.
        self.clock.turn(hours=self.rng.randrange(1, 13))
        point = _KILL_POINTS[number % len(_KILL_POINTS)]
        settings = self._settings(round=number, kill_point=point)
        if point is not None:
            count = self.rng.randint(*_COUNTS[point])
            delay = self.rng.uniform(0, LONGEST_DELAY_S)
            settings = replace(settings, kill_count=count, kill_delay=delay)
        async with self._run(settings) as process, asyncio.timeout(120):
            address = (await process.stdout.readline()).decode().strip()
            assert address, "the program ended by itself"
            async with asyncio.TaskGroup() as tasks:
                for caller in self.callers:
                    tasks.create_task(caller.call_forever(address, self.clock.now))
                if self.server is not None and number % 2 == 0:
                    await self._kill_in_postgresql(self.server, process, number)
                if point is None:
                    await self._read_answers(process, self.rng.randrange(20, 150))
                    await asyncio.sleep(self.rng.random() / 20)
                    process.signal(signal.SIGKILL)
                await process.stdout.read()
                assert await process.ended() == -signal.SIGKILL
        self.kills[point or "anywhere"] += 1
        self.history.read_on()

    async def run_until_idle(self) -> None:
        """Run the program until nothing is due."""
        async with self._run(self._settings()) as process, asyncio.timeout(120):
            assert await process.stdout.read() == b"idle\n"
            assert await process.ended() == 0

    def report(self) -> str:
        """Return the numbers of acts and kills, in a few lines."""
        outcomes = Counter(each.outcome for each in self.history.acts.values())
        kinds = Counter(
            each.act.kind for each in self.history.acts.values() if each.outcome.is_acknowledged
        )
        shared = [size for size in self.history.commits if size > 1]
        return "\n".join(
            f"{name}: {dict(sorted(counts.items()))}"
            for name, counts in (
                ("acts", outcomes | Counter(sent=len(self.history.acts))),
                ("acknowledged", kinds),
                ("without an answer", self.repeated),
                ("kills", self.kills),
                (
                    "commits",
                    {
                        "all": len(self.history.commits),
                        "shared": len(shared),
                        "largest": max(self.history.commits),
                    },
                ),
            )
        )

    def _settings(self, **changes: object) -> Settings:
        gifts: dict[str, int] = {}
        for recorded in self.history.acts.values():
            if recorded.act.kind == acts.GIVE:
                giver = str(recorded.act.user)
                gifts[giver] = max(gifts.get(giver, 0), recorded.act.facts["amount"])
        acts_to_repeat = [each.act for each in self.history.unfinished()]
        repeats = [asdict(act) for act in acts_to_repeat if act.id < FIRST_ID]
        return replace(
            self.settings,
            now=self.clock.now.isoformat(),
            gifts=gifts,
            repeats=repeats,
            **changes,  # type: ignore[arg-type]  # of one type each
        )

    @asynccontextmanager
    async def _run(self, settings: Settings) -> AsyncIterator[Script]:
        path = self.folder / "settings.json"
        settings.save(path)
        async with run_script(PROGRAM, path) as process:
            yield process

    async def _read_answers(self, process: Script, count: int) -> None:
        for _ in range(count):
            assert await process.stdout.readline(), "the program ended by itself"

    async def _kill_in_postgresql(
        self, server: PostgresServer, process: Script, number: int
    ) -> None:
        """Kill one of the program's sessions in the server, or the server, and let it go on."""
        with contextlib.suppress(AssertionError):
            await self._read_answers(process, self.rng.randrange(5, 30))
            if number % 4 == 0:
                await self._kill_session()
            else:
                await asyncio.to_thread(server.crash)
                self.kills["server"] += 1
            await self._read_answers(process, 10)

    async def _kill_session(self) -> None:
        engine = create_async_engine(self.settings.url)
        async with engine.connect() as connection:
            pids = (await connection.exec_driver_sql(_SESSIONS)).scalars().all()
        await engine.dispose()
        if pids:
            os.kill(self.rng.choice(pids), signal.SIGKILL)
            self.kills["session"] += 1


@asynccontextmanager
async def create_world(
    url: str, clock: Clock, folder: Path, seed: int, server: PostgresServer | None
) -> AsyncIterator[World]:
    """Create a server with people in it, and others whose data is to be deleted."""
    rng = random.Random(seed)
    db = Database(url, clock=clock)
    for village in VILLAGES:
        await _create_village(Community(db, clock, village), clock)
    clock.now += guild_purge.GUILD_RETENTION
    town = Community(db, clock)
    await town.configure(starting_balance=500, **HIGH_LIMITS)
    mentors = [
        await town.mentor(f"Mentor {n}", rate=60 * (n > 0), minimum_notice=0)
        for n in range(MENTORS)
    ]
    # Has an open slot on some days only, so that people wait for one.
    rare_mentor = await town.mentor("Rare", hours="wed, fri 9:00-10:00", horizon_days=1)
    mentees = [await town.member(f"Mentee {n}", points=10**6) for n in range(MENTEES)]
    clients = [await town.member(f"Client {n}", points=10**6) for n in range(1)]
    await db.close()
    path = folder / "journal"
    journal = Journal(path)
    mentor_ids, mentee_ids = ([each.user_id for each in group] for group in (mentors, mentees))
    callers = [
        ApiCaller(journal, client, random.Random(f"{seed} {n}"), mentors=mentor_ids)
        for n, client in enumerate(clients)
    ]
    callers += [
        ApiCaller(
            journal,
            Actor(service, f"Main app {service}", town.guild_id),
            random.Random(f"{seed} {service}"),
            people=mentee_ids,
        )
        for service in SERVICES
    ]
    async with fake_discord() as discord:
        settings = Settings(
            discord=discord.address,
            url=url,
            now=clock.now.isoformat(),
            seed=str(seed),
            journal=str(path),
            guild=town.guild_id,
            moderator=town.chief.user_id,
            mentors=mentor_ids,
            mentees=mentee_ids,
            visitors=list(VISITORS),
            rare_mentor=rare_mentor.user_id,
            gifts={},
            repeats=[],
        )
        history = History(path)
        yield World(town, clock, discord, folder, rng, server, settings, callers, history)


async def _create_village(village: Community, clock: Clock) -> None:
    await village.configure(**HIGH_LIMITS)
    oliver = await village.mentor("Oliver")
    maya = await village.member("Maya", points=500)
    for day in range(1, 4):
        await village.book(maya, oliver, clock.now + hours(24 * day))
    await village.db.run(setup.record_guild_left, village.guild_id)
