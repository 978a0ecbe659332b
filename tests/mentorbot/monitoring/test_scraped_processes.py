"""Each process serves its health and metrics, whatever it runs."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from mentorbot import __version__
from mentorbot.api_server import MAX_SCRAPERS
from mentorbot.metrics.service_gauges import SERVICE_GAUGES
from storage.encryption import generate_key
from tests.mentorbot.support.fake_discord import FakeDiscord, fake_discord
from tests.mentorbot.support.processes import Program, run_program
from tests.mentorbot.support.scrapes import Scrape, get, readiness, scrape

SETTINGS = {
    "MENTORBOT_METRICS__ENABLED": "true",
    "MENTORBOT_METRICS__PORT": "0",
    "MENTORBOT_LOG__FORMAT": "json",
    "MENTORBOT_API__SECRET": "a secret that is long enough for HS256",
    "MENTORBOT_API__PORT": "0",
}
JOBS = {
    "deliver notifications",
    "advance sessions",
    "finish changes",
    "manage session channels",
    "announce group sessions",
    "post requests for help",
    "compare scheduled events",
    "check participants",
    "check all members",
    "check ledger",
    "resume erasures",
    "take mentor roles",
    "send slot alerts",
    "ask about goals",
    "housekeeping",
    "compare wall times",
    "follow events",
    "keep meetings",
    "keep figures",
    "read calendars",
    "write calendar entries",
}
JOBS_OF_API = {"send webhooks"}
SERVICE_NAMES = {gauge.name for gauge in SERVICE_GAUGES} - {
    "mentorbot_last_backup_timestamp_seconds",
    "mentorbot_first_server_timestamp_seconds",
}
"""Those that are always there if the database is."""


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    async with fake_discord() as discord:
        yield discord


async def listening_port(program: Program, server: str = "metrics server") -> int:
    """Wait until a process listens, and return the port."""
    await program.wait_for_event(f"{server} listening")
    for line in program.log.splitlines():
        if line.startswith("{") and json.loads(line)["event"] == f"{server} listening":
            return int(json.loads(line)["port"])
    raise AssertionError(program.log)


async def scrape_until(port: int, condition: Callable[[Scrape], object]) -> Scrape:
    """Scrape until a condition is met, for 20 seconds at most."""
    async with asyncio.timeout(20):
        while not condition(seen := await scrape(port)):
            await asyncio.sleep(0.05)
        return seen


async def ready_until(port: int, condition: Callable[[int, str], object]) -> None:
    """Ask for readiness until the status and the code meet a condition."""
    async with asyncio.timeout(20):
        while True:
            status, body = await readiness(port)
            if condition(status, body.get("code", "")):
                return
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("role", ["all", "bot", "worker", "api"])
async def test_a_process_shows_its_part_and_the_whole_service(
    role: str, tmp_path: Path, discord: FakeDiscord
) -> None:
    options = [] if role == "all" else ["--only", role]
    # Without a key, nobody has calendars.
    settings = SETTINGS | {"MENTORBOT_ENCRYPTION__KEYS": generate_key()}
    async with run_program(tmp_path, discord.address, *options, **settings) as program:
        port = await listening_port(program)
        expected = {"all": JOBS, "worker": JOBS, "api": JOBS_OF_API, "bot": set()}[role]

        def is_up(seen: Scrape) -> bool:
            jobs = seen.by_label("mentorbot_job_last_success_timestamp_seconds", "name")
            is_connected = seen.value("mentorbot_gateway_connected") == 1
            return (is_connected or role == "api") and set(jobs) == expected

        seen = await scrape_until(port, is_up)
        status, body = await readiness(port)
        program.signal(signal.SIGTERM)
        assert await program.ended() == 0
    assert status == 200
    assert set(body["jobs"]) == expected
    assert seen.value("mentorbot_info", version=__version__, role=role) == 1
    assert seen.names >= SERVICE_NAMES
    assert seen.value("mentorbot_database_up") == seen.value("mentorbot_writes_accepted") == 1
    for name in ("mentorbot_gateway_connected", "mentorbot_guilds"):
        assert (seen.value(name) is None) == (role == "api")
    assert seen.by_label("mentorbot_job_interval_seconds", "name").keys() == body["jobs"].keys()
    assert seen.by_label("mentorbot_job_runs_total", "name").keys() == body["jobs"].keys()


async def test_a_lost_gateway_is_shown_until_it_is_back(
    tmp_path: Path, discord: FakeDiscord
) -> None:
    async with run_program(tmp_path, discord.address, "--only", "bot", **SETTINGS) as program:
        port = await listening_port(program)
        await scrape_until(port, lambda seen: seen.value("mentorbot_gateway_connected") == 1)
        await discord.disconnect()
        await scrape_until(port, lambda seen: seen.value("mentorbot_gateway_connected") == 0)
        await ready_until(port, lambda status, code: (status, code) == (503, "discord-unreachable"))
        discord.refuses_connections = False
        await scrape_until(port, lambda seen: seen.value("mentorbot_gateway_connected") == 1)
        await ready_until(port, lambda status, _: status == 200)


async def test_clients_that_hold_connections_do_not_keep_others_from_scraping(
    tmp_path: Path, discord: FakeDiscord
) -> None:
    half_a_request = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
    async with run_program(tmp_path, discord.address, "--only", "worker", **SETTINGS) as program:
        port = await listening_port(program)
        connections = [
            await asyncio.open_connection("127.0.0.1", port) for _ in range(2 * MAX_SCRAPERS)
        ]
        for _, writer in connections:
            writer.write(half_a_request)
        assert (await scrape(port)).value("mentorbot_database_up") == 1
        # The one that has been waiting longest has made room.
        reader, _ = connections[0]
        async with asyncio.timeout(5):
            with suppress(ConnectionResetError):
                assert await reader.read() == b""
        for _, writer in connections:
            writer.close()


async def test_a_metrics_port_in_use_is_reported_in_a_sentence(
    tmp_path: Path, discord: FakeDiscord
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        settings = SETTINGS | {"MENTORBOT_METRICS__PORT": port}
        async with run_program(tmp_path, discord.address, **settings) as program:
            assert await program.ended() == 1
    last = program.log.splitlines()[-1]
    assert last == f"The metrics server can't listen at 127.0.0.1:{port}: Address already in use."


async def test_an_api_serves_its_metrics_beside_the_routes(
    tmp_path: Path, discord: FakeDiscord
) -> None:
    settings = SETTINGS | {"MENTORBOT_METRICS__ENABLED": "false"}
    async with run_program(tmp_path, discord.address, "--only", "api", **settings) as program:
        port = await listening_port(program, "API")
        await get(port, "api/mentorship/me")
        seen = await scrape(port)
        assert "metrics server" not in program.log
    refused = {"method": "GET", "route": "other", "status": "401"}
    assert seen.value("mentorbot_http_requests_total", **refused) == 1
    assert seen.value("mentorbot_info", version=__version__, role="api") == 1
