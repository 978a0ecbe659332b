"""Read the search index: the mentors who match filters, in an order, from a key on.

The order and most filters are columns of one database index (`storage.tables.Listing`). Loading a
page therefore costs the same in a guild of a hundred mentors and one of a hundred thousand, and on
any page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
    union,
)

from mentorship.actors import Actor
from mentorship.members import blocks
from mentorship.pagination import Direction
from mentorship.search import open_hours
from mentorship.search.open_hours import MentorZones
from mentorship.time.intervals import Span
from storage import Transaction
from storage.full_text import TextField, TextMatch, profiles_matching
from storage.queries import integer_table
from storage.tables import Listing, MentorProfile, ProfileTag, Tag

ANY_TAG = 0
"""The `tag_id` under which each mentor is listed once, whatever their tags."""

MAX_LISTED_PROFILES = 400
"""Words that fewer mentors have are looked up before the scan: see `optimize_text_filter`."""

COMMON_SHARE = 5
"""Words are common if at least one in this many mentors has them: see `optimize_text_filter`."""

FAST_LIST = 20_000
"""SQLite lists so many matches of words about as fast as it checks ten mentors for them."""

MAX_TAG_SCANS = 4
"""Up to this many tags are scanned side by side; more are a condition of one scan of all."""

MAX_MENTORS_COUNTED = 200
"""How many mentors' tags are counted for suggestions."""


class Order(Enum):
    """The order of a scan; the values are the columns of its key.

    `RATING`: the best Bayesian rating first. `RATE`: the lowest rate first, and of equal rates the
    best rating.
    """

    RATING = (Listing.shortfall, Listing.profile_id)
    RATE = (Listing.hourly_rate, Listing.shortfall, Listing.profile_id)


@dataclass(frozen=True, slots=True)
class TextFilter:
    """Words that a text field must have.

    `common`: so many profiles have them that each scanned one is checked, instead of listing all
    that have them.
    """

    field: TextField
    words: tuple[str, ...]
    match: TextMatch = TextMatch.PREFIXES
    common: bool = False


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of a scan; a mentor must match all of them. None and empty are no filter.

    - `tags`: the mentor has at least one of them; nobody matches an empty tuple.
    - `excluded_tags`: the mentor has none of them.
    - `text` and `excluded_text`: the text fields match the one, and not the other.
    - `profiles`: only these; nobody matches an empty tuple. `excluded_profiles`: none of these. A
      few hundred at most.
    - `min_rating`: of the plain mean, in 1/100 of a star.
    - `open_in`: the mentor may have a slot that starts in this span, by their hours and minimum
      notice. It lets some through who have none, and never excludes one who has (`open_hours`).
    """

    tags: tuple[int, ...] | None = None
    excluded_tags: tuple[int, ...] = ()
    text: TextFilter | None = None
    excluded_text: TextFilter | None = None
    profiles: tuple[int, ...] | None = None
    excluded_profiles: tuple[int, ...] = ()
    min_rating: int | None = None
    max_rate: int | None = None
    open_in: Span | None = None

    @property
    def match_nobody(self) -> bool:
        """Whether it is certain without a query that no mentor matches."""
        return self.tags == () or self.profiles == ()


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """A mentor in the index; `key` is their position in the scan's order."""

    key: tuple[int, ...]
    profile_id: int
    user_id: int


async def scan(
    tx: Transaction,
    actor: Actor,
    filters: Filters,
    order: Order,
    *,
    key: tuple[int, ...] | None = None,
    direction: Direction = Direction.FORWARD,
    limit: int,
    zones: MentorZones | None = None,
) -> list[IndexEntry]:
    """Load the next mentors of the actor's guild after `key`, or from an end of the list without.

    A backward scan loads those before `key`, the nearest first. The actor, mentors who are not
    approved or are paused, and those whom a block keeps apart from the actor are never among
    them. Several scans of one transaction can share `zones`.
    """
    if filters.match_nobody:
        return []
    tags = filters.tags or (ANY_TAG,)
    query = await _select_listings(tx, actor, filters, zones or MentorZones())
    query = query.where(*_conditions(tx, actor, filters))
    if len(tags) > MAX_TAG_SCANS:
        query, tags = query.where(_has_tag(tags)), (ANY_TAG,)
    if key is not None:
        columns, start = tuple_(*order.value), tuple_(*map(literal, key))
        query = query.where(columns > start if direction is Direction.FORWARD else columns < start)
    order_columns: Sequence[ColumnElement[int]] = [column.expression for column in order.value]
    if filters.profiles is not None:
        # A few hundred rows are sorted quickly. `+ 0` keeps SQLite from scanning in the index's
        # order, so that it begins with the few instead.
        order_columns = [column + 0 for column in order_columns]
    scans = [
        _order_by(query.where(Listing.tag_id == tag), order_columns, direction).limit(limit)
        for tag in tags
    ]
    if len(scans) == 1:
        result = await tx.connection.execute(scans[0])
    else:
        # Each scan ends after `limit`; the union has a mentor with several of the tags once.
        merged = union(*(select(each.subquery()) for each in scans)).subquery()
        keys = [merged.c[column.key] for column in order.value]
        result = await tx.connection.execute(
            _order_by(select(merged), keys, direction).limit(limit)
        )
    return [
        IndexEntry(
            tuple(row[column.key] for column in order.value), row["profile_id"], row["user_id"]
        )
        for row in result.mappings()
    ]


async def optimize_text_filter(tx: Transaction, actor: Actor, filters: Filters) -> Filters:
    """Return equivalent filters for which a scan is short, however rare the words are.

    Rare words are replaced by the profiles that have them: a scan would pass over all the others.
    Very common words are marked as `common`: a scan soon meets the next match, while a list of all
    matches would be long.
    """
    if filters.text is None:
        return filters
    text = filters.text
    matches = profiles_matching(tx.connection, actor.guild, text.field, text.words, text.match)
    limited = matches.limit(MAX_LISTED_PROFILES)
    profile_ids = tuple((await tx.connection.scalars(limited)).all())
    if len(profile_ids) < MAX_LISTED_PROFILES:
        return replace(filters, text=None, profiles=profile_ids)
    # Matches come by profile id, so the highest id bounds how many profiles were passed to find
    # them. Other guilds' profiles in between only make the words seem rarer than they are.
    examined = max(profile_ids)
    common = examined < MAX_LISTED_PROFILES * COMMON_SHARE
    if common and tx.dialect == "sqlite":
        last_id = await tx.connection.scalar(_SELECT_LAST_ID) or 0
        common = MAX_LISTED_PROFILES * last_id > FAST_LIST * examined
    return replace(filters, text=replace(text, common=common))


_SELECT_LAST_ID = select(func.max(MentorProfile.id))


async def optimize_hours_filter(
    tx: Transaction, actor: Actor, filters: Filters, zones: MentorZones
) -> Filters:
    """Return equivalent filters for which a scan is short, however few mentors are open then.

    Like rare words: few open mentors are listed first, since a scan would pass over all the others.
    """
    span = filters.open_in
    if span is None or span.end - span.start > open_hours.MAX_LISTED_SPAN:
        return filters
    if filters.match_nobody or filters.profiles is not None:
        return filters
    rows = await open_hours.list_profiles(tx, actor, span, zones, MAX_LISTED_PROFILES)
    if len(rows) == MAX_LISTED_PROFILES:
        return filters
    return replace(filters, profiles=tuple(dict.fromkeys(rows)))


# Built once, since autocomplete runs it at each keystroke.
_SELECT_TAGS = (
    select(Tag.id, Tag.name)
    .where(
        Tag.guild_id == bindparam("guild"),
        exists().where(Listing.guild_id == Tag.guild_id, Listing.tag_id == Tag.id),
    )
    .order_by(Tag.name)
)


async def load_tags(tx: Transaction, actor: Actor) -> dict[int, str]:
    """Load the tags of the actor's guild that listed mentors have, by id, in alphabetical order."""
    rows = await tx.connection.execute(_SELECT_TAGS, {"guild": actor.guild})
    return {row.id: row.name for row in rows.all()}


async def load_most_used_tags(tx: Transaction, guild_id: int, limit: int = 25) -> tuple[str, ...]:
    """Load the tags that most of a guild's mentors have, in alphabetical order.

    The `MAX_MENTORS_COUNTED` best rated ones count.
    """
    mentors = (
        select(Listing.profile_id)
        .where(Listing.guild_id == guild_id, Listing.tag_id == ANY_TAG)
        .order_by(Listing.shortfall, Listing.profile_id)
        .limit(MAX_MENTORS_COUNTED)
        .subquery()
    )
    uses = func.count().label("uses")
    counts = (
        select(ProfileTag.tag_id, uses)
        .join_from(mentors, ProfileTag, ProfileTag.profile_id == mentors.c.profile_id)
        .group_by(ProfileTag.tag_id)
        .subquery()
    )
    rows = await tx.connection.scalars(
        select(Tag.name)
        .join_from(counts, Tag, Tag.id == counts.c.tag_id)
        .order_by(counts.c.uses.desc(), Tag.name)
        .limit(limit)
    )
    return tuple(sorted(rows))


_Query = Select[*tuple[Any, ...]]


def _order_by(query: _Query, columns: Sequence[ColumnElement[Any]], direction: Direction) -> _Query:
    forward = direction is Direction.FORWARD
    return query.order_by(*(each.asc() if forward else each.desc() for each in columns))


def _conditions(tx: Transaction, actor: Actor, filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        Listing.guild_id == actor.guild,
        Listing.user_id != actor.user_id,
        ~blocks.blocked_with(Listing.guild_id, Listing.user_id, actor.user_id),
        or_(Listing.paused_until.is_(None), Listing.paused_until <= tx.now),
    ]
    if filters.excluded_tags:
        conditions.append(~_has_tag(filters.excluded_tags))
    if filters.text is not None:
        conditions.append(_has_text(tx, actor, filters.text))
    if filters.excluded_text is not None:
        conditions.append(~_has_text(tx, actor, filters.excluded_text))
    if filters.excluded_profiles:
        conditions.append(Listing.profile_id.not_in(filters.excluded_profiles))
    if filters.min_rating is not None:
        conditions += [
            Listing.rating_count > 0,
            Listing.rating_sum * 100 >= Listing.rating_count * filters.min_rating,
        ]
    if filters.max_rate is not None:
        conditions.append(Listing.hourly_rate <= filters.max_rate)
    return conditions


def _has_text(tx: Transaction, actor: Actor, text: TextFilter) -> ColumnElement[bool]:
    matches = profiles_matching(tx.connection, actor.guild, text.field, text.words, text.match)
    if text.common:
        return matches.where(matches.selected_columns.profile_id == Listing.profile_id).exists()
    # `+ 0` keeps SQLite scanning in the order of the listings instead of that of the words.
    return (Listing.profile_id + 0).in_(matches)


def _has_tag(tags: Sequence[int]) -> ColumnElement[bool]:
    return exists().where(ProfileTag.profile_id == Listing.profile_id, ProfileTag.tag_id.in_(tags))


async def _select_listings(
    tx: Transaction, actor: Actor, filters: Filters, zones: MentorZones
) -> _Query:
    """Select the listings, limited to the filters' profiles and to hours that overlap a span."""
    columns = (Listing.hourly_rate, Listing.shortfall, Listing.profile_id, Listing.user_id)
    listings = Listing.__table__
    if filters.profiles is not None:
        profiles = integer_table(tx.connection, filters.profiles)
        listings = profiles.join(listings, Listing.profile_id == profiles.c.value)
    if filters.open_in is None:
        return select(*columns).select_from(listings)
    joined, is_open = await open_hours.join_open(tx, actor, listings, filters.open_in, zones)
    return select(*columns).select_from(joined).where(is_open)
