"""The command line: `mentorbot run`, `demo`, `check`, `sync`, and those of `cli_data`.

Whatever an operator can put right is one sentence (or a line for each) on standard error, and
exit code 2; anything else is a bug, with its trace. The commands import what they need when they
run: all of it takes most of a second, too long for `--help`.
"""

from __future__ import annotations

import asyncio
import importlib.util
from pathlib import Path

import click

from mentorbot import __version__, cli_data
from mentorbot.command import EXIT_CODES, in_words, prepared
from mentorbot.errors import CannotStart
from mentorbot.settings import CONFIG_VARIABLE


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


@main.command(epilog=EXIT_CODES)
@click.pass_obj
@in_words
def run(config: Path | None) -> None:
    """Run the bot, and the REST API where it is enabled, until told to stop.

    A SQLite file that isn't there yet is made; an older one needs `mentorbot migrate`.
    """
    settings = prepared(config)
    from mentorbot import program

    asyncio.run(program.run(settings))


@main.command(epilog=EXIT_CODES)
@click.option("--port", default=8765, show_default=True, type=click.IntRange(0, 65535))
@click.option("--no-browser", is_flag=True, help="Print the address only.")
@in_words
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


for command in cli_data.COMMANDS:
    main.add_command(command)
