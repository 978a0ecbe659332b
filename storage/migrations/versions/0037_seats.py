"""Add group sessions with seats, series, invitations, requests for help, and slot alerts.

A session is a mentee's seat with a mentor: every session of a pair stays what it was, and a seat in
a group session is one that refers to its group session. So each seat has its own escrow account,
status, reports and review. What the database enforces:

- The seats that aren't called off never exceed the capacity: triggers count them in `seats_taken`,
  and a check constraint bounds it.
- Nobody has two seats in one group session: a unique index on `participants`, which gets a copy of
  the session's group.
- A commitment may also be for a group session or an invitation, of the mentor. The guard against
  overlaps covers all of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.types import Json, RowId, UtcDateTime

revision = "0037"
down_revision = "0036"

CALLED_OFF = "('declined', 'expired', 'cancelled')"
SEAT_TAKEN = f"group_id IS NOT NULL AND role = 'mentee' AND session_status NOT IN {CALLED_OFF}"

_COUNT = "UPDATE group_sessions SET seats_taken = seats_taken {} 1 WHERE id = {}.group_id"

SQLITE = (
    f"""
    CREATE TRIGGER sessions_seat_inserted AFTER INSERT ON sessions
    WHEN NEW.group_id IS NOT NULL AND NEW.status NOT IN {CALLED_OFF}
    BEGIN {_COUNT.format("+", "NEW")}; END
    """,
    f"""
    CREATE TRIGGER sessions_seat_freed AFTER UPDATE OF status ON sessions
    WHEN NEW.group_id IS NOT NULL AND NEW.status IN {CALLED_OFF}
        AND OLD.status NOT IN {CALLED_OFF}
    BEGIN {_COUNT.format("-", "NEW")}; END
    """,
    f"""
    CREATE TRIGGER sessions_seat_deleted AFTER DELETE ON sessions
    WHEN OLD.group_id IS NOT NULL AND OLD.status NOT IN {CALLED_OFF}
    BEGIN {_COUNT.format("-", "OLD")}; END
    """,
    "DROP TRIGGER participants_copy_session",
    """
    CREATE TRIGGER participants_copy_session AFTER INSERT ON participants
    WHEN NEW.session_status IS NULL
    BEGIN
        UPDATE participants SET (session_status, session_starts_at, group_id) =
            (SELECT status, starts_at, group_id FROM sessions WHERE id = NEW.session_id)
        WHERE session_id = NEW.session_id AND user_id = NEW.user_id;
    END
    """,
)

POSTGRESQL = (
    f"""
    CREATE FUNCTION sessions_count_seat() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN {_COUNT.format("+", "NEW")};
        ELSIF TG_OP = 'UPDATE' THEN {_COUNT.format("-", "NEW")};
        ELSE {_COUNT.format("-", "OLD")};
        END IF;
        RETURN NULL;
    END $$
    """,
    f"""
    CREATE TRIGGER sessions_seat_inserted AFTER INSERT ON sessions FOR EACH ROW
        WHEN (NEW.group_id IS NOT NULL AND NEW.status NOT IN {CALLED_OFF})
        EXECUTE FUNCTION sessions_count_seat()
    """,
    f"""
    CREATE TRIGGER sessions_seat_freed AFTER UPDATE OF status ON sessions FOR EACH ROW
        WHEN (NEW.group_id IS NOT NULL AND NEW.status IN {CALLED_OFF}
            AND OLD.status NOT IN {CALLED_OFF})
        EXECUTE FUNCTION sessions_count_seat()
    """,
    f"""
    CREATE TRIGGER sessions_seat_deleted AFTER DELETE ON sessions FOR EACH ROW
        WHEN (OLD.group_id IS NOT NULL AND OLD.status NOT IN {CALLED_OFF})
        EXECUTE FUNCTION sessions_count_seat()
    """,
    """
    CREATE OR REPLACE FUNCTION participants_copy_session() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        SELECT status, starts_at, group_id
            INTO NEW.session_status, NEW.session_starts_at, NEW.group_id
            FROM sessions WHERE id = NEW.session_id;
        RETURN NEW;
    END $$
    """,
)

PURPOSE = (
    "CASE WHEN session_id IS NULL THEN 0 ELSE 1 END + "
    "CASE WHEN group_id IS NULL THEN 0 ELSE 1 END + "
    "CASE WHEN invitation_id IS NULL THEN 0 ELSE 1 END = 1"
)
ROLES = "role IN ('mentor', 'mentee', 'host')"


def upgrade() -> None:
    connection = op.get_bind()
    _add_settings()
    _create_groups()
    _create_offers()
    for table in ("notices", "events"):
        for name in ("group_id", "invitation_id", "request_id"):
            op.add_column(table, sa.Column(name, sa.BigInteger()))
            _index_where_set(table, name)
    if connection.dialect.name == "sqlite":
        _rebuild_on_sqlite(connection)
    else:
        _alter_on_postgresql(connection)
    op.create_index("ix_sessions_group", "sessions", ["group_id", "status", "id"])
    op.create_index("ix_sessions_series", "sessions", ["series_id", "starts_at"])
    op.create_index("ix_commitments_group", "commitments", ["group_id"])
    op.create_index("ix_commitments_invitation", "commitments", ["invitation_id"])
    op.create_index(
        "uq_participants_seat",
        "participants",
        ["group_id", "user_id"],
        unique=True,
        sqlite_where=sa.text(SEAT_TAKEN),
        postgresql_where=sa.text(SEAT_TAKEN),
    )
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRESQL}[connection.dialect.name]:
        connection.exec_driver_sql(statement)


def _index_where_set(table: str, column: str) -> None:
    condition = sa.text(f"{column} IS NOT NULL")
    op.create_index(
        f"ix_{table}_{column}",
        table,
        [column],
        sqlite_where=condition,
        postgresql_where=condition,
    )


def _add_settings() -> None:
    for name in ("sessions_channel_id", "requests_channel_id"):
        op.add_column("guilds", sa.Column(name, sa.BigInteger()))
    op.add_column(
        "guilds",
        sa.Column("show_attendees", sa.Boolean(), nullable=False, server_default=sa.text("true")),
    )
    for name, default in (
        ("limit_group_sessions", "20"),
        ("limit_invitations", "10"),
        ("limit_invitations_per_member", "2"),
        ("limit_help_requests", "2"),
        ("limit_slot_alerts", "10"),
    ):
        op.add_column(
            "guilds", sa.Column(name, sa.BigInteger(), nullable=False, server_default=default)
        )
    op.add_column("mentor_profiles", sa.Column("slot_alerts_at", UtcDateTime()))
    _index_where_set("mentor_profiles", "slot_alerts_at")


def _number(name: str, default: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default=default)


def _text(name: str, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False, server_default=default)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, UtcDateTime(), nullable=nullable)


def _create_groups() -> None:
    op.create_table(
        "group_sessions",
        sa.Column("id", RowId, nullable=False),
        _number("guild_id"),
        sa.Column("profile_id", RowId, nullable=False),
        _number("mentor_id"),
        _text("title"),
        _text("description", ""),
        _instant("starts_at"),
        _instant("ends_at"),
        _text("timezone"),
        _text("status", "confirmed"),
        sa.Column("sign_up_open", sa.Boolean(), nullable=False),
        _number("capacity"),
        _number("seats_taken", "0"),
        _number("minimum_seats", "0"),
        _instant("minimum_deadline", nullable=True),
        *map(
            _number,
            (
                *("price", "fee_percent", "confirm_within", "free_cancellation_until"),
                *("late_refund_percent", "cancellation_grace", "complete_after"),
            ),
        ),
        _text("who_may_join", "everyone"),
        sa.Column("join_role_ids", Json(), nullable=False, server_default="[]"),
        _text("place", "link"),
        sa.Column("meeting_link", sa.String()),
        sa.Column("meeting_channel_id", sa.BigInteger()),
        _number("repeat_weeks", "0"),
        sa.Column("repeat_left", sa.BigInteger()),
        sa.Column("repeat_of", RowId),
        _number("revision", "0"),
        _number("sequence", "0"),
        _instant("next_at", nullable=True),
        _instant("created_at"),
        _instant("ended_at", nullable=True),
        sa.Column("ended_by", sa.BigInteger()),
        sa.Column("ended_reason", sa.String()),
        sa.Column("channel_id", sa.BigInteger()),
        sa.Column("message_id", sa.BigInteger()),
        _instant("card_due_at", nullable=True),
        _number("card_attempts", "0"),
        sa.Column("wants_event", sa.Boolean(), nullable=False),
        sa.Column("event_id", sa.BigInteger()),
        _instant("event_due_at", nullable=True),
        _number("event_attempts", "0"),
        _instant("waitlist_at", nullable=True),
        sa.CheckConstraint(
            "status IN ('confirmed', 'in_progress', 'completed', 'cancelled')", name="status"
        ),
        sa.CheckConstraint("starts_at < ends_at", name="times"),
        sa.CheckConstraint("price >= 0", name="price"),
        sa.CheckConstraint("capacity >= 0", name="capacity"),
        sa.CheckConstraint(
            "seats_taken >= 0 AND (capacity = 0 OR seats_taken <= capacity)", name="seats"
        ),
        sa.CheckConstraint("who_may_join IN ('everyone', 'roles')", name="who_may_join"),
        sa.CheckConstraint("place IN ('link', 'thread', 'voice', 'stage')", name="place"),
        sa.CheckConstraint("repeat_weeks IN (0, 1, 2)", name="repeat_weeks"),
        sa.ForeignKeyConstraint(["guild_id"], ["guilds.id"], name="fk_group_sessions_guild_id"),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["mentor_profiles.id"], name="fk_group_sessions_profile_id"
        ),
        sa.ForeignKeyConstraint(
            ["repeat_of"], ["group_sessions.id"], name="fk_group_sessions_repeat_of"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_group_sessions"),
        sqlite_autoincrement=True,
    )
    for name, columns in (
        ("guild", ["guild_id", "status", "starts_at", "id"]),
        ("mentor", ["guild_id", "mentor_id", "starts_at"]),
        ("profile", ["profile_id"]),
        ("repeat_of", ["repeat_of"]),
        ("person", ["mentor_id", "guild_id"]),
    ):
        op.create_index(f"ix_group_sessions_{name}", "group_sessions", columns)
    for column in (
        *("next_at", "card_due_at", "event_due_at", "waitlist_at"),
        *("message_id", "event_id", "ended_by"),
    ):
        _index_where_set("group_sessions", column)
    op.create_table(
        "waitlist_entries",
        sa.Column("id", RowId, nullable=False),
        _number("guild_id"),
        sa.Column("group_id", RowId, nullable=False),
        _number("user_id"),
        _number("price"),
        _instant("created_at"),
        sa.ForeignKeyConstraint(
            ["guild_id", "user_id"],
            ["members.guild_id", "members.user_id"],
            name="fk_waitlist_entries_guild_id_user_id",
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["group_sessions.id"], name="fk_waitlist_entries_group_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_waitlist_entries"),
        sa.UniqueConstraint("group_id", "user_id", name="uq_waitlist_entries_group_id_user_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_waitlist_entries_line", "waitlist_entries", ["group_id", "id"])
    op.create_index("ix_waitlist_entries_person", "waitlist_entries", ["guild_id", "user_id"])
    op.create_table(
        "group_places",
        sa.Column("group_id", RowId, autoincrement=False, nullable=False),
        _number("guild_id"),
        _text("kind"),
        _text("name"),
        sa.Column("channel_id", sa.BigInteger()),
        _instant("next_at"),
        sa.Column("problem", sa.String()),
        sa.CheckConstraint("kind IN ('thread', 'voice', 'stage')", name="kind"),
        sa.ForeignKeyConstraint(
            ["group_id"], ["group_sessions.id"], name="fk_group_places_group_id"
        ),
        sa.PrimaryKeyConstraint("group_id", name="pk_group_places"),
    )
    op.create_index("ix_group_places_guild", "group_places", ["guild_id"])
    op.create_index("ix_group_places_next", "group_places", ["next_at"])


def _create_offers() -> None:
    op.create_table(
        "series",
        sa.Column("id", RowId, nullable=False),
        _number("guild_id"),
        sa.Column("profile_id", RowId, nullable=False),
        _number("mentee_id"),
        _number("every_weeks"),
        _instant("created_at"),
        sa.CheckConstraint("every_weeks IN (1, 2)", name="every_weeks"),
        sa.ForeignKeyConstraint(["guild_id"], ["guilds.id"], name="fk_series_guild_id"),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["mentor_profiles.id"], name="fk_series_profile_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_series"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_series_guild", "series", ["guild_id", "mentee_id"])
    op.create_index("ix_series_profile", "series", ["profile_id"])
    op.create_index("ix_series_person", "series", ["mentee_id", "guild_id"])
    op.create_table(
        "help_requests",
        sa.Column("id", RowId, nullable=False),
        _number("guild_id"),
        _number("user_id"),
        _text("tag"),
        _text("text"),
        sa.Column("times", Json(), nullable=False, server_default="[]"),
        sa.Column("most_points", sa.BigInteger()),
        _text("status", "open"),
        _instant("next_at", nullable=True),
        _instant("expires_at"),
        _instant("created_at"),
        _instant("ended_at", nullable=True),
        sa.Column("channel_id", sa.BigInteger()),
        sa.Column("message_id", sa.BigInteger()),
        _instant("card_due_at", nullable=True),
        _number("card_attempts", "0"),
        sa.CheckConstraint(
            "status IN ('open', 'offered', 'booked', 'withdrawn', 'expired')", name="status"
        ),
        sa.ForeignKeyConstraint(["guild_id"], ["guilds.id"], name="fk_help_requests_guild_id"),
        sa.PrimaryKeyConstraint("id", name="pk_help_requests"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_help_requests_guild", "help_requests", ["guild_id", "status", "id"])
    op.create_index("ix_help_requests_person", "help_requests", ["user_id", "guild_id", "status"])
    for column in ("next_at", "card_due_at", "message_id"):
        _index_where_set("help_requests", column)
    op.create_table(
        "invitations",
        sa.Column("id", RowId, nullable=False),
        _number("guild_id"),
        sa.Column("profile_id", RowId, nullable=False),
        _number("mentor_id"),
        _number("mentee_id"),
        _instant("starts_at"),
        _instant("ends_at"),
        _text("timezone"),
        _text("topic"),
        _text("note", ""),
        _number("price"),
        _text("status", "open"),
        _instant("next_at", nullable=True),
        _instant("created_at"),
        _instant("ended_at", nullable=True),
        sa.Column("request_id", RowId),
        sa.Column("session_id", RowId),
        sa.CheckConstraint(
            "status IN ('open', 'accepted', 'declined', 'withdrawn', 'expired')", name="status"
        ),
        sa.CheckConstraint("starts_at < ends_at", name="times"),
        sa.CheckConstraint("price >= 0", name="price"),
        sa.ForeignKeyConstraint(["guild_id"], ["guilds.id"], name="fk_invitations_guild_id"),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["mentor_profiles.id"], name="fk_invitations_profile_id"
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["help_requests.id"], name="fk_invitations_request_id"
        ),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_invitations_session_id"),
        sa.PrimaryKeyConstraint("id", name="pk_invitations"),
        sqlite_autoincrement=True,
    )
    for name, columns in (
        ("mentor", ["guild_id", "mentor_id", "status"]),
        ("mentee", ["guild_id", "mentee_id", "status"]),
        ("profile", ["profile_id"]),
        ("request", ["request_id"]),
        ("session", ["session_id"]),
        ("mentor_person", ["mentor_id", "guild_id"]),
        ("mentee_person", ["mentee_id", "guild_id"]),
    ):
        op.create_index(f"ix_invitations_{name}", "invitations", columns)
    _index_where_set("invitations", "next_at")
    op.create_table(
        "requested_mentors",
        sa.Column("request_id", RowId, nullable=False),
        sa.Column("mentor_id", sa.BigInteger(), autoincrement=False, nullable=False),
        _number("guild_id"),
        _instant("shown_at"),
        _instant("passed_at", nullable=True),
        sa.ForeignKeyConstraint(
            ["request_id"], ["help_requests.id"], name="fk_requested_mentors_request_id"
        ),
        sa.PrimaryKeyConstraint("request_id", "mentor_id", name="pk_requested_mentors"),
    )
    op.create_index(
        "ix_requested_mentors_person", "requested_mentors", ["guild_id", "mentor_id", "shown_at"]
    )
    op.create_table(
        "slot_alerts",
        sa.Column("id", RowId, nullable=False),
        _number("guild_id"),
        sa.Column("profile_id", RowId, nullable=False),
        _number("user_id"),
        sa.Column("weekdays", Json(), nullable=False, server_default="[]"),
        sa.Column("part_of_day", sa.String()),
        _instant("created_at"),
        sa.CheckConstraint(
            "part_of_day IN ('morning', 'afternoon', 'evening')", name="part_of_day"
        ),
        sa.ForeignKeyConstraint(
            ["guild_id", "user_id"],
            ["members.guild_id", "members.user_id"],
            name="fk_slot_alerts_guild_id_user_id",
        ),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["mentor_profiles.id"], name="fk_slot_alerts_profile_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_slot_alerts"),
        sa.UniqueConstraint("profile_id", "user_id", name="uq_slot_alerts_profile_id_user_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_slot_alerts_line", "slot_alerts", ["profile_id", "id"])
    op.create_index("ix_slot_alerts_person", "slot_alerts", ["guild_id", "user_id"])


def _alter_on_postgresql(connection: sa.Connection) -> None:
    for statement in (
        "ALTER TABLE sessions ADD COLUMN group_id BIGINT "
        "CONSTRAINT fk_sessions_group_id REFERENCES group_sessions (id)",
        "ALTER TABLE sessions ADD COLUMN series_id BIGINT "
        "CONSTRAINT fk_sessions_series_id REFERENCES series (id)",
        "ALTER TABLE participants DROP CONSTRAINT ck_participants_role",
        f"ALTER TABLE participants ADD CONSTRAINT ck_participants_role CHECK ({ROLES})",
        "ALTER TABLE participants ADD COLUMN group_id BIGINT",
        "ALTER TABLE commitments ALTER COLUMN session_id DROP NOT NULL",
        "ALTER TABLE commitments ADD COLUMN group_id BIGINT CONSTRAINT fk_commitments_group_id "
        "REFERENCES group_sessions (id)",
        "ALTER TABLE commitments ADD COLUMN invitation_id BIGINT "
        "CONSTRAINT fk_commitments_invitation_id REFERENCES invitations (id)",
        f"ALTER TABLE commitments ADD CONSTRAINT ck_commitments_purpose CHECK ({PURPOSE})",
    ):
        connection.exec_driver_sql(statement)


def _rebuild_on_sqlite(connection: sa.Connection) -> None:
    """Copy the two tables whose constraints change.

    Foreign keys aren't enforced during migrations, so they survive that their table is dropped for
    a moment. Triggers may refer to any table, so none may exist meanwhile.
    """
    triggers = _definitions(connection, "type = 'trigger'")
    for name in triggers:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    _copy_table(
        connection,
        "sessions",
        columns=("group_id INTEGER", "series_id INTEGER"),
        constraints=(
            "fk_sessions_group_id FOREIGN KEY(group_id) REFERENCES group_sessions (id)",
            "fk_sessions_series_id FOREIGN KEY(series_id) REFERENCES series (id)",
        ),
    )
    _copy_table(
        connection,
        "participants",
        edits=((r"role IN \('mentor', 'mentee'\)", ROLES),),
        columns=("group_id BIGINT",),
    )
    _copy_table(
        connection,
        "commitments",
        edits=((r"(\bsession_id \w+) NOT NULL", r"\1"),),
        columns=("group_id INTEGER", "invitation_id INTEGER"),
        constraints=(
            "fk_commitments_group_id FOREIGN KEY(group_id) REFERENCES group_sessions (id)",
            "fk_commitments_invitation_id FOREIGN KEY(invitation_id) REFERENCES invitations (id)",
            f"ck_commitments_purpose CHECK ({PURPOSE})",
        ),
    )
    for trigger in triggers.values():
        connection.exec_driver_sql(trigger)


def _copy_table(
    connection: sa.Connection,
    table: str,
    *,
    edits: Sequence[tuple[str, str]] = (),
    columns: Sequence[str] = (),
    constraints: Sequence[str] = (),
) -> None:
    """Copy a table into one with more columns and constraints, and with edits of its definition."""
    (definition,) = _definitions(connection, f"type = 'table' AND name = '{table}'").values()
    indexes = _definitions(connection, f"type = 'index' AND tbl_name = '{table}'")
    copied = ", ".join(row[1] for row in connection.exec_driver_sql(f"PRAGMA table_info({table})"))
    body = definition.partition("(")[2].rpartition(")")[0]
    for pattern, replacement in edits:
        body, edited = re.subn(pattern, replacement, body, count=1)
        assert edited, definition
    parts = [*columns, body, *(f"CONSTRAINT {constraint}" for constraint in constraints)]
    highest = connection.exec_driver_sql(
        f"SELECT seq FROM sqlite_sequence WHERE name = '{table}'"
    ).scalar()
    connection.exec_driver_sql(f"CREATE TABLE copied ({', '.join(parts)})")
    connection.exec_driver_sql(f"INSERT INTO copied ({copied}) SELECT {copied} FROM {table}")
    connection.exec_driver_sql(f"DROP TABLE {table}")
    connection.exec_driver_sql(f"ALTER TABLE copied RENAME TO {table}")
    if highest is not None:
        # Otherwise the ids of deleted rows would be used again.
        connection.exec_driver_sql(f"DELETE FROM sqlite_sequence WHERE name = '{table}'")
        connection.exec_driver_sql(
            f"INSERT INTO sqlite_sequence (name, seq) VALUES ('{table}', {highest})"
        )
    for index in indexes.values():
        connection.exec_driver_sql(index)


def _definitions(connection: sa.Connection, condition: str) -> dict[str, str]:
    rows = connection.exec_driver_sql(
        f"SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND {condition} ORDER BY rowid"
    )
    return {row.name: row.sql for row in rows}
