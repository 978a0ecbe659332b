"""The whole program from its command to the first answer, and its memory, with 100 servers.

`mentorbot run` is a process of its own, from the interpreter on. What it takes for Discord is the
stand-in of the tests, in this process; each server has 40 roles and 60 channels. The command that
is answered is `/help`.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench.figures import Figure
from bot.client import permissions
from mentorship.actors import Actor
from mentorship.administration import setup
from storage import Database
from storage.migrations import upgrade
from tests.mentorbot import run_against_fake_discord
from tests.mentorbot.fake_discord import Guild, discord_standin
from tests.mentorbot.processes import environment

SERVERS, ROLES, CHANNELS = 100, 40, 60
TURNS = 3
LIMIT_SECONDS, LIMIT_MEGABYTES = 1.5, 150


def server(guild_id: int) -> Guild:
    """A server with a role of the bot's own above the others."""
    roles = {guild_id + role: (f"role {role}", role, 0) for role in range(ROLES)}
    own = guild_id + ROLES - 1
    roles[own] = ("mentorbot", ROLES, permissions().value)
    channels = dict.fromkeys(range(guild_id + 100, guild_id + 100 + CHANNELS), 0)
    return Guild(f"Server {guild_id}", roles, (own,), channels)


async def known(url: str) -> None:
    """A database that knows all servers, each with its review channel."""
    await upgrade(url)
    database = Database(url)
    for number in range(1, SERVERS + 1):
        chief = Actor(1, "Chief", number * 1_000, manages_guild=True)
        await database.run(setup.configure, chief, review_channel_id=number * 1_000 + 100)
    await database.close()


def megabytes(process: int) -> float:
    """What a process has of the memory now, where the system tells it as Linux does."""
    status = Path(f"/proc/{process}/status").read_text("ascii")
    (kilobytes,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
    return int(kilobytes) / 1_024


@asynccontextmanager
async def program(folder: Path, address: str) -> AsyncIterator[tuple[int, asyncio.StreamReader]]:
    """`mentorbot run`: its process's id, and its log as JSON."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, run_against_fake_discord.__file__, address, "run"),
        cwd=folder,
        env=environment(MENTORBOT_DISCORD__TOKEN="open-sesame", MENTORBOT_LOG__FORMAT="json"),
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    try:
        yield process.pid, process.stderr
    finally:
        process.kill()
        await process.communicate()


async def started(folder: Path) -> tuple[float, float, float]:
    """Seconds until the first command is answered and until all servers were looked at; then
    megabytes."""
    async with discord_standin() as standin:
        standin.guilds = {
            number * 1_000: server(number * 1_000) for number in range(1, SERVERS + 1)
        }
        begun = time.perf_counter()
        async with program(folder, standin.address) as (number, log), asyncio.timeout(60):
            await standin.identified.wait()
            await standin.use_command("help", guild=1_000)
            await standin.asked.wait()
            answered = time.perf_counter() - begun
            while b'"event": "ready"' not in (line := await log.readline()):
                if not line:
                    raise RuntimeError("the program ended before it was ready")
            return answered, time.perf_counter() - begun, megabytes(number)


async def measure(folder: Path) -> list[tuple[float, float, float]]:
    await known(f"sqlite+aiosqlite:///{folder / 'mentorbot.db'}")
    return [await started(folder) for _ in range(TURNS)]


def figures() -> Iterator[Figure]:
    """The median of the turns, each a new process."""
    with tempfile.TemporaryDirectory() as folder:
        turns = asyncio.run(measure(Path(folder)))
    answered, ready, memory = (sorted(each)[TURNS // 2] for each in zip(*turns, strict=True))
    yield Figure("from the command to an answer", answered, "s", at_most=LIMIT_SECONDS)
    yield Figure("until all servers are looked at", ready, "s")
    yield Figure("memory then", memory, "MB", at_most=LIMIT_MEGABYTES)
