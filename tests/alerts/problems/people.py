"""Problems that people have: errors, slow answers, and notifications that don't reach them."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx
from sqlalchemy import update

from mentorship.points import adjustments
from mentorship.points.transfers import Recipient
from storage import Transaction
from storage.tables import Notification
from tests.alerts.arrangements import Arrangement, meanwhile
from tests.api.server import create_token
from tests.conftest import Clock
from tests.mentorbot.support.sample_ids import OWNER, SERVER
from tests.mentorship.support.community import Community

_people = itertools.count(1_000)
"""Ids of people whom the bot hasn't written to before."""


async def grant(arrangement: Arrangement, user_id: int) -> None:
    """Grant a person a point, of which they are notified."""
    await arrangement.database.run(grant_point, user_id)


async def grant_point(tx: Transaction, user_id: int) -> None:
    """Grant a person a point, in this transaction."""
    recipient = Recipient(user_id, f"Person {user_id}", is_member=True)
    await adjustments.grant(tx, OWNER, recipient, 1, "For the alerts")


async def request_session(arrangement: Arrangement) -> int:
    """Let a member request a session for tomorrow. Returns its id."""
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=2)
    town = Community(arrangement.database, Clock(start), SERVER)
    # Nobody has these ids yet.
    town._ids = _people
    mentor = await town.mentor("Oliver")
    mentee = await town.member("Maya", points=500)
    return (await town.book(mentee, mentor, start)).id


@asynccontextmanager
async def break_balances(arrangement: Arrangement) -> AsyncIterator[None]:
    """Rename the table of accounts, while people ask for their balance in Discord and over REST."""
    await grant(arrangement, 103)
    headers = {"Authorization": f"Bearer {create_token(103, SERVER)}"}
    address = f"http://127.0.0.1:{arrangement.api_port}"

    async with httpx.AsyncClient(base_url=address, headers=headers, timeout=10) as client:

        async def ask() -> None:
            await arrangement.discord.use_command("points balance", SERVER, 103)
            await client.get("/api/mentorship/me")

        async with renamed(arrangement, "accounts"), meanwhile(ask, 0.5):
            yield


@asynccontextmanager
async def renamed(arrangement: Arrangement, table: str) -> AsyncIterator[None]:
    """Rename a table, so that whatever reads it fails."""
    await arrangement.execute(f"ALTER TABLE {table} RENAME TO {table}_elsewhere")
    try:
        yield
    finally:
        await arrangement.execute(f"ALTER TABLE {table}_elsewhere RENAME TO {table}")


@asynccontextmanager
async def slow_discord(arrangement: Arrangement) -> AsyncIterator[None]:
    """Let Discord take more than 2 seconds to accept an answer, while people use commands."""

    async def ask() -> None:
        await arrangement.discord.use_command("help", SERVER, 104)

    arrangement.discord.interaction_delay = 2.2
    async with meanwhile(ask, 0.3):
        yield
        arrangement.discord.interaction_delay = 0


@asynccontextmanager
async def refuse_messages(arrangement: Arrangement) -> AsyncIterator[None]:
    """Let Discord answer 503 to every message, while people get notifications."""
    arrangement.discord.refuses_messages = True
    for user_id in (108, 109, 110, 111):
        await grant(arrangement, user_id)
    yield
    arrangement.discord.refuses_messages = False


@asynccontextmanager
async def close_direct_messages(arrangement: Arrangement) -> AsyncIterator[None]:
    """Let three people close their direct messages, and get notifications. At last, a day passes.

    Nothing else ends it, since the figure counts 24 hours: the failures are dated back.
    """
    arrangement.discord.closes_dms = True
    for user_id in (105, 106, 107):
        for _ in range(4):
            await grant(arrangement, user_id)
    yield
    arrangement.discord.closes_dms = False

    async def let_a_day_pass(tx: Transaction) -> None:
        failed = update(Notification).where(Notification.status == "failed")
        await tx.connection.execute(failed.values(settled_at=tx.now - timedelta(hours=25)))

    await arrangement.database.run(let_a_day_pass)


@asynccontextmanager
async def many_new_people(arrangement: Arrangement) -> AsyncIterator[None]:
    """Notify more people for the first time than the bot may write to at once."""
    for _ in range(16):
        await grant(arrangement, next(_people))
    yield
