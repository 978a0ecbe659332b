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
    BigInteger,
    CompoundSelect,
    Select,
    String,
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
    dialect = connection.dialect.name
    query = select_matching(dialect, field, match, len(words), "")
    return query.params(matching_params(dialect, guild_id, field, words, match, ""))


def select_matching(
    dialect: str, field: TextField, match: TextMatch, word_count: int, prefix: str
) -> Select[int]:
    """Return the query of `profiles_matching` without its parameters.

    `matching_params` returns them; the name of each begins with `prefix`.
    """
    if dialect == "sqlite":
        return _fts5_query(field, prefix)
    if field is TextField.NAME:
        return _word_table_query(match, word_count, prefix)
    return _tsvector_query(prefix)


def matching_params(
    dialect: str,
    guild_id: int,
    field: TextField,
    words: Sequence[str],
    match: TextMatch,
    prefix: str,
) -> dict[str, object]:
    """Return the parameters of `select_matching`."""
    if dialect == "sqlite":
        return {f"{prefix}query": _fts5_expression(guild_id, field, words, match)}
    words = [_fold(word) for word in words]
    params: dict[str, object] = {f"{prefix}guild": guild_id}
    if field is TextField.BIO:
        return params | {f"{prefix}query": _tsquery(words, match)}
    if match is not TextMatch.PREFIXES:
        return params | {f"{prefix}words": words, f"{prefix}count": len(set(words))}
    # The longest prefix is likely the rarest, so the query starts from it.
    for number, word in enumerate(sorted(words, key=len, reverse=True)):
        params |= {f"{prefix}start{number}": word, f"{prefix}end{number}": _prefix_end(word)}
    return params


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


def _fts5_expression(
    guild_id: int, field: TextField, words: Sequence[str], match: TextMatch
) -> str:
    # https://www.sqlite.org/fts5.html#full_text_query_syntax
    quoted = [f'"{word}"' for word in words]
    expression = {
        TextMatch.PREFIXES: " AND ".join(f"{word} *" for word in quoted),
        TextMatch.PHRASE: " + ".join(quoted),
        TextMatch.ANY: " OR ".join(quoted),
    }[match]
    return f'guild : "{guild_id}" AND {field.value} : ({expression})'


def _fts5_query(field: TextField, prefix: str) -> Select[int]:
    name = f"text_{field.value}s"
    index = table(name, column("rowid"))
    return (
        select(index.c.rowid.label("profile_id"))
        .select_from(index)
        .where(literal_column(name).op("MATCH")(bindparam(f"{prefix}query", type_=String())))
    )


def _word_table_query(match: TextMatch, word_count: int, prefix: str) -> Select[int]:
    names = table("text_names", column("guild_id"), column("word"), column("profile_id"))
    in_guild = names.c.guild_id == bindparam(f"{prefix}guild", type_=BigInteger())

    def with_prefix(number: int) -> Select[int]:
        return select(names.c.profile_id).where(
            in_guild,
            names.c.word >= bindparam(f"{prefix}start{number}", type_=String()),
            names.c.word < bindparam(f"{prefix}end{number}", type_=String()),
        )

    if match is TextMatch.PREFIXES:
        query = with_prefix(0).distinct()
        for number in range(1, word_count):
            query = query.where(names.c.profile_id.in_(with_prefix(number)))
        return query
    # The table holds no positions, so PHRASE only requires that all words occur in the name.
    words = bindparam(f"{prefix}words", expanding=True, type_=String())
    with_words = select(names.c.profile_id).where(in_guild, names.c.word.in_(words))
    if match is TextMatch.ANY:
        return with_words.distinct()
    count = bindparam(f"{prefix}count", type_=BigInteger())
    return with_words.group_by(names.c.profile_id).having(func.count() == count)


def _tsquery(words: Sequence[str], match: TextMatch) -> str:
    operator = {TextMatch.PREFIXES: " & ", TextMatch.PHRASE: " <-> ", TextMatch.ANY: " | "}[match]
    suffix = ":*" if match is TextMatch.PREFIXES else ""
    # Words consist of letters and digits only, so none can be mistaken for an operator.
    return operator.join(f"'{word}'{suffix}" for word in words)


def _tsvector_query(prefix: str) -> Select[int]:
    bios = table("text_bios", column("guild_id"), column("profile_id"), column("words"))
    query = bindparam(f"{prefix}query", type_=String())
    return select(bios.c.profile_id).where(
        bios.c.guild_id == bindparam(f"{prefix}guild", type_=BigInteger()),
        bios.c.words.op("@@")(func.to_tsquery(text("'simple'"), query)),
    )


def _fold(word: str) -> str:
    """Return `word` as both engines index it: lower case, without accents."""
    return _ACCENT.sub("", unicodedata.normalize("NFD", word.lower()))


def _prefix_end(prefix: str) -> str:
    """Return the first text, by code points, after all texts that start with `prefix`."""
    return prefix + "\U0010ffff"
