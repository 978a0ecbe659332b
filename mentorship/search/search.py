"""Search for mentors: filters, four orders, pages by cursor, and which filters to remove.

The orders (product: "Search"):

- `RATING`: by the Bayesian mean (`mentorship.search.ranking`).
- `RELEVANCE`: the tag that was named before tags that begin like it, bios with the words next to
  each other before bios that have them apart, and the better rating within each.
- `PRICE`: the lower rate first, and the better rating within one rate.
- `SOONEST`: by the half hour in which the first slot starts, and the better rating within each;
  mentors without a slot in the next weeks come last.

A page is loaded from the cursor's position in the index, never by an offset. Slots are computed for
the page's mentors only, and for candidates where the index can't decide (`executor`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from mentorship.actors import Actor
from mentorship.availability import mentor_calendar
from mentorship.mentors.expertise import match_tags
from mentorship.pagination import Cursor, Direction
from mentorship.search import directory
from mentorship.search.directory import MentorView
from mentorship.search.executor import (
    MatchPage,
    SearchExecutor,
    build_tier_filters,
)
from mentorship.search.open_hours import MentorZones
from mentorship.search.query import Filter, SearchQuery, Sort, parse_cursor, validate
from mentorship.search.slot_finder import SlotFinder
from mentorship.search.tags import load_tags, load_tags_like
from storage import Transaction

MAX_COUNTED = 50
"""How far the mentors are counted whom a search without one of its filters would find."""

MAX_CANDIDATES = 80
"""For how many mentors slots are computed for one page, at most."""

MAX_CANDIDATES_COUNTED = 25
"""For how many mentors slots are computed to count them without one of the filters."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A mentor on a page, and the next starts of sessions of `minutes` that the searcher can book.

    With a `free` filter these are the next ones from there on.
    """

    mentor: MentorView
    minutes: int
    slots: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class FilterSuggestion:
    """How many mentors the search would find without one of its filters.

    `or_more`: at least so many.
    """

    without: Filter
    mentors: int
    or_more: bool


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Some results of a search, and the cursors of the pages beside it.

    `suggestions` are only there if the search finds nobody: for each filter what removing it
    would find, most first.
    """

    results: tuple[SearchResult, ...]
    previous: str | None = None
    next: str | None = None
    suggestions: tuple[FilterSuggestion, ...] = ()


async def search(tx: Transaction, actor: Actor, query: SearchQuery) -> SearchPage:
    """Load a page of the guild's mentors who match all filters.

    The actor and mentors who are paused, suspended or not approved are never among them. Raises
    `InvalidField`.
    """
    query = validate(query)
    cursor = parse_cursor(query)
    busy = await mentor_calendar.load_commitments(tx, actor.user_id)
    tier_filters = await build_tier_filters(tx, actor, query)
    slots, zones = SlotFinder(tx, busy, query.free), MentorZones()
    executor = SearchExecutor(actor, query, tier_filters, slots, zones, MAX_CANDIDATES)
    page = await executor.load_page(cursor, query.size)
    found_nobody = not page.matches and not page.more
    if found_nobody and cursor is not None and cursor.direction is Direction.BACKWARD:
        # The mentors before the cursor are gone, so this is the beginning of the list.
        cursor, page = None, await executor.load_page(None, query.size)
        found_nobody = not page.matches and not page.more
    if found_nobody and cursor is None:
        return SearchPage((), suggestions=await _suggest_removals(executor))
    return await _search_page(executor, page, cursor)


async def suggest_tags(
    tx: Transaction, actor: Actor, typed: str, limit: int = 25
) -> tuple[str, ...]:
    """List the tags of listed mentors that typed text can mean, best first."""
    if not typed.strip():
        return tuple((await load_tags(tx, actor)).values())[:limit]
    tags = await load_tags_like(tx, actor, typed)
    matches = (tag_id for group in match_tags(typed, tags) for tag_id in group)
    return tuple(tags[tag_id] for tag_id in matches)[:limit]


async def _search_page(
    executor: SearchExecutor, page: MatchPage, cursor: Cursor | None
) -> SearchPage:
    ids = [match.profile_id for match in page.matches]
    views = await directory.load_views(executor.tx, ids) if ids else {}
    calendars = await executor.slots.load_calendars(ids)
    results = tuple(
        SearchResult(views[profile_id], *executor.slots.next_slots(calendars[profile_id]))
        for profile_id in ids
        if profile_id in calendars
    )
    further = (
        Cursor(cursor.direction if cursor else Direction.FORWARD, page.last).text
        if page.last and page.more
        else None
    )
    if cursor is None:
        return SearchPage(results, None, further)
    positions = [match.position for match in page.matches] or [page.last or cursor.position]
    if cursor.direction is Direction.FORWARD:
        return SearchPage(results, Cursor(Direction.BACKWARD, positions[0]).text, further)
    return SearchPage(results, further, Cursor(Direction.FORWARD, positions[-1]).text)


async def _suggest_removals(executor: SearchExecutor) -> tuple[FilterSuggestion, ...]:
    """Count the mentors whom the search would find without each filter; the most come first."""
    query, slots = executor.query, executor.slots
    single_tier = replace(query, sort=Sort.RATING)
    (filters,) = await build_tier_filters(slots.tx, executor.actor, single_tier)
    suggestions = []
    for removed in query.filters:
        looser = query.without(removed)
        # The order doesn't matter for counting. By price, a scan ends at the highest rate.
        sort = Sort.RATING if looser.max_rate is None else Sort.PRICE
        looser = replace(looser, sort=sort)
        counter = SearchExecutor(
            executor.actor,
            looser,
            (replace(filters, **_WITHOUT[removed]),),
            slots if looser.free == query.free else SlotFinder(slots.tx, slots.busy, looser.free),
            executor.zones,
            MAX_CANDIDATES_COUNTED,
        )
        page = await counter.load_page(None, MAX_COUNTED)
        suggestions.append(FilterSuggestion(removed, len(page.matches), page.more))
    return tuple(sorted(suggestions, key=lambda suggestion: -suggestion.mentors))


_WITHOUT: Mapping[Filter, Mapping[str, Any]] = {
    Filter.EXPERTISE: {"tags": None},
    # Rare words have been replaced by the profiles that have them.
    Filter.TEXT: {"text": None, "profiles": None},
    Filter.MIN_RATING: {"min_rating": None},
    Filter.MAX_RATE: {"max_rate": None},
    Filter.FREE: {},
}
"""What is None in the index's filters without a filter of the query. `free` isn't among them."""
