"""`mentorbot check` reports each problem and how to fix it."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import discord
import pytest

from bot.client import permissions
from bot.guilds.permissions import permission_label
from bot.guilds.room_permissions import room_needs
from mentorship.administration import setup
from mentorship.operations import backup_log
from storage import Database
from tests.mentorbot.support.fake_discord import FakeDiscord
from tests.mentorbot.support.processes import run_against, run_mentorbot
from tests.mentorbot.support.sample_ids import (
    BOT_ROLE,
    LOG_CHANNEL,
    MEMBER_ROLE,
    MENTOR_ROLE,
    OWNER,
    REVIEW_CHANNEL,
    SERVER,
)

TOKEN = {"MENTORBOT_DISCORD__TOKEN": "open-sesame"}


async def check(
    standin: FakeDiscord, folder: Path, **settings: str
) -> subprocess.CompletedProcess[str]:
    done = await run_against(standin.address, folder, "check", **TOKEN | settings)
    assert "Traceback" not in done.stderr
    assert "warning" not in done.stderr
    assert "sesame" not in done.stdout + done.stderr
    return done


def _room_permissions(kind: str) -> tuple[str, ...]:
    needs = room_needs(kind)
    return tuple(dict.fromkeys((*needs.server, *needs.parent)))


def problems(done: subprocess.CompletedProcess[str]) -> str:
    """Return the failed checks with their remedies as one text."""
    lines = done.stdout.splitlines()
    return "\n".join(
        f"{line} {after if after.startswith('   ') else ''}"
        for line, after in zip(lines, [*lines[1:], ""], strict=True)
        if line.startswith("FAIL")
    )


async def test_check_reports_ok_for_a_complete_setup(standin: FakeDiscord, tmp_path: Path) -> None:
    before = (tmp_path / "mentorbot.db").read_bytes()
    done = await check(standin, tmp_path)
    assert done.returncode == 0, done.stdout
    lines = [line for line in done.stdout.splitlines() if not line.startswith("   ")]
    assert [line.split(":")[0] for line in lines] == [
        f"ok    {subject}"
        for subject in (
            "configuration",
            "database",
            "points ledger",
            "jobs",
            "faults",
            "notifications",
            "webhooks",
            "calendars",
            "backups",
            "meetings",
            "token",
            "gateway",
            "commands",
            "server Riverside",
        )
    ]
    assert "998 of 1000 starts are left" in done.stdout
    assert (tmp_path / "mentorbot.db").read_bytes() == before


async def test_check_says_when_the_newest_backup_was_made(
    standin: FakeDiscord, tmp_path: Path
) -> None:
    assert (
        "backups: `mentorbot backup` has made none of this database"
        in (await check(standin, tmp_path)).stdout
    )
    made_at = datetime(2026, 11, 24, 3, 30, tzinfo=UTC)
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/mentorbot.db", clock=lambda: made_at)
    await database.run(backup_log.record, size_bytes=4_096, duration=timedelta(seconds=1))
    await database.close()
    assert (
        "backups: the newest is of 2026-11-24 03:30 UTC, and was verified"
        in (await check(standin, tmp_path)).stdout
    )


async def test_check_reports_a_rejected_token(standin: FakeDiscord, tmp_path: Path) -> None:
    standin.refuses_tokens = True
    done = await check(standin, tmp_path)
    assert done.returncode == 2
    assert "FAIL  token: Discord rejected the bot" in problems(done)
    assert "Reset Token" in problems(done)
    assert "ok    points ledger" in done.stdout


KEY = "0" * 43 + "="


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"API__ENABLED": "false"}, "the API that serves feeds isn't enabled"),
        ({"ENCRYPTION__KEYS": ""}, "no encryption key"),
        ({"ENCRYPTION__KEYS": " "}, "no encryption key"),
        ({"CALENDARS__PUBLIC_URL": "http://mentor.example"}, "isn't encrypted"),
        ({}, ""),
    ],
)
def test_check_says_what_calendar_feeds_need(
    settings: dict[str, str], problem: str, tmp_path: Path
) -> None:
    complete = {
        "CALENDARS__PUBLIC_URL": "https://mentor.example",
        "API__ENABLED": "true",
        "API__SECRET": "a secret that is long enough for HS256, as RFC 7518 asks",
        "ENCRYPTION__KEYS": KEY,
    }
    values = {f"MENTORBOT_{name}": value for name, value in (complete | settings).items()}
    done = run_mentorbot(tmp_path, "check", **values)
    (line,) = [each for each in done.stdout.splitlines() if "calendar feeds" in each]
    assert line.startswith("FAIL" if problem else "ok")
    assert problem in line
    assert KEY not in done.stdout + done.stderr


def test_check_reports_a_missing_token_and_database(tmp_path: Path) -> None:
    done = run_mentorbot(tmp_path, "check")
    assert done.returncode == 2
    assert "FAIL  database: There is no database at mentorbot.db yet. `mentorbot migrate`" in (
        done.stdout
    )
    assert "FAIL  token: there is no Discord token" in done.stdout
    assert list(tmp_path.iterdir()) == []


async def test_check_reports_an_unreachable_discord(standin: FakeDiscord, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        standin.address = f"http://127.0.0.1:{free.getsockname()[1]}"
    done = await check(standin, tmp_path)
    assert done.returncode == 1
    assert "FAIL  token: Discord can't be reached" in problems(done)
    assert "discordstatus.com" in problems(done)


@pytest.mark.parametrize("name", ["view_channel", "send_messages", "embed_links"])
async def test_check_reports_a_permission_denied_by_a_channel(
    name: str, standin: FakeDiscord, tmp_path: Path
) -> None:
    denied = discord.Permissions(**{name: True}).value
    standin.guilds[SERVER].channels[REVIEW_CHANNEL] = denied
    done = await check(standin, tmp_path)
    assert done.returncode == 2
    assert "Posting applications" in problems(done)
    assert f"channel {REVIEW_CHANNEL}" in problems(done)
    assert name.replace("_", " ").title() in problems(done)


@pytest.mark.long
@pytest.mark.parametrize(
    ("kind", "name"),
    [(kind, name) for kind in ("thread", "voice") for name in _room_permissions(kind)],
)
async def test_check_reports_missing_permissions_for_session_channels(
    kind: str, name: str, standin: FakeDiscord, tmp_path: Path
) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/mentorbot.db")
    parent = LOG_CHANNEL if kind == "thread" else None
    await database.run(setup.configure, OWNER, meeting_place=kind, meeting_parent_id=parent)
    await database.close()
    server = standin.guilds[SERVER]
    # A thread needs members who see its channel. The bot isn't one of them.
    members = discord.Permissions(view_channel=True, send_messages_in_threads=True)
    server.roles[MEMBER_ROLE] = ("Members", 1, members.value)
    needed = discord.Permissions(**dict.fromkeys(_room_permissions(kind), True)) | permissions()
    server.roles[BOT_ROLE] = ("mentorbot", 2, needed.value)
    done = await check(standin, tmp_path)
    assert done.returncode == 0, done.stdout
    without = discord.Permissions(needed.value & ~getattr(discord.Permissions, name).flag)
    server.roles[BOT_ROLE] = ("mentorbot", 2, without.value)
    done = await check(standin, tmp_path)
    assert done.returncode == 2
    assert "for sessions" in problems(done)
    assert permission_label(name) in problems(done)


async def test_check_reports_missing_channels_roles_and_servers(
    standin: FakeDiscord, tmp_path: Path
) -> None:
    server = standin.guilds[SERVER]
    del server.channels[LOG_CHANNEL]
    server.roles[BOT_ROLE] = ("mentorbot", 1, permissions().value & ~(1 << 28))
    server.roles[MENTOR_ROLE] = ("Mentors", 2, 0)
    done = await check(standin, tmp_path)
    assert done.returncode == 2
    assert "needs another channel" in problems(done)
    assert "Manage Roles, a role above that role" in problems(done)
    assert "drag mentorbot above role 31" in problems(done)
    del standin.guilds[SERVER]
    done = await check(standin, tmp_path)
    assert (
        "server 10: the database has data of this server, but the bot isn't in it any more"
        in problems(done)
    )


async def test_check_reports_exhausted_starts_and_missing_commands(
    standin: FakeDiscord, tmp_path: Path
) -> None:
    standin.starts_left = 0
    standin.commands.remove("book")
    done = await check(standin, tmp_path)
    assert done.returncode == 2
    assert "0 of 1000 starts are left" in problems(done)
    assert "not registered with Discord: book" in problems(done)
    assert "`mentorbot sync`" in problems(done)


async def test_sync_registers_all_commands(standin: FakeDiscord, tmp_path: Path) -> None:
    commands = sorted(standin.commands)
    standin.commands = []
    done = await run_against(standin.address, tmp_path, "sync", **TOKEN)
    assert (done.returncode, done.stdout) == (
        0,
        f"Registered {len(commands)} commands with Discord.\n",
    )
    assert sorted(standin.commands) == commands


async def test_check_reports_wrong_balances_and_overdue_notifications(
    standin: FakeDiscord, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "mentorbot.db", isolation_level=None)) as connection:
        connection.executescript(
            """
            INSERT INTO accounts (guild_id, kind, user_id, balance) VALUES (10, 'member', 7, 500);
            INSERT INTO faults VALUES ('transition', 42, 'cafe1234', 'KeyError', 3,
                '2026-03-02 12:00:00', '2999-01-01 00:00:00', '2999-01-01 00:00:00');
            INSERT INTO notices (guild_id, user_id, kind, key, due_at, next_at)
                VALUES (10, 7, 'confirmed', 'a', '2026-03-02 12:00:00', '2026-03-02 12:00:00');
            INSERT INTO notices (guild_id, user_id, kind, key, due_at, next_at, status, problem,
                settled_at)
                VALUES (10, 7, 'declined', 'b', '2026-03-02', '2026-03-02', 'failed',
                        'Discord refused it', '2999-01-01 00:00:00');
            """
        )
    done = await check(standin, tmp_path)
    assert done.returncode == 2
    assert "account 1 (member 7) of server 10 is 500, but its transfers come to 0" in problems(done)
    assert "overdue since 2026-03-02 12:00 UTC: notifications 1, sessions 0" in problems(done)
    assert "1 of kind declined in server 10 couldn't be delivered" in problems(done)
    assert "Discord refused it" in problems(done)
    assert (
        "row 42 of sessions can't be processed: KeyError, 3 times since 2026-03-02 12:00 UTC"
        in problems(done)
    )
    assert "Search the log for cafe1234." in problems(done)


def make_older(file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")


def overwrite(file: Path) -> None:
    file.write_bytes(b"Dear diary " * 1000)


@pytest.mark.parametrize(
    ("prepare", "message"),
    [(make_older, "Run `mentorbot migrate`."), (overwrite, "file is not a database")],
)
async def test_check_reports_an_unusable_database(
    prepare: object, message: str, standin: FakeDiscord, tmp_path: Path
) -> None:
    assert callable(prepare)
    prepare(tmp_path / "mentorbot.db")
    done = await check(standin, tmp_path)
    assert done.returncode == 2
    assert message in problems(done)
    assert "ok    token" in done.stdout


def test_check_refuses_an_invalid_configuration(tmp_path: Path) -> None:
    done = run_mentorbot(tmp_path, "check", MENTORBOT_LOG__LEVEL="loud")
    assert (done.returncode, done.stdout) == (2, "")
    assert 'log.level = "loud" should be' in done.stderr
