"""The demo: the real bot in a simulated Discord, in a browser. No token, no account, no network.

Nothing of it outlasts the process: the data lie in a temporary directory.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import tempfile
import webbrowser
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
import simcord

from bot.client import MentorBot
from mentorbot.demo.community import settle_in
from mentorbot.demo.page import ControlRoom, listen
from mentorbot.demo.stage import Stage
from mentorbot.demo.timekeeping import Timekeeper
from storage import Database
from storage.migrations import upgrade

log = logging.getLogger(__name__)

HOST = "127.0.0.1"


async def serve(*, port: int, open_browser: bool) -> None:
    """Show the demo on `port`, or on a free one if that is taken, until SIGINT, SIGTERM or
    cancellation. Prints the address, and opens it in a browser if there is one and it may."""
    with contextlib.suppress(_Stopped), _stopped_by_signals():
        click.echo("Setting the stage …")
        async with opened(port=port) as room:
            if port not in (0, room.port):
                click.echo(f"Port {port} is taken, so this is another one.")
            click.echo(f"\n  The demo is at  {room.url}\n\nPress Ctrl-C to end it.")
            if open_browser:
                await asyncio.to_thread(_open, room.url)
            await asyncio.Event().wait()
    click.echo("The demo has ended; nothing of it is left.")


@asynccontextmanager
async def opened(*, port: int = 0) -> AsyncIterator[ControlRoom]:
    """The demo while it is open: `room.url` is its first page. All of it is gone afterwards."""
    with (
        listen(HOST, port) as socket,
        tempfile.TemporaryDirectory(prefix="mentorbot-demo-", ignore_cleanup_errors=True) as place,
    ):
        url = f"sqlite+aiosqlite:///{Path(place, 'demo.db').as_posix()}"
        await upgrade(url)
        clock = _Clock()
        # The file is thrown away, so it need not survive a loss of power.
        db = Database(url, clock=clock.now, synchronous="OFF")
        bot = MentorBot(db)
        try:
            async with simcord.run(bot, check_errors=False) as env:
                clock.env = env
                stage = Stage(env, preview_port=socket.getsockname()[1] + 1)
                clockwork = Timekeeper(stage, bot, db)
                await settle_in(stage, db, clockwork)
                delivery = asyncio.create_task(clockwork.deliver_soon(), name="demo delivery")
                try:
                    async with ControlRoom(stage, clockwork, db).open(socket) as room:
                        yield room
                finally:
                    delivery.cancel()
                    await asyncio.gather(delivery, return_exceptions=True)
                    await stage.close()
        finally:
            await db.close()


class _Clock:
    """The simulated clock, which exists only once the bot does."""

    env: simcord.Env | None = None

    def now(self) -> datetime:
        return self.env.now() if self.env else datetime.now(UTC)


class _Stopped(Exception):
    """A signal asked the demo to end."""


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Let SIGINT, SIGTERM and a closed terminal end what is inside, by `_Stopped`."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    assert task is not None
    asked = False

    def stop() -> None:
        nonlocal asked
        if not asked:
            asked = True
            task.cancel()

    watched = []
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        # Windows has no handlers on its loop; there Ctrl-C arrives as a cancellation.
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            if number is not None:
                loop.add_signal_handler(number, stop)
                watched.append(number)
    try:
        yield
    except asyncio.CancelledError:
        if not asked:
            raise
        task.uncancel()
        raise _Stopped from None
    finally:
        for number in watched:
            loop.remove_signal_handler(number)


def _open(url: str) -> None:
    try:
        webbrowser.open(url)
    except webbrowser.Error:
        log.info("no browser could be opened")
