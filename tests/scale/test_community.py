"""The generated community is one that the program could have written."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from mentorship.operations import reconciliation
from mentorship.points.ledger import Cause
from mentorship.statuses import SessionStatus
from storage import Database
from tests.scale import layout
from tests.scale.community import sqlite_file
from tests.scale.layout import Size

FULL = pytest.param(Size.FULL, marks=pytest.mark.long)
SIZES = [Size.NONE, Size.TENTH, FULL]


@pytest.mark.parametrize(
    "size", [Size.NONE, pytest.param(Size.TENTH, marks=pytest.mark.long), FULL]
)
async def test_its_ledger_and_ratings_are_consistent(size: Size) -> None:
    db = Database(f"sqlite+aiosqlite:///{sqlite_file(size)}")
    report = await db.read(reconciliation.check)
    assert report.faults == ()
    assert report.transfers >= 45_000 * size.value
    assert await db.read(reconciliation.check_ratings) == ()
    await db.close()


@pytest.mark.parametrize("size", SIZES)
def test_generated_rows_meet_all_constraints(size: Size) -> None:
    """Foreign keys and overlaps aren't checked while it is built."""
    with closing(sqlite3.connect(sqlite_file(size))) as file:
        assert file.execute("PRAGMA foreign_key_check").fetchall() == []
        overlaps = """
            SELECT count(*) FROM (
                SELECT user_id, starts_at, lag(ends_at) OVER (
                       PARTITION BY user_id ORDER BY starts_at) AS other_ends_at FROM commitments)
             WHERE other_ends_at > starts_at
        """
        assert file.execute(overlaps).fetchone() == (0,)
        copies = """
            SELECT (SELECT count(*) FROM participants p JOIN sessions s ON s.id = p.session_id
                     WHERE p.session_status IS NOT s.status
                        OR p.session_starts_at IS NOT s.starts_at)
                 + (SELECT count(*) FROM reviews r JOIN mentor_profiles p ON p.id = r.profile_id
                     WHERE r.guild_id IS NOT p.guild_id)
                 + (SELECT count(*) FROM profile_revisions WHERE guild_id IS NULL)
        """
        assert file.execute(copies).fetchone() == (0,)
        statuses = {status for (status,) in file.execute("SELECT DISTINCT status FROM sessions")}
        assert statuses == {status.value for status in SessionStatus}
        for copies, originals in (
            (
                "SELECT session_id, session_status, session_starts_at FROM participants",
                "SELECT id, status, starts_at FROM sessions",
            ),
            ("SELECT session_id, guild_id FROM reviews", "SELECT id, guild_id FROM sessions"),
        ):
            differing = f"SELECT count(*) FROM ({copies} EXCEPT {originals})"
            assert file.execute(differing).fetchone() == (0,)
        causes = {cause for (cause,) in file.execute("SELECT DISTINCT cause FROM transfers")}
        assert causes <= {cause.value for cause in Cause}


def test_the_crowd_surrounds_the_same_core() -> None:
    """All rows of the core are the same with a crowd, and lie between those of the crowd."""
    with closing(sqlite3.connect(sqlite_file(Size.NONE))) as small:
        small.execute("ATTACH ? AS big", [str(sqlite_file(Size.TENTH))])
        for table in ("sessions", "members", "accounts", "reviews", "notices", "transfers"):
            own = "kind = 'member'" if table == "accounts" else "true"
            missing = f"SELECT * FROM {table} WHERE {own} EXCEPT SELECT * FROM big.{table}"
            assert small.execute(f"SELECT count(*) FROM ({missing})").fetchone() == (0,), table
        for table in ("sessions", "mentor_profiles", "reviews", "transfers"):
            query = f"SELECT min(id), max(id) FROM %s.{table} WHERE guild_id = {layout.TOWN}"
            query = query if table != "reviews" else "SELECT min(id), max(id) FROM %s.reviews"
            (low, high), (first, last) = (
                small.execute(query % name).fetchone() for name in ("main", "big")
            )
            assert first < low < high < last, table
