"""A program that is killed at any moment loses no booking that it has reported."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from mentorship.actors import Actor
from mentorship.notifications.catalogue import NotificationKind
from mentorship.sessions import session_views
from mentorship.statuses import SessionStatus
from storage import Database
from storage.tables import Commitment, Participant, Session, Transfer
from tests.conftest import Clock
from tests.crash.programs.booker import CALLERS
from tests.journeys.support.scenarios import approved_mentor
from tests.journeys.support.simulated_guild import button_labels, message_text, simulated_guild
from tests.mentorbot.support.processes import Script, run_script
from tests.mentorship.support.community import (
    HIGH_LIMITS,
    TUESDAY_NOON,
    Community,
    assert_ledger_consistent,
)


class Booker:
    """A running `booker.py`."""

    def __init__(self, process: Script) -> None:
        self.process = process
        self.lines: list[str] = []

    async def read_line(self) -> str:
        """Return the next line that it prints."""
        async with asyncio.timeout(30):
            line = (await self.process.stdout.readline()).decode().strip()
        assert line, "the program ended by itself"
        self.lines.append(line)
        return line

    async def kill(self) -> None:
        """Kill it with SIGKILL, and read what it had printed before."""
        self.process.signal(signal.SIGKILL)
        rest = (await self.process.stdout.read()).decode()
        self.lines += [line for line in rest.splitlines(keepends=True) if line.endswith("\n")]
        assert await self.process.ended() == -signal.SIGKILL

    @property
    def committed(self) -> set[int]:
        """The ids of the sessions that it has reported as booked."""
        lines = [line.split() for line in self.lines]
        return {int(number) for word, number in lines if word == "committed"}


@asynccontextmanager
async def booker(
    url: str, *, guild: int, mentee: int, mentor: int, when: str
) -> AsyncIterator[Booker]:
    arguments = [url, guild, mentee, mentor, TUESDAY_NOON.isoformat(), when]
    async with run_script(Path(__file__).parent / "programs" / "booker.py", *arguments) as process:
        yield Booker(process)


@pytest.fixture
async def people(database_url: str, clock: Clock) -> tuple[Actor, Actor]:
    """A mentor who is always available and a member with many points; the database is closed."""
    db = Database(database_url, clock=clock)
    town = Community(db, clock)
    await town.configure(**HIGH_LIMITS)
    oliver = await town.mentor("Oliver", horizon_days=365)
    maya = await town.member("Maya", points=10**6)
    await db.close()
    return oliver, maya


async def reopen(database_url: str, clock: Clock) -> Community:
    db = Database(database_url, clock=clock)
    await db.open()
    return Community(db, clock)


async def test_a_kill_after_the_commit_loses_nothing(
    database_url: str, clock: Clock, people: tuple[Actor, Actor]
) -> None:
    oliver, maya = people
    ids = {"guild": oliver.guild, "mentee": maya.user_id, "mentor": oliver.user_id}
    async with booker(database_url, **ids, when="committed") as program:
        assert (await program.read_line()).startswith("committed")
        await program.kill()
    town = await reopen(database_url, clock)
    (view,) = await town.db.read(session_views.list_upcoming, maya)
    assert {view.id} == program.committed
    assert (view.status, view.starts_at, view.topic) == (
        SessionStatus.SCHEDULED,
        TUESDAY_NOON,
        "PRs",
    )
    assert await town.escrow_balance(view) == 60
    (notification,) = await town.notifications(NotificationKind.REQUESTED)
    assert (notification.user_id, notification.session_id, notification.status) == (
        oliver.user_id,
        view.id,
        "waiting",
    )
    await town.db.read(assert_ledger_consistent)
    await town.db.close()


async def test_a_kill_during_a_transaction_leaves_nothing(
    database_url: str, clock: Clock, people: tuple[Actor, Actor]
) -> None:
    oliver, maya = people
    town = await reopen(database_url, clock)
    before = await town.dump()
    await town.db.close()
    ids = {"guild": oliver.guild, "mentee": maya.user_id, "mentor": oliver.user_id}
    async with booker(database_url, **ids, when="writing") as program:
        assert (await program.read_line()).startswith("written")
        await program.kill()
    town = await reopen(database_url, clock)
    assert await town.dump() == before
    async with asyncio.timeout(5):
        await town.book(maya, oliver)
    await town.db.close()


@pytest.mark.long
@pytest.mark.parametrize("moments", [0, 1, 3, 17, 40])
@pytest.mark.parametrize(("when", "callers"), [("busy", 1), ("crowd", CALLERS)])
async def test_a_kill_at_any_moment_keeps_what_was_reported(
    database_url: str,
    clock: Clock,
    people: tuple[Actor, Actor],
    moments: int,
    when: str,
    callers: int,
) -> None:
    """The program books continuously, and is killed after some number of bookings.

    Bookings that are made at once share a commit.
    """
    oliver, maya = people
    ids = {"guild": oliver.guild, "mentee": maya.user_id, "mentor": oliver.user_id}
    async with booker(database_url, **ids, when=when) as program:
        for _ in range(moments):
            await program.read_line()
        await program.kill()
    town = await reopen(database_url, clock)
    upcoming = await town.db.read(session_views.list_upcoming, maya, 10_000)
    assert {view.id for view in upcoming} >= program.committed
    unreported = len(upcoming) - len(program.committed)
    assert unreported <= callers, "only the last of each caller may not have been reported"
    # Each session is complete.
    assert await town.count(Session) == len(upcoming)
    assert await town.count(Participant) == await town.count(Commitment) == 2 * len(upcoming)
    requests = await town.notifications(NotificationKind.REQUESTED)
    assert {row.session_id for row in requests} == {view.id for view in upcoming}
    assert await town.count(Transfer) == 1 + len(upcoming)
    await town.db.read(assert_ledger_consistent)
    await town.db.close()


async def test_the_mentor_is_notified_once_after_a_kill(database_url: str) -> None:
    async with simulated_guild(database_url) as guild:
        oliver = await approved_mentor(guild, "Oliver", hours="daily 0:00-24:00")
        maya = await guild.add_member("Maya", zone="America/New_York", points=100)
        await guild.deliver()
        before = len(guild.inbox(oliver))
        # The bot stops. Another process books, and is killed before it can send anything.
        await guild.db.close()
        ids = {"guild": guild.id, "mentee": maya.id, "mentor": oliver.id}
        async with booker(database_url, **ids, when="committed") as program:
            await program.read_line()
            await program.kill()
        assert len(guild.inbox(oliver)) == before
        # The next process sends the notification.
        await guild.restart_bot()
        assert await guild.deliver() == 1
        assert await guild.deliver() == 0
        await guild.advance_to(guild.now + timedelta(minutes=30))
        (message,) = guild.inbox(oliver)[before:]
        assert "Maya would like a session with you" in message_text(message)
        assert button_labels(message) == ["Confirm", "Decline", "Suggest another time", "Block"]
        await oliver.user.click(message, label="Confirm")
        await guild.deliver()
        assert "Oliver confirmed" in message_text(guild.last_dm(maya))
        assert await guild.balance(maya) == 40
