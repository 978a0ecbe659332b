"""Killed anywhere between a cause and its record, the program tells everybody once.

Discord is a stand-in in this process, which remembers what it was sent by the program that dies.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.replies import nonce
from mentorship.delivery import outbox
from mentorship.notifications import writing
from mentorship.notifications.catalogue import NotificationKind
from mentorship.notifications.writing import NotificationDraft
from storage import Database, Transaction
from storage.tables import Notification
from tests.conftest import Clock
from tests.mentorbot.fake_discord import DiscordStandin, Hold, discord_standin
from tests.mentorbot.processes import Script, script
from tests.mentorship.support.community import Community


@pytest.fixture
async def discord() -> AsyncIterator[DiscordStandin]:
    async with discord_standin() as standin:
        yield standin


def deliverer(address: str, url: str, now: datetime) -> AbstractAsyncContextManager[Script]:
    """The program in `deliverer.py`; killed at the end, if not before."""
    return script(Path(__file__).with_name("deliverer.py"), address, url, now.isoformat())


async def deliver(discord: DiscordStandin, url: str, now: datetime) -> None:
    """Let the program deliver all that is due, and end."""
    async with deliverer(discord.address, url, now) as process, asyncio.timeout(60):
        assert await process.stdout.readline() == b"delivered\n"


async def write(url: str, clock: Clock, people: int, each: int = 1) -> None:
    """News for some people; nobody has the file open afterwards."""
    db = Database(url, clock=clock)
    town = Community(db, clock)
    await town.settle()
    members = [await town.member(f"Person {number}") for number in range(people)]

    async def write(tx: Transaction) -> None:
        drafts = (
            NotificationDraft(
                NotificationKind.SUSPENDED,
                10,
                member.user_id,
                f"{number}",
                clock.now,
                facts={"reason": "x"},
            )
            for member in members
            for number in range(each)
        )
        await writing.write(tx, drafts)

    await db.run(write)
    await db.close()


async def statuses(url: str, clock: Clock) -> Counter[str]:
    db = Database(url, clock=clock)

    async def look(tx: Transaction) -> Counter[str]:
        rows = await tx.connection.execute(Notification.__table__.select())
        return Counter(row.status for row in rows)

    found = await db.read(look)
    await db.close()
    return found


@pytest.mark.parametrize("point", Hold)
async def test_a_kill_during_delivery_sends_each_notification_once(
    database_url: str, clock: Clock, discord: DiscordStandin, point: Hold
) -> None:
    await write(database_url, clock, people=1, each=2)
    discord.holds = point
    async with deliverer(discord.address, database_url, clock.now), asyncio.timeout(60):
        await discord.held.wait()
    discord.holds = None
    taken = point is Hold.BEFORE_IT_IS_ANSWERED
    assert len(discord.messages) == taken
    await deliver(discord, database_url, clock.now + outbox.LEASE)
    assert len(discord.messages) == 2
    assert discord.repeated == taken
    assert await statuses(database_url, clock) == {"sent": 2}


async def killed_before_the_record(
    database_url: str, clock: Clock, discord: DiscordStandin
) -> None:
    """A message was sent and answered; somebody holds the write lock, so that is not recorded."""
    await write(database_url, clock, people=1)
    lock = sqlite3.connect(database_url.removeprefix("sqlite+aiosqlite:///"), isolation_level=None)
    discord.on_message = lambda: lock.execute("BEGIN IMMEDIATE")
    async with deliverer(discord.address, database_url, clock.now), asyncio.timeout(60):
        await discord.answered.wait()
    lock.close()
    discord.on_message = lambda: None
    assert await statuses(database_url, clock) == {"waiting": 1}


async def test_a_kill_before_recording_does_not_send_twice(
    database_url: str, clock: Clock, discord: DiscordStandin
) -> None:
    await killed_before_the_record(database_url, clock, discord)
    await deliver(discord, database_url, clock.now + outbox.LEASE)
    assert (len(discord.messages), discord.repeated) == (1, 1)
    assert await statuses(database_url, clock) == {"sent": 1}


async def test_a_notification_repeats_only_after_discord_forgot_its_nonce(
    database_url: str, clock: Clock, discord: DiscordStandin
) -> None:
    """The one case in which somebody reads the same twice: the program was down for longer than
    Discord remembers a nonce, and died in the moment between an answer and its record."""
    await killed_before_the_record(database_url, clock, discord)
    discord.forget_nonces()
    await deliver(discord, database_url, clock.now + timedelta(minutes=30))
    assert len(discord.messages) == 2


async def test_a_kill_after_recording_does_not_send_again(
    database_url: str, clock: Clock, discord: DiscordStandin
) -> None:
    await write(database_url, clock, people=2)
    await deliver(discord, database_url, clock.now)
    await deliver(discord, database_url, clock.now + outbox.LEASE)
    assert (len(discord.messages), discord.repeated) == (2, 0)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
async def test_repeated_kills_send_each_notification_once_in_order(
    database_url: str, clock: Clock, discord: DiscordStandin, seed: int
) -> None:
    chance = random.Random(seed)
    people, each = 4, 8
    await write(database_url, clock, people, each)
    deaths = 0
    while await statuses(database_url, clock) != {"sent": people * each}:
        enough = Countdown(chance.randrange(1, 9))
        discord.on_message = enough.count
        async with deliverer(discord.address, database_url, clock.now) as process:
            all_sent = asyncio.create_task(process.stdout.readline())
            waiting = asyncio.create_task(enough.over.wait())
            async with asyncio.timeout(60):
                await asyncio.wait({all_sent, waiting}, return_when=asyncio.FIRST_COMPLETED)
                # Somewhere in the milliseconds after it.
                await asyncio.sleep(chance.choice((0, 0.001, 0.003, 0.01)))
            process.kill()
            await process.ended()
            await all_sent
            waiting.cancel()
        deaths += 1
        clock.turn(minutes=2)
    assert deaths > 3
    # Each got all of theirs, once, in the order in which they were written.
    heard: dict[int, list[str]] = {}
    for message in discord.messages:
        heard.setdefault(message.channel, []).append(message.nonce)
    assert heard == {
        user_id: [nonce(f"suspended:{number}:{user_id}") for number in range(each)]
        for user_id in heard
    }
    assert len(heard) == people


class Countdown:
    """Is over when so many things have happened."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.over = asyncio.Event()

    def count(self) -> None:
        self.left -= 1
        if self.left == 0:
            self.over.set()
