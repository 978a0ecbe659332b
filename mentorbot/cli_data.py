"""The commands about the data: `migrate`, `backup`, `restore`, `export`, `forget`."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import click
from pydantic import SecretStr

from mentorbot.cli_common import EXIT_CODES, ID, in_words, prepared, progress
from mentorbot.errors import CannotStart
from mentorbot.settings import database_url


def _url(_context: click.Context, _option: click.Parameter, written: str | None) -> str | None:
    try:
        return database_url(SecretStr(written)).get_secret_value() if written else None
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command(epilog=EXIT_CODES)
@click.option(
    "--from", "source", callback=_url, metavar="URL", help="Move all data from this database."
)
@click.option("--to", "target", callback=_url, metavar="URL", help="Move all data to this one.")
@click.pass_obj
@in_words
def migrate(config: Path | None, source: str | None, target: str | None) -> None:
    """Bring the database's tables to this program's version, making what is missing.

    Run it after an update, with the bot stopped. All of it happens or nothing does, so it may be
    interrupted and run again. A SQLite file is copied first, and the copy kept beside it.

    With --from or --to, all data move from one database into another, empty one, such as from a
    SQLite file to PostgreSQL; the other is the configured one. The bot is to be stopped. Nothing
    of the old database is changed, and every row is compared in the end.
    """
    settings = prepared(config)
    from mentorbot import maintenance

    if source is None and target is None:
        with progress("Copying") as show:
            said = asyncio.run(maintenance.migrate(settings, show))
    else:
        here = settings.database.url.get_secret_value()
        with progress("Moving") as show:
            said = asyncio.run(maintenance.move(settings, source or here, target or here, show))
    click.echo(said)


@click.command(epilog=EXIT_CODES)
@click.argument("target", required=False, type=click.Path(path_type=Path))
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    metavar="N",
    help="Of the copies that this command has named in the folder, remove all but the newest N.",
)
@click.pass_obj
@in_words
def backup(config: Path | None, target: Path | None, keep: int | None) -> None:
    """Copy the SQLite database to TARGET, while the bot runs.

    TARGET is a file, or a folder that is there: in a folder the copy is named for the time, such
    as mentorbot-20261124T190312Z.db. Without TARGET that is the database's own folder.

    The copy is as the data were at one instant, and is looked through before it is called done:
    the file's soundness, and whether the points' books are right. Nobody but you can read it.
    """
    settings = prepared(config)
    from mentorbot import maintenance

    with progress("Copying") as show:
        made = asyncio.run(maintenance.backup(settings, target, keep, show))
    click.echo(
        f"{made.file} is a whole copy: {made.books.accounts:,} accounts, "
        f"{made.books.transfers:,} transfers."
    )
    for removed in made.removed:
        click.echo(f"{removed} is removed.")
    if made.books.faults:
        raise CannotStart(
            f"But the books in it are not right: {made.books.faults[0]}. See `mentorbot check`."
        )


@click.command(epilog=EXIT_CODES)
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Let it take the place of the database there is.")
@click.pass_obj
@in_words
def restore(config: Path | None, source: Path, replace: bool) -> None:
    """Let SOURCE, a copy that `mentorbot backup` made, be the database. Stop the bot first.

    The copy is looked through before anything happens, and stays where it is. With --replace the
    database that is there now is kept beside the new one, under a name that says when.
    """
    settings = prepared(config)
    from mentorbot import maintenance

    there = maintenance.in_place(settings)
    if there and not replace:
        raise CannotStart(
            f"There is a database at {there} already. To put {source} in its place, add --replace; "
            "the one that is there is kept beside it."
        )
    with progress("Copying") as show:
        done = asyncio.run(maintenance.restore(settings, source, show))
    click.echo(
        f"{source} is the database now: {done.books.accounts:,} accounts, "
        f"{done.books.transfers:,} transfers, version {done.version}."
    )
    if done.kept:
        click.echo(f"The one before is kept as {done.kept}.")
    if done.is_old:
        click.echo("Its tables are older than this program: run `mentorbot migrate` next.")


_person = click.argument("user", type=ID, metavar="USER_ID")
_server = click.option("--guild", type=ID, metavar="ID", help="This server alone, not every one.")


@click.command(epilog=EXIT_CODES)
@_person
@_server
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write it there, for your eyes only, instead of to standard output.",
)
@click.pass_obj
@in_words
def export(config: Path | None, user: int, guild: int | None, output: Path | None) -> None:
    """Hand over all that is kept about a person, as JSON.

    USER_ID is the number behind "Copy User ID" in Discord's developer mode. Ids of other people are
    left out. Members can do this themselves with /privacy export.
    """
    settings = prepared(config)
    from mentorbot import data_requests

    written = json.dumps(
        asyncio.run(data_requests.export(settings, user, guild)), ensure_ascii=False, indent=2
    )
    if output is None:
        click.echo(written)
        return
    try:
        with open(output, "w", encoding="utf-8", opener=_for_own_eyes) as file:
            file.write(written + "\n")
    except OSError as error:
        raise CannotStart(f"{output} can't be written: {error.strerror}.") from error
    click.echo(f"{output} has it all.")


@click.command(epilog=EXIT_CODES)
@_person
@_server
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.pass_obj
@in_words
def forget(config: Path | None, user: int, guild: int | None, yes: bool) -> None:
    """Remove a person from the data: every id, name and text of theirs. There is no way back.

    Their coming sessions are called off first, and the others hear of it. Sessions that took place
    stay in the others' history, with nobody in the person's place, and the points' books stay
    right. Whoever is in the middle of a session can be forgotten when it is over.

    Copies that you have made hold the person until you delete them, and Discord keeps the messages
    that the bot has sent. Members can do this themselves with /privacy forget.
    """
    settings = prepared(config)
    from mentorbot import data_requests

    known = asyncio.run(data_requests.known(settings, user, guild))
    if not known:
        click.echo("Nothing is kept about that person.")
        return
    for server, kept in known.items():
        click.echo(
            f"Server {server}: {len(kept.coming)} coming sessions are called off, "
            f"{kept.points:,} points go{', a mentor profile goes' if kept.is_mentor else ''}."
        )
    if not yes:
        click.confirm("Forget them for good?", abort=True, err=True)
    with progress("Forgetting") as show:
        asyncio.run(data_requests.forget(settings, user, list(known), show))
    click.echo("They are forgotten. Copies from before hold them still: delete those when you can.")


def _for_own_eyes(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


COMMANDS = (migrate, backup, restore, export, forget)
