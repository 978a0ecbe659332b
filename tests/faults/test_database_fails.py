"""The database is locked, full, read-only or gone for a while; or the clock jumps.

People get an answer within Discord's 3 seconds, nothing is incomplete, and the next try succeeds.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import simcord
from sqlalchemy import event
from sqlalchemy.ext.asyncio import create_async_engine

from mentorship.delivery import outbox, outcomes
from mentorship.notifications.catalogue import NotificationKind
from mentorship.statuses import SessionStatus
from storage import Database, DatabaseUnavailable
from storage.tables import Session
from tests.conftest import Clock, truncate
from tests.faults.database_faults import full, locked
from tests.journeys.support.helpers import at, count_rows
from tests.journeys.support.scenarios import (
    BIO,
    approved_mentor,
    confirmation_card,
    text_fields,
)
from tests.journeys.support.simulated_guild import SimulatedGuild, guild_with_failures, message_text
from tests.mentorship.support.community import (
    TUESDAY_NOON,
    Community,
    assert_ledger_consistent,
    hours,
)
from tests.storage.on_postgresql.server import PostgresServer
from tests.storage.on_postgresql.silent_proxy import SilentProxy, silent_proxy

INTERACTION_TIMEOUT_S = 3.0
"""Seconds after which Discord considers an interaction failed."""

UNAVAILABLE_MESSAGE = (
    "I can't reach the database right now, so nothing was changed. Please try again in a minute."
)

UNKNOWN_MESSAGE = "this may or may not have been saved. Please check before you try again"


@dataclass
class Setup:
    """A guild, and its database file."""

    guild: SimulatedGuild
    file: Path


def says(answer: simcord.InteractionResult, sentence: str) -> bool:
    """Tell whether one of an answer's messages contains a sentence."""
    shown = (answer.response, *answer.followups)
    return any(sentence in message_text(each) for each in shown if each is not None)


def says_unavailable(answer: simcord.InteractionResult) -> bool:
    """Tell whether an answer says that the database is unavailable."""
    return says(answer, UNAVAILABLE_MESSAGE)


@pytest.fixture
async def setup(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Setup]:
    async with guild_with_failures(sqlite_url) as guild:
        yield Setup(guild, tmp_path / "mentorbot.db")
        await guild.db.read(assert_ledger_consistent)


Fault = Callable[[Path], Iterator[None]]


@pytest.mark.parametrize("fault", [locked, full], ids=lambda fault: fault.__name__)
async def test_a_booking_while_the_database_is_not_writable(setup: Setup, fault: Fault) -> None:
    guild = setup.guild
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    shown = await confirmation_card(guild, maya, oliver, at(guild, 15))
    with contextmanager(fault)(setup.file):
        started = time.monotonic()
        refused = await maya.click(shown.response, label="Confirm")
        assert time.monotonic() - started < INTERACTION_TIMEOUT_S
        assert says_unavailable(refused)
        # Reading needs no lock.
        seen = await maya.slash(guild.channel, "points balance")
        assert "100" in message_text(seen.response)
    assert await count_rows(guild, Session) == 0
    assert await guild.balance(maya) == 100
    guild.env.errors.clear()
    again = await maya.click(shown.response, label="Confirm")
    assert "Request sent to Oliver" in message_text(again.response)
    await guild.deliver()
    assert "Maya would like a session with you" in message_text(guild.last_dm(oliver))


async def test_an_application_outlives_a_database_that_is_not_writable(setup: Setup) -> None:
    guild = setup.guild
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    form = await oliver.slash(guild.channel, "mentor apply")
    typed = {"expertise": "python, go", "rate": "60", "bio": BIO}
    with contextmanager(locked)(setup.file):
        failed = await oliver.submit_modal(form, typed)
        assert says_unavailable(failed)
    guild.env.errors.clear()
    form = await oliver.click(failed.response, label="Open the form again")
    assert {**text_fields(form), **typed} == text_fields(form)
    sent = await oliver.submit_modal(form, text_fields(form))
    assert "Your application is with the moderators" in message_text(sent.response)


async def test_a_notification_is_sent_once_after_the_database_recovers(setup: Setup) -> None:
    guild = setup.guild
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    shown = await confirmation_card(guild, maya, oliver, at(guild, 15))
    await maya.click(shown.response, label="Confirm")
    before = len(guild.inbox(oliver))
    with contextmanager(locked)(setup.file), pytest.raises(DatabaseUnavailable):
        await guild.deliver()
    assert len(guild.inbox(oliver)) == before
    await guild.advance_to(guild.now + timedelta(minutes=5))
    assert len(guild.inbox(oliver)) == before + 1


@dataclass
class Booking:
    """Maya has 100 points, and a confirmation card for a session that costs 60."""

    guild: SimulatedGuild
    maya: simcord.MemberActor
    shown: simcord.InteractionResult

    async def confirm(self) -> simcord.InteractionResult:
        return await self.maya.click(self.shown.response, label="Confirm")


@asynccontextmanager
async def booking_on(server: PostgresServer) -> AsyncIterator[Booking]:
    """Prepare a booking on a server that fails meanwhile; in the end it must succeed."""
    url = server.url("tests")
    await truncate(url)
    async with guild_with_failures(url) as guild:
        oliver = await approved_mentor(guild, "Oliver")
        maya = await guild.add_member("Maya", zone="America/New_York", points=100)
        booking = Booking(guild, maya, await confirmation_card(guild, maya, oliver, at(guild, 15)))
        yield booking
        again = await booking.confirm()
        assert "Request sent to Oliver" in message_text(again.response)
        assert await guild.balance(maya) == 40


@asynccontextmanager
async def booking_over(proxy: SilentProxy) -> AsyncIterator[Booking]:
    """Prepare a booking over a connection that can be lost."""
    async with guild_with_failures(proxy.url("tests")) as guild:
        oliver = await approved_mentor(guild, "Oliver")
        maya = await guild.add_member("Maya", zone="America/New_York", points=100)
        yield Booking(guild, maya, await confirmation_card(guild, maya, oliver, at(guild, 15)))


async def test_a_booking_whose_commit_gets_no_answer(server: PostgresServer) -> None:
    await truncate(server.url("tests"))
    async with silent_proxy(server) as proxy, booking_over(proxy) as booking:
        proxy.lost_answer = b"COMMIT;"
        done = await booking.confirm()
        assert proxy.lost_answer is None, "it was lost"
        assert "Request sent to Oliver" in message_text(done.response)
        assert await booking.guild.balance(booking.maya) == 40


async def test_a_booking_that_may_have_been_saved_is_not_called_undone(
    server: PostgresServer,
) -> None:
    await truncate(server.url("tests"))
    async with silent_proxy(server) as proxy, booking_over(proxy) as booking:
        proxy.lost_answer, proxy.is_gone_afterwards = b"COMMIT;", True
        unknown = await booking.confirm()
        proxy.restore()
        booking.guild.env.errors.clear()
        assert not says_unavailable(unknown)
        assert says(unknown, UNKNOWN_MESSAGE)
        assert await booking.guild.balance(booking.maya) == 40


async def test_an_interaction_that_has_saved_something_is_not_called_undone(setup: Setup) -> None:
    """After the grant was saved, nothing can be read any more."""
    guild = setup.guild
    moderator = await guild.add_moderator("Priya")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    writer, reader = (engine.sync_engine for engine in guild.db.engines)

    def fail(_connection: object) -> None:
        raise OSError("the disk is gone")

    def fail_from_now_on(_connection: object) -> None:
        event.listen(reader, "begin", fail)

    event.listen(writer, "commit", fail_from_now_on, once=True)
    unfinished = await moderator.slash(
        guild.channel, "moderation grant", member=maya, amount=50, reason="for helping"
    )
    event.remove(reader, "begin", fail)
    guild.env.errors.clear()
    assert not says_unavailable(unfinished)
    assert says(unfinished, UNKNOWN_MESSAGE)
    assert await guild.balance(maya) == 150


async def test_a_booking_while_the_server_is_down(server: PostgresServer) -> None:
    async with booking_on(server) as booking:
        server.stop()
        try:
            assert says_unavailable(await booking.confirm())
            assert says_unavailable(
                await booking.maya.slash(booking.guild.channel, "points balance")
            )
        finally:
            server.start()


async def test_a_booking_while_the_server_is_read_only(server: PostgresServer) -> None:
    """Like a host whose disk is nearly full, or a standby before it is promoted."""
    async with booking_on(server) as booking:
        await set_read_only(server, "on")
        try:
            assert says_unavailable(await booking.confirm())
            # Reading still works.
            seen = await booking.maya.slash(booking.guild.channel, "points balance")
            assert "100" in message_text(seen.response)
        finally:
            await set_read_only(server, "off")


async def set_read_only(server: PostgresServer, setting: str) -> None:
    """Turn read-only mode of the whole server "on" or "off", for open connections as well."""
    other = create_async_engine(server.url("tests"), isolation_level="AUTOCOMMIT")
    async with other.connect() as connection:
        execute = connection.exec_driver_sql
        await execute("SET default_transaction_read_only = off")
        await execute(f"ALTER SYSTEM SET default_transaction_read_only = {setting}")
        await execute("SELECT pg_reload_conf()")
        # Each server process reloads its configuration before its next query.
        await execute("RESET default_transaction_read_only")
        while (await execute("SHOW default_transaction_read_only")).scalar_one() != setting:
            pass
    await other.dispose()


@pytest.fixture
async def town(database_url: str, clock: Clock) -> AsyncIterator[Community]:
    """A guild with a clock that can be moved forwards and backwards."""
    database = Database(database_url, clock=clock)
    community = Community(database, clock)
    await community.configure()
    yield community
    await database.close()


async def test_a_jumping_clock_repeats_nothing(town: Community) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=100)
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    for offset in (0, 1, 0, -2, 0, 30, 20, 30):
        await town.wait_until(TUESDAY_NOON + hours(offset))
        while due := await town.db.run(outbox.claim_due):
            await town.db.run(outcomes.record, [outcomes.sent(each, 1, each.id) for each in due])
    assert (await town.reload(session)).status is SessionStatus.COMPLETED
    assert await town.balance(oliver) == 60
    sent = [(row.user_id, row.kind) for row in await town.notifications() if row.status == "sent"]
    for person in (oliver, maya):
        assert sent.count((person.user_id, NotificationKind.STARTING)) == 1
    assert sent.count((oliver.user_id, NotificationKind.COMPLETED)) == 1
    await town.db.read(assert_ledger_consistent)
