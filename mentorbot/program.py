"""`mentorbot run`: startup and shutdown of the bot, the jobs and the REST API.

The order is: the database, metrics and the API if they're enabled, the bot's login, the jobs, the
connection to Discord. Shutdown goes the other way: accept nothing new, wait for running work, close
connections. Everything runs in one event loop. HTTP is only imported if it's enabled, since that
takes half a second.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

from bot.client import MentorBot, ShardedBot, Shards, Worker
from bot.guilds import connection_check
from bot.guilds.member_directory import MemberDirectory
from integrations.calendars.importing import CalendarImporter
from mentorbot import meeting_providers
from mentorbot.calendar_options import calendar_options
from mentorbot.database import open_or_create
from mentorbot.errors import CannotStart, translate_discord_errors
from mentorbot.jobs.calendar_import import open_importer
from mentorbot.jobs.integration_jobs import run_integration_jobs
from mentorbot.jobs.schedule import run_jobs
from mentorbot.metrics import counters
from mentorbot.metrics.process_gauges import Role
from mentorbot.monitor import ProcessMonitor
from mentorbot.settings import SHUTDOWN_GRACE_S, Settings
from storage import Database

log = logging.getLogger(__name__)

_INTERACTION_TASKS = (
    "CommandTree-invoker",
    "discord-ui-view-dispatch",
    "discord-ui-dynamic",
    "discord.py",
)
"""Name prefixes of the tasks in which discord.py runs our handlers of interactions."""


async def run(settings: Settings) -> None:
    """Run the bot, the jobs and, if enabled, the API until SIGINT or SIGTERM.

    Raises `CannotStart`, `ConnectionFailed` or `storage.StorageError`.
    """
    token = _token(settings)
    if settings.discord.shard_ids:
        raise CannotStart(
            "shard_ids is only for `mentorbot run --only bot`: the jobs need all servers."
        )
    if settings.api.enabled:
        from mentorbot import api_server

        api_server.require_keys(settings.api)
    async with AsyncExitStack() as stack:
        stop = stack.enter_context(_stop_on_signals())
        bot, importer = await stack.enter_async_context(
            _create_bot(settings, ShardedBot, _shards(settings))
        )
        monitor = ProcessMonitor(bot.db, Role.ALL, bot)
        await stack.enter_async_context(_serve_metrics(settings, monitor))
        if settings.api.enabled:
            await stack.enter_async_context(
                api_server.serve_api(
                    settings.api,
                    bot.db,
                    monitor=monitor,
                    member_lookup=MemberDirectory(bot),
                    calendar_refresher=importer,
                    allow_private_addresses=settings.egress.allow_private,
                    meeting_providers=bot.meeting_providers,
                    calendars=calendar_options(settings),
                )
            )
        await stack.enter_async_context(_log_in(bot, token))
        await stack.enter_async_context(_run_jobs(settings, bot, importer, monitor))
        if settings.api.enabled:
            await stack.enter_async_context(_send_webhooks(settings, bot.db, monitor))
        await _run_until_stopped(stop, bot)
    log.info("stopped")


async def run_bot(settings: Settings) -> None:
    """Run the bot without the jobs until SIGINT or SIGTERM. Raises the same errors as `run`."""
    token = _token(settings)
    with _stop_on_signals() as stop:
        async with (
            _create_bot(settings, ShardedBot, _shards(settings)) as (bot, _),
            _serve_metrics(settings, ProcessMonitor(bot.db, Role.BOT, bot)),
            _log_in(bot, token),
        ):
            await _run_until_stopped(stop, bot)
    log.info("stopped")


async def run_worker(settings: Settings) -> None:
    """Run the jobs only, until SIGINT or SIGTERM. Raises the same errors as `run`."""
    token = _token(settings)
    shards = Shards(settings.discord.shards or None)
    with _stop_on_signals() as stop:
        async with _create_bot(settings, Worker, shards) as (bot, importer):
            monitor = ProcessMonitor(bot.db, Role.WORKER, bot)
            async with (
                _serve_metrics(settings, monitor),
                _log_in(bot, token),
                _run_jobs(settings, bot, importer, monitor),
            ):
                await _run_until_stopped(stop, bot)
    log.info("stopped")


async def run_api(settings: Settings) -> None:
    """Run the REST API only, until SIGINT or SIGTERM.

    It needs no Discord token: a worker sends the notifications that it writes. Raises
    `CannotStart` or `storage.StorageError`.
    """
    from mentorbot import api_server

    api_server.require_keys(settings.api)
    with _stop_on_signals() as stop:
        async with open_or_create(
            settings.database.url.get_secret_value(),
            observe=counters.record_use_case,
            cipher=settings.encryption.cipher,
        ) as database:
            monitor = ProcessMonitor(database, Role.API)
            async with (
                open_importer(database, allow_private=settings.egress.allow_private) as importer,
                _serve_metrics(settings, monitor),
                api_server.serve_api(
                    settings.api,
                    database,
                    monitor=monitor,
                    calendar_refresher=importer,
                    allow_private_addresses=settings.egress.allow_private,
                    meeting_providers=meeting_providers.names(settings),
                    calendars=calendar_options(settings),
                ),
                _send_webhooks(settings, database, monitor),
            ):
                log.info("running the API only")
                await stop.wait()
                log.info("stopping")
    log.info("stopped")


async def sync_commands(settings: Settings) -> int:
    """Register the slash commands with Discord; returns how many.

    Raises `CannotStart` or `ConnectionFailed`.
    """
    database = Database(settings.database.url.get_secret_value())
    with translate_discord_errors():
        return await connection_check.sync(_token(settings), database)


def _token(settings: Settings) -> str:
    token = settings.discord.token.get_secret_value()
    if not token:
        raise CannotStart(
            "There is no Discord token. Set MENTORBOT_DISCORD__TOKEN, or token in [discord] of "
            "config.toml."
        )
    return token


def _shards(settings: Settings) -> Shards:
    ids = tuple(int(shard) for shard in settings.discord.shard_ids.split())
    return Shards(settings.discord.shards or None, ids)


@asynccontextmanager
async def _create_bot(
    settings: Settings, bot_type: type[ShardedBot], shards: Shards
) -> AsyncIterator[tuple[ShardedBot, CalendarImporter]]:
    """Open the database and create the bot, not yet connected to Discord."""
    async with (
        open_or_create(
            settings.database.url.get_secret_value(),
            observe=counters.record_use_case,
            cipher=settings.encryption.cipher,
        ) as database,
        open_importer(database, allow_private=settings.egress.allow_private) as importer,
    ):
        bot = bot_type(database, counters.record_interaction, shards, calendar_options(settings))
        bot.calendar_refresher = importer
        bot.meeting_providers = meeting_providers.names(settings)
        yield bot, importer


@asynccontextmanager
async def _serve_metrics(settings: Settings, monitor: ProcessMonitor) -> AsyncIterator[None]:
    """Serve health and metrics, if they are enabled."""
    if not settings.metrics.enabled:
        yield
        return
    from mentorbot import api_server

    async with api_server.serve_metrics(settings.metrics, monitor):
        yield


@asynccontextmanager
async def _run_jobs(
    settings: Settings, bot: MentorBot, importer: CalendarImporter, monitor: ProcessMonitor
) -> AsyncIterator[None]:
    """Run all jobs, and let `monitor` observe them."""
    async with run_jobs(
        settings.jobs, settings.retention, bot, bot.db, grace_seconds=SHUTDOWN_GRACE_S
    ) as jobs:
        monitor.jobs = jobs
        async with run_integration_jobs(
            settings, bot.db, importer, grace_seconds=SHUTDOWN_GRACE_S
        ) as integration_jobs:
            monitor.jobs = (*jobs, *integration_jobs)
            yield


@asynccontextmanager
async def _send_webhooks(
    settings: Settings, database: Database, monitor: ProcessMonitor
) -> AsyncIterator[None]:
    """Send webhooks, and let `monitor` observe that job, too."""
    from mentorbot.jobs.webhook_job import keep_configured, send_webhooks

    await keep_configured(settings, database)
    async with send_webhooks(
        database, allow_private=settings.egress.allow_private, grace_seconds=SHUTDOWN_GRACE_S
    ) as job:
        monitor.jobs = (*monitor.jobs, job)
        yield


@asynccontextmanager
async def _log_in(bot: MentorBot, token: str) -> AsyncIterator[None]:
    """Log the bot in; on exit, close it."""
    async with bot:
        with translate_discord_errors():
            await bot.login(token)
        yield


async def _run_until_stopped(stop: asyncio.Event, bot: MentorBot) -> None:
    """Stay connected to Discord until `stop` is set, then let running handlers finish."""
    connection = asyncio.create_task(bot.connect(), name="discord")
    stopping = asyncio.create_task(stop.wait())
    log.info("running")
    await asyncio.wait({connection, stopping}, return_when=asyncio.FIRST_COMPLETED)
    log.info("stopping")
    stopping.cancel()
    if connection.done():
        with translate_discord_errors():
            connection.result()
    connection.cancel()
    await asyncio.wait({connection})
    handlers = {
        task for task in asyncio.all_tasks() if task.get_name().startswith(_INTERACTION_TASKS)
    }
    if handlers:
        await asyncio.wait(handlers, timeout=SHUTDOWN_GRACE_S)


@contextmanager
def _stop_on_signals() -> Iterator[asyncio.Event]:
    """Yield an event that SIGINT or SIGTERM sets. A second signal has its default effect."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    previous = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def on_signal(number: int, _frame: object) -> None:
        signal.signal(number, previous[signal.Signals(number)])
        loop.call_soon_threadsafe(stop.set)

    for number in previous:
        signal.signal(number, on_signal)
    try:
        yield stop
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
