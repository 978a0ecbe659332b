"""Create the search index: listings, the guilds' mean ratings, and full-text tables.

All of it is derived from the profiles by triggers:

- `listings` has one row for each approved mentor who isn't paused indefinitely, and another for
  each of their tags. What search filters and sorts by is in its primary key and one index, so a
  page of results is an index scan from a key, whatever the number of mentors.
- `guild_ratings` has the guild's mean rating, which is the prior of the Bayesian mean
  (`SHORTFALL`). It starts as if there were ten reviews of 4 stars. Changing it updates all
  listings of the guild, so it only changes once the mean has moved by more than 0.1 stars.
- `text_bios` and `text_names` are the full-text index: FTS5 tables on SQLite; a tsvector with a
  GIN index, and one row per word, on PostgreSQL. Only `storage.full_text` reads them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import RowId, UtcDateTime

revision = "0002"
down_revision = "0001"

# Five stars minus the Bayesian mean, in 1/100,000 of a star. The mean counts the mentor's own
# reviews and five more at the guild's mean (`prior`, in 1/100 of a star).
SHORTFALL = "500000 - ({row}.rating_sum * 100 + 5 * {prior}) * 1000 / ({row}.rating_count + 5)"

LISTED = "p.status = 'approved' AND (NOT p.paused OR p.paused_until IS NOT NULL)"

# %(tags)s is a query for pairs of profile and tag.
_INSERT_LISTINGS = f"""
    INSERT INTO listings (guild_id, tag_id, shortfall, profile_id, user_id, hourly_rate,
                          rating_sum, rating_count, timezone, paused_until)
    SELECT p.guild_id, t.tag_id,
           {SHORTFALL.format(row="p", prior="coalesce(g.prior, 400)")},
           p.id, p.user_id, p.hourly_rate, p.rating_sum, p.rating_count, p.timezone,
           CASE WHEN p.paused THEN p.paused_until END
      FROM mentor_profiles AS p
      LEFT JOIN guild_ratings AS g ON g.guild_id = p.guild_id
      JOIN (%(tags)s) AS t ON t.profile_id = p.id
     WHERE {LISTED}
"""
_ALL_TAGS = """
    SELECT id AS profile_id, 0 AS tag_id FROM mentor_profiles WHERE %(profiles)s
     UNION ALL SELECT profile_id, tag_id FROM profile_tags WHERE %(tagged)s
"""


def listing(profile: str | None) -> str:
    """Return the statement that inserts the listings of one profile, or of all."""
    chosen = {
        "profiles": "true" if profile is None else f"id = {profile}",
        "tagged": "true" if profile is None else f"profile_id = {profile}",
    }
    return _INSERT_LISTINGS % {"tags": _ALL_TAGS % chosen}


# For a tag that was added to a profile.
LIST_TAG = _INSERT_LISTINGS % {"tags": "SELECT NEW.profile_id AS profile_id, NEW.tag_id AS tag_id"}

COUNT_RATINGS = """
    INSERT INTO guild_ratings (guild_id, rating_sum, rating_count, prior)
    VALUES (NEW.guild_id, {stars}, {reviews}, 400)
    ON CONFLICT (guild_id) DO UPDATE SET
        rating_sum = guild_ratings.rating_sum + excluded.rating_sum,
        rating_count = guild_ratings.rating_count + excluded.rating_count;
    UPDATE guild_ratings SET prior = (rating_sum * 100 + 4000) / (rating_count + 10)
     WHERE guild_id = NEW.guild_id
       AND abs((rating_sum * 100 + 4000) / (rating_count + 10) - prior) > 10
"""

UPDATE_SHORTFALLS = f"""
    UPDATE listings SET shortfall = {SHORTFALL.format(row="listings", prior="NEW.prior")}
     WHERE guild_id = NEW.guild_id
"""

SUM_RATINGS = """
    INSERT INTO guild_ratings (guild_id, rating_sum, rating_count, prior)
    SELECT guild_id, sum(rating_sum), sum(rating_count),
           (sum(rating_sum) * 100 + 4000) / (sum(rating_count) + 10)
      FROM mentor_profiles GROUP BY guild_id
"""

RANKING = "status, hourly_rate, paused, paused_until, timezone, rating_sum, rating_count"

_NAMES = """
    INSERT INTO text_names (rowid, guild, name)
    SELECT p.id, p.guild_id, m.name FROM mentor_profiles AS p
      JOIN members AS m ON m.guild_id = p.guild_id AND m.user_id = p.user_id
     WHERE p.status = 'approved'
"""
_BIOS = """
    INSERT INTO text_bios (rowid, guild, bio)
    SELECT p.id, p.guild_id, p.bio FROM mentor_profiles AS p WHERE p.status = 'approved'
"""
_NAMED = "SELECT id FROM mentor_profiles WHERE guild_id = NEW.guild_id AND user_id = NEW.user_id"

SQLITE = (
    # Prefix indexes make searching for the first letters as fast as for a whole word.
    """
    CREATE VIRTUAL TABLE text_names USING fts5(
        guild, name, prefix = '1 2 3', tokenize = "unicode61 remove_diacritics 2")
    """,
    "CREATE VIRTUAL TABLE text_name_words USING fts5vocab(text_names, 'row')",
    """
    CREATE VIRTUAL TABLE text_bios USING fts5(
        guild, bio, prefix = '2 3', tokenize = "unicode61 remove_diacritics 2")
    """,
    SUM_RATINGS,
    listing(None),
    _NAMES,
    _BIOS,
    f"""
    CREATE TRIGGER mentor_profiles_inserted AFTER INSERT ON mentor_profiles
    BEGIN
        {COUNT_RATINGS.format(stars="NEW.rating_sum", reviews="NEW.rating_count")};
        {listing("NEW.id")};
        {_NAMES} AND p.id = NEW.id;
        {_BIOS} AND p.id = NEW.id;
    END
    """,
    f"""
    CREATE TRIGGER mentor_profiles_ranked AFTER UPDATE OF {RANKING} ON mentor_profiles
    BEGIN
        {
        COUNT_RATINGS.format(
            stars="NEW.rating_sum - OLD.rating_sum",
            reviews="NEW.rating_count - OLD.rating_count",
        )
    };
        DELETE FROM listings WHERE profile_id = NEW.id;
        {listing("NEW.id")};
    END
    """,
    f"""
    CREATE TRIGGER mentor_profiles_described AFTER UPDATE OF status, bio ON mentor_profiles
    BEGIN
        DELETE FROM text_names WHERE rowid = NEW.id;
        DELETE FROM text_bios WHERE rowid = NEW.id;
        {_NAMES} AND p.id = NEW.id;
        {_BIOS} AND p.id = NEW.id;
    END
    """,
    """
    CREATE TRIGGER mentor_profiles_deleted BEFORE DELETE ON mentor_profiles
    BEGIN
        DELETE FROM listings WHERE profile_id = OLD.id;
        DELETE FROM text_names WHERE rowid = OLD.id;
        DELETE FROM text_bios WHERE rowid = OLD.id;
    END
    """,
    f"""
    CREATE TRIGGER members_renamed AFTER UPDATE OF name ON members WHEN NEW.name <> OLD.name
    BEGIN
        DELETE FROM text_names WHERE rowid IN ({_NAMED});
        {_NAMES} AND p.id IN ({_NAMED});
    END
    """,
    f"""
    CREATE TRIGGER profile_tags_inserted AFTER INSERT ON profile_tags
    BEGIN {LIST_TAG}; END
    """,
    """
    CREATE TRIGGER profile_tags_deleted AFTER DELETE ON profile_tags
    BEGIN DELETE FROM listings WHERE profile_id = OLD.profile_id AND tag_id = OLD.tag_id; END
    """,
    f"""
    CREATE TRIGGER guild_ratings_moved AFTER UPDATE OF prior ON guild_ratings
    BEGIN {UPDATE_SHORTFALLS}; END
    """,
)

_WORDS = """
    INSERT INTO text_names (guild_id, word, profile_id)
    SELECT DISTINCT p.guild_id, word, p.id
      FROM mentor_profiles AS p
      JOIN members AS m ON m.guild_id = p.guild_id AND m.user_id = p.user_id
     CROSS JOIN regexp_split_to_table(lower(m.name), '[^[:alnum:]]+') AS word
     WHERE p.status = 'approved' AND word <> ''
"""
_VECTORS = """
    INSERT INTO text_bios (profile_id, guild_id, words)
    SELECT p.id, p.guild_id, to_tsvector('simple', p.bio)
      FROM mentor_profiles AS p WHERE p.status = 'approved'
"""


def _function(name: str, table: str, when: str, body: str) -> tuple[str, str]:
    """Return the statements for a PostgreSQL trigger and the function that it calls."""
    return (
        f"""
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            {body}
            RETURN NULL;
        END $$
        """,
        f"CREATE TRIGGER {name} AFTER {when} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
    )


POSTGRESQL = (
    # Collation "C" sorts by code point, so all words with a common prefix are one range.
    """
    CREATE TABLE text_names (
        guild_id bigint NOT NULL, word text COLLATE "C" NOT NULL,
        profile_id bigint NOT NULL REFERENCES mentor_profiles (id) ON DELETE CASCADE,
        PRIMARY KEY (guild_id, word, profile_id))
    """,
    "CREATE INDEX ix_text_names_profile ON text_names (profile_id)",
    """
    CREATE TABLE text_bios (
        profile_id bigint PRIMARY KEY REFERENCES mentor_profiles (id) ON DELETE CASCADE,
        guild_id bigint NOT NULL, words tsvector NOT NULL)
    """,
    "CREATE INDEX ix_text_bios_words ON text_bios USING gin (words)",
    SUM_RATINGS,
    listing(None),
    _WORDS,
    _VECTORS,
    *_function(
        "mentor_profiles_inserted",
        "mentor_profiles",
        "INSERT",
        f"""
        {COUNT_RATINGS.format(stars="NEW.rating_sum", reviews="NEW.rating_count")};
        {listing("NEW.id")};
        {_WORDS} AND p.id = NEW.id;
        {_VECTORS} AND p.id = NEW.id;
        """,
    ),
    *_function(
        "mentor_profiles_ranked",
        "mentor_profiles",
        f"UPDATE OF {RANKING}",
        f"""
        IF (NEW.rating_sum, NEW.rating_count) <> (OLD.rating_sum, OLD.rating_count) THEN
            {
            COUNT_RATINGS.format(
                stars="NEW.rating_sum - OLD.rating_sum",
                reviews="NEW.rating_count - OLD.rating_count",
            )
        };
        END IF;
        DELETE FROM listings WHERE profile_id = NEW.id;
        {listing("NEW.id")};
        """,
    ),
    *_function(
        "mentor_profiles_described",
        "mentor_profiles",
        "UPDATE OF status, bio",
        f"""
        DELETE FROM text_names WHERE profile_id = NEW.id;
        DELETE FROM text_bios WHERE profile_id = NEW.id;
        {_WORDS} AND p.id = NEW.id;
        {_VECTORS} AND p.id = NEW.id;
        """,
    ),
    *_function(
        "members_renamed",
        "members",
        "UPDATE OF name",
        f"""
        IF NEW.name <> OLD.name THEN
            DELETE FROM text_names WHERE profile_id IN ({_NAMED});
            {_WORDS} AND p.id IN ({_NAMED});
        END IF;
        """,
    ),
    *_function("profile_tags_inserted", "profile_tags", "INSERT", f"{LIST_TAG};"),
    *_function(
        "profile_tags_deleted",
        "profile_tags",
        "DELETE",
        "DELETE FROM listings WHERE profile_id = OLD.profile_id AND tag_id = OLD.tag_id;",
    ),
    *_function("guild_ratings_moved", "guild_ratings", "UPDATE OF prior", f"{UPDATE_SHORTFALLS};"),
)


def upgrade() -> None:
    op.create_table(
        "guild_ratings",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("rating_sum", sa.BigInteger(), nullable=False),
        sa.Column("rating_count", sa.BigInteger(), nullable=False),
        sa.Column("prior", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["guild_id"], ["guilds.id"], name="fk_guild_ratings_guild_id"),
        sa.PrimaryKeyConstraint("guild_id", name="pk_guild_ratings"),
    )
    op.create_table(
        "listings",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tag_id", RowId, autoincrement=False, nullable=False),
        sa.Column("shortfall", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("profile_id", RowId, autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("hourly_rate", sa.BigInteger(), nullable=False),
        sa.Column("rating_sum", sa.BigInteger(), nullable=False),
        sa.Column("rating_count", sa.BigInteger(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("paused_until", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["profile_id"],
            ["mentor_profiles.id"],
            name="fk_listings_profile_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "guild_id", "tag_id", "shortfall", "profile_id", name="pk_listings"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_listings_rate",
        "listings",
        ["guild_id", "tag_id", "hourly_rate", "shortfall", "profile_id"],
    )
    op.create_index("ix_listings_profile", "listings", ["profile_id"])
    op.create_index("ix_mentor_profiles_zone", "mentor_profiles", ["guild_id", "timezone"])
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRESQL}[op.get_bind().dialect.name]:
        op.get_bind().exec_driver_sql(statement)
