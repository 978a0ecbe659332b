"""What all commands share: loading settings, reporting errors, and the progress bar."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import update_wrapper
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec

import click
from sqlalchemy import make_url

from mentorbot import logs
from mentorbot.errors import AddressUnavailable, CannotStart, ConnectionFailed
from mentorbot.settings import Settings, SettingsError, load_settings, secrets_of
from mentorship.actors import MAX_ID

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

P = ParamSpec("P")

Progress = Callable[[float], None]
"""Called with the fraction of the work that is done, 0 to 1."""

DISCORD_ID = click.IntRange(1, MAX_ID)
"""The id of a person or a server, as Discord shows it."""

EXIT_CODES = """\b
Exit codes:
  0  success, or stopped by SIGINT or SIGTERM
  1  something that may pass, such as an outage of Discord or the database, or a bug
  2  something must be fixed first; the message says what
"""


def report_errors(command: Callable[P, None]) -> Callable[P, None]:
    """Decorate a command to print known errors as one sentence and exit with their code.

    Among them are files that this user may not access, since others may run a command than the
    service's user.
    """

    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            return command(*args, **kwargs)
        except _operator_errors() as error:
            message, code = str(error), 1 if may_end_by_itself(error) else 2
        except PermissionError as error:
            if error.filename is None:
                raise
            message, code = f"{error.filename} can't be accessed: {error.strerror}.", 2
        click.echo(message, err=True)
        raise SystemExit(code)

    return update_wrapper(wrapped, command)


def may_end_by_itself(error: Exception) -> bool:
    """Return whether trying again may help. Otherwise something must be fixed first."""
    from storage import DatabaseUnavailable, DatabaseUnusable

    if isinstance(error, ConnectionFailed | AddressUnavailable):
        return True
    return isinstance(error, DatabaseUnavailable) and not isinstance(error, DatabaseUnusable)


def _operator_errors() -> tuple[type[Exception], ...]:
    """Return the errors that have one sentence for the operator.

    Only evaluated once something was raised, so that `--help` doesn't import the database.
    """
    from storage import StorageError

    return SettingsError, StorageError, CannotStart, ConnectionFailed, AddressUnavailable


def configure(config: Path | None, *urls: str | None) -> Settings:
    """Load the settings and set up logging accordingly. Raises `SettingsError`.

    `urls` are those of other databases, of which the log must not contain the passwords either.
    """
    settings = load_settings(config)
    passwords = [str(make_url(url).password or "") for url in urls if url is not None]
    logs.configure(settings.log, [*secrets_of(settings), *passwords])
    return settings


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[float], None]]:
    """Show a progress bar on standard error; yields a function to call with the fraction done.

    It appears at the first call, and only if standard error is a terminal.
    """
    with ExitStack() as stack:
        bar: ProgressBar[int] | None = None

        def show(fraction: float) -> None:
            nonlocal bar
            if not sys.stderr.isatty():
                return
            if bar is None:
                bar = stack.enter_context(
                    click.progressbar(length=1_000, label=label, file=sys.stderr)
                )
            bar.update(int(fraction * 1_000) - bar.pos)

        yield show


def counted(count: int, noun: str) -> str:
    """Write a number of things: `1 session`, `1,200 sessions`. The command line is English."""
    return f"{count:,} {noun if count == 1 else f'{noun}s'}"
