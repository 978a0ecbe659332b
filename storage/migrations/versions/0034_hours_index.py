"""Copy the guild, the zone and the minimum notice of mentors to their weekly hours, for search.

An index on the copies finds the mentors of a guild who have hours at some time of the week, where
there are few of them: at night in a guild whose mentors live in one country, a search would pass
over all of them otherwise. Triggers fill in the copies and keep them up to date.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0031"

_COPY = """
    UPDATE weekly_hours
       SET guild_id = p.guild_id, timezone = p.timezone, minimum_notice = p.minimum_notice
      FROM mentor_profiles AS p WHERE p.id = weekly_hours.profile_id
"""
CHANGED = "NEW.timezone <> OLD.timezone OR NEW.minimum_notice <> OLD.minimum_notice"

SQLITE = (
    f"""
    CREATE TRIGGER weekly_hours_copy_profile AFTER INSERT ON weekly_hours
    WHEN NEW.guild_id IS NULL
    BEGIN
        {_COPY} AND weekly_hours.profile_id = NEW.profile_id
            AND weekly_hours.weekday = NEW.weekday AND weekly_hours.start_minute = NEW.start_minute;
    END
    """,
    f"""
    CREATE TRIGGER mentor_profiles_copy_to_hours
    AFTER UPDATE OF timezone, minimum_notice ON mentor_profiles WHEN {CHANGED}
    BEGIN
        UPDATE weekly_hours SET timezone = NEW.timezone, minimum_notice = NEW.minimum_notice
         WHERE profile_id = NEW.id;
    END
    """,
)

POSTGRESQL = (
    """
    CREATE FUNCTION weekly_hours_copy_profile() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        SELECT guild_id, timezone, minimum_notice
            INTO NEW.guild_id, NEW.timezone, NEW.minimum_notice
            FROM mentor_profiles WHERE id = NEW.profile_id;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER weekly_hours_copy_profile BEFORE INSERT ON weekly_hours
        FOR EACH ROW WHEN (NEW.guild_id IS NULL) EXECUTE FUNCTION weekly_hours_copy_profile()
    """,
    """
    CREATE FUNCTION mentor_profiles_copy_to_hours() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE weekly_hours SET timezone = NEW.timezone, minimum_notice = NEW.minimum_notice
            WHERE profile_id = NEW.id;
        RETURN NULL;
    END $$
    """,
    f"""
    CREATE TRIGGER mentor_profiles_copy_to_hours
        AFTER UPDATE OF timezone, minimum_notice ON mentor_profiles
        FOR EACH ROW WHEN ({CHANGED}) EXECUTE FUNCTION mentor_profiles_copy_to_hours()
    """,
)


def upgrade() -> None:
    op.add_column("weekly_hours", sa.Column("guild_id", sa.BigInteger()))
    op.add_column("weekly_hours", sa.Column("timezone", sa.String()))
    op.add_column("weekly_hours", sa.Column("minimum_notice", sa.BigInteger()))
    connection = op.get_bind()
    connection.exec_driver_sql(_COPY)
    op.create_index(
        "ix_weekly_hours_time",
        "weekly_hours",
        [
            *("guild_id", "timezone", "weekday", "start_minute"),
            *("end_minute", "minimum_notice", "profile_id"),
        ],
    )
    op.create_index("ix_mentor_profiles_notice", "mentor_profiles", ["guild_id", "minimum_notice"])
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRESQL}[connection.dialect.name]:
        connection.exec_driver_sql(statement)
