"""`mentorbot run` reads members' own calendars, also after it was killed while it read one."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from mentorship.actors import Actor
from mentorship.administration import setup
from mentorship.availability import timezone_change
from mentorship.calendars import external_calendars
from storage import Database, Transaction
from storage.encryption import Cipher, generate_key
from storage.migrations import upgrade
from storage.tables import ExternalBusy, ExternalCalendar
from tests.calendars.ics_files import calendar, event
from tests.calendars.importing.conftest import CalendarServer
from tests.integrations.receivers import receiver
from tests.mentorbot.support.fake_discord import FakeDiscord, fake_discord
from tests.mentorbot.support.processes import run_program

GUILD = 10
MODERATOR = Actor(30, "Mo", GUILD, manages_guild=True)
OWNER = Actor(20, "Amy", GUILD)
DAILY = event("20260101T090000Z", "20260101T100000Z", "RRULE:FREQ=DAILY")
SECRET_PATH = "/oliver/basic.ics"


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    async with fake_discord() as discord:
        yield discord


async def test_a_calendar_is_read_once_after_a_kill(tmp_path: Path, discord: FakeDiscord) -> None:
    key = generate_key()
    url = f"sqlite+aiosqlite:///{tmp_path}/mentorbot.db"
    await upgrade(url)
    settings = {
        "MENTORBOT_ENCRYPTION__KEYS": key,
        "MENTORBOT_EGRESS__ALLOW_PRIVATE": "true",
        "MENTORBOT_LOG__FORMAT": "json",
    }
    db = Database(url, cipher=Cipher([key]))
    await db.run(setup.configure, MODERATOR, review_channel_id=12)
    await db.run(timezone_change.set_timezone, OWNER, "Europe/London")
    server = CalendarServer(content=calendar(DAILY), hangs=True)
    async with receiver(server.answer) as server.state:
        await db.run(external_calendars.add_ics, OWNER, "Work", server.address, allow_private=True)
        async with run_program(tmp_path, discord.address, **settings) as program:
            await program.until(lambda: server.requests)
            program.kill()
            assert await program.ended() == -signal.SIGKILL
        assert await db.read(count_busy) == 0
        server.hangs = False
        await db.run(end_leases)
        async with run_program(tmp_path, discord.address, **settings) as program:
            await until_checked(db)
            program.signal(signal.SIGTERM)
            assert await program.ended() == 0
        assert 360 <= await db.read(count_busy) <= 368
        assert len(server.requests) == 2
        assert SECRET_PATH not in program.log
    await db.close()


async def until_checked(db: Database) -> None:
    async with asyncio.timeout(60):
        while (await db.read(external_calendars.list_own, OWNER))[0].checked_at is None:
            await asyncio.sleep(0.1)


async def count_busy(tx: Transaction) -> int:
    rows: list[Any] = list((await tx.connection.execute(select(ExternalBusy.id))).all())
    return len(rows)


async def end_leases(tx: Transaction) -> None:
    await tx.connection.execute(update(ExternalCalendar).values(next_at=tx.now))
