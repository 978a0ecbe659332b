"""The command line: `mentorbot run`, `demo`, `check`, `sync`, `token`, and those of `cli_data`.

Whatever an operator can put right is one sentence (or a line for each) on standard error, and
exit code 2; anything else is a bug, with its trace. The commands import what they need when they
run: all of it takes most of a second, too long for `--help`.
"""

from __future__ import annotations

import asyncio
import gc
import importlib.util
from datetime import timedelta
from pathlib import Path

import click

from mentorbot import __version__, cli_data
from mentorbot.cli_common import EXIT_CODES, ID, in_words, prepared
from mentorbot.errors import CannotStart
from mentorbot.settings import CONFIG_VARIABLE, load


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
@click.option(
    "--only",
    type=click.Choice(["bot", "worker", "api"]),
    help="One part alone: what answers people, what runs the jobs, or the REST API.",
)
@click.pass_obj
@in_words
def run(config: Path | None, only: str | None) -> None:
    """Run the bot with its jobs, and the REST API where it is enabled, until told to stop.

    A SQLite file that isn't there yet is made; an older one needs `mentorbot migrate`.

    With --only, several processes share one database and the work: as many as one likes of `bot`
    (each with shards of its own), `worker` (sends what people are to hear, moves sessions on) and
    `api` (needs no Discord token). At least one worker is needed. docs/scaling.md has more.
    """
    settings = prepared(config)
    # What is imported stays. Looking through it for garbage would take a sixth of the start, and a
    # part of every later look.
    gc.disable()
    from mentorbot import program

    gc.freeze()
    gc.enable()
    runs = {
        None: program.run,
        "bot": program.run_bot,
        "worker": program.run_worker,
        "api": program.run_api,
    }
    asyncio.run(runs[only](settings))


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


@main.command(epilog=EXIT_CODES)
@click.pass_obj
@in_words
def check(config: Path | None) -> None:
    """Say what is wrong, a line for each thing that was looked at, and what to do about it.

    The configuration, the database and its version, the points' books, notices that are overdue or
    were given up, the token, Discord's gateway and commands, and what each server allows the bot.
    It changes nothing and may be run beside the bot. The exit code is 0 when all is well, 1 when
    Discord could not be asked, 2 when something is to be put right.
    """
    settings = prepared(config)
    from mentorbot import checks

    async def tell() -> checks.Verdict:
        worst = checks.Verdict.OK
        async for finding in checks.findings(settings):
            well = finding.verdict is checks.Verdict.OK
            click.echo(f"{'ok   ' if well else 'NOT  '}{finding.about}: {finding.found}")
            if finding.remedy:
                click.echo(f"       {finding.remedy}")
            worst = max(worst, finding.verdict)
        return worst

    raise SystemExit(asyncio.run(tell()))


@main.command(epilog=EXIT_CODES)
@click.pass_obj
@in_words
def sync(config: Path | None) -> None:
    """Hand the slash commands to Discord again. Every start of the bot does the same."""
    settings = prepared(config)
    from mentorbot import program

    click.echo(f"Discord has {asyncio.run(program.sync(settings))} commands now.")


@main.command(epilog=EXIT_CODES)
@click.option("--user", required=True, type=ID, help="Their Discord user id.")
@click.option("--guild", type=ID, help="The server's id; default_guild, if set.")
@click.option(
    "--scope",
    multiple=True,
    default=["member"],
    show_default=True,
    type=click.Choice(["member", "moderator", "service"]),
    help="May be given several times.",
)
@click.option("--name", help="What they are called.")
@click.option(
    "--minutes", default=60, show_default=True, type=click.IntRange(1, 525_600), help="How long."
)
@click.pass_obj
@in_words
def token(
    config: Path | None,
    user: int,
    guild: int | None,
    scope: tuple[str, ...],
    name: str | None,
    minutes: int,
) -> None:
    """Print a token for trying the REST API, such as the main app would sign."""
    settings = load(config)
    from api.auth import Scope
    from mentorbot import api_server, tokens

    click.echo(
        tokens.make(
            api_server.options(settings.api).tokens,
            user_id=user,
            guild_id=guild,
            scopes=[Scope(each) for each in scope],
            name=name,
            valid_for=timedelta(minutes=minutes),
        )
    )


for command in cli_data.COMMANDS:
    main.add_command(command)
