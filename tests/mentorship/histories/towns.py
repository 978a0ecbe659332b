"""Two guilds with the same people, restored at the start of each random history, on either engine.

A separate connection reads the tables for `tests.mentorship.histories.model` and restores them to
their initial state. The program's own connections and cached statements are kept.
"""

from __future__ import annotations

import asyncio
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Awaitable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from mentorship.actors import Actor
from mentorship.availability import editor, timezone_change
from mentorship.mentors import application_review, applications
from mentorship.mentors.application_review import Decision
from mentorship.mentors.profile_rules import ProfileContent
from storage import Database
from tests.conftest import Clock
from tests.mentorship.support.community import BIO, GUILD, HIGH_LIMITS, OTHER_GUILD, Community

T = TypeVar("T")

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
GUILDS = (GUILD, OTHER_GUILD)
MENTORS = {1: 0, 2: 45, 3: 60}
"""The mentors of both guilds, with their hourly rates."""
HELPERS = {11: 0, 12: 0, 13: 20, 14: 20, 15: 40, 16: 40}
"""More mentors of the first guild, with their hourly rates, whom only requests for help reach."""
EVERY_MENTOR = MENTORS | HELPERS
PEOPLE = (*MENTORS, 4, 5, 6)
"""The members of both guilds, including the mentors."""
MODERATOR_ROLE = 77
STARTING, FEE, LATE = 90, 15, 33
"""The policy of both guilds: the starting balance, and percentages."""


def actor(person: int, guild_id: int) -> Actor:
    """Return a person as an actor in one of the guilds."""
    return Actor(person, f"Person {person}", guild_id)


def moderator(guild_id: int) -> Actor:
    return Actor(99, "Chief", guild_id, manages_guild=True)


def moderating(person: int, guild_id: int) -> Actor:
    """Return a person who has the moderator role, but doesn't manage the server."""
    return replace(actor(person, guild_id), role_ids=frozenset({MODERATOR_ROLE}))


class Town(ABC):
    """The two guilds, in the migrated and empty database at `url`."""

    def __init__(self, url: str) -> None:
        self.clock = Clock(START)
        self.runner = asyncio.Runner()
        self.db = self.do(self._open(url))
        self.do(self._add_people())

    def do(self, work: Awaitable[T]) -> T:
        # `Runner.run` would also replace the handler of SIGINT each time.
        return self.runner.get_loop().run_until_complete(work)

    @abstractmethod
    def rows(self, query: str) -> list[Any]:
        """Return the rows of a query on the separate connection, with columns by name."""

    def restore(self) -> None:
        """Restore the tables and the clock to their initial state."""
        self._restore_tables()
        self.clock.now = START

    @abstractmethod
    def _restore_tables(self) -> None:
        """Restore the tables."""

    def close(self) -> None:
        self.do(self.db.close())
        self.runner.close()

    async def _open(self, url: str) -> Database:
        return Database(url, clock=self.clock, synchronous="OFF")

    async def _add_people(self) -> None:
        for guild_id in GUILDS:
            guild = Community(self.db, self.clock, guild_id)
            await guild.configure(
                **HIGH_LIMITS,
                fee_percent=FEE,
                late_refund_percent=LATE,
                starting_balance=STARTING,
                moderator_role_id=MODERATOR_ROLE,
            )
            rates = EVERY_MENTOR if guild_id == GUILD else MENTORS
            for person in {*PEOPLE, *rates}:
                await self.db.run(
                    timezone_change.set_timezone, actor(person, guild_id), "Europe/London"
                )
            for person, rate in rates.items():
                mentor = actor(person, guild_id)
                application = await self.db.run(
                    applications.apply, mentor, ProfileContent(["python"], rate, BIO)
                )
                await self.db.run(
                    application_review.decide, guild.chief, application.id, Decision.APPROVED
                )
                await self.db.run(editor.set_weekly, mentor, "daily 0:00-24:00")
                await self.db.run(editor.set_limits, mentor, minimum_notice=0)


class FileTown(Town):
    """A town in a SQLite file."""

    def __init__(self, path: str) -> None:
        super().__init__(f"sqlite+aiosqlite:///{path}")
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._initial = sqlite3.connect(":memory:")
        self.keep()

    def keep(self) -> None:
        """Make the present state the initial one."""
        self._connection.backup(self._initial)

    def rows(self, query: str) -> list[Any]:
        return self._connection.execute(query).fetchall()

    def _restore_tables(self) -> None:
        self._initial.backup(self._connection)

    def close(self) -> None:
        self._connection.close()
        self._initial.close()
        super().close()


# Each table with its writable columns, and each sequence with its last value.
_TABLES = """
    SELECT table_name, string_agg(quote_ident(column_name), ', ') AS columns
      FROM information_schema.columns
      JOIN information_schema.tables USING (table_schema, table_name)
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND is_generated = 'NEVER'
     GROUP BY table_name
"""
_SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences WHERE last_value IS NOT NULL"


class ServerTown(Town):
    """A town in a PostgreSQL database."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        import asyncpg  # only needed for PostgreSQL

        self._connection = self.do(asyncpg.connect(url.replace("+asyncpg", "")))
        tables = {row["table_name"]: row["columns"] for row in self.rows(_TABLES)}
        keep = [
            f"CREATE TABLE initial.{name} AS SELECT {columns} FROM {name}"
            for name, columns in tables.items()
        ]
        self._execute("CREATE SCHEMA initial", *keep)
        self._restoring = (
            "BEGIN",
            # Rows are restored unchanged: no constraint is checked and no trigger runs.
            "SET LOCAL session_replication_role = replica",
            f"TRUNCATE {', '.join(tables)} RESTART IDENTITY",
            *(
                f"INSERT INTO {name} ({columns}) OVERRIDING SYSTEM VALUE "
                f"SELECT {columns} FROM initial.{name}"
                for name, columns in tables.items()
            ),
            *(
                f"SELECT setval('{row['sequencename']}', {row['last_value']})"
                for row in self.rows(_SEQUENCES)
            ),
            "COMMIT",
        )

    def rows(self, query: str) -> list[Any]:
        rows: list[Any] = self.do(self._connection.fetch(query))
        return rows

    def _restore_tables(self) -> None:
        self._execute(*self._restoring)

    def close(self) -> None:
        self.do(self._connection.close())
        super().close()

    def _execute(self, *statements: str) -> None:
        self.do(self._connection.execute("; ".join(statements)))
