"""Let every list be read from one index, in the order of its pages.

A person's sessions are listed by start, of some statuses. The reviews of a guild, and the texts
that wait for its moderators, are listed by id. For that, a row gets a copy of what its list is
filtered and sorted by: triggers fill it in and keep it equal, so nothing else has to know of it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import UtcDateTime

revision = "0014"
down_revision = "0013"

SQLITE = (
    """
    CREATE TRIGGER participants_copy_session AFTER INSERT ON participants
    WHEN NEW.session_status IS NULL
    BEGIN
        UPDATE participants SET (session_status, session_starts_at) =
            (SELECT status, starts_at FROM sessions WHERE id = NEW.session_id)
        WHERE session_id = NEW.session_id AND user_id = NEW.user_id;
    END
    """,
    """
    CREATE TRIGGER sessions_copy_to_participants AFTER UPDATE OF status, starts_at ON sessions
    WHEN NEW.status <> OLD.status OR NEW.starts_at <> OLD.starts_at
    BEGIN
        UPDATE participants SET session_status = NEW.status, session_starts_at = NEW.starts_at
        WHERE session_id = NEW.id;
    END
    """,
    *(
        f"""
        CREATE TRIGGER {table}_copy_guild AFTER INSERT ON {table}
        WHEN NEW.guild_id IS NULL
        BEGIN
            UPDATE {table} SET guild_id =
                (SELECT guild_id FROM mentor_profiles WHERE id = NEW.profile_id)
            WHERE id = NEW.id;
        END
        """
        for table in ("reviews", "profile_revisions")
    ),
)

POSTGRESQL = (
    """
    CREATE FUNCTION participants_copy_session() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        SELECT status, starts_at INTO NEW.session_status, NEW.session_starts_at
            FROM sessions WHERE id = NEW.session_id;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER participants_copy_session BEFORE INSERT ON participants
        FOR EACH ROW WHEN (NEW.session_status IS NULL)
        EXECUTE FUNCTION participants_copy_session()
    """,
    """
    CREATE FUNCTION sessions_copy_to_participants() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE participants SET session_status = NEW.status, session_starts_at = NEW.starts_at
            WHERE session_id = NEW.id;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER sessions_copy_to_participants AFTER UPDATE OF status, starts_at ON sessions
        FOR EACH ROW WHEN (NEW.status <> OLD.status OR NEW.starts_at <> OLD.starts_at)
        EXECUTE FUNCTION sessions_copy_to_participants()
    """,
    """
    CREATE FUNCTION copy_guild_of_profile() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        SELECT guild_id INTO NEW.guild_id FROM mentor_profiles WHERE id = NEW.profile_id;
        RETURN NEW;
    END $$
    """,
    *(
        f"""
        CREATE TRIGGER {table}_copy_guild BEFORE INSERT ON {table}
            FOR EACH ROW WHEN (NEW.guild_id IS NULL) EXECUTE FUNCTION copy_guild_of_profile()
        """
        for table in ("reviews", "profile_revisions")
    ),
)

FILL = (
    """
    UPDATE participants SET session_status = s.status, session_starts_at = s.starts_at
    FROM sessions s WHERE s.id = participants.session_id
    """,
    *(
        f"""
        UPDATE {table} SET guild_id = p.guild_id
        FROM mentor_profiles p WHERE p.id = {table}.profile_id
        """
        for table in ("reviews", "profile_revisions")
    ),
)

INDEXES = (
    (
        "ix_participants_member",
        "participants",
        ("guild_id", "user_id", "role", "session_status", "session_starts_at", "session_id"),
        None,
    ),
    (
        "ix_sessions_disputed",
        "sessions",
        ("guild_id", "starts_at", "id"),
        "status = 'disputed'",
    ),
    ("ix_reviews_visible", "reviews", ("guild_id", "id"), "hidden_at IS NULL"),
    ("ix_reviews_hidden", "reviews", ("guild_id", "id"), "hidden_at IS NOT NULL"),
    (
        "ix_reviews_texts",
        "reviews",
        ("profile_id", "created_at"),
        "hidden_at IS NULL AND text <> ''",
    ),
    (
        "ix_profile_revisions_pending",
        "profile_revisions",
        ("guild_id", "id"),
        "status = 'pending'",
    ),
    (
        "ix_transfers_grants",
        "transfers",
        ("credit_account_id", "created_at"),
        "cause = 'grant'",
    ),
    ("ix_transfers_gifts", "transfers", ("debit_account_id", "created_at"), "cause = 'gift'"),
    ("ix_events_audited_type", "events", ("guild_id", "type", "id"), "audited"),
    ("ix_events_audited_actor", "events", ("guild_id", "actor_id", "id"), "audited"),
    ("ix_events_audited_subject", "events", ("guild_id", "subject_id", "id"), "audited"),
)


def upgrade() -> None:
    op.add_column("participants", sa.Column("session_status", sa.String()))
    op.add_column("participants", sa.Column("session_starts_at", UtcDateTime()))
    op.add_column("reviews", sa.Column("guild_id", sa.BigInteger()))
    op.add_column("profile_revisions", sa.Column("guild_id", sa.BigInteger()))
    connection = op.get_bind()
    for statement in FILL:
        connection.exec_driver_sql(statement)
    op.drop_index("ix_participants_member", "participants")
    for name, table, columns, condition in INDEXES:
        where = None if condition is None else sa.text(condition)
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
    triggers = {"sqlite": SQLITE, "postgresql": POSTGRESQL}[connection.dialect.name]
    for statement in triggers:
        connection.exec_driver_sql(statement)
