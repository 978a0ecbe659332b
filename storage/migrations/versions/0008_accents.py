"""On PostgreSQL, too, a name or bio is found without its accents: `elodie` finds Élodie.

SQLite's index of words has folded them from the start. Here a function does, without an extension,
and the functions of the second step that write the index call it.
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

revision = "0008"
down_revision = "0007"

# Letters are taken apart from their marks (Unicode's NFD), and the marks are left out.
FOLDED = r"""
    CREATE FUNCTION folded(written text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT lower(regexp_replace(normalize(written, NFD), '[\u0300-\u036F]', '', 'g')) $$
"""
WRITERS = ("mentor_profiles_inserted", "mentor_profiles_described", "members_renamed")
NAME, BIO = "lower(m.name)", "'simple', p.bio"


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    connection.exec_driver_sql(FOLDED)
    for writer in WRITERS:
        written = connection.scalar(
            text("SELECT pg_get_functiondef(to_regproc(:name))"), {"name": writer}
        )
        assert NAME in written, writer
        connection.exec_driver_sql(
            written.replace(NAME, "folded(m.name)").replace(BIO, "'simple', folded(p.bio)")
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
