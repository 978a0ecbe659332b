"""Allow deleting the transfers of a guild that has removed the bot, so its data can be purged.

Transfers of other guilds still can't be deleted, and no transfer can be changed.
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"

IMMUTABLE = "a transfer is never changed"

SQLITE = (
    "DROP TRIGGER transfers_never_deleted",
    f"""
    CREATE TRIGGER transfers_never_deleted BEFORE DELETE ON transfers
    WHEN (SELECT left_at FROM guilds WHERE id = OLD.guild_id) IS NULL
    BEGIN SELECT RAISE(ABORT, '{IMMUTABLE}'); END
    """,
)

POSTGRESQL = (
    "DROP TRIGGER transfers_never_deleted ON transfers",
    f"""
    CREATE FUNCTION transfers_never_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (SELECT left_at FROM guilds WHERE id = OLD.guild_id) IS NULL THEN
            RAISE EXCEPTION '{IMMUTABLE}';
        END IF;
        RETURN OLD;
    END $$
    """,
    """
    CREATE TRIGGER transfers_never_deleted BEFORE DELETE ON transfers
        FOR EACH ROW EXECUTE FUNCTION transfers_never_deleted()
    """,
)


def upgrade() -> None:
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRESQL}[op.get_bind().dialect.name]:
        op.get_bind().exec_driver_sql(statement)
