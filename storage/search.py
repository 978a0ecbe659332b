"""Words of names and bios, looked up in the engine's own index of them.

SQLite has FTS5 tables, PostgreSQL a tsvector and a table of words; the second migration makes them
and its triggers keep them. This is the only module that reads them. Case and accents are folded.
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

INDEXES_OF_WORDS = ("text_names", "text_bios")
"""The tables in which SQLite's FTS5, and PostgreSQL, look words up."""

MOST_SPELLINGS = 2_000

_WORD = re.compile(r"[^\W_]+")
_ACCENT = re.compile("[\u0300-\u036f]")
"""What is left of an accent when a letter is taken apart from it (Unicode's NFD)."""


class Field(Enum):
    """What is searched: the names of mentors, or what they say about themselves."""

    NAME = "name"
    BIO = "bio"


class Match(Enum):
    """How words are looked for: each begins one of the field's, they stand in it next to each
    other as they are, or one of them at least stands in it."""

    BEGINNINGS = "beginnings"
    PHRASE = "phrase"
    ANY = "any"


def is_index_of_words(name: str) -> bool:
    """Whether a table belongs to the index of words, which `Table.metadata` does not declare."""
    return name.startswith("text_")


def words_of(typed: str) -> tuple[str, ...]:
    """The words in what was typed, as the index takes them."""
    return tuple(_WORD.findall(typed))


def profiles_with(
    connection: AsyncConnection, guild_id: int, field: Field, words: Sequence[str], match: Match
) -> Select[int]:
    """The ids (`profile_id`) of a guild's approved profiles with `words` in a field, unordered.

    `words` are of `words_of`, at least one.
    """
    if connection.dialect.name == "sqlite":
        return _fts5(guild_id, field, words, match)
    words = [_folded(word) for word in words]
    if field is Field.NAME:
        return _words_table(guild_id, words, match)
    return _tsvector(guild_id, words, match)


async def name_words(connection: AsyncConnection, beginnings: Sequence[str]) -> list[str]:
    """Words of mentors' names, of whatever guild, that begin in one of these ways (at least one):
    spellings to look for, at most `MOST_SPELLINGS` of each."""
    firsts = {_folded(beginning) for beginning in beginnings}
    asked: dict[str, str] = {}
    for number, first in enumerate(firsts):
        asked |= {f"first{number}": first, f"after{number}": _after(first)}
    statement = _name_words(connection.dialect.name, len(firsts))
    return list((await connection.scalars(statement, asked)).all())


@cache
def _name_words(dialect: str, beginnings: int) -> CompoundSelect[str]:
    # Built once for each number of beginnings, which costs more than the answer does.
    words = table(
        "text_name_words" if dialect == "sqlite" else "text_names", column("term"), column("word")
    )
    word = words.c.term if dialect == "sqlite" else words.c.word
    each = [
        select(word)
        .where(word >= bindparam(f"first{number}"), word < bindparam(f"after{number}"))
        .distinct()
        .limit(MOST_SPELLINGS)
        .subquery()
        for number in range(beginnings)
    ]
    return union_all(*map(select, each))


def _fts5(guild_id: int, field: Field, words: Sequence[str], match: Match) -> Select[int]:
    quoted = [f'"{word}"' for word in words]
    # https://www.sqlite.org/fts5.html#full_text_query_syntax
    wanted = {
        Match.BEGINNINGS: " AND ".join(f"{word} *" for word in quoted),
        Match.PHRASE: " + ".join(quoted),
        Match.ANY: " OR ".join(quoted),
    }[match]
    name = f"text_{field.value}s"
    index = table(name, column("rowid"))
    query = f'guild : "{guild_id}" AND {field.value} : ({wanted})'
    return (
        select(index.c.rowid.label("profile_id"))
        .select_from(index)
        .where(literal_column(name).op("MATCH")(query))
    )


def _words_table(guild_id: int, words: Sequence[str], match: Match) -> Select[int]:
    names = table("text_names", column("guild_id"), column("word"), column("profile_id"))

    def one(word: str) -> Select[int]:
        return select(names.c.profile_id).where(
            names.c.guild_id == guild_id, names.c.word >= word, names.c.word < _after(word)
        )

    if match is Match.BEGINNINGS:
        rarest, *others = sorted(words, key=len, reverse=True)
        found = one(rarest).distinct()
        for other in others:
            found = found.where(names.c.profile_id.in_(one(other)))
        return found
    # A name of few words needs no order among them.
    exactly = select(names.c.profile_id).where(
        names.c.guild_id == guild_id, names.c.word.in_(words)
    )
    if match is Match.ANY:
        return exactly.distinct()
    return exactly.group_by(names.c.profile_id).having(func.count() == len(set(words)))


def _tsvector(guild_id: int, words: Sequence[str], match: Match) -> Select[int]:
    bios = table("text_bios", column("guild_id"), column("profile_id"), column("words"))
    joint = {Match.BEGINNINGS: " & ", Match.PHRASE: " <-> ", Match.ANY: " | "}[match]
    ending = ":*" if match is Match.BEGINNINGS else ""
    # Words are letters and digits alone, so none of them is an operator.
    query = joint.join(f"'{word}'{ending}" for word in words)
    return select(bios.c.profile_id).where(
        bios.c.guild_id == guild_id,
        bios.c.words.op("@@")(func.to_tsquery(text("'simple'"), query)),
    )


def _folded(word: str) -> str:
    """As both engines' indexes keep a word: without case and accents."""
    return _ACCENT.sub("", unicodedata.normalize("NFD", word.lower()))


def _after(beginning: str) -> str:
    """The first text, by code points, after all that begin like this."""
    return beginning + "\U0010ffff"
