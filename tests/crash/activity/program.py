"""A program in which everybody acts at random, until `test_activity.py` kills it.

python tests/crash/activity/program.py SETTINGS

SETTINGS is a file with a `Settings` in JSON. The program prints the address of its API, and then
its people act, each in a task of their own; the jobs run beside them, and servers that the bot has
left are purged. What people do is written to a journal, and for each answer the program prints a
line. Without a round, nobody acts: it runs the jobs until nothing is due, prints "idle" and exits.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import discord.http

from bot.client import MentorBot
from bot.notifications.delivery import deliver_due
from mentorbot.jobs.schedule import finish_changes, finish_erasures, send_slot_alerts
from mentorship.actors import Actor
from mentorship.delivery import outbox
from mentorship.operations import guild_purge
from mentorship.sessions import clock as sessions_clock
from storage import Database, DatabaseUnavailable
from storage.batches import run_in_batches
from tests.api.server import serve_api
from tests.crash.activity.journal import Act, Journal
from tests.crash.activity.kill_points import Killer, KillPoint
from tests.crash.activity.people import PAUSE_S, Moderator, Person, Regular, Visitor

IDS_PER_ROUND = 1_000_000
"""More acts than a round has."""

ROWS_PER_BATCH = 5
"""Rows of the purged server that are deleted at once: few, so that a purge takes many commits."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the test tells the program: addresses, ids of people, and when it kills itself."""

    discord: str
    url: str
    now: str
    seed: str
    journal: str
    guild: int
    moderator: int
    mentors: list[int]
    mentees: list[int]
    visitors: list[int]
    rare_mentor: int
    gifts: dict[str, int]
    repeats: list[dict[str, Any]]
    round: int | None = None
    kill_point: str | None = None
    kill_count: int = 0
    kill_delay: float = 0

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)), "utf-8")

    @classmethod
    def load(cls, path: Path) -> Settings:
        return cls(**json.loads(path.read_text("utf-8")))


def people(settings: Settings, database: Database, journal: Journal) -> Iterator[Person]:
    """Create everybody who acts."""
    assert settings.round is not None
    numbers = itertools.count(settings.round * IDS_PER_ROUND + 1)
    regulars = [*settings.mentors, *settings.mentees]
    repeats = [Act(**act) for act in settings.repeats]
    for user_id in (settings.moderator, *regulars, *settings.visitors):
        actor = Actor(
            user_id,
            f"Person {user_id}",
            settings.guild,
            manages_guild=user_id == settings.moderator,
        )
        rng = random.Random(f"{settings.seed}.{settings.round}.{user_id}")
        own = [act for act in repeats if act.user == user_id]
        common = (database, journal, actor, rng, numbers.__next__, own)
        mentors = [mentor for mentor in settings.mentors if mentor != user_id]
        if user_id == settings.moderator:
            yield Moderator(*common)
        elif user_id in settings.visitors:
            yield Visitor(*common, mentors=mentors)
        else:
            others = [other for other in regulars if other != user_id]
            gifts = settings.gifts.get(str(user_id), 0)
            yield Regular(
                *common,
                mentors=mentors,
                others=others,
                gifts=gifts,
                is_mentor=user_id in settings.mentors,
                rare_mentor=settings.rare_mentor,
            )


async def advance_sessions(database: Database) -> None:
    while await database.run(sessions_clock.advance_due):
        pass


async def purge(database: Database) -> None:
    """Delete the data of guilds that the bot left long ago."""
    for guild_id in await database.read(guild_purge.list_due):
        if await database.run(guild_purge.begin, guild_id):
            await run_in_batches(database, guild_purge.delete_batch, guild_id, ROWS_PER_BATCH)


async def run_jobs_until_idle(database: Database, bot: MentorBot) -> None:
    await purge(database)
    while await database.read(outbox.is_due):
        await advance_sessions(database)
        await finish_changes(database)
        await send_slot_alerts(database)
        await deliver_due(bot, database)
    await finish_erasures(database)


async def forever(job: Callable[[], Awaitable[Any]]) -> None:
    """Run a job again and again, as the scheduler does: one that fails is tried again."""
    while True:
        try:
            await job()
        except DatabaseUnavailable as error:
            print(f"a job failed: {error}", file=sys.stderr)
        await asyncio.sleep(PAUSE_S)


async def main(settings: Settings) -> None:
    discord.http.Route.BASE = f"{settings.discord}/api"
    now = datetime.fromisoformat(settings.now).astimezone(UTC)
    journal = Journal(Path(settings.journal))
    point = KillPoint(settings.kill_point) if settings.kill_point is not None else None
    killer = Killer(journal, point, settings.kill_count, settings.kill_delay)
    database = Database(settings.url, clock=lambda: now, observe=killer.after_use_case)
    await database.open()
    bot = MentorBot(database)
    await bot.login("open-sesame")
    if settings.round is None:
        await run_jobs_until_idle(database, bot)
        print("idle", flush=True)
        await bot.close()
        return
    killer.watch(database)
    jobs = (
        lambda: advance_sessions(database),
        lambda: finish_changes(database),
        lambda: finish_erasures(database),
        lambda: send_slot_alerts(database),
        lambda: deliver_due(bot, database),
        lambda: purge(database),
    )
    async with serve_api(database) as api, asyncio.TaskGroup() as tasks:
        print(api.address, flush=True)
        for job in jobs:
            tasks.create_task(forever(job))
        for person in people(settings, database, journal):
            tasks.create_task(person.act_forever())


if __name__ == "__main__":
    asyncio.run(main(Settings.load(Path(sys.argv[1]))))
