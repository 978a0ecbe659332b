"""The two arrangements of docs/running.md and docs/scaling.md, as real processes."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from bot.client import permissions
from mentorship.administration import setup
from storage import Database
from storage.migrations import upgrade
from tests.alerts.prometheus import Prometheus, free_port, run_prometheus
from tests.api.server import SECRET
from tests.mentorbot.support.fake_discord import FakeDiscord, Guild, fake_discord
from tests.mentorbot.support.processes import Program
from tests.mentorbot.support.sample_ids import BOT_ROLE, OWNER, REVIEW_CHANNEL, SERVER
from tests.storage.on_postgresql.server import PostgresServer

JOB_INTERVAL_S = "3"
"""Seconds between two runs of the frequent jobs: as often as Prometheus reads the metrics."""

SETTINGS = {
    "MENTORBOT_DISCORD__TOKEN": "open-sesame",
    "MENTORBOT_API__ENABLED": "true",
    "MENTORBOT_API__SECRET": SECRET,
    "MENTORBOT_METRICS__ENABLED": "true",
    "MENTORBOT_JOBS__DELIVER": JOB_INTERVAL_S,
    "MENTORBOT_JOBS__ADVANCE": JOB_INTERVAL_S,
    "MENTORBOT_LOG__FORMAT": "json",
}
"""Settings of every process."""


@dataclass
class Arrangement:
    """Processes that serve one community, and the Prometheus that watches them.

    `processes` are the values of `--only`, or `all` for one process with every role. `server` is
    PostgreSQL, None with a SQLite file.
    """

    title: str
    processes: tuple[str, ...]
    folder: Path
    url: str
    discord: FakeDiscord
    server: PostgresServer | None
    database: Database
    factor: float
    ports: dict[str, int] = field(default_factory=dict)
    api_port: int = field(default_factory=free_port)
    running: dict[str, Program] = field(default_factory=dict)
    prometheus: Prometheus = field(init=False)

    def __post_init__(self) -> None:
        self.ports = {name: free_port() for name in self.processes}

    @property
    def targets(self) -> list[str]:
        """The addresses of all processes' metrics."""
        return [f"127.0.0.1:{port}" for port in self.ports.values()]

    def process_for(self, role: str) -> str:
        """Return the process with a role: `bot`, `worker` or `api`."""
        return role if role in self.processes else "all"

    def instance_of(self, process: str) -> str:
        """Return how Prometheus calls a process."""
        return f"127.0.0.1:{self.ports[process]}"

    def start(self, process: str, **settings: str) -> None:
        """Start a process, with other settings than usual."""
        options = [] if process == "all" else ["--only", process]
        # The API's port is one for all, since only one process serves it.
        usual = {
            "MENTORBOT_DATABASE__URL": self.url,
            "MENTORBOT_METRICS__PORT": str(self.ports[process]),
            "MENTORBOT_API__PORT": str(self.api_port),
        }
        settings = SETTINGS | usual | settings
        self.running[process] = Program(
            self.folder, "run", *options, address=self.discord.address, **settings
        )

    async def kill(self, process: str) -> None:
        """Kill a process, and wait until it has ended."""
        program = self.running.pop(process)
        program.kill()
        await program.ended()

    async def restart(self, process: str, **settings: str) -> None:
        """Kill a process, and start it again with other settings than usual."""
        await self.kill(process)
        self.start(process, **settings)

    async def wait_until_up(self) -> None:
        """Wait until Prometheus has read the metrics of every process, and all are connected."""
        await self.prometheus.until(f"sum(up) == {len(self.processes)}", 90)
        await self.prometheus.until("min(mentorbot_gateway_connected) == 1", 90)
        await self.prometheus.until("min(mentorbot_writes_accepted) == 1", 30)

    @contextmanager
    def frozen(self, process: str) -> Iterator[None]:
        """Freeze a process while the context is open."""
        program = self.running[process]
        program.signal(signal.SIGSTOP)
        try:
            yield
        finally:
            program.signal(signal.SIGCONT)

    async def execute(self, *statements: str) -> None:
        """Execute SQL in a connection of its own, each statement in its own transaction."""
        engine = create_async_engine(self.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            for statement in statements:
                await connection.execute(text(statement))
        await engine.dispose()

    def logs(self) -> Mapping[str, str]:
        """Return what each running process has logged."""
        return {name: program.log for name, program in self.running.items()}


@asynccontextmanager
async def arrange(
    title: str,
    processes: tuple[str, ...],
    folder: Path,
    url: str,
    server: PostgresServer | None,
    factor: float,
) -> AsyncIterator[Arrangement]:
    """Run the processes on a new database, with Prometheus, while the context is open."""
    await upgrade(url)
    database = Database(url)
    await database.run(setup.configure, OWNER, review_channel_id=REVIEW_CHANNEL)
    monitoring = folder / "prometheus"
    monitoring.mkdir()
    async with fake_discord() as discord:
        discord.guilds[SERVER] = Guild(
            "Riverside",
            roles={SERVER: ("@everyone", 0, 0), BOT_ROLE: ("mentorbot", 2, permissions().value)},
            bot_roles=(BOT_ROLE,),
            channels={REVIEW_CHANNEL: 0},
        )
        arrangement = Arrangement(title, processes, folder, url, discord, server, database, factor)
        try:
            async with run_prometheus(monitoring, arrangement.targets, factor) as prometheus:
                arrangement.prometheus = prometheus
                for process in processes:
                    arrangement.start(process)
                await arrangement.wait_until_up()
                yield arrangement
        finally:
            for process in list(arrangement.running):
                await arrangement.kill(process)
            await database.close()


@asynccontextmanager
async def meanwhile(act: Callable[[], object], seconds: float) -> AsyncIterator[None]:
    """Call an async function every `seconds` while the context is open. Its errors are raised."""

    async def repeat() -> None:
        while True:
            await act()  # type: ignore[misc]
            await asyncio.sleep(seconds)

    task = asyncio.create_task(repeat())
    try:
        yield
    finally:
        if task.done():
            task.result()
        task.cancel()
        await asyncio.wait({task})
