"""A program that is killed at any point of delivery sends each notification once.

The fake Discord runs in this process, so it remembers what the killed program has sent.
"""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.replies import nonce
from mentorship.delivery import message_updates, outbox
from mentorship.notifications import writing
from mentorship.notifications.catalogue import NotificationKind
from mentorship.notifications.writing import NotificationDraft
from mentorship.sessions import transitions
from storage import Database, Transaction
from storage.tables import Notification
from tests.conftest import Clock
from tests.mentorbot.support.fake_discord import EditHold, FakeDiscord, Hold, fake_discord
from tests.mentorbot.support.processes import Script, run_script
from tests.mentorship.support.community import TUESDAY_NOON, Community


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    async with fake_discord() as discord:
        yield discord


def deliverer(address: str, url: str, now: datetime) -> AbstractAsyncContextManager[Script]:
    """Run `deliverer.py`; it is killed at the end, if not before."""
    return run_script(
        Path(__file__).parent / "programs" / "deliverer.py", address, url, now.isoformat()
    )


async def deliver(discord: FakeDiscord, url: str, now: datetime) -> None:
    """Run the program until it has delivered everything that is due."""
    async with deliverer(discord.address, url, now) as process, asyncio.timeout(60):
        assert await process.stdout.readline() == b"delivered\n"


async def write_notifications(url: str, clock: Clock, people: int, each: int = 1) -> None:
    """Write `each` notifications for each of some people, and close the database."""
    db = Database(url, clock=clock)
    town = Community(db, clock)
    await town.configure()
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


async def count_statuses(url: str, clock: Clock) -> Counter[str]:
    db = Database(url, clock=clock)

    async def count(tx: Transaction) -> Counter[str]:
        rows = await tx.connection.execute(Notification.__table__.select())
        return Counter(row.status for row in rows)

    counts = await db.read(count)
    await db.close()
    return counts


@pytest.mark.parametrize("point", Hold)
async def test_a_kill_during_delivery_sends_each_notification_once(
    database_url: str, clock: Clock, discord: FakeDiscord, point: Hold
) -> None:
    await write_notifications(database_url, clock, people=1, each=2)
    discord.hold = point
    async with deliverer(discord.address, database_url, clock.now), asyncio.timeout(60):
        await discord.held.wait()
    discord.hold = None
    accepted = point is Hold.BEFORE_RESPONDING
    assert len(discord.messages) == accepted
    await deliver(discord, database_url, clock.now + outbox.LEASE)
    assert len(discord.messages) == 2
    assert discord.repeated == accepted
    assert await count_statuses(database_url, clock) == {"sent": 2}


async def kill_before_recording(database_url: str, clock: Clock, discord: FakeDiscord) -> None:
    """Kill the program after sending, while a held write lock keeps it from recording that."""
    await write_notifications(database_url, clock, people=1)
    lock = sqlite3.connect(database_url.removeprefix("sqlite+aiosqlite:///"), isolation_level=None)
    discord.on_message = lambda: lock.execute("BEGIN IMMEDIATE")
    async with deliverer(discord.address, database_url, clock.now), asyncio.timeout(60):
        await discord.responded.wait()
    lock.close()
    discord.on_message = lambda: None
    assert await count_statuses(database_url, clock) == {"waiting": 1}


async def test_a_kill_before_recording_does_not_send_twice(
    database_url: str, clock: Clock, discord: FakeDiscord
) -> None:
    await kill_before_recording(database_url, clock, discord)
    await deliver(discord, database_url, clock.now + outbox.LEASE)
    assert (len(discord.messages), discord.repeated) == (1, 1)
    assert await count_statuses(database_url, clock) == {"sent": 1}


async def test_a_notification_repeats_only_after_discord_forgot_its_nonce(
    database_url: str, clock: Clock, discord: FakeDiscord
) -> None:
    """The only case in which a message is sent twice.

    The program was killed between Discord's response and recording it, and was down for longer
    than Discord remembers a nonce.
    """
    await kill_before_recording(database_url, clock, discord)
    discord.forget_nonces()
    await deliver(discord, database_url, clock.now + timedelta(minutes=30))
    assert len(discord.messages) == 2


async def test_a_kill_after_recording_does_not_send_again(
    database_url: str, clock: Clock, discord: FakeDiscord
) -> None:
    await write_notifications(database_url, clock, people=2)
    await deliver(discord, database_url, clock.now)
    await deliver(discord, database_url, clock.now + outbox.LEASE)
    assert (len(discord.messages), discord.repeated) == (2, 0)


@pytest.mark.parametrize("point", EditHold)
async def test_a_kill_during_an_edit_still_brings_the_message_up_to_date(
    database_url: str, clock: Clock, discord: FakeDiscord, point: EditHold
) -> None:
    db = Database(database_url, clock=clock)
    town = Community(db, clock)
    await town.configure()
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=100)
    session = await town.book(maya, oliver, TUESDAY_NOON)
    await deliver(discord, database_url, clock.now)
    await db.run(transitions.confirm, oliver, session.id)

    discord.hold = point
    async with deliverer(discord.address, database_url, clock.now), asyncio.timeout(60):
        await discord.held.wait()
    discord.hold = None
    clock.turn(seconds=message_updates.LEASE.total_seconds())
    assert await db.read(message_updates.has_outdated)
    await deliver(discord, database_url, clock.now)
    assert not await db.read(message_updates.has_outdated)
    was_edited = point is EditHold.BEFORE_RESPONDING_TO_EDIT
    assert len(discord.edits) == 1 + was_edited
    for edit in discord.edits:
        assert "is confirmed" in json.dumps(edit.content)
    await db.close()


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
async def test_repeated_kills_send_each_notification_once_in_order(
    database_url: str, clock: Clock, discord: FakeDiscord, seed: int
) -> None:
    rng = random.Random(seed)
    people, each = 4, 8
    await write_notifications(database_url, clock, people, each)
    kills = 0
    while await count_statuses(database_url, clock) != {"sent": people * each}:
        countdown = Countdown(rng.randrange(1, 9))
        discord.on_message = countdown.count
        async with deliverer(discord.address, database_url, clock.now) as process:
            all_sent = asyncio.create_task(process.stdout.readline())
            waiting = asyncio.create_task(countdown.done.wait())
            async with asyncio.timeout(60):
                await asyncio.wait({all_sent, waiting}, return_when=asyncio.FIRST_COMPLETED)
                # Kill it within some milliseconds after that.
                await asyncio.sleep(rng.choice((0, 0.001, 0.003, 0.01)))
            process.kill()
            await process.ended()
            await all_sent
            waiting.cancel()
        kills += 1
        clock.turn(minutes=2)
    assert kills > 3
    # Everybody has received all of their notifications once, in the order of writing.
    received: dict[int, list[str]] = {}
    for message in discord.messages:
        received.setdefault(message.channel, []).append(message.nonce)
    assert received == {
        user_id: [nonce(f"suspended:{number}:{user_id}") for number in range(each)]
        for user_id in received
    }
    assert len(received) == people


class Countdown:
    """Sets `done` after `count` was called `left` times."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.done = asyncio.Event()

    def count(self) -> None:
        self.left -= 1
        if self.left == 0:
            self.done.set()
