"""The command line: `mentorbot run`, `demo`, `check`, `sync`, `token`, and those of `cli_data`.

Errors that an operator can fix are one sentence (or several lines) on standard error, with exit
code 2. Anything else is a bug and prints its traceback. Commands import what they need when they
run: importing everything takes most of a second, too long for `--help`.
"""

from __future__ import annotations

import asyncio
import gc
import importlib.util
import os
from datetime import timedelta
from pathlib import Path

import click

from mentorbot import __version__, environment_file, reload
from mentorbot.commands import data
from mentorbot.commands.common import DISCORD_ID, EXIT_CODES, configure, report_errors
from mentorbot.errors import CannotStart
from mentorbot.settings import CONFIG_VARIABLE, ENV_FILE_VARIABLE, load_settings
from wording import catalogues


@click.group(epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="mentorbot %(version)s")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    envvar=CONFIG_VARIABLE,
    show_envvar=True,
    metavar="FILE",
    help="Configuration file; the default is config.toml, if it exists. See config.example.toml.",
)
@click.option(
    "--env-file",
    type=click.Path(path_type=Path),
    envvar=ENV_FILE_VARIABLE,
    show_envvar=True,
    metavar="FILE",
    help="Environment variables of the service, if they are in a file; others take precedence.",
)
@click.pass_context
def main(context: click.Context, config: Path | None, env_file: Path | None) -> None:
    """A Discord bot for mentorship: find a mentor, book in your own time zone, pay with points."""
    if env_file is not None:
        report_errors(environment_file.apply)(env_file, os.environ)
        named = os.environ.get(CONFIG_VARIABLE)
        config = config or (Path(named) if named else None)
    context.obj = config


@main.command(epilog=EXIT_CODES)
@click.option(
    "--only",
    type=click.Choice(["bot", "worker", "api"]),
    help="Run one part only: the bot without jobs, the jobs, or the REST API.",
)
@click.pass_obj
@report_errors
def run(config: Path | None, only: str | None) -> None:
    """Run the bot with its jobs, and the REST API if it is enabled, until SIGINT or SIGTERM.

    On SIGHUP it reads the configuration again: the log's level and format change at once, and the
    log names the other settings that have changed, which need a restart.

    A SQLite file that doesn't exist is created; an older one needs `mentorbot migrate` first.

    With --only, several processes share the work on one database: any number of `bot` (each with
    its own shards), `worker` (sends notifications, advances sessions) and `api` (needs no Discord
    token). At least one worker is required. See docs/scaling.md.
    """
    reload.postpone_sighup()
    settings = configure(config)
    # Imported modules stay for good. Collecting garbage among them would take a sixth of the
    # startup time, and part of every later collection.
    gc.disable()
    # What Babel needs for a moment to read its data is used again by the modules.
    catalogues.load_all()
    from mentorbot import program

    gc.freeze()
    gc.enable()
    parts = {
        None: program.run,
        "bot": program.run_bot,
        "worker": program.run_worker,
        "api": program.run_api,
    }

    async def run_part() -> None:
        with reload.reload_on_sighup(config, settings):
            await parts[only](settings)

    asyncio.run(run_part())


@main.command(epilog=EXIT_CODES)
@click.option(
    "--port",
    default=8765,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port of the demo; 0 takes any free one.",
)
@click.option("--no-browser", is_flag=True, help="Print the address instead of opening a browser.")
@click.option(
    "--language",
    help="The language of the people in the demo, such as `de`. The page around it stays English.",
)
@report_errors
def demo(port: int, no_browser: bool, language: str | None) -> None:
    """Try mentorbot in a browser: no token, no account, no network.

    Runs the real bot for a made-up community on a simulated Discord on this machine. Nothing is
    stored.
    """
    if not importlib.util.find_spec("simcord"):
        raise CannotStart(
            "The demo needs simcord, which isn't installed: "
            "pip install --no-deps --require-hashes -r requirements/demo.txt."
        )
    if language not in (None, *catalogues.tags()):
        known = ", ".join(catalogues.tags())
        raise CannotStart(f"There are no texts in the language {language}, only in: {known}.")
    from mentorbot.demo import serve

    asyncio.run(serve(port=port, open_browser=not no_browser, language=language))


@main.command(epilog=EXIT_CODES)
@click.pass_obj
@report_errors
def check(config: Path | None) -> None:
    """Check the installation: one line for each check, and how to fix what is wrong.

    Checks the configuration, the database and its version, the points ledger, notifications that
    are overdue or failed, the token, Discord's gateway and commands, and the bot's permissions in
    each server. It changes nothing and may run beside the bot. The exit code is 0 if everything is
    fine, 1 if Discord or the database couldn't be reached, 2 if something must be fixed.
    """
    settings = configure(config)
    from mentorbot.commands import checks

    async def print_findings() -> checks.CheckStatus:
        worst = checks.CheckStatus.OK
        async for finding in checks.run_checks(settings):
            ok = finding.status is checks.CheckStatus.OK
            click.echo(f"{'ok   ' if ok else 'FAIL '} {finding.subject}: {finding.message}")
            if finding.remedy:
                click.echo(f"      {finding.remedy}")
            worst = max(worst, finding.status)
        return worst

    raise SystemExit(asyncio.run(print_findings()))


@main.command(epilog=EXIT_CODES)
@click.pass_obj
@report_errors
def sync(config: Path | None) -> None:
    """Register the slash commands with Discord. Every start of the bot does the same."""
    settings = configure(config)
    from mentorbot import program

    count = asyncio.run(program.sync_commands(settings))
    click.echo(f"Registered {count} commands with Discord.")


@main.command(epilog=EXIT_CODES)
@click.option("--user", required=True, type=DISCORD_ID, help="Discord user id of the person.")
@click.option(
    "--guild", type=DISCORD_ID, help="Id of the server; the default is default_guild, if set."
)
@click.option(
    "--scope",
    multiple=True,
    default=["member"],
    show_default=True,
    type=click.Choice(["member", "moderator", "service"]),
    help="May be repeated.",
)
@click.option("--name", help="Display name of the person.")
@click.option(
    "--minutes",
    default=60,
    show_default=True,
    type=click.IntRange(1, 525_600),
    help="Validity in minutes.",
)
@click.pass_obj
@report_errors
def token(
    config: Path | None,
    user: int,
    guild: int | None,
    scope: tuple[str, ...],
    name: str | None,
    minutes: int,
) -> None:
    """Print a token for testing the REST API, like those that the main app signs."""
    settings = load_settings(config)
    from api.auth import Scope
    from mentorbot import api_server
    from mentorbot.commands import tokens

    click.echo(
        tokens.create_token(
            api_server.api_options(settings.api).tokens,
            user_id=user,
            guild_id=guild,
            scopes=[Scope(value) for value in scope],
            name=name,
            valid_for=timedelta(minutes=minutes),
        )
    )


for command in data.COMMANDS:
    main.add_command(command)
