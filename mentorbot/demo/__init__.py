"""The demo: the real bot in a simulated Discord, in a browser. No token, no account, no network.

Nothing of it outlasts the process: the data lie in a temporary directory.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager

import click

log = logging.getLogger(__name__)


async def serve(*, port: int, open_browser: bool) -> None:
    """Show the demo on `port`, or on a free one if that is taken, until SIGINT, SIGTERM or
    cancellation. Prints the address, and opens it in a browser if there is one and it may."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    # discord.py warns of voice libraries, and of a client that the simulation makes for itself.
    logging.getLogger("discord").setLevel(logging.ERROR)
    click.echo("Setting the stage …")
    with contextlib.suppress(_Stopped), _stopped_by_signals():
        # Late, since the imports take most of a second and are as noisy as they are slow.
        from mentorbot.demo.lifespan import opened

        async with opened(port=port) as room:
            if port not in (0, room.port):
                click.echo(f"Port {port} is taken, so this is another one.")
            click.echo(f"\n  The demo is at  {room.url}")
            api = room.play.door
            click.echo(f"  Its REST API is at  {api.page}; to try it by hand:\n")
            click.echo(api.words)
            click.echo("\nPress Ctrl-C to end it.")
            if open_browser:
                await asyncio.to_thread(_open, room.url)
            await asyncio.Event().wait()
    click.echo("\nThe demo has ended; nothing of it is left.")


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
