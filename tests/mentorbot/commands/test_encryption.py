"""Keys for encryption are made by a command, and can be replaced beside the running bot."""

from __future__ import annotations

import subprocess
from pathlib import Path

from sqlalchemy import insert, select

from storage import Database, Transaction
from storage.encryption import Cipher, generate_key, is_key
from storage.tables import CalendarFeed, ExternalCalendar
from tests.conftest import Clock
from tests.mentorbot.support.filled_database import fill
from tests.mentorbot.support.processes import run_mentorbot

OLD, NEW = generate_key(), generate_key()
ADDRESS = "https://calendar.example/private-0123/basic.ics"


async def store_secrets(url: str, clock: Clock) -> None:
    """Store a feed and two calendars whose secrets are encrypted with the old key."""
    town = await fill(url, clock)
    member = await town.member("Rosa")
    await town.db.close()
    database = Database(url, clock=clock, cipher=Cipher([OLD]))
    await database.open()

    async def store(tx: Transaction) -> None:
        await tx.connection.execute(
            insert(CalendarFeed).values(
                guild_id=town.guild_id,
                user_id=member.user_id,
                token_hash="hash",
                token=tx.cipher.encrypt("the token"),
                created_at=tx.now,
            )
        )
        for number, credentials in enumerate((None, '{"password": "hunter2"}')):
            await tx.connection.execute(
                insert(ExternalCalendar).values(
                    guild_id=town.guild_id,
                    user_id=member.user_id,
                    kind="caldav" if credentials else "ics",
                    label="Work",
                    address=tx.cipher.encrypt(ADDRESS),
                    address_hash=str(number),
                    credentials=credentials and tx.cipher.encrypt(credentials),
                    created_at=tx.now,
                )
            )

    await database.run(store)
    await database.close()


async def load_secrets(url: str, clock: Clock, key: str) -> set[str | None]:
    """Return all secrets, decrypted with one key."""
    database = Database(url, clock=clock, cipher=Cipher([key]))
    await database.open()

    async def load(tx: Transaction) -> set[str | None]:
        columns = (CalendarFeed.token, ExternalCalendar.address, ExternalCalendar.credentials)
        return {
            value and tx.cipher.decrypt(value)
            for column in columns
            for value in await tx.connection.scalars(select(column))
        }

    try:
        return await database.read(load)
    finally:
        await database.close()


def run(folder: Path, command: str, *keys: str) -> subprocess.CompletedProcess[str]:
    """Run a command with these encryption keys."""
    return run_mentorbot(folder, command, MENTORBOT_ENCRYPTION__KEYS=" ".join(keys))


async def test_rotating_encrypts_every_secret_with_the_first_key(
    sqlite_url: str, clock: Clock, tmp_path: Path
) -> None:
    await store_secrets(sqlite_url, clock)
    for _ in range(2):
        done = run(tmp_path, "rotate-encryption", NEW, OLD)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == "4 values encrypted with the first key.\n"
    assert await load_secrets(sqlite_url, clock, NEW) == {
        "the token",
        ADDRESS,
        None,
        '{"password": "hunter2"}',
    }


async def test_a_missing_key_is_named_and_loses_nothing(
    sqlite_url: str, clock: Clock, tmp_path: Path
) -> None:
    await store_secrets(sqlite_url, clock)
    done = run(tmp_path, "rotate-encryption", NEW)
    assert done.returncode == 2
    assert "4 values can't be decrypted" in done.stderr
    assert len(await load_secrets(sqlite_url, clock, OLD)) == 4


def test_a_key_is_printed_and_accepted(tmp_path: Path) -> None:
    key = run(tmp_path, "encryption-key").stdout.strip()
    assert is_key(key)
    assert run(tmp_path, "migrate", key).returncode == 0
    assert run(tmp_path, "rotate-encryption", key).returncode == 0
    assert run(tmp_path, "rotate-encryption").returncode == 2


def test_something_else_than_a_key_is_refused_and_not_repeated(tmp_path: Path) -> None:
    refused = run(tmp_path, "migrate", "hunter2")
    assert refused.returncode == 2
    assert "encryption" in refused.stderr.lower()
    assert "hunter2" not in refused.stderr


async def test_a_backup_shows_no_secret(sqlite_url: str, clock: Clock, tmp_path: Path) -> None:
    await store_secrets(sqlite_url, clock)
    assert (
        run_mentorbot(tmp_path, "backup", "copy.db", MENTORBOT_ENCRYPTION__KEYS=OLD).returncode == 0
    )
    content = (tmp_path / "copy.db").read_bytes()
    assert b"Work" in content
    for secret in (b"hunter2", b"private-0123", b"the token", OLD.encode(), NEW.encode()):
        assert secret not in content
