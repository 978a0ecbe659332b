"""The demo: the real bot on a simulated Discord, in a browser. No token, no account, no network.

Nothing outlasts the process: the data is in a temporary directory.
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


async def serve(*, port: int, open_browser: bool, language: str | None = None) -> None:
    """Serve the demo until SIGINT, SIGTERM or cancellation.

    If `port` is taken, a free one is used. Prints the address, and opens it in a browser if
    `open_browser` is set and there is one. `language` is the tag of the language that the people in
    the demo have chosen.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    # discord.py warns about voice libraries, and about a client that the simulation creates.
    logging.getLogger("discord").setLevel(logging.ERROR)
    click.echo("Starting the demo …")
    with contextlib.suppress(_Stopped), _stop_on_signals():
        # Imported here because it takes most of a second, and logs warnings.
        from mentorbot.demo.lifespan import open_demo

        async with open_demo(port=port, language=language) as room:
            if port not in (0, room.port):
                click.echo(f"Port {port} is taken; using port {room.port}.")
            click.echo(f"\n  The demo is at  {room.url}")
            api = room.demo.api
            click.echo(f"  Its REST API is at  {api.docs_url}; to try it by hand:\n")
            click.echo(api.shell_commands)
            click.echo("\nPress Ctrl-C to stop.")
            if open_browser:
                await asyncio.to_thread(_open, room.url)
            await asyncio.Event().wait()
    click.echo("\nThe demo has stopped, and its data is deleted.")


class _Stopped(Exception):
    """A signal asked the demo to stop."""


@contextmanager
def _stop_on_signals() -> Iterator[None]:
    """Raise `_Stopped` in the block on SIGINT, SIGTERM or when the terminal is closed."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    assert task is not None
    signalled = False

    def stop() -> None:
        nonlocal signalled
        if not signalled:
            signalled = True
            task.cancel()

    handled = []
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        # Windows has no signal handlers on event loops; there, Ctrl-C arrives as a cancellation.
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            if number is not None:
                loop.add_signal_handler(number, stop)
                handled.append(number)
    try:
        yield
    except asyncio.CancelledError:
        if not signalled:
            raise
        task.uncancel()
        raise _Stopped from None
    finally:
        for number in handled:
            loop.remove_signal_handler(number)


def _open(url: str) -> None:
    try:
        webbrowser.open(url)
    except webbrowser.Error:
        log.info("no browser could be opened")
