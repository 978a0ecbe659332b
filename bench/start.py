"""Startup of the whole program with 100 servers: time to the first answer, and memory.

`mentorbot run` is a new process, including the interpreter's start. Discord is the fake of the
tests, in this process; each server has 40 roles and 60 channels. The command that is answered is
`/help`.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench.support.figures import Figure
from bot.client import permissions
from mentorship.actors import Actor
from mentorship.administration import setup
from storage import Database
from storage.migrations import upgrade
from tests.mentorbot.support import run_against_fake_discord
from tests.mentorbot.support.fake_discord import Guild, fake_discord
from tests.mentorbot.support.processes import clean_environment

SERVERS, ROLES, CHANNELS = 100, 40, 60
ROUNDS = 3
LIMIT_S, LIMIT_MB = 1.5, 150


def fake_server(guild_id: int) -> Guild:
    """Return a server in which the bot's role is above the others."""
    roles = {guild_id + role: (f"role {role}", role, 0) for role in range(ROLES)}
    own = guild_id + ROLES - 1
    roles[own] = ("mentorbot", ROLES, permissions().value)
    channels = dict.fromkeys(range(guild_id + 100, guild_id + 100 + CHANNELS), 0)
    return Guild(f"Server {guild_id}", roles, (own,), channels)


async def create_database(url: str) -> None:
    """Create a database with all servers, each with a review channel."""
    await upgrade(url)
    database = Database(url)
    for number in range(1, SERVERS + 1):
        chief = Actor(1, "Chief", number * 1_000, manages_guild=True)
        await database.run(setup.configure, chief, review_channel_id=number * 1_000 + 100)
    await database.close()


def megabytes(process: int) -> float:
    """Return the resident memory of a process, read from Linux's /proc."""
    status = Path(f"/proc/{process}/status").read_text("ascii")
    (kilobytes,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
    return int(kilobytes) / 1_024


@asynccontextmanager
async def run_program(
    folder: Path, address: str
) -> AsyncIterator[tuple[int, asyncio.StreamReader]]:
    """Run `mentorbot run`; yields its process id and its log as JSON."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, run_against_fake_discord.__file__, address, "run"),
        cwd=folder,
        env=clean_environment(MENTORBOT_DISCORD__TOKEN="open-sesame", MENTORBOT_LOG__FORMAT="json"),
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    try:
        yield process.pid, process.stderr
    finally:
        process.kill()
        await process.communicate()


async def measure_start(folder: Path) -> tuple[float, float, float]:
    """Start the program once.

    Returns the seconds until the first command is answered and until all servers are checked, and
    then the megabytes of memory.
    """
    async with fake_discord() as standin:
        standin.guilds = {
            number * 1_000: fake_server(number * 1_000) for number in range(1, SERVERS + 1)
        }
        started = time.perf_counter()
        async with run_program(folder, standin.address) as (number, log), asyncio.timeout(60):
            await standin.identified.wait()
            await standin.use_command("help", guild=1_000)
            await standin.answering.wait()
            answered = time.perf_counter() - started
            while b'"event": "ready"' not in (line := await log.readline()):
                if not line:
                    raise RuntimeError("the program ended before it was ready")
            return answered, time.perf_counter() - started, megabytes(number)


async def measure(folder: Path) -> list[tuple[float, float, float]]:
    await create_database(f"sqlite+aiosqlite:///{folder / 'mentorbot.db'}")
    return [await measure_start(folder) for _ in range(ROUNDS)]


def figures() -> Iterator[Figure]:
    """Measure the median of several rounds, each with a new process."""
    with tempfile.TemporaryDirectory() as folder:
        rounds = asyncio.run(measure(Path(folder)))
    answered, ready, memory = (sorted(values)[ROUNDS // 2] for values in zip(*rounds, strict=True))
    yield Figure("time to the first answer", answered, "s", at_most=LIMIT_S)
    yield Figure("time until all servers are checked", ready, "s")
    yield Figure("memory after that", memory, "MB", at_most=LIMIT_MB)
