"""The counters of mentors' records begin with what the sessions before the upgrade tell."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from mentorship.mentors.track_record import ANSWER_HOURS
from mentorship.search import ranking
from storage.migrations import upgrade
from tests.storage.on_postgresql.server import PostgresServer
from tests.storage.upgrades.test_migrations import file_url, in_connection

BEFORE = "0062"
BOOKED, MENTOR, MENTEE = "2026-03-01 12:00:00.000000", 1, 2
START, END = "2026-03-08 12:00:00.000000", "2026-03-08 13:00:00.000000"

SESSIONS: tuple[dict[str, Any], ...] = (
    {"status": "completed", "confirmed_at": "2026-03-01 13:30:00.000000"},
    # Booked without a request.
    {"status": "completed", "confirmed_at": BOOKED},
    {"status": "declined", "ended_at": "2026-03-02 18:00:00.000000"},
    {"status": "expired", "ended_at": "2026-03-02 12:00:00.000000"},
    {"status": "no_show", "confirmed_at": BOOKED, "no_show_user_id": MENTOR},
    {"status": "no_show", "confirmed_at": BOOKED, "no_show_user_id": MENTEE},
    {"status": "refunded", "confirmed_at": BOOKED, "ended_by": 9},
    # The mentee has conceded that they didn't come.
    {"status": "refunded", "confirmed_at": BOOKED, "ended_by": MENTEE},
    {
        "status": "cancelled",
        "confirmed_at": BOOKED,
        "ended_by": MENTOR,
        "ended_at": "2026-03-07 12:00:01.000000",
    },
    {
        "status": "cancelled",
        "confirmed_at": BOOKED,
        "ended_by": MENTOR,
        "ended_at": "2026-03-07 12:00:00.000000",
    },
    {
        "status": "cancelled",
        "confirmed_at": BOOKED,
        "ended_by": MENTEE,
        "ended_at": "2026-03-08 11:00:00.000000",
    },
)


@pytest.fixture
def old_url(any_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of each kind as it was before the counters."""
    url = file_url(tmp_path / "old.db")
    if not any_url.startswith("sqlite"):
        server: PostgresServer = request.getfixturevalue("server")
        name = f"old_{secrets.token_hex(4)}"
        server.create(name)
        url = server.url(name)
    asyncio.run(upgrade(url, BEFORE))
    return url


def fill(connection: Connection) -> None:
    for statement in (
        f"INSERT INTO guilds (id, created_at) VALUES (10, '{BOOKED}')",
        *(
            "INSERT INTO members (guild_id, user_id, name, created_at) "
            f"VALUES (10, {person}, 'Somebody', '{BOOKED}')"
            for person in (MENTOR, MENTEE, 3)
        ),
        *(
            "INSERT INTO mentor_profiles (id, guild_id, user_id, status, timezone, created_at, "
            "requests_answered, requests_expired, sessions_completed) "
            f"VALUES ({person}, 10, {person}, 'approved', 'UTC', '{BOOKED}', {answered}, 1, 2)"
            # Some of the first one's answers can't be told from the sessions any more.
            for person, answered in ((MENTOR, 5), (3, 7))
        ),
    ):
        connection.execute(text(statement))
    for number, session in enumerate(SESSIONS, 1):
        row = {
            "id": number,
            "guild_id": 10,
            "profile_id": MENTOR,
            "mentor_id": MENTOR,
            "starts_at": START,
            "ends_at": END,
            "timezone": "UTC",
            "topic": "",
            "price": 0,
            "created_at": BOOKED,
        } | session
        values = ", ".join(repr(value) for value in row.values())
        connection.execute(text(f"INSERT INTO sessions ({', '.join(row)}) VALUES ({values})"))
        connection.execute(
            text(
                "INSERT INTO participants (session_id, user_id, guild_id, role) "
                f"VALUES ({number}, {MENTEE}, 10, 'mentee')"
            )
        )


async def test_old_sessions_are_counted_and_ranked_by(old_url: str) -> None:
    def read(connection: Connection) -> list[Any]:
        return connection.execute(
            text(
                "SELECT mentor_profiles.*, listings.deduction, listings.shortfall "
                "FROM mentor_profiles JOIN listings ON listings.profile_id = mentor_profiles.id "
                "ORDER BY id"
            )
        ).all()

    await in_connection(old_url, fill)
    await upgrade(old_url)
    mentor, other = await in_connection(old_url, read)
    within = [getattr(mentor, f"answers_{hours}h") for hours in ANSWER_HOURS]
    assert within == [0, 1, 1, 1, 4], "one took 30 hours; what isn't known was within a day"
    assert mentor.sessions_failed == 3
    assert [getattr(other, f"answers_{hours}h") for hours in ANSWER_HOURS] == [0, 0, 0, 0, 7]
    assert other.sessions_failed == 0
    for row in (mentor, other):
        deduction = ranking.deduction(row)
        assert (row.deduction, row.shortfall) == (deduction, 100_000 + deduction)
    assert mentor.deduction > 0
