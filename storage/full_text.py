"""Full-text search in the names and bios of mentors, by the database's own index.

SQLite uses FTS5 tables. PostgreSQL uses a tsvector for bios and a table of words for names.
Migration 0002 creates them, with triggers that keep them up to date. This is the only module that
reads them. Case and accents are ignored.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from enum import Enum
from functools import cache

from sqlalchemy import (
    CompoundSelect,
    Select,
    bindparam,
    column,
    func,
    literal_column,
    select,
    table,
    text,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

FULL_TEXT_TABLES = ("text_names", "text_bios")
"""The full-text tables: FTS5 on SQLite, ordinary ones on PostgreSQL."""

MAX_WORDS_PER_PREFIX = 2_000

_WORD = re.compile(r"[^\W_]+")
_ACCENT = re.compile("[\u0300-\u036f]")
"""The combining marks that Unicode's NFD separates from accented letters."""


class TextField(Enum):
    """The text to search: the names of mentors or their bios."""

    NAME = "name"
    BIO = "bio"


class TextMatch(Enum):
    """How the words of a query must match the text.

    `PREFIXES`: each word is the beginning of a word in the text. `PHRASE`: the words follow each
    other. `ANY`: at least one of them occurs.
    """

    PREFIXES = "prefixes"
    PHRASE = "phrase"
    ANY = "any"


def is_full_text_table(name: str) -> bool:
    """Tell whether a table belongs to the full-text index; `Table.metadata` doesn't declare it."""
    return name.startswith("text_")


def split_words(text: str) -> tuple[str, ...]:
    """Split a text into words the way the index does."""
    return tuple(_WORD.findall(text))


def profiles_matching(
    connection: AsyncConnection,
    guild_id: int,
    field: TextField,
    words: Sequence[str],
    match: TextMatch,
) -> Select[int]:
    """Return a query for the ids (`profile_id`) of a guild's approved profiles that match.

    `words` comes from `split_words` and isn't empty. The ids are unordered.
    """
    if connection.dialect.name == "sqlite":
        return _fts5_query(guild_id, field, words, match)
    words = [_fold(word) for word in words]
    if field is TextField.NAME:
        return _word_table_query(guild_id, words, match)
    return _tsvector_query(guild_id, words, match)


async def name_words_with_prefixes(
    connection: AsyncConnection, prefixes: Sequence[str]
) -> list[str]:
    """List words of mentors' names, in any guild, that start with one of `prefixes`.

    They are candidates for spelling correction. `prefixes` must not be empty. Returns at most
    `MAX_WORDS_PER_PREFIX` words for each.
    """
    folded = {_fold(prefix) for prefix in prefixes}
    params: dict[str, str] = {}
    for number, prefix in enumerate(folded):
        params |= {f"start{number}": prefix, f"end{number}": _prefix_end(prefix)}
    query = _name_words_query(connection.dialect.name, len(folded))
    return list((await connection.scalars(query, params)).all())


@cache
def _name_words_query(dialect: str, prefix_count: int) -> CompoundSelect[str]:
    # Cached per number of prefixes: building it takes longer than running it.
    words = table(
        "text_name_words" if dialect == "sqlite" else "text_names", column("term"), column("word")
    )
    word = words.c.term if dialect == "sqlite" else words.c.word
    queries = [
        select(word)
        .where(word >= bindparam(f"start{number}"), word < bindparam(f"end{number}"))
        .distinct()
        .limit(MAX_WORDS_PER_PREFIX)
        .subquery()
        for number in range(prefix_count)
    ]
    return union_all(*map(select, queries))


def _fts5_query(
    guild_id: int, field: TextField, words: Sequence[str], match: TextMatch
) -> Select[int]:
    quoted = [f'"{word}"' for word in words]
    # https://www.sqlite.org/fts5.html#full_text_query_syntax
    expression = {
        TextMatch.PREFIXES: " AND ".join(f"{word} *" for word in quoted),
        TextMatch.PHRASE: " + ".join(quoted),
        TextMatch.ANY: " OR ".join(quoted),
    }[match]
    name = f"text_{field.value}s"
    index = table(name, column("rowid"))
    query = f'guild : "{guild_id}" AND {field.value} : ({expression})'
    return (
        select(index.c.rowid.label("profile_id"))
        .select_from(index)
        .where(literal_column(name).op("MATCH")(query))
    )


def _word_table_query(guild_id: int, words: Sequence[str], match: TextMatch) -> Select[int]:
    names = table("text_names", column("guild_id"), column("word"), column("profile_id"))

    def with_prefix(prefix: str) -> Select[int]:
        return select(names.c.profile_id).where(
            names.c.guild_id == guild_id,
            names.c.word >= prefix,
            names.c.word < _prefix_end(prefix),
        )

    if match is TextMatch.PREFIXES:
        # The longest prefix is likely the rarest, so the query starts from it.
        longest, *others = sorted(words, key=len, reverse=True)
        query = with_prefix(longest).distinct()
        for prefix in others:
            query = query.where(names.c.profile_id.in_(with_prefix(prefix)))
        return query
    # The table holds no positions, so PHRASE only requires that all words occur in the name.
    with_words = select(names.c.profile_id).where(
        names.c.guild_id == guild_id, names.c.word.in_(words)
    )
    if match is TextMatch.ANY:
        return with_words.distinct()
    return with_words.group_by(names.c.profile_id).having(func.count() == len(set(words)))


def _tsvector_query(guild_id: int, words: Sequence[str], match: TextMatch) -> Select[int]:
    bios = table("text_bios", column("guild_id"), column("profile_id"), column("words"))
    operator = {TextMatch.PREFIXES: " & ", TextMatch.PHRASE: " <-> ", TextMatch.ANY: " | "}[match]
    suffix = ":*" if match is TextMatch.PREFIXES else ""
    # Words consist of letters and digits only, so none can be mistaken for an operator.
    query = operator.join(f"'{word}'{suffix}" for word in words)
    return select(bios.c.profile_id).where(
        bios.c.guild_id == guild_id,
        bios.c.words.op("@@")(func.to_tsquery(text("'simple'"), query)),
    )


def _fold(word: str) -> str:
    """Return `word` as both engines index it: lower case, without accents."""
    return _ACCENT.sub("", unicodedata.normalize("NFD", word.lower()))


def _prefix_end(prefix: str) -> str:
    """Return the first text, by code points, after all texts that start with `prefix`."""
    return prefix + "\U0010ffff"
