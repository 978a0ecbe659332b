"""The command line: `mentorbot run`, `migrate`, `demo`.

Whatever an operator can put right is one sentence (or a line for each) on standard error, and
exit code 2; anything else is a bug, with its trace. The commands import what they need when they
run: all of it takes most of a second, too long for `--help`.
"""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Callable
from functools import update_wrapper
from pathlib import Path
from typing import ParamSpec

import click
from sqlalchemy import make_url

from mentorbot import __version__, logs
from mentorbot.errors import CannotStart, ConnectionFailed
from mentorbot.settings import CONFIG_VARIABLE, Settings, SettingsError, load
from storage import StorageError

P = ParamSpec("P")

EXIT_CODES = """\b
Exit codes:
  0  done, or ended by SIGINT or SIGTERM
  1  Discord can't be reached, or a bug: trying again may help
  2  something must be put right first; one sentence says what
"""


@click.group(epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="mentorbot %(version)s")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    envvar=CONFIG_VARIABLE,
    show_envvar=True,
    metavar="FILE",
    help="The configuration, config.toml if there is one. See config.example.toml.",
)
@click.pass_context
def main(context: click.Context, config: Path | None) -> None:
    """A Discord bot for mentorship: find a mentor, book in your own time zone, pay with points."""
    context.obj = config


def _in_words(command: Callable[P, None]) -> Callable[P, None]:
    """Let a command end with a sentence and an exit code where one is known for an error."""

    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        code = 2
        try:
            return command(*args, **kwargs)
        except (SettingsError, StorageError, CannotStart) as error:
            sentence = str(error)
        except ConnectionFailed as error:
            sentence, code = str(error), 1
        click.echo(sentence, err=True)
        raise SystemExit(code)

    return update_wrapper(wrapped, command)


@main.command(epilog=EXIT_CODES)
@click.pass_obj
@_in_words
def run(config: Path | None) -> None:
    """Run the bot, and the REST API where it is enabled, until told to stop.

    A SQLite file that isn't there yet is made; an older one needs `mentorbot migrate`.
    """
    settings = _prepared(config)
    from mentorbot import program

    asyncio.run(program.run(settings))


@main.command(epilog=EXIT_CODES)
@click.pass_obj
@_in_words
def migrate(config: Path | None) -> None:
    """Bring the database's tables to this program's version, making what is missing.

    All of it happens or nothing does. Keep a copy of the data all the same.
    """
    settings = _prepared(config)
    from mentorbot import program

    click.echo(asyncio.run(program.migrate(settings)))


@main.command(epilog=EXIT_CODES)
@click.option("--port", default=8765, show_default=True, type=click.IntRange(0, 65535))
@click.option("--no-browser", is_flag=True, help="Print the address only.")
@_in_words
def demo(port: int, no_browser: bool) -> None:
    """Try mentorbot in a browser: no token, no account, no network.

    The real bot, with a community in it, against a simulated Discord on this machine. It keeps
    nothing.
    """
    if not importlib.util.find_spec("simcord"):
        raise CannotStart(
            "The demo needs simcord, which isn't installed: "
            "pip install --require-hashes -r requirements/demo.txt."
        )
    from mentorbot.demo import serve

    asyncio.run(serve(port=port, open_browser=not no_browser))


def _prepared(config: Path | None) -> Settings:
    """The settings, with the logs started as they say."""
    settings = load(config)
    url = settings.database.url.get_secret_value()
    password = make_url(url).password
    secrets = [settings.discord.token.get_secret_value(), str(password or "")]
    logs.start(settings.log, secrets)
    return settings
