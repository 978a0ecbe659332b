"""`mentorbot run` as a process, with a real database file and a fake Discord."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from mentorship.actors import Actor
from mentorship.administration import setup
from mentorship.availability import timezone_change
from mentorship.mentors import applications
from mentorship.mentors.profile_rules import ProfileContent
from storage import Database
from tests.mentorbot.support.fake_discord import FakeDiscord, fake_discord
from tests.mentorbot.support.processes import clean_environment, run_mentorbot, run_program

GUILD, REVIEW_CHANNEL = 10, 12
MODERATOR = Actor(30, "Mo", GUILD, manages_guild=True)
APPLICANT = Actor(20, "Amy", GUILD)
SECRET = "a secret that is long enough for HS256"
API = {"MENTORBOT_API__ENABLED": "true", "MENTORBOT_API__SECRET": SECRET}
SETTINGS = {"MENTORBOT_JOBS__DELIVER": "0.2", "MENTORBOT_LOG__FORMAT": "json"}


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    async with fake_discord() as discord:
        yield discord


async def apply(folder: Path) -> None:
    """Apply as a mentor in this process, which writes a notification for the moderators."""
    database = Database(f"sqlite+aiosqlite:///{folder}/mentorbot.db")
    await database.open()
    await database.run(setup.configure, MODERATOR, review_channel_id=REVIEW_CHANNEL)
    await database.run(timezone_change.set_timezone, APPLICANT, "Europe/London")
    content = ProfileContent(("python",), 60, "I have written Python for a long time.")
    await database.run(applications.apply, APPLICANT, content)
    await database.close()


async def test_run_creates_a_database_delivers_and_stops_on_sigterm(
    tmp_path: Path, discord: FakeDiscord
) -> None:
    async with run_program(tmp_path, discord.address, **SETTINGS) as program:
        await program.wait_for_event("ready")
        assert {"book", "cancel", "mentor", "sessions", "timezone"} <= set(discord.commands)
        await apply(tmp_path)
        await program.until(lambda: discord.messages)
        program.signal(signal.SIGTERM)
        assert await program.ended() == 0
    assert [message.channel for message in discord.messages] == [REVIEW_CHANNEL]
    events = [json.loads(line) for line in program.log.splitlines()]
    assert [event for event in events if event["level"] != "info"] == []
    assert events[-1]["event"] == "stopped"
    assert "open-sesame" not in program.log


async def test_a_notification_is_sent_once_after_a_kill(
    tmp_path: Path, discord: FakeDiscord
) -> None:
    async with run_program(tmp_path, discord.address, **SETTINGS) as program:
        await program.until(lambda: (tmp_path / "mentorbot.db").exists() and discord.commands)
        # Discord hasn't sent the bot its guilds yet, so nothing is delivered.
        await apply(tmp_path)
        program.kill()
        assert await program.ended() == -signal.SIGKILL
    assert discord.messages == []
    async with run_program(tmp_path, discord.address, **SETTINGS) as program:
        await program.until(lambda: discord.messages)
        await asyncio.sleep(0.5)
        program.signal(signal.SIGINT)
        assert await program.ended() == 0
    assert len(discord.messages) == 1


async def test_a_running_command_is_answered_before_shutdown(
    tmp_path: Path, discord: FakeDiscord
) -> None:
    discord.interaction_delay = 1
    async with run_program(tmp_path, discord.address, **SETTINGS) as program:
        await program.wait_for_event("ready")
        await discord.use_command("sessions")
        await asyncio.wait_for(discord.answering.wait(), 10)
        program.signal(signal.SIGTERM)
        assert await program.ended() == 0
    assert len(discord.answers) == 1
    assert '"level": "error"' not in program.log


async def test_run_serves_the_api_beside_the_bot(tmp_path: Path, discord: FakeDiscord) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    api = API | {"MENTORBOT_API__PORT": str(port)}
    async with run_program(tmp_path, discord.address, **SETTINGS, **api) as program:
        await program.wait_for_event("ready")
        async with httpx.AsyncClient() as client:
            for path in ("healthz", "readyz"):
                response = await client.get(f"http://127.0.0.1:{port}/{path}")
                assert response.status_code == 200
            response = await client.get(f"http://127.0.0.1:{port}/api/mentorship/me")
            assert response.status_code == 401
        program.signal(signal.SIGTERM)
        assert await program.ended() == 0
    assert SECRET not in program.log


async def test_run_only_api_needs_no_discord(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    settings = clean_environment(MENTORBOT_API__SECRET=SECRET, MENTORBOT_API__PORT=port)
    token = run_mentorbot(
        tmp_path, "token", "--user", "20", "--guild", "10", MENTORBOT_API__SECRET=SECRET
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "mentorbot", "run", "--only", "api"),
        cwd=tmp_path,
        env=settings,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    async with asyncio.timeout(30):
        while b"running the API only" not in await process.stderr.readline():
            pass
        headers = {"Authorization": f"Bearer {token.stdout.strip()}"}
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            assert (await client.get("/readyz")).status_code == 200
            response = await client.get("/api/mentorship/me", headers=headers)
            assert response.json()["userId"] == "20"
        process.send_signal(signal.SIGTERM)
        log = await process.stderr.read()
        assert await process.wait() == 0
    assert b"stopped" in log


async def test_a_port_in_use_is_reported_in_a_sentence(
    tmp_path: Path, discord: FakeDiscord
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        api = API | {"MENTORBOT_API__PORT": port}
        async with run_program(tmp_path, discord.address, **api) as program:
            assert await program.ended() == 1, "another process may be about to end"
    last = program.log.splitlines()[-1]
    assert last == f"The API can't listen at 127.0.0.1:{port}: Address already in use."


async def test_a_rejected_token_is_reported_in_a_sentence(
    tmp_path: Path, discord: FakeDiscord
) -> None:
    discord.refuses_tokens = True
    async with run_program(tmp_path, discord.address) as program:
        assert await program.ended() == 2
    assert program.log.splitlines()[-1].startswith("Discord rejected the bot: ")
    assert "Traceback" not in program.log
    assert "open-sesame" not in program.log


async def test_an_unreachable_discord_exits_with_code_1(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        unused = f"http://127.0.0.1:{free.getsockname()[1]}"
    async with run_program(tmp_path, unused) as program:
        assert await program.ended() == 1
    assert program.log.splitlines()[-1].startswith("Discord can't be reached: ")
    assert "Traceback" not in program.log


def test_starting_loads_no_library_that_few_communities_need() -> None:
    rare = ("caldav", "httpx", "lxml", "matplotlib")
    code = f"import sys, mentorbot.program; print([x for x in {rare!r} if x in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert result.stdout.strip() == b"[]"
