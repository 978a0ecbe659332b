"""The commands about data: `migrate`, `backup`, `restore`, `export`, `forget`."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO

import click
from pydantic import SecretStr

from mentorbot.commands.common import (
    DISCORD_ID,
    EXIT_CODES,
    configure,
    counted,
    progress_bar,
    report_errors,
)
from mentorbot.errors import CannotStart
from mentorbot.settings import parse_database_url
from wording.administration import ledger_faults
from wording.reader import ENGLISH


def _url(_context: click.Context, _option: click.Parameter, text: str | None) -> str | None:
    try:
        return parse_database_url(SecretStr(text)).get_secret_value() if text else None
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command(epilog=EXIT_CODES)
@click.option(
    "--from", "source", callback=_url, metavar="URL", help="Copy all data from this database."
)
@click.option(
    "--to", "target", callback=_url, metavar="URL", help="Copy all data to this database."
)
@click.pass_obj
@report_errors
def migrate(config: Path | None, source: str | None, target: str | None) -> None:
    """Upgrade the database to this program's version, creating the tables if there are none.

    Run it after an update, with the bot stopped. The upgrade is one transaction, so it may be
    interrupted and run again. A SQLite file is backed up first, beside the database.

    With --from or --to, all data is copied from one database into another, empty one, for example
    from a SQLite file to PostgreSQL. The one that isn't given is the configured database. Stop the
    bot first. The old database isn't changed, and every row is compared at the end.
    """
    settings = configure(config, source, target)
    from mentorbot.commands import migration

    if source is None and target is None:
        with progress_bar("Backing up") as show:
            message = asyncio.run(migration.migrate(settings, show))
    else:
        configured = settings.database.url.get_secret_value()
        with progress_bar("Copying") as show:
            message = asyncio.run(
                migration.move_data(settings, source or configured, target or configured, show)
            )
    click.echo(message)


@click.command(epilog=EXIT_CODES)
@click.argument("target", required=False, type=click.Path(path_type=Path))
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    metavar="N",
    help="Delete all but the newest N backups in the folder that this command has named.",
)
@click.pass_obj
@report_errors
def backup(config: Path | None, target: Path | None, keep: int | None) -> None:
    """Back up the database to TARGET, while the bot is running.

    TARGET is a file or an existing folder. In a folder, the backup is named after the current time,
    such as mentorbot-20261124T190312Z.db. The default is the folder of the SQLite file. A database
    on PostgreSQL is dumped with pg_dump, by default to the current folder.

    The backup is a snapshot of one instant. It is verified before it gets its name: that all of it
    can be read, that it has every row of the database, and that the balances of all accounts are
    right. Then it is recorded in the database. Only you can read the file.
    """
    settings = configure(config)
    from mentorbot.commands import backup as backups

    with progress_bar("Backing up") as show:
        result = asyncio.run(backups.backup(settings, target, keep, show))
    rows = result.contents.rows
    figures = {
        "server": rows["guilds"],
        "session": rows["sessions"],
        "account": result.ledger.accounts,
        "transfer": result.ledger.transfers,
    }
    listed = ", ".join(counted(number, noun) for noun, number in figures.items())
    click.echo(f"Backup written to {result.file}: {listed}, at version {result.contents.revision}.")
    if result.ledger.faults:
        fault = ledger_faults.sentence(result.ledger.faults[0], ENGLISH)
        raise CannotStart(
            f"But its points ledger is inconsistent: {fault}. See `mentorbot check`. No earlier "
            "backup was deleted."
        )
    click.echo(f"It has all {sum(rows.values()):,} rows, and all balances are right.")
    for removed in result.removed:
        click.echo(f"Deleted {removed}.")
    if not result.is_recorded:
        click.echo(
            "The database doesn't record this backup, since its tables are older than this "
            "program: run `mentorbot migrate`."
        )


@click.command(epilog=EXIT_CODES)
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Replace the existing database.")
@click.pass_obj
@report_errors
def restore(config: Path | None, source: Path, replace: bool) -> None:
    """Restore the database from SOURCE, a file that `mentorbot backup` wrote. Stop the bot first.

    SOURCE is verified before anything happens, and isn't changed. With --replace, the existing
    database is kept beside the new one, under a name that contains the time.
    """
    settings = configure(config)
    from mentorbot.commands import backup as backups

    existing = backups.existing_file(settings)
    if existing and not replace:
        raise CannotStart(
            f"There is already a database at {existing}. To replace it with {source}, add "
            "--replace; the existing one is kept beside it."
        )
    with progress_bar("Restoring") as show:
        result = asyncio.run(backups.restore_backup(settings, source, show))
    click.echo(
        f"Restored {source}: {result.ledger.accounts:,} accounts, "
        f"{result.ledger.transfers:,} transfers, version {result.version}."
    )
    if result.kept:
        click.echo(f"The previous database is kept as {result.kept}.")
    if result.is_old:
        click.echo("Its tables are older than this program: run `mentorbot migrate` next.")


_user_argument = click.argument("user", type=DISCORD_ID, metavar="USER_ID")
_guild_option = click.option(
    "--guild", type=DISCORD_ID, metavar="ID", help="Only this server; the default is all servers."
)


@click.command(epilog=EXIT_CODES)
@_user_argument
@_guild_option
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write to this file, readable only by you, instead of to standard output.",
)
@click.pass_obj
@report_errors
def export(config: Path | None, user: int, guild: int | None, output: Path | None) -> None:
    """Export all data that is stored about a person, as JSON.

    USER_ID is what "Copy User ID" copies in Discord's developer mode. The ids of other people are
    left out. Members can do this themselves with /privacy export.
    """
    settings = configure(config)
    from mentorbot.commands import data_requests

    def open_output() -> AbstractContextManager[IO[bytes]]:
        if output is None:
            return nullcontext(sys.stdout.buffer)
        return open(output, "wb", opener=_open_private)

    try:
        asyncio.run(data_requests.export(settings, user, guild, open_output))
    except OSError as error:
        raise CannotStart(f"{output} can't be written: {error.strerror}.") from error
    if output is not None:
        click.echo(f"Exported to {output}.")


@click.command(epilog=EXIT_CODES)
@_user_argument
@_guild_option
@click.option("--yes", is_flag=True, help="Don't ask for confirmation.")
@click.pass_obj
@report_errors
def forget(config: Path | None, user: int, guild: int | None, yes: bool) -> None:
    """Erase a person: every id, name and text of theirs. This can't be undone.

    Their upcoming sessions are cancelled first, and the other participants are notified. Past
    sessions stay in the history of the others, without the person's name, and the points ledger
    stays consistent. Someone who is in a session can be erased once it is over. A keyed hash of the
    user id stays until the server's data is deleted, so that nobody who returns gets a second
    starting balance or evades a suspension.

    Backups still contain the person until you delete them, and Discord keeps the messages that the
    bot has sent. Members can do this themselves with /privacy forget.
    """
    settings = configure(config)
    from mentorbot.commands import data_requests

    previews = asyncio.run(data_requests.preview_erasure(settings, user, guild))
    if not previews:
        click.echo("No data is stored about that person.")
        return
    for server, preview in previews.items():
        profile = ", the mentor profile is deleted" if preview.is_mentor else ""
        click.echo(
            f"Server {server}: upcoming sessions to cancel: {len(preview.upcoming)}, "
            f"points to remove: {preview.points:,}{profile}."
        )
    if not yes:
        click.confirm("Erase this person for good?", abort=True, err=True)
    with progress_bar("Erasing") as show:
        asyncio.run(data_requests.erase(settings, user, previews, show))
    click.echo("Erased. Earlier backups still contain this person: delete them when you can.")
    if any(preview.is_mentor for preview in previews.values()):
        click.echo("If they are still in the server, take the mentor role from them in Discord.")


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


@click.command("encryption-key", epilog=EXIT_CODES)
@report_errors
def encryption_key() -> None:
    """Print a new key for the setting `keys` of [encryption].

    To replace a key, put the new one before it, separated by a space, restart mentorbot, run
    `mentorbot rotate-encryption`, and then remove the old one. Keep keys apart from backups: with
    both, somebody can read the addresses of people's calendars.
    """
    from storage.encryption import generate_key

    click.echo(generate_key())


@click.command("rotate-encryption", epilog=EXIT_CODES)
@click.pass_obj
@report_errors
def rotate_encryption(config: Path | None) -> None:
    """Encrypt all stored secrets again with the first encryption key.

    It may run beside the bot, and be interrupted and run again.
    """
    settings = configure(config)
    from mentorbot.commands import encryption

    click.echo(asyncio.run(encryption.rotate(settings)))


@click.command(epilog=EXIT_CODES)
@click.pass_obj
@report_errors
def recount(config: Path | None) -> None:
    """Count all figures about mentoring anew: insights, leaderboards and roles at thresholds.

    You shouldn't need it, since figures follow from what happens. Run it after you have changed
    data by hand. The running bot does the work, a little at a time; until it is done, figures are
    too low. How full open hours were is a record of its own, and is kept.
    """
    settings = configure(config)
    from mentorbot.commands import figures

    asyncio.run(figures.recount(settings))
    click.echo("The bot counts all figures anew while it runs.")


COMMANDS = (migrate, backup, restore, export, forget, encryption_key, rotate_encryption, recount)
