"""The commands that keep the data: `migrate`, `backup`, `restore`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from mentorbot.command import EXIT_CODES, in_words, prepared, progress
from mentorbot.errors import CannotStart


@click.command(epilog=EXIT_CODES)
@click.pass_obj
@in_words
def migrate(config: Path | None) -> None:
    """Bring the database's tables to this program's version, making what is missing.

    Run it after an update, with the bot stopped. All of it happens or nothing does, so it may be
    interrupted and run again. A SQLite file is copied first, and the copy kept beside it.
    """
    settings = prepared(config)
    from mentorbot import keeping

    with progress("Copying") as show:
        said = asyncio.run(keeping.migrate(settings, show))
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
    from mentorbot import keeping

    with progress("Copying") as show:
        made = asyncio.run(keeping.backup(settings, target, keep, show))
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
    from mentorbot import keeping

    there = keeping.in_place(settings)
    if there and not replace:
        raise CannotStart(
            f"There is a database at {there} already. To put {source} in its place, add --replace; "
            "the one that is there is kept beside it."
        )
    with progress("Copying") as show:
        done = asyncio.run(keeping.restore(settings, source, show))
    click.echo(
        f"{source} is the database now: {done.books.accounts:,} accounts, "
        f"{done.books.transfers:,} transfers, version {done.version}."
    )
    if done.kept:
        click.echo(f"The one before is kept as {done.kept}.")
    if done.is_old:
        click.echo("Its tables are older than this program: run `mentorbot migrate` next.")


COMMANDS = (migrate, backup, restore)
