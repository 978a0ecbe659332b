"""Upgrading a database that an earlier version of the program created and filled."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mentorship.actors import Actor
from mentorship.administration import audit
from mentorship.calendars import agenda
from mentorship.operations import reconciliation
from mentorship.points import ledger
from mentorship.search import search
from mentorship.search.query import SearchQuery
from mentorship.sessions import session_views, transitions
from mentorship.statuses import SessionStatus
from storage import Database
from storage.migrations import head, upgrade
from tests.mentorbot.support.processes import run_mentorbot
from tests.storage.upgrades.test_migrations import EARLIER, file_url

DAY = "2026-03-02 12:00:00.000000"
TWO_MARCH = datetime(2026, 3, 2, 12, tzinfo=UTC)

# Rows in the form that the first version of the program wrote.
ROWS = f"""
INSERT INTO guilds (id, review_channel_id, created_at) VALUES (10, 11, '{DAY}');
INSERT INTO members (guild_id, user_id, name, timezone, created_at) VALUES
    (10, 101, 'Oliver', 'Europe/London', '{DAY}'), (10, 102, 'Maya', 'America/New_York', '{DAY}');
INSERT INTO tags (id, guild_id, name) VALUES (1, 10, 'python');
INSERT INTO mentor_profiles (id, guild_id, user_id, status, bio, hourly_rate, timezone, rating_sum,
    rating_count, created_at)
    VALUES (1, 10, 101, 'approved', 'Ten years of it.', 60, 'Europe/London', 5, 1, '{DAY}');
INSERT INTO profile_tags VALUES (1, 1);
INSERT INTO profile_revisions (id, profile_id, kind, status, expertise, bio, hourly_rate,
    submitted_at) VALUES (1, 1, 'application', 'approved', '["python"]', 'Ten years of it.', 60,
    '{DAY}');
INSERT INTO weekly_hours (profile_id, weekday, start_minute, end_minute) VALUES (1, 0, 540, 1020);
INSERT INTO sessions (id, guild_id, profile_id, mentor_id, starts_at, ends_at, timezone, status,
    topic, price, created_at) VALUES
    (1, 10, 1, 101, '2026-02-01 12:00:00', '2026-02-01 13:00:00', 'Europe/London', 'completed',
     'PRs', 60, '{DAY}'),
    (2, 10, 1, 101, '2026-03-09 12:00:00', '2026-03-09 13:00:00', 'Europe/London', 'confirmed',
     'More PRs', 60, '{DAY}');
INSERT INTO participants (session_id, user_id, guild_id, role) VALUES
    (1, 101, 10, 'mentor'), (1, 102, 10, 'mentee'), (2, 101, 10, 'mentor'), (2, 102, 10, 'mentee');
INSERT INTO commitments (session_id, user_id, starts_at, ends_at) VALUES
    (2, 101, '2026-03-09 12:00:00', '2026-03-09 13:00:00'),
    (2, 102, '2026-03-09 12:00:00', '2026-03-09 13:00:00');
INSERT INTO accounts (id, guild_id, kind, user_id, session_id) VALUES
    (1, 10, 'issuance', NULL, NULL), (2, 10, 'member', 102, NULL), (3, 10, 'escrow', NULL, 1),
    (4, 10, 'member', 101, NULL), (5, 10, 'escrow', NULL, 2);
INSERT INTO transfers (guild_id, debit_account_id, credit_account_id, amount, cause, session_id,
    created_at) VALUES
    (10, 1, 2, 200, 'grant', NULL, '{DAY}'), (10, 2, 3, 60, 'hold', 1, '{DAY}'),
    (10, 3, 4, 60, 'payment', 1, '{DAY}'), (10, 2, 5, 60, 'hold', 2, '{DAY}');
INSERT INTO reviews (session_id, author_id, profile_id, stars, text, created_at, updated_at)
    VALUES (1, 102, 1, 5, 'Very clear.', '{DAY}', '{DAY}');
INSERT INTO notices (guild_id, user_id, kind, session_id, key, due_at)
    VALUES (10, 102, 'reminder', 2, 'reminder:2.0.60:102', '2026-03-09 11:00:00');
INSERT INTO idempotency_keys (guild_id, user_id, key, request, session_id, created_at)
    VALUES (10, 102, 'a-key', 'digest', 2, '{DAY}');
INSERT INTO audit_log (guild_id, actor_id, act, user_id, created_at)
    VALUES (10, 1, 'application_approved', 101, '{DAY}');
"""


DELIVERY_REVISION = "0005"
"""The revision that added `next_at` to notifications."""


def _with_next_at(rows: str) -> str:
    return rows.replace("key, due_at)", "key, due_at, next_at)").replace(
        "'2026-03-09 11:00:00');", "'2026-03-09 11:00:00', '2026-03-09 11:00:00');"
    )


EVENTS_REVISION = "0010"
"""The revision that turned the audit log into a view of events."""


def _with_events(rows: str) -> str:
    return rows.replace(
        "INSERT INTO audit_log (guild_id, actor_id, act, user_id, created_at)",
        "INSERT INTO events (guild_id, actor_id, type, subject_id, occurred_at, audited, facts)",
    ).replace(
        "(10, 1, 'application_approved', 101, '{DAY}')".replace("{DAY}", DAY),
        f"(10, 1, 'application.approved', 101, '{DAY}', true, '{{\"kind\": \"application\"}}')",
    )


async def create_old_database(revision: str, file: Path) -> None:
    """Create a database as a program of that revision left it."""
    await upgrade(file_url(file), revision)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        rows = ROWS if revision < DELIVERY_REVISION else _with_next_at(ROWS)
        connection.executescript(rows if revision < EVENTS_REVISION else _with_events(rows))


UIDS_REVISION = "0053"
"""The revision that made the UIDs of sessions in calendars unique in the world."""

FORMATS = ("0001", "0004", DELIVERY_REVISION, "0009", EVENTS_REVISION)
"""The first and the last revision of each form of the rows above."""

SAMPLE = {*FORMATS, *EARLIER[:2], *EARLIER[::8]}

REVISIONS = [
    revision if revision in SAMPLE else pytest.param(revision, marks=pytest.mark.long)
    for revision in EARLIER
]


@pytest.mark.parametrize("revision", REVISIONS)
async def test_an_old_database_is_migrated_with_its_data(revision: str, tmp_path: Path) -> None:
    await create_old_database(revision, tmp_path / "mentorbot.db")
    done = run_mentorbot(tmp_path, "migrate")
    assert done.returncode == 0, done.stderr
    kept = f"mentorbot.db.version-{revision}"
    assert f"is now at version {head()}. It was at version {revision}." in done.stdout
    assert f"kept as {kept}." in done.stdout

    database = Database(file_url(tmp_path / "mentorbot.db"), clock=lambda: TWO_MARCH)
    await database.open()
    maya = Actor(102, "Maya", 10)
    assert (await database.read(reconciliation.check)).faults == ()
    assert await database.read(ledger.load_balance, maya) == 80
    (upcoming,) = await database.read(session_views.list_upcoming, maya)
    (past,) = await database.read(session_views.list_past, maya)
    assert (upcoming.status, upcoming.topic, upcoming.price) == (
        SessionStatus.CONFIRMED,
        "More PRs",
        60,
    )
    assert (past.status, past.stars) == (SessionStatus.COMPLETED, 5)
    page = await database.read(search.search, maya, SearchQuery(expertise="pyton"))
    assert [found.mentor.name for found in page.results] == ["Oliver"]
    moderator = Actor(1, "Priya", 10, manages_guild=True)
    (entry,) = await database.read(audit.list_entries, moderator, action="application_approved")
    assert (entry.actor_id, entry.user_id) == (1, 101)
    # Calendars have the old sessions by the UIDs that files had.
    uid = (await database.read(agenda.load_session, maya, upcoming.id)).uid
    was_unique = revision >= UIDS_REVISION
    assert (uid != f"session-10-{upcoming.id}@mentorbot") == was_unique
    # The terms of old sessions are what their cards showed, without a grace period.
    assert upcoming.free_cancellation_ends_at == upcoming.starts_at - timedelta(days=1)
    assert (upcoming.late_refund_percent, upcoming.cancellation_grace) == (0, 0)
    # Maya presses Cancel on the old confirmation, which is early enough for a full refund.
    cancelled = await database.run(transitions.cancel, maya, upcoming.id)
    assert cancelled.refund == 60
    await database.close()

    # The backup is the old database, and can be restored.
    with closing(sqlite3.connect(tmp_path / kept)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (
            revision,
        )
        assert connection.execute("SELECT count(*) FROM transfers").fetchone() == (4,)
    restored = run_mentorbot(tmp_path, "restore", kept, "--replace")
    assert restored.returncode == 0, restored.stderr
    assert "run `mentorbot migrate` next" in restored.stdout
    assert run_mentorbot(tmp_path, "migrate").returncode == 0


def test_migrating_an_up_to_date_database_does_nothing(tmp_path: Path) -> None:
    def migrate() -> subprocess.CompletedProcess[str]:
        return run_mentorbot(tmp_path, "migrate")

    assert "Its tables were created." in migrate().stdout
    again = migrate()
    assert f"is already at version {head()}. Nothing to do." in again.stdout
    assert [file.name for file in tmp_path.iterdir()] == ["mentorbot.db"]
