"""`mentorbot run`: a real process, a real database file, a stand-in where Discord would be."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from mentorbot.jobs import Job
from mentorship.actors import Actor
from mentorship.administration import setup
from mentorship.availability import timezone_change
from mentorship.mentors import applications
from mentorship.mentors.profile_rules import ProfileContent
from storage import Database
from tests.mentorbot.fake_discord import DiscordStandin, discord_standin
from tests.mentorbot.processes import environment, mentorbot, running

GUILD, REVIEW_CHANNEL = 10, 12
MODERATOR = Actor(30, "Mo", GUILD, manages_guild=True)
APPLICANT = Actor(20, "Amy", GUILD)
SECRET = "a secret that is long enough for HS256"
API = {"MENTORBOT_API__ENABLED": "true", "MENTORBOT_API__SECRET": SECRET}
QUICK = {"MENTORBOT_JOBS__DELIVER": "0.2", "MENTORBOT_LOG__FORMAT": "json"}


@pytest.fixture
async def discord() -> AsyncIterator[DiscordStandin]:
    async with discord_standin() as standin:
        yield standin


async def amy_applies(folder: Path) -> None:
    """From outside of the program, as its API would: there is news for the moderators."""
    database = Database(f"sqlite+aiosqlite:///{folder}/mentorbot.db")
    await database.open()
    await database.run(setup.configure, MODERATOR, review_channel_id=REVIEW_CHANNEL)
    await database.run(timezone_change.set_timezone, APPLICANT, "Europe/London")
    wanted = ProfileContent(("python",), 60, "I have written Python for a long time.")
    await database.run(applications.apply, APPLICANT, wanted)
    await database.close()


async def test_run_creates_a_database_delivers_and_stops_on_sigterm(
    tmp_path: Path, discord: DiscordStandin
) -> None:
    async with running(tmp_path, discord.address, **QUICK) as program:
        await program.says("ready")
        assert {"book", "cancel", "mentor", "sessions", "timezone"} <= set(discord.commands)
        await amy_applies(tmp_path)
        await program.until(lambda: discord.messages)
        program.signal(signal.SIGTERM)
        assert await program.ended() == 0
    assert [message.channel for message in discord.messages] == [REVIEW_CHANNEL]
    events = [json.loads(line) for line in program.log.splitlines()]
    assert [event for event in events if event["level"] != "info"] == []
    assert events[-1]["event"] == "stopped"
    assert "open-sesame" not in program.log


async def test_a_notification_is_sent_once_after_a_kill(
    tmp_path: Path, discord: DiscordStandin
) -> None:
    async with running(tmp_path, discord.address, **QUICK) as program:
        await program.until(lambda: (tmp_path / "mentorbot.db").exists() and discord.commands)
        # Discord has not yet told the bot of its guilds, so nothing is delivered yet.
        await amy_applies(tmp_path)
        program.kill()
        assert await program.ended() == -signal.SIGKILL
    assert discord.messages == []
    async with running(tmp_path, discord.address, **QUICK) as program:
        await program.until(lambda: discord.messages)
        await asyncio.sleep(0.5)
        program.signal(signal.SIGINT)
        assert await program.ended() == 0
    assert len(discord.messages) == 1


async def test_a_running_command_is_answered_before_shutdown(
    tmp_path: Path, discord: DiscordStandin
) -> None:
    discord.answers_slowly = 1
    async with running(tmp_path, discord.address, **QUICK) as program:
        await program.says("ready")
        await discord.use_command("sessions")
        await asyncio.wait_for(discord.asked.wait(), 10)
        program.signal(signal.SIGTERM)
        assert await program.ended() == 0
    assert len(discord.answers) == 1
    assert '"level": "error"' not in program.log


async def test_run_serves_the_api_beside_the_bot(tmp_path: Path, discord: DiscordStandin) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    api = API | {"MENTORBOT_API__PORT": str(port)}
    async with running(tmp_path, discord.address, **QUICK, **api) as program:
        await program.says("ready")
        async with httpx.AsyncClient() as client:
            for path in ("healthz", "readyz"):
                answer = await client.get(f"http://127.0.0.1:{port}/{path}")
                assert answer.status_code == 200
            answer = await client.get(f"http://127.0.0.1:{port}/api/mentorship/me")
            assert answer.status_code == 401
        program.signal(signal.SIGTERM)
        assert await program.ended() == 0
    assert SECRET not in program.log


async def test_run_only_api_needs_no_discord(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    settings = environment(MENTORBOT_API__SECRET=SECRET, MENTORBOT_API__PORT=port)
    made = mentorbot(
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
        headers = {"Authorization": f"Bearer {made.stdout.strip()}"}
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            assert (await client.get("/readyz")).status_code == 200
            answer = await client.get("/api/mentorship/me", headers=headers)
            assert answer.json()["userId"] == "20"
        process.send_signal(signal.SIGTERM)
        log = await process.stderr.read()
        assert await process.wait() == 0
    assert b"stopped" in log


async def test_a_port_in_use_is_reported_in_a_sentence(
    tmp_path: Path, discord: DiscordStandin
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        api = API | {"MENTORBOT_API__PORT": port}
        async with running(tmp_path, discord.address, **api) as program:
            assert await program.ended() == 2
    last = program.log.splitlines()[-1]
    assert last == f"The API can't listen at 127.0.0.1:{port}: Address already in use."


async def test_a_rejected_token_is_reported_in_a_sentence(
    tmp_path: Path, discord: DiscordStandin
) -> None:
    discord.refuses_tokens = True
    async with running(tmp_path, discord.address) as program:
        assert await program.ended() == 2
    assert program.log.splitlines()[-1].startswith("Discord rejected the bot: ")
    assert "Traceback" not in program.log
    assert "open-sesame" not in program.log


async def test_an_unreachable_discord_exits_with_code_1(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
    async with running(tmp_path, nobody) as program:
        assert await program.ended() == 1
    assert program.log.splitlines()[-1].startswith("Discord can't be reached: ")
    assert "Traceback" not in program.log


async def test_a_failed_job_is_logged_and_runs_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    outcomes = iter([ConnectionError("gone"), None])
    done = 0

    async def work() -> int:
        nonlocal done
        if error := next(outcomes):
            raise error
        done += 1
        return done

    job = Job("deliver notifications", work)
    await job.run()
    await job.run()
    assert done == 1
    assert (job.stats.succeeded, job.stats.failed) == (1, 1)
    assert 0 < job.stats.last_seconds < job.stats.total_seconds
    (record,) = (each for each in caplog.records if each.levelname == "ERROR")
    assert (record.getMessage(), vars(record)["job"]) == ("job failed", "deliver notifications")


async def test_a_job_never_runs_twice_at_once() -> None:
    running_now, most = 0, 0

    async def work() -> int:
        nonlocal running_now, most
        running_now += 1
        most = max(most, running_now)
        await asyncio.sleep(0.01)
        running_now -= 1
        return 0

    job = Job("advance sessions", work)
    await asyncio.gather(job.run(), job.run(), job.run())
    assert most == 1
