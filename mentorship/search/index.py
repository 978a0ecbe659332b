"""Read the search index: the mentors who match filters, in an order, from a key on.

The order and most filters are columns of one database index (`storage.tables.Listing`). Loading a
page therefore costs the same in a guild of a hundred mentors and one of a hundred thousand, and on
any page.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import (
    func,
    select,
)

from mentorship.actors import Actor
from mentorship.pagination import Direction
from mentorship.search import open_hours
from mentorship.search.filters import Filters, Order
from mentorship.search.open_hours import MentorZones
from mentorship.search.scan_statement import ScanShape, select_scan, text_shape
from storage import Transaction
from storage.full_text import (
    matching_params,
    profiles_matching,
)
from storage.tables import MentorProfile

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
    has_tags = len(tags) > MAX_TAG_SCANS
    shape = ScanShape(
        dialect=tx.dialect,
        order=order,
        direction=direction,
        from_key=key is not None,
        tag_scans=1 if has_tags else len(tags),
        text=text_shape(filters.text),
        excluded_text=text_shape(filters.excluded_text),
        conditions=frozenset(
            name
            for name, is_set in {
                "tags": has_tags,
                "excluded_tags": filters.excluded_tags,
                "profiles": filters.profiles is not None,
                "excluded_profiles": filters.excluded_profiles,
                "min_rating": filters.min_rating is not None,
                "max_rate": filters.max_rate is not None,
                "open_in": filters.open_in is not None,
            }.items()
            if is_set
        ),
    )
    params: dict[str, object] = {
        "guild": actor.guild,
        "viewer": actor.user_id,
        "now": tx.now,
        "limit": limit,
        "tags": tags,
        "excluded_tags": filters.excluded_tags,
        "profiles": filters.profiles,
        "excluded_profiles": filters.excluded_profiles,
        "min_rating": filters.min_rating,
        "max_rate": filters.max_rate,
    }
    params |= {f"tag_{n}": tag for n, tag in enumerate((ANY_TAG,) if has_tags else tags)}
    params |= {f"key_{n}": part for n, part in enumerate(key or ())}
    for prefix, text in (("text_", filters.text), ("excluded_text_", filters.excluded_text)):
        if text is not None:
            params |= matching_params(
                tx.dialect, actor.guild, text.field, text.words, text.match, prefix
            )
    if filters.open_in is not None:
        zones = zones or MentorZones()
        params |= await open_hours.open_params(tx, actor, filters.open_in, zones)
    result = await tx.connection.execute(select_scan(shape), params)
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
