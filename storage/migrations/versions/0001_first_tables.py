"""Create the first tables, and the triggers and constraints that enforce invariants.

The database enforces these whatever the code does:
- Two commitments of one person never overlap: triggers on SQLite, an exclusion constraint on
  PostgreSQL. `int8range(user_id, user_id, '[]')` lets GiST compare an integer without the
  btree_gist extension, which not every server has.
- Inserting a transfer updates both balances, so a balance is always the sum of its transfers. The
  check constraint on `accounts` then refuses a balance below zero.
- A transfer is never deleted, and its essential columns are never changed.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import RowId, UtcDateTime

revision = "0001"
down_revision = None

OVERLAP = "one person cannot be in two sessions at once"
IMMUTABLE = "a transfer is never changed"

_OVERLAPPING = """
    SELECT 1 FROM commitments AS other
     WHERE other.user_id = NEW.user_id AND other.id <> NEW.id
       AND other.ends_at > NEW.starts_at AND other.starts_at < NEW.ends_at
"""

SQLITE = (
    *(
        f"""
        CREATE TRIGGER commitments_{when.lower()}_overlap AFTER {when} ON commitments
        WHEN EXISTS ({_OVERLAPPING})
        BEGIN SELECT RAISE(ABORT, '{OVERLAP}'); END
        """
        for when in ("INSERT", "UPDATE")
    ),
    """
    CREATE TRIGGER transfers_move_balances AFTER INSERT ON transfers
    BEGIN
        UPDATE accounts SET balance = balance - NEW.amount WHERE id = NEW.debit_account_id;
        UPDATE accounts SET balance = balance + NEW.amount WHERE id = NEW.credit_account_id;
    END
    """,
    f"""
    CREATE TRIGGER transfers_never_deleted BEFORE DELETE ON transfers
    BEGIN SELECT RAISE(ABORT, '{IMMUTABLE}'); END
    """,
    f"""
    CREATE TRIGGER transfers_never_changed BEFORE UPDATE OF
        id, guild_id, debit_account_id, credit_account_id, amount, cause, session_id, created_at
        ON transfers
    BEGIN SELECT RAISE(ABORT, '{IMMUTABLE}'); END
    """,
)

POSTGRESQL = (
    """
    ALTER TABLE commitments ADD CONSTRAINT ex_commitments_overlap EXCLUDE USING gist (
        int8range(user_id, user_id, '[]') WITH &&,
        tstzrange(starts_at, ends_at) WITH &&
    )
    """,
    # Locks accounts in the order of their ids, so that two transfers can't deadlock.
    """
    CREATE FUNCTION transfers_move_balances() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM 1 FROM accounts WHERE id IN (NEW.debit_account_id, NEW.credit_account_id)
            ORDER BY id FOR UPDATE;
        UPDATE accounts SET balance = balance - NEW.amount WHERE id = NEW.debit_account_id;
        UPDATE accounts SET balance = balance + NEW.amount WHERE id = NEW.credit_account_id;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER transfers_move_balances AFTER INSERT ON transfers
        FOR EACH ROW EXECUTE FUNCTION transfers_move_balances()
    """,
    f"""
    CREATE FUNCTION transfers_never_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '{IMMUTABLE}'; END $$
    """,
    """
    CREATE TRIGGER transfers_never_deleted BEFORE DELETE ON transfers
        FOR EACH ROW EXECUTE FUNCTION transfers_never_changed()
    """,
    """
    CREATE TRIGGER transfers_never_changed BEFORE UPDATE OF
        id, guild_id, debit_account_id, credit_account_id, amount, cause, session_id, created_at
        ON transfers FOR EACH ROW EXECUTE FUNCTION transfers_never_changed()
    """,
)


def upgrade() -> None:
    op.create_table(
        "guilds",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("moderator_role_id", sa.BigInteger(), nullable=True),
        sa.Column("mentor_role_id", sa.BigInteger(), nullable=True),
        sa.Column("review_channel_id", sa.BigInteger(), nullable=True),
        sa.Column("notices_channel_id", sa.BigInteger(), nullable=True),
        sa.Column("log_channel_id", sa.BigInteger(), nullable=True),
        sa.Column("who_may_apply", sa.String(), server_default="everyone", nullable=False),
        sa.Column("apply_role_ids", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("apply_minimum_rank", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reapply_after_days", sa.BigInteger(), server_default="7", nullable=False),
        sa.Column(
            "approve_profile_changes", sa.Boolean(), server_default=sa.text("true"), nullable=False
        ),
        sa.Column("maximum_hourly_rate", sa.BigInteger(), server_default="10000", nullable=False),
        sa.Column("currency_name", sa.String(), server_default="points", nullable=False),
        sa.Column("currency_emoji", sa.String(), server_default="🪙", nullable=False),
        sa.Column("starting_balance", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("fee_percent", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("confirm_within", sa.BigInteger(), server_default="1440", nullable=False),
        sa.Column(
            "free_cancellation_until", sa.BigInteger(), server_default="1440", nullable=False
        ),
        sa.Column("late_refund_percent", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("complete_after", sa.BigInteger(), server_default="1440", nullable=False),
        sa.Column("reminders", sa.JSON(), server_default="[1440, 60, 10]", nullable=False),
        sa.Column("meeting_place", sa.String(), server_default="link", nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("left_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("meeting_place IN ('link', 'thread', 'voice')", name="meeting_place"),
        sa.CheckConstraint("who_may_apply IN ('everyone', 'roles', 'rank')", name="who_may_apply"),
        sa.CheckConstraint("fee_percent BETWEEN 0 AND 100", name="fee"),
        sa.CheckConstraint("late_refund_percent BETWEEN 0 AND 100", name="late_refund"),
        sa.CheckConstraint("starting_balance >= 0", name="starting_balance"),
        sa.PrimaryKeyConstraint("id", name="pk_guilds"),
    )
    op.create_table(
        "audit_log",
        sa.Column("id", RowId, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("session_id", sa.BigInteger(), nullable=True),
        sa.Column("revision_id", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["guild_id"], ["guilds.id"], name="fk_audit_log_guild_id"),
        sa.PrimaryKeyConstraint("id", name="pk_audit_log"),
    )
    op.create_index("ix_audit_log_guild", "audit_log", ["guild_id", "created_at"], unique=False)
    op.create_table(
        "members",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("rank", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("muted_notices", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("reminders", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("quiet_from", sa.BigInteger(), nullable=True),
        sa.Column("quiet_until", sa.BigInteger(), nullable=True),
        sa.Column("joined_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("left_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["guild_id"], ["guilds.id"], name="fk_members_guild_id"),
        sa.PrimaryKeyConstraint("guild_id", "user_id", name="pk_members"),
    )
    op.create_table(
        "tags",
        sa.Column("id", RowId, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["guild_id"], ["guilds.id"], name="fk_tags_guild_id"),
        sa.PrimaryKeyConstraint("id", name="pk_tags"),
        sa.UniqueConstraint("guild_id", "name", name="uq_tags_guild_id_name"),
    )
    op.create_table(
        "mentor_profiles",
        sa.Column("id", RowId, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("bio", sa.String(), server_default="", nullable=False),
        sa.Column("hourly_rate", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("paused", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("paused_until", UtcDateTime(), nullable=True),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("durations", sa.JSON(), server_default="[30, 60]", nullable=False),
        sa.Column("slot_step", sa.BigInteger(), server_default="30", nullable=False),
        sa.Column("buffer_before", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("buffer_after", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("minimum_notice", sa.BigInteger(), server_default="60", nullable=False),
        sa.Column("horizon_days", sa.BigInteger(), server_default="60", nullable=False),
        sa.Column("most_per_day", sa.BigInteger(), nullable=True),
        sa.Column("most_per_week", sa.BigInteger(), nullable=True),
        sa.Column("instant_booking", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("meeting_link", sa.String(), nullable=True),
        sa.Column("rating_sum", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("rating_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("sessions_completed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("availability_version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "status IN ('applicant', 'approved', 'suspended', 'stopped')",
            name="status",
        ),
        sa.CheckConstraint("hourly_rate >= 0", name="rate"),
        sa.CheckConstraint(
            "rating_count >= 0 AND rating_sum BETWEEN rating_count AND 5 * rating_count",
            name="rating",
        ),
        sa.ForeignKeyConstraint(
            ["guild_id", "user_id"],
            ["members.guild_id", "members.user_id"],
            name="fk_mentor_profiles_guild_id_user_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_mentor_profiles"),
        sa.UniqueConstraint("guild_id", "user_id", name="uq_mentor_profiles_guild_id_user_id"),
    )
    op.create_index("ix_mentor_profiles_person", "mentor_profiles", ["user_id"], unique=False)
    op.create_index(
        "ix_mentor_profiles_status",
        "mentor_profiles",
        ["guild_id", "status", "hourly_rate"],
        unique=False,
    )
    op.create_table(
        "date_overrides",
        sa.Column("id", RowId, nullable=False),
        sa.Column("profile_id", RowId, nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("start_minute", sa.BigInteger(), nullable=True),
        sa.Column("end_minute", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(start_minute IS NULL) = (end_minute IS NULL)", name="hours"),
        sa.ForeignKeyConstraint(
            ["profile_id"],
            ["mentor_profiles.id"],
            name="fk_date_overrides_profile_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_date_overrides"),
        sa.UniqueConstraint(
            "profile_id",
            "date",
            "start_minute",
            name="uq_date_overrides_profile_id_date_start_minute",
        ),
    )
    op.create_table(
        "profile_revisions",
        sa.Column("id", RowId, nullable=False),
        sa.Column("profile_id", RowId, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("expertise", sa.JSON(), nullable=False),
        sa.Column("bio", sa.String(), nullable=False),
        sa.Column("hourly_rate", sa.BigInteger(), nullable=False),
        sa.Column("submitted_at", UtcDateTime(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decision_note", sa.String(), nullable=True),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind IN ('application', 'change')", name="kind"),
        sa.CheckConstraint(
            "status IN ('pending', 'changes_requested', 'approved', 'rejected', 'withdrawn')",
            name="status",
        ),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["mentor_profiles.id"], name="fk_profile_revisions_profile_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_profile_revisions"),
    )
    op.create_index(
        "ix_profile_revisions_profile",
        "profile_revisions",
        ["profile_id", "submitted_at"],
        unique=False,
    )
    op.create_index(
        "uq_profile_revisions_open",
        "profile_revisions",
        ["profile_id"],
        unique=True,
        sqlite_where=sa.text("status = 'pending'"),
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_table(
        "profile_tags",
        sa.Column("profile_id", RowId, nullable=False),
        sa.Column("tag_id", RowId, nullable=False),
        sa.ForeignKeyConstraint(
            ["profile_id"],
            ["mentor_profiles.id"],
            name="fk_profile_tags_profile_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name="fk_profile_tags_tag_id"),
        sa.PrimaryKeyConstraint("profile_id", "tag_id", name="pk_profile_tags"),
    )
    op.create_index("ix_profile_tags_tag", "profile_tags", ["tag_id", "profile_id"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("id", RowId, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("profile_id", RowId, nullable=False),
        sa.Column("mentor_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("fee_percent", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=True),
        sa.Column("proposed_starts_at", UtcDateTime(), nullable=True),
        sa.Column("proposed_ends_at", UtcDateTime(), nullable=True),
        sa.Column("proposed_by", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("ended_by", sa.BigInteger(), nullable=True),
        sa.Column("ended_reason", sa.String(), nullable=True),
        sa.Column("no_show_user_id", sa.BigInteger(), nullable=True),
        sa.Column("meeting_link", sa.String(), nullable=True),
        sa.Column("meeting_channel_id", sa.BigInteger(), nullable=True),
        sa.Column("sequence", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "status IN ('scheduled', 'confirmed', 'in_progress', 'completed', 'declined', 'expired', 'cancelled', 'no_show', 'disputed', 'refunded')",
            name="status",
        ),
        sa.CheckConstraint("price >= 0", name="price"),
        sa.CheckConstraint("starts_at < ends_at", name="times"),
        sa.ForeignKeyConstraint(["guild_id"], ["guilds.id"], name="fk_sessions_guild_id"),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["mentor_profiles.id"], name="fk_sessions_profile_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
    )
    op.create_index(
        "ix_sessions_next",
        "sessions",
        ["next_at"],
        unique=False,
        sqlite_where=sa.text("next_at IS NOT NULL"),
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_index(
        "ix_sessions_mentor", "sessions", ["guild_id", "mentor_id", "starts_at"], unique=False
    )
    op.create_table(
        "weekly_hours",
        sa.Column("profile_id", RowId, nullable=False),
        sa.Column("weekday", sa.BigInteger(), nullable=False),
        sa.Column("start_minute", sa.BigInteger(), nullable=False),
        sa.Column("end_minute", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("end_minute BETWEEN 1 AND 1440", name="end"),
        sa.CheckConstraint("start_minute BETWEEN 0 AND 1439", name="start"),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        sa.ForeignKeyConstraint(
            ["profile_id"],
            ["mentor_profiles.id"],
            name="fk_weekly_hours_profile_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("profile_id", "weekday", "start_minute", name="pk_weekly_hours"),
    )
    op.create_table(
        "accounts",
        sa.Column("id", RowId, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("session_id", RowId, nullable=True),
        sa.Column("balance", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("(kind = 'escrow') = (session_id IS NOT NULL)", name="escrow"),
        sa.CheckConstraint("balance >= 0 OR kind = 'issuance'", name="never_below_zero"),
        sa.CheckConstraint("kind IN ('member', 'escrow', 'fees', 'issuance')", name="kind"),
        sa.ForeignKeyConstraint(["guild_id"], ["guilds.id"], name="fk_accounts_guild_id"),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_accounts_session_id"),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
    )
    op.create_index(
        "uq_accounts_escrow",
        "accounts",
        ["session_id"],
        unique=True,
        sqlite_where=sa.text("kind = 'escrow'"),
        postgresql_where=sa.text("kind = 'escrow'"),
    )
    op.create_index(
        "uq_accounts_guild",
        "accounts",
        ["guild_id", "kind"],
        unique=True,
        sqlite_where=sa.text("kind IN ('fees', 'issuance')"),
        postgresql_where=sa.text("kind IN ('fees', 'issuance')"),
    )
    op.create_index(
        "uq_accounts_member",
        "accounts",
        ["guild_id", "user_id"],
        unique=True,
        sqlite_where=sa.text("kind = 'member'"),
        postgresql_where=sa.text("kind = 'member'"),
    )
    op.create_table(
        "commitments",
        sa.Column("id", RowId, nullable=False),
        sa.Column("session_id", RowId, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name="times"),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_commitments_session_id"),
        sa.PrimaryKeyConstraint("id", name="pk_commitments"),
    )
    op.create_index(
        "ix_commitments_person", "commitments", ["user_id", "ends_at", "starts_at"], unique=False
    )
    op.create_index("ix_commitments_session", "commitments", ["session_id"], unique=False)
    op.create_table(
        "idempotency_keys",
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("request", sa.String(), nullable=False),
        sa.Column("session_id", RowId, nullable=True),
        sa.Column("answer", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["guild_id"], ["guilds.id"], name="fk_idempotency_keys_guild_id"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name="fk_idempotency_keys_session_id"
        ),
        sa.PrimaryKeyConstraint("guild_id", "user_id", "key", name="pk_idempotency_keys"),
    )
    op.create_index("ix_idempotency_keys_age", "idempotency_keys", ["created_at"], unique=False)
    op.create_table(
        "notices",
        sa.Column("id", RowId, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("session_id", RowId, nullable=True),
        sa.Column("revision_id", RowId, nullable=True),
        sa.Column("facts", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("useful_until", UtcDateTime(), nullable=True),
        sa.Column("urgency", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("status", sa.String(), server_default="waiting", nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("leased_until", UtcDateTime(), nullable=True),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.Column("problem", sa.String(), nullable=True),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("status IN ('waiting', 'sent', 'dropped', 'failed')", name="status"),
        sa.ForeignKeyConstraint(["guild_id"], ["guilds.id"], name="fk_notices_guild_id"),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["profile_revisions.id"], name="fk_notices_revision_id"
        ),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_notices_session_id"),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sa.UniqueConstraint("key", name="uq_notices_key"),
    )
    op.create_index(
        "ix_notices_due",
        "notices",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("status = 'waiting'"),
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_index("ix_notices_session", "notices", ["session_id", "status"], unique=False)
    op.create_table(
        "participants",
        sa.Column("session_id", RowId, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("paid", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("says", sa.String(), nullable=True),
        sa.Column("said_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("role IN ('mentor', 'mentee')", name="role"),
        sa.CheckConstraint("says IN ('took_place', 'no_show')", name="says"),
        sa.ForeignKeyConstraint(
            ["guild_id", "user_id"],
            ["members.guild_id", "members.user_id"],
            name="fk_participants_guild_id_user_id",
        ),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_participants_session_id"),
        sa.PrimaryKeyConstraint("session_id", "user_id", name="pk_participants"),
    )
    op.create_index(
        "ix_participants_person", "participants", ["user_id", "session_id"], unique=False
    )
    op.create_index(
        "uq_participants_mentor",
        "participants",
        ["session_id"],
        unique=True,
        sqlite_where=sa.text("role = 'mentor'"),
        postgresql_where=sa.text("role = 'mentor'"),
    )
    op.create_table(
        "reviews",
        sa.Column("id", RowId, nullable=False),
        sa.Column("session_id", RowId, nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("profile_id", RowId, nullable=False),
        sa.Column("stars", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("hidden_at", UtcDateTime(), nullable=True),
        sa.Column("hidden_by", sa.BigInteger(), nullable=True),
        sa.Column("reply", sa.String(), nullable=True),
        sa.Column("replied_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name="stars"),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["mentor_profiles.id"], name="fk_reviews_profile_id"
        ),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_reviews_session_id"),
        sa.PrimaryKeyConstraint("id", name="pk_reviews"),
        sa.UniqueConstraint("session_id", "author_id", name="uq_reviews_session_id_author_id"),
    )
    op.create_index("ix_reviews_profile", "reviews", ["profile_id", "created_at"], unique=False)
    op.create_table(
        "transfers",
        sa.Column("id", RowId, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("debit_account_id", RowId, nullable=False),
        sa.Column("credit_account_id", RowId, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("session_id", RowId, nullable=True),
        sa.Column("made_by", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("amount > 0", name="amount"),
        sa.CheckConstraint("debit_account_id <> credit_account_id", name="accounts"),
        sa.ForeignKeyConstraint(
            ["credit_account_id"], ["accounts.id"], name="fk_transfers_credit_account_id"
        ),
        sa.ForeignKeyConstraint(
            ["debit_account_id"], ["accounts.id"], name="fk_transfers_debit_account_id"
        ),
        sa.ForeignKeyConstraint(["guild_id"], ["guilds.id"], name="fk_transfers_guild_id"),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_transfers_session_id"),
        sa.PrimaryKeyConstraint("id", name="pk_transfers"),
    )
    op.create_index("ix_transfers_credit", "transfers", ["credit_account_id", "id"], unique=False)
    op.create_index("ix_transfers_debit", "transfers", ["debit_account_id", "id"], unique=False)
    guards = {"sqlite": SQLITE, "postgresql": POSTGRESQL}[op.get_bind().dialect.name]
    for guard in guards:
        op.execute(guard)
