"""Find mentors by name or expertise, and load what members see of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from sqlalchemy import Label, Select, bindparam, select

from mentorship.actors import Actor
from mentorship.members import members
from mentorship.mentors.expertise import closest_spellings, match_tags, match_tags_by_name
from mentorship.mentors.track_record import COUNTERS, TrackRecord, track_record
from mentorship.search import index, ranking
from mentorship.search.filters import Filters, Order, TextFilter
from mentorship.search.tags import load_tags, load_tags_like
from storage import Transaction
from storage.full_text import TextField, TextMatch, name_words_with_prefixes, split_words
from storage.queries import json_list
from storage.tables import Member, MentorProfile, ProfileTag, Tag

MAX_WORDS = 5
"""Typed words that are used."""


@dataclass(frozen=True, slots=True)
class MentorView:
    """A mentor in a list.

    `rating` is the plain mean, from 1 to 5, or None without reviews. `avatar` is as for
    `mentorship.actors.Actor`.
    """

    user_id: int
    name: str
    expertise: tuple[str, ...]
    bio: str
    hourly_rate: int
    timezone: str
    rating_count: int
    rating: float | None
    avatar: str | None
    track_record: TrackRecord


async def load_expertise(tx: Transaction, actor: Actor) -> dict[int, str]:
    """Load the tags of listed mentors in the actor's guild, by id, in alphabetical order.

    Raises `NotAMember`.
    """
    await members.require_present(tx, actor)
    return await load_tags(tx, actor)


async def list_by_expertise(
    tx: Transaction, actor: Actor, tag_id: int, limit: int = 25
) -> list[MentorView]:
    """List bookable mentors with a tag, the best rated first, without the actor.

    Raises `NotAMember`.
    """
    await members.require_present(tx, actor)
    filters = Filters(tags=(tag_id,))
    entries = await index.scan(tx, actor, filters, Order.RATING, limit=limit)
    return list((await load_views(tx, [entry.profile_id for entry in entries])).values())


async def suggest_mentors(
    tx: Transaction, actor: Actor, text: str, limit: int = 25
) -> list[MentorView]:
    """List bookable mentors whose name or expertise starts like `text`, without the actor.

    Matches by name come before matches by expertise, and the best rated first in each. Empty text
    lists the best rated. Misspellings are forgiven (`pyton` finds python, `olivr` finds Oliver),
    and a name can be followed by an expertise (`oliver python`). Raises `NotAMember`.
    """
    await members.require_present(tx, actor)
    # Used as an ordered set.
    profile_ids: dict[int, None] = {}

    async def add(filters: Filters | None) -> None:
        if filters is not None and len(profile_ids) < limit:
            entries = await index.scan(tx, actor, filters, Order.RATING, limit=limit)
            profile_ids.update(dict.fromkeys(entry.profile_id for entry in entries))

    words = split_words(text)[:MAX_WORDS]
    if not text.strip():
        await add(Filters())
    else:
        tags = await load_tags_like(tx, actor, text)
        await add(await _filter_by_name(tx, actor, words))
        if not profile_ids:
            for split in range(1, len(words)):
                by_name = await _filter_by_name(tx, actor, words[:split])
                for group in match_tags(" ".join(words[split:]), tags) if by_name else ():
                    await add(by_name and replace(by_name, tags=group))
        # If a name matches, similar tags would only distract from it.
        for group in match_tags_by_name(text, tags) if profile_ids else match_tags(text, tags):
            await add(Filters(tags=group))
        if not profile_ids:
            await add(await _filter_by_similar_name(tx, actor, words))
    return list((await load_views(tx, list(profile_ids)[:limit])).values())


def is_own_name(actor: Actor, text: str) -> bool:
    """Return whether `text` is the actor's own name or starts like it."""
    names = [word.casefold() for word in split_words(actor.name)]
    typed = [word.casefold() for word in split_words(text)]
    return bool(typed) and all(any(name.startswith(word) for name in names) for word in typed)


async def load_views(tx: Transaction, profile_ids: Sequence[int]) -> dict[int, MentorView]:
    """Load what members see of mentors, by profile id, in the order of the ids.

    A profile whose owner is gone is left out.
    """
    rows = await tx.connection.execute(_select_views(tx.dialect), {"profiles": profile_ids})
    by_id = {row.id: row for row in rows.all()}
    return {
        profile.id: MentorView(
            user_id=profile.user_id,
            name=profile.name,
            expertise=tuple(sorted(profile.tags)),
            bio=profile.bio,
            hourly_rate=profile.hourly_rate,
            timezone=profile.timezone,
            rating_count=profile.rating_count,
            rating=ranking.mean_rating(profile.rating_sum, profile.rating_count),
            avatar=profile.avatar,
            track_record=track_record(profile),
        )
        for profile in (by_id[profile_id] for profile_id in profile_ids if profile_id in by_id)
    }


def tags_column(dialect: str) -> Label[Any]:
    """The names of a profile's tags as one JSON column, `tags`, for a query of profiles."""
    # Not a join: PostgreSQL might read the tags of all guilds for it.
    name = select(Tag.name).where(Tag.id == ProfileTag.tag_id).scalar_subquery()
    return (
        select(json_list(dialect, name))
        .where(ProfileTag.profile_id == MentorProfile.id)
        .scalar_subquery()
        .label("tags")
    )


@cache
def _select_views(dialect: str) -> Select[*tuple[Any, ...]]:
    # Built once, since building a statement in SQLAlchemy takes longer than SQLite takes to run it.
    return (
        select(
            MentorProfile.id,
            MentorProfile.user_id,
            Member.name,
            Member.avatar,
            MentorProfile.bio,
            MentorProfile.hourly_rate,
            MentorProfile.timezone,
            MentorProfile.rating_sum,
            MentorProfile.rating_count,
            *(MentorProfile.__table__.c[name] for name in COUNTERS),
            tags_column(dialect),
        )
        .join(Member)
        .where(MentorProfile.id.in_(bindparam("profiles", expanding=True)))
    )


async def _filter_by_name(
    tx: Transaction, actor: Actor, words: Sequence[str], match: TextMatch = TextMatch.PREFIXES
) -> Filters | None:
    """Return filters for mentors with these words in their names, or None if there are none."""
    if not words:
        return None
    text = TextFilter(TextField.NAME, tuple(words), match)
    filters = await index.optimize_text_filter(tx, actor, Filters(text=text))
    return None if filters.match_nobody else filters


async def _filter_by_similar_name(
    tx: Transaction, actor: Actor, words: Sequence[str]
) -> Filters | None:
    """Return filters for mentors with a name similar to one of the words, or None without any."""
    if not words:
        return None
    # Misspellings are rarely in the first two letters of a word.
    names = await name_words_with_prefixes(tx.connection, [word[:2] for word in words])
    similar = [name for word in words for name in closest_spellings(word.casefold(), names)]
    return await _filter_by_name(tx, actor, similar, TextMatch.ANY)
