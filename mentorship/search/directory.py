"""Mentors as members see them: who there is, and when they are free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from sqlalchemy import Label, Select, bindparam, select

from mentorship.actors import Actor
from mentorship.members import members
from mentorship.mentors.expertise import closest_spellings, match_tags, match_tags_by_name
from mentorship.search import index
from mentorship.search.index import Filters, Order, Written
from storage import Transaction
from storage.full_text import TextField, TextMatch, name_words_with_prefixes, split_words
from storage.queries import json_list
from storage.tables import Member, MentorProfile, ProfileTag, Tag

MOST_WORDS = 5
"""How many words of what is typed for a mentor are looked at."""


@dataclass(frozen=True, slots=True)
class MentorView:
    """A mentor in a list: what one needs to choose. `rating` is a mean of 1 to 5, or None."""

    user_id: int
    name: str
    expertise: tuple[str, ...]
    bio: str
    hourly_rate: int
    timezone: str
    rating_count: int
    rating: float | None


async def expertise(tx: Transaction, actor: Actor) -> dict[int, str]:
    """What can be learnt from somebody in the actor's guild: tags by id, alphabetically."""
    await members.require_present(tx, actor)
    return await index.tags(tx, actor)


async def with_expertise(
    tx: Transaction, actor: Actor, tag_id: int, limit: int = 25
) -> list[MentorView]:
    """Mentors who can be booked and have a tag, the best rated first. Never the actor."""
    await members.require_present(tx, actor)
    walked = await index.walk(tx, actor, Filters(tags=(tag_id,)), Order.STANDING, limit=limit)
    shown = await views(tx, [listed.profile_id for listed in walked])
    return [shown[listed.profile_id] for listed in walked]


async def find(tx: Transaction, actor: Actor, text: str, limit: int = 25) -> list[MentorView]:
    """Mentors who can be booked and whose name or expertise begins like `text`: those with such a
    name first, then those with such an expertise, the best rated of each first.

    Without a text: the best rated. The actor is never among them. Spelling is forgiven (`pyton`
    finds python, `olivr` Oliver), and a name may be followed by an expertise (`oliver python`).
    """
    await members.require_present(tx, actor)
    found: dict[int, None] = {}

    async def add(filters: Filters | None) -> None:
        if filters is not None and len(found) < limit:
            walked = await index.walk(tx, actor, filters, Order.STANDING, limit=limit)
            found.update(dict.fromkeys(listed.profile_id for listed in walked))

    words = split_words(text)[:MOST_WORDS]
    if not text.strip():
        await add(Filters())
    else:
        tags = await index.tags(tx, actor)
        await add(await _by_name(tx, actor, words))
        if not found:
            for split in range(1, len(words)):
                who = await _by_name(tx, actor, words[:split])
                for group in match_tags(" ".join(words[split:]), tags) if who else ():
                    await add(who and replace(who, tags=group))
        # Guesses at an expertise would only stand in the way of whom a name found.
        for group in match_tags_by_name(text, tags) if found else match_tags(text, tags):
            await add(Filters(tags=group))
        if not found:
            await add(await _by_similar_name(tx, actor, words))
    shown = await views(tx, list(found)[:limit])
    return [shown[profile_id] for profile_id in list(found)[:limit]]


def means_oneself(actor: Actor, text: str) -> bool:
    """Whether a text that found nobody is the actor's own name, or the beginning of it."""
    own = [word.casefold() for word in split_words(actor.name)]
    typed = [word.casefold() for word in split_words(text)]
    return bool(typed) and all(any(name.startswith(word) for name in own) for word in typed)


async def views(tx: Transaction, profile_ids: Sequence[int]) -> dict[int, MentorView]:
    """What members see of mentors, by the ids of their profiles."""
    asked = _views(tx.dialect)
    rows = await tx.connection.execute(asked, {"profiles": profile_ids})
    return {
        profile.id: MentorView(
            user_id=profile.user_id,
            name=profile.name,
            expertise=tuple(sorted(profile.tags)),
            bio=profile.bio,
            hourly_rate=profile.hourly_rate,
            timezone=profile.timezone,
            rating_count=profile.rating_count,
            rating=profile.rating_sum / profile.rating_count if profile.rating_count else None,
        )
        for profile in rows.all()
    }


def tags_of(dialect: str) -> Label[Any]:
    """The names of a profile's tags as one column, `tags`, beside what is selected of it."""
    return (
        select(json_list(dialect, Tag.name.expression))
        .join_from(ProfileTag, Tag, Tag.id == ProfileTag.tag_id)
        .where(ProfileTag.profile_id == MentorProfile.id)
        .scalar_subquery()
        .label("tags")
    )


@cache
def _views(dialect: str) -> Select[*tuple[Any, ...]]:
    # Built once: what SQLAlchemy makes of a statement costs more than SQLite's answer to it.
    return (
        select(
            MentorProfile.id,
            MentorProfile.user_id,
            Member.name,
            MentorProfile.bio,
            MentorProfile.hourly_rate,
            MentorProfile.timezone,
            MentorProfile.rating_sum,
            MentorProfile.rating_count,
            tags_of(dialect),
        )
        .join(Member)
        .where(MentorProfile.id.in_(bindparam("profiles", expanding=True)))
    )


async def _by_name(
    tx: Transaction, actor: Actor, words: Sequence[str], match: TextMatch = TextMatch.PREFIXES
) -> Filters | None:
    """The mentors with such words in their names, or None if there are none."""
    if not words:
        return None
    written = Written(TextField.NAME, tuple(words), match)
    filters = await index.narrowed(tx, actor, Filters(written=written))
    return None if filters.nobody else filters


async def _by_similar_name(tx: Transaction, actor: Actor, words: Sequence[str]) -> Filters | None:
    """The mentors with a name spelt much like one of the words, or None if there are none."""
    if not words:
        return None
    # People slip in the middle of a word; what they begin with is right.
    spellings = await name_words_with_prefixes(tx.connection, [word[:2] for word in words])
    similar = [name for word in words for name in closest_spellings(word.casefold(), spellings)]
    return await _by_name(tx, actor, similar, TextMatch.ANY)
