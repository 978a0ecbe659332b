"""What every command has in common: its settings, and how it ends and shows its progress."""

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
from mentorbot.errors import CannotStart, ConnectionFailed
from mentorbot.settings import Settings, SettingsError, load
from mentorship.actors import LARGEST_ID

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

P = ParamSpec("P")

ID = click.IntRange(1, LARGEST_ID)
"""A person's or a server's, as Discord shows it."""

EXIT_CODES = """\b
Exit codes:
  0  done, or ended by SIGINT or SIGTERM
  1  Discord can't be reached, or a bug: trying again may help
  2  something must be put right first; one sentence says what
"""


def in_words(command: Callable[P, None]) -> Callable[P, None]:
    """Let a command end with a sentence and an exit code where one is known for an error."""

    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        code = 2
        try:
            return command(*args, **kwargs)
        except ConnectionFailed as error:
            sentence, code = str(error), 1
        except _to_put_right() as error:
            sentence = str(error)
        click.echo(sentence, err=True)
        raise SystemExit(code)

    return update_wrapper(wrapped, command)


def _to_put_right() -> tuple[type[Exception], ...]:
    """Asked once something was raised: `--help` doesn't wait for the database's libraries."""
    from storage import StorageError

    return SettingsError, StorageError, CannotStart


def prepared(config: Path | None) -> Settings:
    """The settings, with the logs started as they say."""
    settings = load(config)
    url = settings.database.url.get_secret_value()
    password = make_url(url).password
    secrets = [
        settings.discord.token.get_secret_value(),
        settings.api.secret.get_secret_value(),
        str(password or ""),
    ]
    logs.start(settings.log, secrets)
    return settings


@contextmanager
def progress(label: str) -> Iterator[Callable[[float], None]]:
    """A bar on standard error, moved by the part of the work that is done, 0 to 1.

    It first shows when there is something to tell, and only to a person at a terminal.
    """
    with ExitStack() as stack:
        bar: ProgressBar[int] | None = None

        def show(part: float) -> None:
            nonlocal bar
            if not sys.stderr.isatty():
                return
            if bar is None:
                bar = stack.enter_context(
                    click.progressbar(length=1_000, label=label, file=sys.stderr)
                )
            bar.update(int(part * 1_000) - bar.pos)

        yield show
