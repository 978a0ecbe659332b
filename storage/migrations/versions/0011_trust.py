"""Store the terms of each booking, limits, blocks, and what must outlast an erasure.

Sessions get the cancellation policy and the deadlines that their guild has now: those are the terms
that their cards have shown. Of several visible reviews that one mentee has written about a mentor,
only the latest counts in the rating from now on.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

from storage.types import RowId, UtcDateTime

revision = "0011"
down_revision = "0010"

SETTINGS = {
    "cancellation_grace": "15",
    "dispute_days": "14",
    "grant_ceiling": "10000",
    "limit_pending_per_mentor": "2",
    "limit_pending": "5",
    "limit_upcoming": "10",
    "limit_proposals": "3",
    "limit_early_cancellations": "5",
    "limit_gifts_to_strangers": "10",
    "limit_data_requests": "1",
}

TERMS = {
    "confirm_within": "1440",
    "free_cancellation_until": "1440",
    "late_refund_percent": "0",
    "cancellation_grace": "0",
    "complete_after": "1440",
    "proposals_by_mentor": "0",
    "proposals_by_mentee": "0",
}

# `cancellation_grace` stays 0: nobody was promised one at the time.
COPY_TERMS = """
    UPDATE sessions SET
        confirm_within = g.confirm_within,
        free_cancellation_until = g.free_cancellation_until,
        free_cancellation_ends_at = {free_until},
        late_refund_percent = g.late_refund_percent,
        complete_after = g.complete_after
    FROM guilds g WHERE g.id = sessions.guild_id
"""
FREE_UNTIL = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%S.000000', sessions.starts_at, "
    "'-' || g.free_cancellation_until || ' minutes')",
    "postgresql": "sessions.starts_at - make_interval(mins => g.free_cancellation_until::int)",
}

# Disputes end by themselves from now on; those that are open get the default delay.
END_OF_DISPUTES = sa.text(
    "UPDATE sessions SET next_at = :ends_at WHERE status = 'disputed'"
).bindparams(sa.bindparam("ends_at", type_=UtcDateTime()))
DISPUTE_DELAY = timedelta(days=14)

ONE_VOICE = """
    UPDATE reviews SET counts = false
    WHERE hidden_at IS NOT NULL OR EXISTS (
        SELECT 1 FROM reviews later
        WHERE later.profile_id = reviews.profile_id AND later.author_id = reviews.author_id
            AND later.hidden_at IS NULL AND later.id > reviews.id
    )
"""
# The rating may not be inconsistent in between, so both columns change in one statement.
NEW_RATINGS = """
    UPDATE mentor_profiles SET
        rating_sum = (SELECT coalesce(sum(stars), 0) FROM reviews
            WHERE reviews.profile_id = mentor_profiles.id AND counts),
        rating_count = (SELECT count(*) FROM reviews
            WHERE reviews.profile_id = mentor_profiles.id AND counts)
    WHERE rating_count <> (SELECT count(*) FROM reviews
        WHERE reviews.profile_id = mentor_profiles.id AND counts)
"""


def upgrade() -> None:
    connection = op.get_bind()
    dialect = connection.dialect.name
    for name, default in SETTINGS.items():
        op.add_column("guilds", _number(name, default))
    op.add_column("guilds", sa.Column("person_key", sa.String()))
    op.add_column("members", _flag("screening_pending", "false"))
    op.add_column("members", sa.Column("used_at", UtcDateTime()))
    connection.exec_driver_sql(
        "UPDATE members SET used_at = created_at "
        "WHERE timezone IS NOT NULL OR joined_at IS NOT NULL OR language IS NOT NULL"
    )
    for name in ("requests_answered", "requests_expired", "expired_in_a_row"):
        op.add_column("mentor_profiles", _number(name, "0"))
    op.add_column("mentor_profiles", sa.Column("asked_if_active_at", UtcDateTime()))
    op.add_column("profile_revisions", _number("version", "1"))
    op.add_column("notices", sa.Column("caused_by", sa.BigInteger()))
    for name, default in TERMS.items():
        op.add_column("sessions", _number(name, default))
    for name in ("free_cancellation_ends_at", "confirmed_at"):
        op.add_column("sessions", sa.Column(name, UtcDateTime()))
    connection.exec_driver_sql(COPY_TERMS.format(free_until=FREE_UNTIL[dialect]))
    op.create_index(
        "ix_sessions_cancelled",
        "sessions",
        ["ended_by", "ended_at"],
        sqlite_where=sa.text("status = 'cancelled'"),
        postgresql_where=sa.text("status = 'cancelled'"),
    )
    connection.execute(END_OF_DISPUTES, {"ends_at": datetime.now(UTC) + DISPUTE_DELAY})
    _count_one_review_of_a_pair(connection)
    _create_tables()


def _count_one_review_of_a_pair(connection: sa.Connection) -> None:
    op.add_column("reviews", sa.Column("hidden_reason", sa.String()))
    op.add_column("reviews", _flag("counts", "true"))
    op.create_index("ix_reviews_author", "reviews", ["profile_id", "author_id"])
    connection.exec_driver_sql(ONE_VOICE)
    op.create_index(
        "uq_reviews_counting",
        "reviews",
        ["profile_id", "author_id"],
        unique=True,
        sqlite_where=sa.text("counts"),
        postgresql_where=sa.text("counts"),
    )
    connection.exec_driver_sql(NEW_RATINGS)


def _create_tables() -> None:
    op.create_table(
        "blocks",
        sa.Column("guild_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("blocker_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("blocked_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("blocker_id <> blocked_id", name="two_people"),
        sa.ForeignKeyConstraint(
            ["guild_id", "blocker_id"],
            ["members.guild_id", "members.user_id"],
            name="fk_blocks_guild_id_blocker_id",
        ),
        sa.PrimaryKeyConstraint("guild_id", "blocker_id", "blocked_id", name="pk_blocks"),
    )
    op.create_index("ix_blocks_blocked", "blocks", ["blocked_id", "guild_id"])
    op.create_table(
        "erased_people",
        sa.Column("guild_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("erased_at", UtcDateTime(), nullable=False),
        sa.Column("may_apply_from", UtcDateTime()),
        _flag("was_suspended", "false"),
        sa.ForeignKeyConstraint(["guild_id"], ["guilds.id"], name="fk_erased_people_guild_id"),
        sa.PrimaryKeyConstraint("guild_id", "digest", name="pk_erased_people"),
    )
    op.create_table(
        "grant_requests",
        sa.Column("id", RowId, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("status", sa.String(), server_default="pending", nullable=False),
        sa.Column("requested_by", sa.BigInteger()),
        sa.Column("requested_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by", sa.BigInteger()),
        sa.Column("decided_at", UtcDateTime()),
        sa.Column("transfer_id", RowId),
        sa.CheckConstraint("status IN ('pending', 'confirmed', 'rejected')", name="status"),
        sa.CheckConstraint("amount > 0", name="amount"),
        sa.CheckConstraint(
            "status <> 'confirmed' OR decided_by IS NULL OR decided_by <> requested_by",
            name="two_moderators",
        ),
        sa.ForeignKeyConstraint(["guild_id"], ["guilds.id"], name="fk_grant_requests_guild_id"),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["transfers.id"], name="fk_grant_requests_transfer_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_grant_requests"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_grant_requests_guild", "grant_requests", ["guild_id", "status", "id"])
    op.create_index("ix_grant_requests_transfer", "grant_requests", ["transfer_id"])
    op.create_table(
        "service_clock",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("alive_at", UtcDateTime(), nullable=False),
        sa.Column("resumed_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("name", name="pk_service_clock"),
    )


def _number(name: str, default: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default=default, nullable=False)


def _flag(name: str, default: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), server_default=sa.text(default), nullable=False)
