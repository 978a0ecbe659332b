"""Several bots and workers as processes on one PostgreSQL database."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.messages import HELP_IN_GUILD
from mentorship.actors import Actor
from mentorship.administration import setup
from mentorship.availability import timezone_change
from mentorship.mentors import application_review, applications
from mentorship.mentors.application_review import Decision
from mentorship.mentors.profile_rules import ProfileContent
from storage import Database, Transaction
from storage.migrations import upgrade
from storage.tables import Event
from tests.mentorbot.support.fake_discord import FakeDiscord, Guild, fake_discord
from tests.mentorbot.support.processes import Program, run_program
from tests.storage.on_postgresql.server import PostgresServer

WEST, EAST = 10, (1 << 22) + 10
"""Ids of two servers, on the first and the second of two shards."""

REVIEW = 2
"""A review channel's id is its server's id plus this."""

NO_POLLING = {"MENTORBOT_JOBS__DELIVER": "3600"}
"""The outbox is practically not polled, so that only signals trigger delivery."""

FULL_LOG = {"MENTORBOT_LOG__FORMAT": "json", "MENTORBOT_LOG__LEVEL": "debug"}
"""Every use case is logged, as JSON."""

APPLICANTS = 12


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    async with fake_discord() as standin:
        for server in (WEST, EAST):
            standin.guilds[server] = Guild(f"Server {server}", {}, (), {server + REVIEW: 0})
        yield standin


@pytest.fixture
def url(server: PostgresServer) -> Iterator[str]:
    server.create("shared")
    asyncio.run(upgrade(server.url("shared")))
    yield server.url("shared")
    server.drop("shared")


async def apply(database: Database, server: int, number: int) -> None:
    """Apply as another person, in this process."""
    person = Actor(1_000 + number, f"Person {number}", server)
    await database.run(timezone_change.set_timezone, person, "Europe/London")
    bio = "I have written Python for a long time."
    await database.run(applications.apply, person, ProfileContent(("python",), 60, bio))


def has_checked_servers(program: Program) -> bool:
    """Tell whether a bot has checked which servers it has left."""
    return "setup.list_present_guilds" in program.log


async def test_processes_share_the_work_without_duplicates(
    url: str, server: PostgresServer, discord: FakeDiscord, tmp_path: Path
) -> None:
    settings = {"MENTORBOT_DATABASE__URL": url, **NO_POLLING, **FULL_LOG}
    database = Database(url)
    for guild in (WEST, EAST):
        chief = Actor(1, "Chief", guild, manages_guild=True)
        await database.run(setup.configure, chief, review_channel_id=guild + REVIEW)
    async with AsyncExitStack() as stack:

        async def start(only: str, **more: str) -> Program:
            return await stack.enter_async_context(
                run_program(tmp_path, discord.address, "--only", only, **settings, **more)
            )

        shards = {"MENTORBOT_DISCORD__SHARDS": "2"}
        programs = [
            await start("bot", **shards, MENTORBOT_DISCORD__SHARD_IDS="0"),
            await start("bot", **shards, MENTORBOT_DISCORD__SHARD_IDS="1"),
            await start("worker"),
            await start("worker", **shards),
        ]
        for program in programs:
            await program.wait_for_event("ready")
        for bot in programs[:2]:
            await bot.until(partial(has_checked_servers, bot))

        # Each command is answered by one bot, that of the server's shard.
        for guild in (WEST, EAST, WEST):
            await discord.use_command("sessions", guild=guild)
        await programs[0].until(lambda: len(discord.answers) >= 3)

        # So is a message that mentions the bot.
        await discord.write_to_bot("how do I book?", guild=EAST)
        await programs[1].until(lambda: discord.messages)
        assert discord.messages.pop().content["content"] == HELP_IN_GUILD

        # Notifications of other processes are sent immediately, and once.
        for number in range(APPLICANTS):
            await apply(database, (WEST, EAST)[number % 2], number)
        await programs[0].until(lambda: len(discord.messages) >= APPLICANTS)

        # The listeners reconnect after the database server has restarted.
        await database.close()
        server.restart()
        await apply(database, WEST, APPLICANTS)
        await programs[0].until(lambda: len(discord.messages) > APPLICANTS)

        for program in programs:
            program.signal(signal.SIGTERM)
            assert await program.ended() == 0
    await database.close()
    assert len(discord.answers) == 3
    sent = Counter(message.channel for message in discord.messages)
    assert sent == {WEST + REVIEW: APPLICANTS // 2 + 1, EAST + REVIEW: APPLICANTS // 2}
    assert len({message.nonce for message in discord.messages}) == APPLICANTS + 1
    assert discord.repeated == 0
    logs = [program.log for program in programs]
    assert all('"level": "error"' not in log for log in logs[:2]), (
        "bots don't listen for notifications"
    )
    assert "notification sent" not in logs[0] + logs[1]
    assert "setup.record_guild_left" not in "".join(logs), (
        "no bot marks the servers of other shards as left"
    )


@pytest.mark.long
async def test_two_bots_on_one_shard_act_and_answer_once(
    url: str, discord: FakeDiscord, tmp_path: Path
) -> None:
    """As during a rolling restart, when the new process starts before the old one has ended."""
    database = Database(url)
    chief = Actor(1, "Chief", WEST, manages_guild=True)
    amy = Actor(20, "amy", WEST)
    await database.run(setup.configure, chief, review_channel_id=WEST + REVIEW)
    await database.run(timezone_change.set_timezone, amy, "Europe/London")
    bio = "I have written Python for a long time."
    applied = await database.run(applications.apply, amy, ProfileContent(("python",), 60, bio))
    await database.run(application_review.decide, chief, applied.id, Decision.APPROVED)

    async def list_acts(tx: Transaction) -> list[str]:
        mentors = select(Event.type).where(Event.type.in_(("mentor.paused", "mentor.resumed")))
        return list(await tx.connection.scalars(mentors.order_by(Event.id)))

    settings = {"MENTORBOT_DATABASE__URL": url, **FULL_LOG}
    rounds = 4
    async with AsyncExitStack() as stack:
        bots = [
            await stack.enter_async_context(
                run_program(tmp_path, discord.address, "--only", "bot", **settings)
            )
            for _ in range(2)
        ]
        for bot in bots:
            await bot.wait_for_event("ready")
            await bot.until(partial(has_checked_servers, bot))

        for number in range(1, rounds + 1):
            await discord.use_command("mentor pause", guild=WEST)
            await discord.use_command("mentor resume", guild=WEST)
            await bots[0].until(lambda done=2 * number: len(discord.answers) >= done)
        await discord.write_to_bot("how do I book?", guild=WEST)
        await bots[1].until(lambda: discord.messages and discord.repeated)
        for bot in bots:
            bot.signal(signal.SIGTERM)
            assert await bot.ended() == 0
    acts = await database.read(list_acts)
    await database.close()
    assert Counter(acts) == {"mentor.paused": rounds, "mentor.resumed": rounds}
    assert len(discord.answers) == 2 * rounds
    assert len(discord.messages) == 1
    logs = "".join(bot.log for bot in bots)
    assert '"level": "error"' not in logs
    assert logs.count('"outcome": "handled_elsewhere"') == 2 * rounds
