"""What `mentorbot run` starts, in which order, and how all of it ends.

The database first; then the API where it is enabled; then the bot and, once Discord has let it in,
the jobs. The end goes the other way: nothing new is taken in, what runs is waited for, the
connections close. All of it lives in one event loop. The API is imported where it is enabled: that
takes half a second, in which a bot without it answers already.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path

from sqlalchemy import make_url

from bot.client import MentorBot, ShardedBot, Shards, Worker
from bot.guilds import connection_check
from bot.guilds.member_directory import Directory
from mentorbot import metrics
from mentorbot.drivers import check_driver
from mentorbot.errors import CannotStart, discords_errors
from mentorbot.jobs import jobs
from mentorbot.settings import Settings
from mentorbot.shutdown import GRACE
from storage import Database
from storage.migrations import upgrade

log = logging.getLogger(__name__)

_CALLBACKS = ("CommandTree-invoker", "discord-ui-view-dispatch", "discord-ui-dynamic", "discord.py")
"""How discord.py names the tasks in which our code answers a person."""


async def run(settings: Settings) -> None:
    """Run all of it until told to stop by SIGINT or SIGTERM.

    Raises `CannotStart`, `ConnectionFailed` or `storage.StorageError`.
    """
    token = _token(settings)
    if settings.discord.shard_ids:
        raise CannotStart("shard_ids is for `mentorbot run --only bot`: jobs need every server.")
    if settings.api.enabled:
        from mentorbot import api_server

        api_server.require_keys(settings.api)
    async with AsyncExitStack() as stack:
        stop = stack.enter_context(_signals())
        bot = await stack.enter_async_context(_prepared(settings, ShardedBot, _shards(settings)))
        if settings.api.enabled:
            people = Directory(bot)
            await stack.enter_async_context(
                api_server.served(settings.api, bot.db, people=people, connected=bot.is_ready)
            )
        await stack.enter_async_context(_logged_in(bot, token))
        await stack.enter_async_context(jobs(settings.jobs, bot, bot.db, grace=GRACE))
        await _connected_until(stop, bot)
    log.info("stopped")


async def run_bot(settings: Settings) -> None:
    """Answer people until told to stop; the jobs run elsewhere. Raises what `run` does."""
    token = _token(settings)
    with _signals() as stop:
        async with (
            _prepared(settings, ShardedBot, _shards(settings)) as bot,
            _logged_in(bot, token),
        ):
            await _connected_until(stop, bot)
    log.info("stopped")


async def run_worker(settings: Settings) -> None:
    """Run the jobs until told to stop; people are answered elsewhere. Raises what `run` does."""
    token = _token(settings)
    with _signals() as stop:
        async with (
            _prepared(settings, Worker, Shards(settings.discord.shards or None)) as bot,
            _logged_in(bot, token),
            jobs(settings.jobs, bot, bot.db, grace=GRACE),
        ):
            await _connected_until(stop, bot)
    log.info("stopped")


async def run_api(settings: Settings) -> None:
    """Run the REST API alone until told to stop by SIGINT or SIGTERM. It needs no Discord token:
    what it writes for people to hear is sent by the bot, wherever that runs.

    Raises `CannotStart` or `storage.StorageError`.
    """
    from mentorbot import api_server

    api_server.require_keys(settings.api)
    with _signals() as stop:
        async with (
            opened(settings.database.url.get_secret_value()) as database,
            api_server.served(settings.api, database),
        ):
            log.info("running the API alone")
            await stop.wait()
            log.info("stopping")
    log.info("stopped")


async def sync(settings: Settings) -> int:
    """Hand the commands to Discord; returns how many. Raises `CannotStart`, `ConnectionFailed`."""
    database = Database(settings.database.url.get_secret_value())
    with discords_errors():
        return await connection_check.sync(_token(settings), database)


def _token(settings: Settings) -> str:
    token = settings.discord.token.get_secret_value()
    if not token:
        raise CannotStart(
            "There is no Discord token: set MENTORBOT_DISCORD__TOKEN, or token in [discord] of "
            "config.toml."
        )
    return token


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """The database at `url`, checked. A SQLite file that isn't there yet is made.

    An older one is left as it is, since whoever runs it may want a copy before.
    Raises `CannotStart` or `storage.StorageError`.
    """
    check_driver(url)
    where = make_url(url)
    if where.get_backend_name() == "sqlite" and _is_new(Path(where.database or "")):
        await upgrade(url)
        log.info("made a new database", extra={"file": where.database})
    database = Database(url, observe=metrics.use_case)
    try:
        await database.open()
        yield database
    finally:
        await database.close()


def _is_new(file: Path) -> bool:
    return not file.exists() or file.stat().st_size == 0


def _shards(settings: Settings) -> Shards:
    ids = tuple(int(each) for each in settings.discord.shard_ids.split())
    return Shards(settings.discord.shards or None, ids)


@asynccontextmanager
async def _prepared(
    settings: Settings, kind: type[ShardedBot], shards: Shards
) -> AsyncIterator[ShardedBot]:
    """The bot over its database, not yet at Discord."""
    async with opened(settings.database.url.get_secret_value()) as database:
        bot = kind(database, metrics.interaction, shards)
        metrics.gateway(lambda: bot.latency, lambda: len(bot.guilds))
        yield bot


@asynccontextmanager
async def _logged_in(bot: MentorBot, token: str) -> AsyncIterator[None]:
    async with bot:
        with discords_errors():
            await bot.login(token)
        yield


async def _connected_until(stop: asyncio.Event, bot: MentorBot) -> None:
    """Listen to Discord until told to stop; then take nothing new, and let what people have
    already asked for be answered."""
    connection = asyncio.create_task(bot.connect(), name="discord")
    stopping = asyncio.create_task(stop.wait())
    log.info("running")
    await asyncio.wait({connection, stopping}, return_when=asyncio.FIRST_COMPLETED)
    log.info("stopping")
    stopping.cancel()
    if connection.done():
        with discords_errors():
            connection.result()
    connection.cancel()
    await asyncio.wait({connection})
    answering = {task for task in asyncio.all_tasks() if task.get_name().startswith(_CALLBACKS)}
    if answering:
        await asyncio.wait(answering, timeout=GRACE)


@contextmanager
def _signals() -> Iterator[asyncio.Event]:
    """An event that SIGINT or SIGTERM sets; a second signal works as it always does."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def told(number: int, _frame: object) -> None:
        signal.signal(number, before[signal.Signals(number)])
        loop.call_soon_threadsafe(stop.set)

    for number in before:
        signal.signal(number, told)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
