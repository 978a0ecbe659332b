"""Two guilds with the same people, restored at the start of each random history, on either engine.

The witness is a connection of its own, past all of our code: it reads the tables for
`tests.mentorship.histories.model`, and puts them back as they were when everybody had just
arrived. The program's connections, and what it knows of the statements, stay as they are.
"""

from __future__ import annotations

import asyncio
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Any, TypeVar

from mentorship.actors import Actor
from mentorship.availability import editor, timezone_change
from mentorship.mentors import application_review, applications
from mentorship.mentors.application_review import Decision
from mentorship.mentors.profile_rules import ProfileContent
from storage import Database
from tests.conftest import Clock
from tests.mentorship.support.community import BIO, GUILD, OTHER_GUILD, Community

T = TypeVar("T")

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
GUILDS = (GUILD, OTHER_GUILD)
MENTORS = {1: 0, 2: 45, 3: 60}
"""Who mentors in both guilds, at which rate."""
PEOPLE = (*MENTORS, 4, 5, 6)
"""Who books, gives and is granted points in both guilds: the mentors too."""
STARTING, FEE, LATE = 90, 15, 33
"""The policy of both guilds: the starting balance, and percentages."""


def actor(person: int, guild_id: int) -> Actor:
    """Somebody in one of the guilds."""
    return Actor(person, f"Person {person}", guild_id)


def moderator(guild_id: int) -> Actor:
    return Actor(99, "Chief", guild_id, manages_guild=True)


class Town(ABC):
    """The two guilds in the database of `url`, which has all tables and nothing in them."""

    def __init__(self, url: str) -> None:
        self.clock = Clock(START)
        self.runner = asyncio.Runner()
        self.db = self.do(self._open(url))
        self.do(self._people())

    def do(self, work: Awaitable[T]) -> T:
        async def wait() -> T:
            return await work

        return self.runner.run(wait())

    @abstractmethod
    def rows(self, query: str) -> list[Any]:
        """What the witness reads: rows with their columns by name."""

    def restore(self) -> None:
        """Everything is as before anybody did anything."""
        self._put_back()
        self.clock.now = START

    @abstractmethod
    def _put_back(self) -> None:
        """The tables as they were."""

    def close(self) -> None:
        self.do(self.db.close())
        self.runner.close()

    async def _open(self, url: str) -> Database:
        return Database(url, clock=self.clock, synchronous="OFF")

    async def _people(self) -> None:
        for guild_id in GUILDS:
            guild = Community(self.db, self.clock, guild_id)
            await guild.settle(fee_percent=FEE, late_refund_percent=LATE, starting_balance=STARTING)
            for person in PEOPLE:
                await self.db.run(
                    timezone_change.set_timezone, actor(person, guild_id), "Europe/London"
                )
            for person, rate in MENTORS.items():
                mentor = actor(person, guild_id)
                asked = await self.db.run(
                    applications.apply, mentor, ProfileContent(["python"], rate, BIO)
                )
                await self.db.run(
                    application_review.decide, guild.chief, asked.id, Decision.APPROVED
                )
                await self.db.run(editor.set_weekly, mentor, "daily 0:00-24:00")
                await self.db.run(editor.set_limits, mentor, minimum_notice=0)


class FileTown(Town):
    """In a SQLite file."""

    def __init__(self, path: str) -> None:
        super().__init__(f"sqlite+aiosqlite:///{path}")
        self._witness = sqlite3.connect(path, isolation_level=None)
        self._witness.row_factory = sqlite3.Row
        self._beginning = sqlite3.connect(":memory:")
        self._witness.backup(self._beginning)

    def rows(self, query: str) -> list[Any]:
        return self._witness.execute(query).fetchall()

    def _put_back(self) -> None:
        self._beginning.backup(self._witness)

    def close(self) -> None:
        self._witness.close()
        self._beginning.close()
        super().close()


# Each table with the columns that can be written, and each sequence of ids with what it has given.
_TABLES = """
    SELECT table_name, string_agg(quote_ident(column_name), ', ') AS columns
      FROM information_schema.columns
      JOIN information_schema.tables USING (table_schema, table_name)
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND is_generated = 'NEVER'
     GROUP BY table_name
"""
_SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences WHERE last_value IS NOT NULL"


class ServerTown(Town):
    """In a PostgreSQL database."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        import asyncpg  # only where there is a server

        self._witness = self.do(asyncpg.connect(url.replace("+asyncpg", "")))
        tables = {row["table_name"]: row["columns"] for row in self.rows(_TABLES)}
        keep = [
            f"CREATE TABLE beginning.{name} AS SELECT {columns} FROM {name}"
            for name, columns in tables.items()
        ]
        self._execute("CREATE SCHEMA beginning", *keep)
        self._restoring = (
            "BEGIN",
            # Everything comes back just as it stood: nothing is checked, and no trigger adds to it.
            "SET LOCAL session_replication_role = replica",
            f"TRUNCATE {', '.join(tables)} RESTART IDENTITY",
            *(
                f"INSERT INTO {name} ({columns}) OVERRIDING SYSTEM VALUE "
                f"SELECT {columns} FROM beginning.{name}"
                for name, columns in tables.items()
            ),
            *(
                f"SELECT setval('{row['sequencename']}', {row['last_value']})"
                for row in self.rows(_SEQUENCES)
            ),
            "COMMIT",
        )

    def rows(self, query: str) -> list[Any]:
        found: list[Any] = self.do(self._witness.fetch(query))
        return found

    def _put_back(self) -> None:
        self._execute(*self._restoring)

    def close(self) -> None:
        self.do(self._witness.close())
        super().close()

    def _execute(self, *statements: str) -> None:
        self.do(self._witness.execute("; ".join(statements)))
