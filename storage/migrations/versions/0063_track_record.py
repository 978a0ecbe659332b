"""Count answers by time and failed sessions, and rank mentors by them a little.

The counters begin with what the sessions so far tell. Answers whose time isn't known count as given
within a day, and group sessions that a mentor cancelled late are not counted.

A mentor's `deduction` (`mentorship.search.ranking`) is part of the `shortfall` that search sorts
by. The triggers of revision 0002 keep it from now on.
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"

HOURS = (1, 2, 6, 12, 24)
COUNTERS = (*(f"answers_{hours}h" for hours in HOURS), "sessions_failed")

_MISSED = """
    CASE WHEN 10 * ({missed}) > {total}
         THEN 10000 * (10 * ({missed}) - ({total})) / (9 * ({total} + 10)) ELSE 0 END
"""
_REQUESTS = "{row}.requests_answered + {row}.requests_expired"
_SESSIONS = "{row}.sessions_completed + {row}.sessions_failed"


def deduction(row: str) -> str:
    """Return the SQL expression of a profile's deduction, in 1/100,000 of a star."""
    requests, sessions = _REQUESTS.format(row=row), _SESSIONS.format(row=row)
    unanswered = _MISSED.format(missed=f"{requests} - {row}.answers_24h", total=requests)
    failed = _MISSED.format(missed=f"{row}.sessions_failed", total=sessions)
    return f"({unanswered} + {failed})"


CHANGES = {
    "INSERT INTO listings (guild_id, tag_id, shortfall,": (
        "INSERT INTO listings (guild_id, tag_id, deduction, shortfall,"
    ),
    "SELECT p.guild_id, t.tag_id,": (
        f"SELECT p.guild_id, t.tag_id, {deduction('p')}, {deduction('p')} +"
    ),
    "UPDATE listings SET shortfall =": "UPDATE listings SET shortfall = listings.deduction +",
}
TRIGGERS = {
    "mentor_profiles_inserted": 2,
    "mentor_profiles_ranked": 2,
    "profile_tags_inserted": 2,
    "guild_ratings_moved": 1,
}
"""Triggers that write the shortfall, and how many of the changes each needs."""

_CHANGED = f"WHEN ({deduction('NEW')} <> {deduction('OLD')})"
_COLUMNS = "answers_24h, requests_answered, requests_expired, sessions_completed, sessions_failed"
_DEDUCT = f"""
    UPDATE listings SET shortfall = shortfall - deduction + {deduction("NEW")},
                        deduction = {deduction("NEW")}
     WHERE profile_id = NEW.id;
"""
NEW_TRIGGER = {
    "sqlite": (
        f"""
        CREATE TRIGGER mentor_profiles_deducted AFTER UPDATE OF {_COLUMNS} ON mentor_profiles
        {_CHANGED}
        BEGIN {_DEDUCT} END
        """,
    ),
    "postgresql": (
        f"""
        CREATE FUNCTION mentor_profiles_deducted() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            {_DEDUCT}
            RETURN NULL;
        END $$
        """,
        f"""
        CREATE TRIGGER mentor_profiles_deducted AFTER UPDATE OF {_COLUMNS} ON mentor_profiles
        FOR EACH ROW {_CHANGED} EXECUTE FUNCTION mentor_profiles_deducted()
        """,
    ),
}

_SECONDS = {
    "sqlite": "strftime('%s', {end}) - strftime('%s', {start})",
    "postgresql": "extract(epoch FROM {end} - {start})",
}
# A request that was one for a series is left out: it is answered once for several sessions.
_ANSWERS = """
    SELECT s.profile_id, {seconds} AS seconds
      FROM sessions AS s
     WHERE s.group_id IS NULL AND s.series_id IS NULL
       AND (s.confirmed_at > s.created_at OR s.status = 'declined')
"""
_FAILED = """
    SELECT s.profile_id, count(*) AS failed
      FROM sessions AS s
     WHERE s.group_id IS NULL
       AND ((s.status = 'no_show' AND s.no_show_user_id = s.mentor_id)
         OR (s.status = 'refunded' AND NOT EXISTS (
                SELECT 1 FROM participants AS q
                 WHERE q.session_id = s.id AND q.role = 'mentee' AND q.user_id = s.ended_by))
         OR (s.status = 'cancelled' AND s.ended_by = s.mentor_id AND s.confirmed_at IS NOT NULL
            AND {seconds} < 86400))
     GROUP BY s.profile_id
"""


def upgrade() -> None:
    connection = op.get_bind()
    dialect = connection.dialect.name
    for name in COUNTERS:
        op.add_column(
            "mentor_profiles", sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)
        )
    op.add_column(
        "listings", sa.Column("deduction", sa.BigInteger(), server_default="0", nullable=False)
    )
    _count(connection)
    for trigger, changes in TRIGGERS.items():
        _change_trigger(connection, trigger, changes)
    for statement in NEW_TRIGGER[dialect]:
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql(
        f"""
        UPDATE listings SET shortfall = shortfall + {deduction("p")}, deduction = {deduction("p")}
          FROM mentor_profiles AS p
         WHERE p.id = listings.profile_id AND {deduction("p")} > 0
        """
    )


def _count(connection: sa.Connection) -> None:
    """Fill in the counters from the sessions so far."""
    seconds = _SECONDS[connection.dialect.name]
    waited = seconds.format(end="coalesce(s.confirmed_at, s.ended_at)", start="s.created_at")
    within = ", ".join(
        f"sum(CASE WHEN seconds <= {hours * 3600} THEN 1 ELSE 0 END) AS h{hours}"
        for hours in HOURS[:-1]
    )
    slow = "sum(CASE WHEN seconds > 86400 THEN 1 ELSE 0 END) AS slow"
    fast = "CASE WHEN {n} < requests_answered - slow THEN {n} ELSE requests_answered - slow END"
    connection.exec_driver_sql("UPDATE mentor_profiles SET answers_24h = requests_answered")
    connection.exec_driver_sql(
        f"""
        UPDATE mentor_profiles
           SET answers_24h = requests_answered - slow,
               {", ".join(f"answers_{n}h = {fast.format(n=f'h{n}')}" for n in HOURS[:-1])}
          FROM (SELECT profile_id, {within}, {slow}
                  FROM ({_ANSWERS.format(seconds=waited)}) AS answers GROUP BY profile_id) AS a
         WHERE a.profile_id = mentor_profiles.id AND slow <= requests_answered
        """
    )
    before_start = seconds.format(end="s.starts_at", start="s.ended_at")
    connection.exec_driver_sql(
        f"""
        UPDATE mentor_profiles SET sessions_failed = f.failed
          FROM ({_FAILED.format(seconds=before_start)}) AS f
         WHERE f.profile_id = mentor_profiles.id
        """
    )


def _change_trigger(connection: sa.Connection, name: str, count: int) -> None:
    """Make a trigger that writes the shortfall include the deduction."""
    is_sqlite = connection.dialect.name == "sqlite"
    definition = connection.scalar(
        sa.text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = :name")
        if is_sqlite
        else sa.text("SELECT pg_get_functiondef(to_regproc(:name))"),
        {"name": name},
    )
    changed, edits = definition, 0
    for before, after in CHANGES.items():
        pattern = r"\s+".join(re.escape(word) for word in before.split())
        changed, found = re.subn(pattern, after, changed)
        edits += found
    assert edits == count, (name, definition)
    if is_sqlite:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    connection.exec_driver_sql(changed)
