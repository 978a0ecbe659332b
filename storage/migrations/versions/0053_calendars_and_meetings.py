"""Keep calendar feeds, people's own calendars, and meetings at providers."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import op

from storage.types import RowId, UtcDateTime

revision = "0053"
down_revision = "0052"


def upgrade() -> None:
    for column, kind in (
        ("timezone", sa.String()),
        ("utc_offset", sa.BigInteger()),
        ("late_minutes", sa.BigInteger()),
    ):
        op.add_column("participants", sa.Column(column, kind))
    op.add_column("mentor_profiles", sa.Column("meeting_place", sa.String()))
    op.add_column("guilds", sa.Column("jitsi_server", sa.String()))
    _create_installation()
    _create_feeds()
    _create_external_calendars()
    _create_entries()
    _create_meetings()
    op.create_table(
        "event_cursors",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_event_cursors")),
    )


def _create_installation() -> None:
    op.create_table(
        "installation",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("old_session_uids_until", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("old_group_uids_until", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("tz_version", sa.String()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    # Calendar files of these sessions may have been handed out, so their UIDs stay.
    op.execute(
        sa.text(
            "INSERT INTO installation (id, uid, old_session_uids_until, old_group_uids_until) "
            "SELECT 1, :uid, (SELECT coalesce(max(id), 0) FROM sessions), "
            "(SELECT coalesce(max(id), 0) FROM group_sessions)"
        ).bindparams(uid=str(uuid.uuid4()))
    )


def _create_feeds() -> None:
    op.create_table(
        "calendar_feeds",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("read_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("guild_id", "user_id", name=op.f("pk_calendar_feeds")),
        _of_member("calendar_feeds"),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feeds_token_hash")),
    )
    op.create_index("ix_calendar_feeds_person", "calendar_feeds", ["user_id", "guild_id"])


def _create_external_calendars() -> None:
    table = "external_calendars"
    op.create_table(
        table,
        sa.Column("id", RowId, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("address_hash", sa.String(), nullable=False),
        sa.Column("credentials", sa.String()),
        sa.Column("blocks_slots", sa.Boolean(), nullable=False, server_default=sa.text("true")),
        sa.Column(
            "receives_sessions", sa.Boolean(), nullable=False, server_default=sa.text("false")
        ),
        sa.Column("etag", sa.String()),
        sa.Column("last_modified", sa.String()),
        sa.Column("content_hash", sa.String()),
        sa.Column("sync_token", sa.String()),
        sa.Column("next_at", UtcDateTime()),
        sa.Column("checked_at", UtcDateTime()),
        sa.Column("changed_at", UtcDateTime()),
        sa.Column("failing_since", UtcDateTime()),
        sa.Column("problem", sa.String()),
        sa.Column("told_at", UtcDateTime()),
        sa.Column("attempts", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("revision", sa.BigInteger(), nullable=False, server_default="1"),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_calendars")),
        _of_member(table),
        sa.CheckConstraint("kind IN ('ics', 'caldav')", name=op.f("ck_external_calendars_kind")),
        sa.UniqueConstraint(
            *("guild_id", "user_id", "address_hash"),
            name=op.f("uq_external_calendars_guild_id_user_id_address_hash"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_external_calendars_person", table, ["user_id", "guild_id"])
    _create_index_where("ix_external_calendars_next_at", table, "next_at")

    op.create_table(
        "external_busy",
        sa.Column("id", RowId, nullable=False),
        sa.Column("calendar_id", RowId, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_busy")),
        _foreign_key("external_busy", "calendar_id", "external_calendars"),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_external_busy_times")),
        sa.UniqueConstraint(
            "calendar_id", "starts_at", name=op.f("uq_external_busy_calendar_id_starts_at")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_external_busy_person", "external_busy", ["user_id", "ends_at", "starts_at"])


def _create_entries() -> None:
    table = "calendar_entries"
    op.create_table(
        table,
        sa.Column("id", RowId, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("calendar_id", RowId, nullable=False),
        sa.Column("session_id", RowId),
        sa.Column("group_id", RowId),
        sa.Column("href", sa.String()),
        sa.Column("etag", sa.String()),
        sa.Column("sequence", sa.BigInteger()),
        sa.Column("their_change", sa.String()),
        sa.Column("their_starts_at", UtcDateTime()),
        sa.Column("their_ends_at", UtcDateTime()),
        sa.Column("next_at", UtcDateTime()),
        sa.Column("attempts", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("problem", sa.String()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_entries")),
        _foreign_key(table, "guild_id", "guilds"),
        _foreign_key(table, "calendar_id", "external_calendars"),
        _foreign_key(table, "session_id", "sessions"),
        _foreign_key(table, "group_id", "group_sessions"),
        sa.CheckConstraint(
            "(session_id IS NULL) <> (group_id IS NULL)", name=op.f("ck_calendar_entries_subject")
        ),
        sa.CheckConstraint(
            "their_change IN ('deleted', 'moved')", name=op.f("ck_calendar_entries_their_change")
        ),
        sa.UniqueConstraint(
            "calendar_id", "session_id", name=op.f("uq_calendar_entries_calendar_id_session_id")
        ),
        sa.UniqueConstraint(
            "calendar_id", "group_id", name=op.f("uq_calendar_entries_calendar_id_group_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_calendar_entries_guild", table, ["guild_id", "id"])
    op.create_index("ix_calendar_entries_session", table, ["session_id"])
    op.create_index("ix_calendar_entries_group", table, ["group_id"])
    _create_index_where("ix_calendar_entries_of_group", table, "group_id")
    _create_index_where("ix_calendar_entries_next_at", table, "next_at")
    _create_index_where("ix_calendar_entries_their_change", table, "their_change")


def _create_meetings() -> None:
    table = "provider_meetings"
    op.create_table(
        table,
        sa.Column("id", RowId, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("session_id", RowId),
        sa.Column("group_id", RowId),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("room_key", sa.String(), nullable=False),
        sa.Column("external_id", sa.String()),
        sa.Column("join_url", sa.String()),
        sa.Column("status", sa.String(), nullable=False, server_default="wanted"),
        sa.Column("starts_at", UtcDateTime()),
        sa.Column("ends_at", UtcDateTime()),
        sa.Column("next_at", UtcDateTime()),
        sa.Column("attempts", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("failing_since", UtcDateTime()),
        sa.Column("fell_back_at", UtcDateTime()),
        sa.Column("problem", sa.String()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_meetings")),
        _foreign_key(table, "guild_id", "guilds"),
        _foreign_key(table, "session_id", "sessions"),
        _foreign_key(table, "group_id", "group_sessions"),
        sa.CheckConstraint(
            "(session_id IS NULL) <> (group_id IS NULL)", name=op.f("ck_provider_meetings_subject")
        ),
        sa.CheckConstraint(
            "provider IN ('jitsi', 'zoom', 'daily')", name=op.f("ck_provider_meetings_provider")
        ),
        sa.CheckConstraint(
            "status IN ('wanted', 'made', 'removing', 'removed')",
            name=op.f("ck_provider_meetings_status"),
        ),
        sa.UniqueConstraint("session_id", name=op.f("uq_provider_meetings_session_id")),
        sa.UniqueConstraint("group_id", name=op.f("uq_provider_meetings_group_id")),
        sa.UniqueConstraint("room_key", name=op.f("uq_provider_meetings_room_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_provider_meetings_guild", table, ["guild_id", "id"])
    _create_index_where("ix_provider_meetings_of_group", table, "group_id")
    _create_index_where("ix_provider_meetings_next_at", table, "next_at")


def _of_member(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["guild_id", "user_id"],
        ["members.guild_id", "members.user_id"],
        name=op.f(f"fk_{table}_guild_id_user_id"),
    )


def _foreign_key(table: str, column: str, parent: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{parent}.id"], name=op.f(f"fk_{table}_{column}"))


def _create_index_where(name: str, table: str, column: str) -> None:
    condition = sa.text(f"{column} IS NOT NULL")
    op.create_index(name, table, [column], sqlite_where=condition, postgresql_where=condition)
