"""Ignore accents in PostgreSQL's full-text search: `elodie` finds Élodie.

SQLite's full-text index has always ignored them. On PostgreSQL, the trigger functions of revision
0002 now call a function that removes them, which needs no extension.
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

revision = "0008"
down_revision = "0007"

# Separates letters from their combining marks (Unicode's NFD) and removes the marks.
FOLDED = r"""
    CREATE FUNCTION folded(written text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT lower(regexp_replace(normalize(written, NFD), '[\u0300-\u036F]', '', 'g')) $$
"""
TRIGGER_FUNCTIONS = ("mentor_profiles_inserted", "mentor_profiles_described", "members_renamed")
NAME, BIO = "lower(m.name)", "'simple', p.bio"


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    connection.exec_driver_sql(FOLDED)
    for name in TRIGGER_FUNCTIONS:
        definition = connection.scalar(
            text("SELECT pg_get_functiondef(to_regproc(:name))"), {"name": name}
        )
        assert NAME in definition, name
        connection.exec_driver_sql(
            definition.replace(NAME, "folded(m.name)").replace(BIO, "'simple', folded(p.bio)")
        )
    connection.exec_driver_sql("DELETE FROM text_names")
    connection.exec_driver_sql(
        """
        INSERT INTO text_names (guild_id, word, profile_id)
        SELECT DISTINCT p.guild_id, word, p.id
          FROM mentor_profiles AS p
          JOIN members AS m ON m.guild_id = p.guild_id AND m.user_id = p.user_id
         CROSS JOIN regexp_split_to_table(folded(m.name), '[^[:alnum:]]+') AS word
         WHERE p.status = 'approved' AND word <> ''
        """
    )
    connection.exec_driver_sql(
        """
        UPDATE text_bios SET words = to_tsvector('simple', folded(p.bio))
          FROM mentor_profiles AS p WHERE p.id = profile_id
        """
    )
