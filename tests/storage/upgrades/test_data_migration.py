"""Moving all data from a SQLite file to PostgreSQL, and back."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from mentorship import installation
from mentorship.actors import Actor
from mentorship.search import directory
from mentorship.sessions import transitions
from mentorship.sessions.follow_up import reviews
from mentorship.statuses import SessionStatus
from storage import Database, Transaction
from storage.migrations import upgrade
from storage.operations import data_migration
from storage.tables import Event
from tests.conftest import Clock
from tests.mentorbot.support.processes import run_mentorbot
from tests.mentorship.support.community import Community, hours
from tests.storage.on_postgresql.server import PostgresServer

MAYA, ELODIE = Actor(1_001, "Maya", 10), Actor(1_002, "Élodie Oliveira", 10)


@pytest.fixture
async def town(sqlite_url: str, clock: Clock) -> Community:
    """A community with a session of every status and many events."""
    town = Community(Database(sqlite_url, clock=clock, synchronous="OFF"), clock)
    await town.configure(fee_percent=10, starting_balance=500)
    assert await town.member(MAYA.name) == MAYA
    assert await town.mentor(ELODIE.name) == ELODIE
    for number, status in enumerate(SessionStatus):
        await town.session(status, MAYA, ELODIE, town.clock.now + hours(48 + 2 * number))

    async def add_events(tx: Transaction) -> None:
        row = {"guild_id": town.guild_id, "type": "application.approved", "occurred_at": tx.now}
        more_than_a_batch = data_migration.BATCH_SIZE + 5
        await tx.connection.execute(
            insert(Event), [row | {"actor_id": each} for each in range(more_than_a_batch)]
        )

    await town.db.run(add_events)
    # The prior of the Bayesian mean is updated in steps, so it depends on the order of reviews.
    for _ in range(3):
        taught = await town.session(
            SessionStatus.COMPLETED, MAYA, ELODIE, town.clock.now + hours(48)
        )
        await town.db.run(reviews.rate, MAYA, taught.id, 5)
    await town.db.close()
    return town


def community_at(url: str, town: Community) -> Community:
    """Return the same community in another database."""
    return Community(Database(url, clock=town.clock), town.clock, town.guild_id)


async def rows(town: Community) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of all tables, in an order that is the same on both engines."""
    return {
        table: sorted((tuple(row) for row in table_rows), key=repr)
        for table, table_rows in (await town.dump()).items()
    }


@pytest.fixture
def empty_url(server: PostgresServer) -> Iterator[str]:
    """The URL of a new PostgreSQL database without tables."""
    server.create("moved")
    yield server.url("moved")
    server.drop("moved")


async def test_data_moves_to_postgresql_and_back_unchanged(
    town: Community, empty_url: str, tmp_path: Path
) -> None:
    before, identity = await rows(town), await town.db.read(installation.load)
    await town.db.close()
    moved = run_mentorbot(
        tmp_path, "migrate", "--from", "mentorbot.db", MENTORBOT_DATABASE__URL=empty_url
    )
    assert moved.returncode == 0, moved.stderr
    assert "and compared each of them" in moved.stdout
    assert "All balances are right" in moved.stdout
    assert "config.toml" not in moved.stdout, "the target is the configured database"

    moved_town = community_at(empty_url, town)
    assert await rows(moved_town) == before
    # So calendars go on with the entries that they have.
    assert await moved_town.db.read(installation.load) == identity
    (mentor,) = await moved_town.db.read(directory.suggest_mentors, MAYA, "elodie")
    assert mentor.user_id == ELODIE.user_id
    # New rows get ids after the copied ones.
    points = await moved_town.balance(MAYA)
    booked = await moved_town.book(MAYA, ELODIE, town.clock.now + hours(24 * 7))
    await moved_town.db.run(transitions.cancel, MAYA, booked.id)
    assert await moved_town.balance(MAYA) == points
    after = await rows(moved_town)
    await moved_town.db.close()

    back = run_mentorbot(
        tmp_path, "migrate", "--to", "sqlite:///back.db", MENTORBOT_DATABASE__URL=empty_url
    )
    assert back.returncode == 0, back.stderr
    assert "set url in [database] of config.toml" in back.stdout
    town_again = community_at(f"sqlite+aiosqlite:///{tmp_path}/back.db", town)
    assert await rows(town_again) == after
    await town_again.db.close()


async def test_data_moves_only_to_an_empty_database_from_an_unused_one(
    town: Community, sqlite_url: str, tmp_path: Path
) -> None:
    def refused(*arguments: str) -> str:
        done = run_mentorbot(tmp_path, "migrate", *arguments)
        assert (done.returncode, done.stdout) == (2, ""), done.stderr
        return done.stderr

    shutil.copy(tmp_path / "mentorbot.db", tmp_path / "twin.db")
    assert "already has data, in the table guilds." in refused(
        *("--from", "mentorbot.db", "--to", "twin.db")
    )
    assert "Source and target are both" in refused("--to", "mentorbot.db")
    assert "There is no database at" in refused("--from", "elsewhere.db", "--to", "new.db")
    assert not (tmp_path / "new.db").exists()
    assert "should be a file path" in refused("--to", "mysql://somewhere/mentorbot")
    assert await town.dump()
    assert "is in use. Stop mentorbot" in refused("--to", "new.db")
    await town.db.close()


async def test_an_incomplete_data_migration_is_rolled_back(town: Community, tmp_path: Path) -> None:
    """A foreign trigger in the target database changes the copied rows."""
    url = f"sqlite+aiosqlite:///{tmp_path}/new.db"
    await upgrade(url)
    with closing(sqlite3.connect(tmp_path / "new.db")) as new:
        new.execute(
            "CREATE TRIGGER helpful AFTER INSERT ON members BEGIN "
            "UPDATE members SET name = upper(name) WHERE user_id = NEW.user_id; END"
        )
    reported: list[float] = []
    with pytest.raises(data_migration.DataMigrationFailed, match="rows of members differ from the"):
        await data_migration.migrate_data(town.db.url, url, reported.append)
    assert reported == sorted(reported)
    with closing(sqlite3.connect(tmp_path / "new.db")) as new:
        assert new.execute("SELECT count(*) FROM guilds").fetchone() == (0,)
