"""Keep figures about mentoring, by mentor, guild and month."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import Json, RowId, UtcDateTime

revision = "0061"
down_revision = "0060"

NUMBERS = (
    *("sessions", "minutes", "attendees", "mentees", "returning_mentees", "cancelled_by_mentor"),
    *("cancelled_by_mentee", "missed_by_mentor", "missed_by_mentee", "refunded", "bookings"),
    *("requests", "answered", "expired", "reviews", "stars", "thanks"),
)


def upgrade() -> None:
    # Another name, since SQLite's statistics of the old one would describe a single column.
    op.drop_index("ix_sessions_profile", "sessions")
    op.create_index("ix_sessions_of_profile", "sessions", ["profile_id", "starts_at"])
    op.create_index("ix_sessions_booked", "sessions", ["profile_id", "created_at"])

    _create_mentor_table(
        "mentor_months",
        _month(),
        _integer("guild_id"),
        sa.Column("last_at", UtcDateTime()),
        *(_counter(name) for name in NUMBERS),
        sa.Column("answer_times", Json(), nullable=False),
        sa.Column("waits", Json(), nullable=False),
    )
    _create_mentor_table(
        "mentor_quarters",
        _month(),
        *(_integer(name) for name in ("guild_id", "sessions", "minutes", "mentees", "thanks")),
    )
    _create_mentor_table(
        "mentor_totals",
        _integer("guild_id"),
        sa.Column("is_active", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("last_active_at", UtcDateTime(), nullable=False),
        *(_integer(name) for name in ("sessions", "minutes", "mentees", "returning_mentees")),
        *(_integer(name) for name in ("reviews", "stars", "thanks")),
        key=("profile_id",),
    )
    _create_mentor_table(
        "mentee_months",
        _integer("mentee_id", autoincrement=False),
        _month(),
        _integer("guild_id"),
        _integer("sessions"),
        sa.CheckConstraint("sessions > 0", name=op.f("ck_mentee_months_sessions")),
        key=("profile_id", "mentee_id", "month"),
    )
    _create_mentor_table(
        "mentor_weeks",
        _month(),
        _integer("guild_id"),
        sa.Column("offered", Json(), nullable=False),
        sa.Column("used", Json(), nullable=False),
    )
    _create_mentor_table("stale_months", _month(), _integer("mark", server_default="1"))
    _create_guild_table(
        "guild_months",
        *(_counter(name) for name in ("active_mentors", "active_members", *NUMBERS)),
        sa.Column("answer_times", Json(), nullable=False),
        sa.Column("waits", Json(), nullable=False),
    )
    _create_guild_table(
        "points_months",
        sa.Column("cause", sa.String(), nullable=False),
        _integer("amount"),
        key=("guild_id", "month", "cause"),
    )
    _create_guild_table(
        "guild_weeks",
        sa.Column("offered", Json(), nullable=False),
        sa.Column("used", Json(), nullable=False),
    )
    op.create_table(
        "figure_progress",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("after_id", sa.BigInteger()),
        sa.Column("day", sa.Date()),
        sa.Column("until_day", sa.Date()),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_figure_progress")),
    )

    for name in ("minutes", "mentees", "thanks"):
        for table in ("mentor_months", "mentor_quarters"):
            columns = ["guild_id", "month", name, "profile_id"]
            op.create_index(f"ix_{table}_{name}", table, columns)
        columns = ["guild_id", name, "profile_id"]
        op.create_index(f"ix_mentor_totals_{name}", "mentor_totals", columns)
    op.create_index(
        "ix_mentor_totals_quiet",
        "mentor_totals",
        ["guild_id", "last_active_at", "profile_id"],
        sqlite_where=sa.text("is_active"),
        postgresql_where=sa.text("is_active"),
    )
    by_month = ["month", "mentee_id"]
    op.create_index("ix_mentee_months_month", "mentee_months", ["profile_id", *by_month])
    op.create_index("ix_mentee_months_guild", "mentee_months", ["guild_id", *by_month])
    op.create_index("ix_mentee_months_person", "mentee_months", ["mentee_id", "guild_id"])
    op.create_index("ix_mentor_weeks_guild", "mentor_weeks", ["guild_id"])


def _create_mentor_table(
    name: str, *columns: sa.schema.SchemaItem, key: tuple[str, ...] = ("profile_id", "month")
) -> None:
    op.create_table(
        name,
        sa.Column("profile_id", RowId, autoincrement=False, nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["profile_id"],
            ["mentor_profiles.id"],
            name=op.f(f"fk_{name}_profile_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{name}")),
    )


def _create_guild_table(
    name: str, *columns: sa.schema.SchemaItem, key: tuple[str, ...] = ("guild_id", "month")
) -> None:
    op.create_table(
        name,
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        _month(),
        *columns,
        sa.ForeignKeyConstraint(["guild_id"], ["guilds.id"], name=op.f(f"fk_{name}_guild_id")),
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{name}")),
    )


def _month() -> sa.Column[object]:
    return sa.Column("month", sa.Date(), nullable=False)


def _integer(name: str, **options: object) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, **options)  # type: ignore[arg-type]


def _counter(name: str) -> sa.Column[int]:
    return _integer(name, server_default="0")
