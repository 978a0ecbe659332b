"""`mentorbot check` names each thing that is wrong, and says what to do."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import discord
import pytest

from bot.client import permissions
from bot.guilds.permissions import MEETING_PERMISSIONS, permission_label
from mentorship.administration import setup
from storage import Database
from tests.mentorbot.fake_discord import DiscordStandin
from tests.mentorbot.processes import against, mentorbot
from tests.mentorbot.sample_names import CHIEF, LOG, MENTORS, OWN, REVIEW, SERVER

TOKEN = {"MENTORBOT_DISCORD__TOKEN": "open-sesame"}


async def checked(
    standin: DiscordStandin, folder: Path, **settings: str
) -> subprocess.CompletedProcess[str]:
    done = await against(standin.address, folder, "check", **TOKEN | settings)
    assert "Traceback" not in done.stderr
    assert "warning" not in done.stderr
    assert "sesame" not in done.stdout + done.stderr
    return done


def wrong(done: subprocess.CompletedProcess[str]) -> str:
    """What is to be put right, with what to do about it, as one text."""
    lines = done.stdout.splitlines()
    return "\n".join(
        f"{line} {after if after.startswith('   ') else ''}"
        for line, after in zip(lines, [*lines[1:], ""], strict=True)
        if line.startswith("FAIL")
    )


async def test_check_reports_ok_for_a_complete_setup(
    standin: DiscordStandin, tmp_path: Path
) -> None:
    before = (tmp_path / "mentorbot.db").read_bytes()
    done = await checked(standin, tmp_path)
    assert done.returncode == 0, done.stdout
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == [
        f"ok    {subject}"
        for subject in (
            "configuration",
            "database",
            "points ledger",
            "jobs",
            "notifications",
            "token",
            "gateway",
            "commands",
            "server Riverside",
        )
    ]
    assert "998 of 1000 starts are left" in done.stdout
    assert (tmp_path / "mentorbot.db").read_bytes() == before


async def test_check_reports_a_rejected_token(standin: DiscordStandin, tmp_path: Path) -> None:
    standin.refuses_tokens = True
    done = await checked(standin, tmp_path)
    assert done.returncode == 2
    assert "FAIL  token: Discord rejected the bot" in wrong(done)
    assert "Reset Token" in wrong(done)
    assert "ok    points ledger" in done.stdout


def test_check_reports_a_missing_token_and_database(tmp_path: Path) -> None:
    done = mentorbot(tmp_path, "check")
    assert done.returncode == 2
    assert "FAIL  database: There is no database at mentorbot.db yet. `mentorbot migrate`" in (
        done.stdout
    )
    assert "FAIL  token: there is no Discord token" in done.stdout
    assert list(tmp_path.iterdir()) == []


async def test_check_reports_an_unreachable_discord(
    standin: DiscordStandin, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        standin.address = f"http://127.0.0.1:{free.getsockname()[1]}"
    done = await checked(standin, tmp_path)
    assert done.returncode == 1
    assert "FAIL  token: Discord can't be reached" in wrong(done)
    assert "discordstatus.com" in wrong(done)


@pytest.mark.parametrize("name", ["view_channel", "send_messages", "embed_links"])
async def test_check_reports_a_permission_denied_by_a_channel(
    name: str, standin: DiscordStandin, tmp_path: Path
) -> None:
    denied = discord.Permissions(**{name: True}).value
    standin.guilds[SERVER].channels[REVIEW] = denied
    done = await checked(standin, tmp_path)
    assert done.returncode == 2
    assert "Applications reach the moderators" in wrong(done)
    assert f"channel {REVIEW}" in wrong(done)
    assert name.replace("_", " ").title() in wrong(done)


@pytest.mark.long
@pytest.mark.parametrize(
    ("kind", "name"),
    [(kind, name) for kind, names in MEETING_PERMISSIONS.items() for name in names],
)
async def test_check_reports_missing_permissions_for_session_channels(
    kind: str, name: str, standin: DiscordStandin, tmp_path: Path
) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/mentorbot.db")
    parent = LOG if kind == "thread" else None
    await database.run(setup.configure, CHIEF, meeting_place=kind, meeting_parent_id=parent)
    await database.close()
    server = standin.guilds[SERVER]
    wanted = discord.Permissions(**dict.fromkeys(MEETING_PERMISSIONS[kind], True)) | permissions()
    server.roles[OWN] = ("mentorbot", 2, wanted.value)
    done = await checked(standin, tmp_path)
    assert done.returncode == 0, done.stdout
    without = discord.Permissions(wanted.value & ~getattr(discord.Permissions, name).flag)
    server.roles[OWN] = ("mentorbot", 2, without.value)
    done = await checked(standin, tmp_path)
    assert done.returncode == 2
    assert "for sessions" in wrong(done)
    assert permission_label(name) in wrong(done)


async def test_check_reports_missing_channels_roles_and_servers(
    standin: DiscordStandin, tmp_path: Path
) -> None:
    server = standin.guilds[SERVER]
    del server.channels[LOG]
    server.roles[OWN] = ("mentorbot", 1, permissions().value & ~(1 << 28))
    server.roles[MENTORS] = ("Mentors", 2, 0)
    done = await checked(standin, tmp_path)
    assert done.returncode == 2
    assert "lacks the channel" in wrong(done)
    assert "Manage Roles, a place above that role" in wrong(done)
    assert "drag mentorbot above role 31" in wrong(done)
    del standin.guilds[SERVER]
    done = await checked(standin, tmp_path)
    assert (
        "server 10: the database has data of this server, but the bot isn't in it any more"
        in wrong(done)
    )


async def test_check_reports_exhausted_starts_and_missing_commands(
    standin: DiscordStandin, tmp_path: Path
) -> None:
    standin.starts_left = 0
    standin.commands.remove("book")
    done = await checked(standin, tmp_path)
    assert done.returncode == 2
    assert "0 of 1000 starts are left" in wrong(done)
    assert "not registered with Discord: book" in wrong(done)
    assert "`mentorbot sync`" in wrong(done)


async def test_sync_registers_all_commands(standin: DiscordStandin, tmp_path: Path) -> None:
    wanted = sorted(standin.commands)
    standin.commands = []
    done = await against(standin.address, tmp_path, "sync", **TOKEN)
    assert (done.returncode, done.stdout) == (
        0,
        f"Registered {len(wanted)} commands with Discord.\n",
    )
    assert sorted(standin.commands) == wanted


async def test_check_reports_wrong_balances_and_overdue_notifications(
    standin: DiscordStandin, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "mentorbot.db", isolation_level=None)) as connection:
        connection.executescript(
            """
            INSERT INTO accounts (guild_id, kind, user_id, balance) VALUES (10, 'member', 7, 500);
            INSERT INTO notices (guild_id, user_id, kind, key, due_at, next_at)
                VALUES (10, 7, 'confirmed', 'a', '2026-03-02 12:00:00', '2026-03-02 12:00:00');
            INSERT INTO notices (guild_id, user_id, kind, key, due_at, next_at, status, problem,
                settled_at)
                VALUES (10, 7, 'declined', 'b', '2026-03-02', '2026-03-02', 'failed',
                        'Discord refused it', '2999-01-01 00:00:00');
            """
        )
    done = await checked(standin, tmp_path)
    assert done.returncode == 2
    assert "account 1 (member 7) of server 10 is 500, but its transfers come to 0" in wrong(done)
    assert "overdue since 2026-03-02 12:00 UTC: notifications 1, sessions 0" in wrong(done)
    assert "1 of kind declined in server 10 couldn't be delivered" in wrong(done)
    assert "Discord refused it" in wrong(done)


def older(file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")


def something_else(file: Path) -> None:
    file.write_bytes(b"Dear diary " * 1000)


@pytest.mark.parametrize(
    ("happens", "words"),
    [(older, "Run `mentorbot migrate`."), (something_else, "file is not a database")],
)
async def test_check_reports_an_unusable_database(
    happens: object, words: str, standin: DiscordStandin, tmp_path: Path
) -> None:
    assert callable(happens)
    happens(tmp_path / "mentorbot.db")
    done = await checked(standin, tmp_path)
    assert done.returncode == 2
    assert words in wrong(done)
    assert "ok    token" in done.stdout


def test_check_refuses_an_invalid_configuration(tmp_path: Path) -> None:
    done = mentorbot(tmp_path, "check", MENTORBOT_LOG__LEVEL="loud")
    assert (done.returncode, done.stdout) == (2, "")
    assert 'log.level = "loud" should be' in done.stderr
