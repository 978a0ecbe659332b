"""The database is held by another program, full, read-only or gone for a while, and the clock
jumps, in the middle of what people do. They are told within Discord's time, nothing is half done,
and the next try works."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import simcord
from sqlalchemy.ext.asyncio import create_async_engine

from mentorship.delivery import outbox, outcomes
from mentorship.notifications.catalogue import NotificationKind
from mentorship.statuses import SessionStatus
from storage import Database, DatabaseUnavailable
from storage.tables import Session
from tests.conftest import Clock, truncate
from tests.journeys.support.bookings import at, count
from tests.journeys.support.people import card, mentor
from tests.journeys.support.world import World, breakable_world, words
from tests.mentorship.support.community import (
    TUESDAY_NOON,
    Community,
    assert_ledger_consistent,
    hours,
)
from tests.storage.postgresql import PostgresServer

ANSWERED_WITHIN = 3.0
"""Seconds, after which Discord takes an interaction for failed."""

TOLD = (
    "I can't reach my records at the moment, so nothing was changed. Please try again in a minute."
)


@dataclass
class Place:
    """The file, and the town over it."""

    town: World
    file: Path


def told(answer: simcord.InteractionResult) -> bool:
    """Whether somebody reads that it is not their fault."""
    shown = (answer.response, *answer.followups)
    return any(TOLD in words(each) for each in shown if each is not None)


@pytest.fixture
async def place(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Place]:
    async with breakable_world(sqlite_url) as town:
        yield Place(town, tmp_path / "mentorbot.db")
        await town.db.read(assert_ledger_consistent)


Fault = Callable[[Path], Iterator[None]]


def held(file: Path) -> Iterator[None]:
    """Another program writes, and does not end."""
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.close()


def full(file: Path) -> Iterator[None]:
    """There is no room: a limit on this process's files stands in for the disk's."""
    resource = pytest.importorskip("resource", reason="limits of files are Unix's")
    signals = pytest.importorskip("signal")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signals.signal(signals.SIGXFSZ, signals.SIG_IGN)
    log = file.with_name(file.name + "-wal")
    resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signals.signal(signals.SIGXFSZ, handler)


@pytest.mark.parametrize("fault", [held, full], ids=lambda fault: fault.__name__)
async def test_a_booking_while_the_database_is_not_writable(place: Place, fault: Fault) -> None:
    town = place.town
    oliver = await mentor(town, "Oliver")
    maya = await town.person("Maya", zone="America/New_York", points=100)
    shown = await card(town, maya, oliver, at(town, 15))
    with contextmanager(fault)(place.file):
        begun = time.monotonic()
        refused = await maya.click(shown.response, label="Confirm")
        assert time.monotonic() - begun < ANSWERED_WITHIN
        assert told(refused)
        # Looking needs no lock.
        seen = await maya.slash(town.square, "points balance")
        assert "100" in words(seen.response)
    assert await count(town, Session) == 0
    assert await town.balance(maya) == 100
    town.env.errors.clear()
    again = await maya.click(shown.response, label="Confirm")
    assert "Request sent to Oliver" in words(again.response)
    await town.deliver()
    assert "Maya would like a session with you" in words(town.last_dm(oliver))


async def test_a_notification_is_sent_once_after_the_database_recovers(place: Place) -> None:
    town = place.town
    oliver = await mentor(town, "Oliver")
    maya = await town.person("Maya", zone="America/New_York", points=100)
    shown = await card(town, maya, oliver, at(town, 15))
    await maya.click(shown.response, label="Confirm")
    heard = len(town.inbox(oliver))
    with contextmanager(held)(place.file), pytest.raises(DatabaseUnavailable):
        await town.deliver()
    assert len(town.inbox(oliver)) == heard
    await town.wait_until(town.now + timedelta(minutes=5))
    assert len(town.inbox(oliver)) == heard + 1


@dataclass
class Booking:
    """Maya has 100 points, and Oliver's card for a session of 60 before her."""

    town: World
    maya: simcord.MemberActor
    shown: simcord.InteractionResult

    async def confirm(self) -> simcord.InteractionResult:
        return await self.maya.click(self.shown.response, label="Confirm")


@asynccontextmanager
async def on_a_server(server: PostgresServer) -> AsyncIterator[Booking]:
    """What is about to be booked on a server that fails in between, and can be in the end."""
    url = server.url("tests")
    await truncate(url)
    async with breakable_world(url) as town:
        oliver = await mentor(town, "Oliver")
        maya = await town.person("Maya", zone="America/New_York", points=100)
        booking = Booking(town, maya, await card(town, maya, oliver, at(town, 15)))
        yield booking
        again = await booking.confirm()
        assert "Request sent to Oliver" in words(again.response)
        assert await town.balance(maya) == 40


async def test_a_booking_while_the_server_is_down(server: PostgresServer) -> None:
    async with on_a_server(server) as booking:
        server.stop()
        try:
            assert told(await booking.confirm())
            assert told(await booking.maya.slash(booking.town.square, "points balance"))
        finally:
            server.start()


async def test_a_booking_while_the_server_is_read_only(server: PostgresServer) -> None:
    """As a host does whose disk is nearly full, and as a standby is until it is made the first."""
    async with on_a_server(server) as booking:
        await read_only(server, "on")
        try:
            assert told(await booking.confirm())
            # Looking goes on.
            seen = await booking.maya.slash(booking.town.square, "points balance")
            assert "100" in words(seen.response)
        finally:
            await read_only(server, "off")


async def read_only(server: PostgresServer, setting: str) -> None:
    """Let the whole server take writes or not, those who are connected included."""
    other = create_async_engine(server.url("tests"), isolation_level="AUTOCOMMIT")
    async with other.connect() as connection:
        do = connection.exec_driver_sql
        await do("SET default_transaction_read_only = off")
        await do(f"ALTER SYSTEM SET default_transaction_read_only = {setting}")
        await do("SELECT pg_reload_conf()")
        # Each process of the server has heard of it by the time it is next asked for something.
        await do("RESET default_transaction_read_only")
        while (await do("SHOW default_transaction_read_only")).scalar_one() != setting:
            pass
    await other.dispose()


@pytest.fixture
async def town(database_url: str, clock: Clock) -> AsyncIterator[Community]:
    """A guild on a clock that can be set to anything."""
    database = Database(database_url, clock=clock)
    community = Community(database, clock)
    await community.settle()
    yield community
    await database.close()


async def test_a_jumping_clock_repeats_nothing(town: Community) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=100)
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    for there_and_back in (0, 1, 0, -2, 0, 30, 20, 30):
        await town.wait_until(TUESDAY_NOON + hours(there_and_back))
        while due := await town.db.run(outbox.claim_due):
            await town.db.run(outcomes.record, [outcomes.sent(each, 1, each.id) for each in due])
    assert (await town.reload(session)).status is SessionStatus.COMPLETED
    assert await town.balance(oliver) == 60
    sent = [(row.user_id, row.kind) for row in await town.notifications() if row.status == "sent"]
    for person in (oliver, maya):
        assert sent.count((person.user_id, NotificationKind.STARTING)) == 1
    assert sent.count((oliver.user_id, NotificationKind.COMPLETED)) == 1
    await town.db.read(assert_ledger_consistent)
