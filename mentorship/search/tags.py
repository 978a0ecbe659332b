"""The tags of a guild's listed mentors: all of them, those like a typed text, the most used."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Select, Subquery, bindparam, exists, func, select, union

from mentorship.actors import Actor
from mentorship.search.index import ANY_TAG
from storage import Transaction
from storage.full_text import split_words
from storage.tables import Listing, ProfileTag, Tag

MAX_MENTORS_COUNTED = 200
"""How many mentors' tags are counted for suggestions."""

MAX_TAGS = 1_000
"""Tags of a guild that are compared with a typed text one by one; see `load_tags_like`."""

MAX_TAG_WORDS = 5
"""Typed words with whose beginnings tags are looked up in a guild with more tags."""

MAX_TAGS_PER_BEGINNING = 200
"""Tags that are looked up by one beginning."""

# Built once, since autocomplete runs it at each keystroke.
_LISTED_TAGS = select(Tag.id, Tag.name).where(
    Tag.guild_id == bindparam("guild"),
    exists().where(Listing.guild_id == Tag.guild_id, Listing.tag_id == Tag.id),
)
_SELECT_TAGS = _LISTED_TAGS.order_by(Tag.name).limit(MAX_TAGS + 1)


async def load_tags(tx: Transaction, actor: Actor) -> dict[int, str]:
    """Load the tags of the actor's guild that listed mentors have, by id, in alphabetical order.

    Those are the first `MAX_TAGS` in a guild with more.
    """
    rows = await tx.connection.execute(_SELECT_TAGS, {"guild": actor.guild})
    return {row.id: row.name for row in rows.all()[:MAX_TAGS]}


async def load_tags_like(tx: Transaction, actor: Actor, typed: str) -> dict[int, str]:
    """Load those tags of `load_tags` with which it makes sense to compare a typed text.

    In a guild with at most `MAX_TAGS` these are all. In one with more they are those that begin
    like the text or one of its words, or with the same two letters, and those of the best rated
    mentors: a tag that few mentors have is found by its beginning, and by a similar spelling.
    """
    rows = (await tx.connection.execute(_SELECT_TAGS, {"guild": actor.guild})).all()
    if len(rows) <= MAX_TAGS:
        return {row.id: row.name for row in rows}
    words = [word.casefold() for word in split_words(typed)[:MAX_TAG_WORDS]]
    beginnings = dict.fromkeys([typed.strip().casefold(), *words, *(word[:2] for word in words)])
    params: dict[str, object] = {"guild": actor.guild, "mentors": MAX_MENTORS_COUNTED}
    for number, beginning in enumerate(beginnings):
        params |= {f"first_{number}": beginning, f"last_{number}": beginning + "\U0010ffff"}
    result = await tx.connection.execute(_select_tags_like(len(beginnings)), params)
    return dict(sorted(((row.id, row.name) for row in result), key=lambda tag: tag[1]))


@cache
def _select_tags_like(beginnings: int) -> Select[*tuple[Any, ...]]:
    by_name = (
        _LISTED_TAGS.where(Tag.name >= bindparam(f"first_{n}"), Tag.name < bindparam(f"last_{n}"))
        .order_by(Tag.name)
        .limit(MAX_TAGS_PER_BEGINNING)
        .subquery()
        for n in range(beginnings)
    )
    used = _best_mentors()
    of_mentors = (
        select(Tag.id, Tag.name)
        .join_from(used, ProfileTag, ProfileTag.profile_id == used.c.profile_id)
        .join(Tag, Tag.id == ProfileTag.tag_id)
    )
    return union(*map(select, by_name), of_mentors).subquery().select()


def _best_mentors() -> Subquery:
    return (
        select(Listing.profile_id)
        .where(Listing.guild_id == bindparam("guild"), Listing.tag_id == ANY_TAG)
        .order_by(Listing.shortfall, Listing.profile_id)
        .limit(bindparam("mentors"))
        .subquery()
    )


async def load_most_used_tags(tx: Transaction, guild_id: int, limit: int = 25) -> tuple[str, ...]:
    """Load the tags that most of a guild's mentors have, in alphabetical order.

    The `MAX_MENTORS_COUNTED` best rated ones count.
    """
    mentors = _best_mentors()
    uses = func.count().label("uses")
    counts = (
        select(ProfileTag.tag_id, uses)
        .join_from(mentors, ProfileTag, ProfileTag.profile_id == mentors.c.profile_id)
        .group_by(ProfileTag.tag_id)
        .subquery()
    )
    query = (
        select(Tag.name)
        .join_from(counts, Tag, Tag.id == counts.c.tag_id)
        .order_by(counts.c.uses.desc(), Tag.name)
        .limit(limit)
    )
    params = {"guild": guild_id, "mentors": MAX_MENTORS_COUNTED}
    return tuple(sorted(await tx.connection.scalars(query, params)))
