"""Searching for a mentor: filters, four orders, pages by cursor, and what to loosen.

The orders (product: "Search"):

- `RATING`: the Bayesian mean, for which five reviews at the guild's own mean stand beside the
  mentor's own, so that one review of 5 stars doesn't outrank forty of 4.9. A young guild's mean
  begins with ten reviews of 4 stars. The index has it (`storage.tables.Listing.shortfall`).
- `RELEVANCE`: the tag that was named before tags that begin like it, bios with the words next to
  each other before bios that have them apart, and the better rating within each.
- `PRICE`: the lower rate first, the better rating within one rate.
- `SOONEST`: by the half hour in which the first slot begins, the better rating within each; who
  has none within reach comes last.

A page is a walk along the listings from where the cursor stands, never an offset. Slots are worked
out for the mentors of the page alone, and for candidates where a time is wanted (`hunts`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mentorship.actors import Actor
from mentorship.availability import mentor_calendar
from mentorship.mentors.expertise import match_tags
from mentorship.pagination import Cursor, Direction
from mentorship.search import directory, index
from mentorship.search.directory import MentorView
from mentorship.search.executor import Hunt, Walked, tiers_of
from mentorship.search.query import Filter as Filter
from mentorship.search.query import Sort as Sort
from mentorship.search.query import Wanted as Wanted
from mentorship.search.query import checked, cursor_of
from mentorship.time.intervals import Span
from storage import Transaction

MOST_COUNTED = 50
"""How far mentors are counted who would be found with a filter less."""


@dataclass(frozen=True, slots=True)
class Found:
    """A mentor on a page, with the next starts that the one who searches could book for a session
    of `minutes`; with a wanted time, the next from there on."""

    mentor: MentorView
    minutes: int
    slots: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class Loosened:
    """How many mentors there would be without one of the filters; `or_more`: at least so many."""

    without: Filter
    mentors: int
    or_more: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the mentors that were searched for, and the cursors of the pages beside.

    `loosened` is told where nobody was found: each filter by what it costs, the dearest first.
    """

    found: tuple[Found, ...]
    previous: str | None = None
    next: str | None = None
    loosened: tuple[Loosened, ...] = ()


async def search(tx: Transaction, actor: Actor, wanted: Wanted) -> Page:
    """One page of the guild's mentors who answer to all that is wanted.

    Never the actor, and nobody who is paused, suspended or not approved. Raises `InvalidField`.
    """
    wanted = checked(wanted)
    cursor = cursor_of(wanted)
    busy = await mentor_calendar.commitments(tx, actor.user_id)
    hunt = Hunt(tx, actor, wanted, busy, await tiers_of(tx, actor, wanted))
    walked = await hunt.walk(cursor, wanted.size)
    if (
        not walked.hits
        and not walked.more
        and cursor is not None
        and cursor.direction is Direction.BACKWARD
    ):
        # Those who were before are gone; so this is where the list begins.
        cursor, walked = None, await hunt.walk(None, wanted.size)
    if not walked.hits and not walked.more and cursor is None:
        return Page((), loosened=await _loosened(tx, actor, wanted, busy))
    return await _page(hunt, walked, cursor)


async def tags(tx: Transaction, actor: Actor, typed: str, limit: int = 25) -> tuple[str, ...]:
    """Tags under which somebody can be found, that resemble what is typed, the likeliest first."""
    known = await index.tags(tx, actor)
    if not typed.strip():
        return tuple(known.values())[:limit]
    meant = (tag_id for group in match_tags(typed, known) for tag_id in group)
    return tuple(known[tag_id] for tag_id in meant)[:limit]


async def _page(hunt: Hunt, walked: Walked, cursor: Cursor | None) -> Page:
    ids = [hit.profile_id for hit in walked.hits]
    shown = await directory.views(hunt.tx, ids) if ids else {}
    known = {hit.profile_id: hit.calendar for hit in walked.hits if hit.calendar is not None}
    missing = [profile_id for profile_id in ids if profile_id not in known]
    if missing:
        known |= await mentor_calendar.load_many(hunt.tx, missing)
    found = tuple(
        Found(shown[profile_id], *hunt.shown(known[profile_id]))
        for profile_id in ids
        if profile_id in known
    )
    further = (
        Cursor(cursor.direction if cursor else Direction.FORWARD, walked.last).text
        if walked.last and walked.more
        else None
    )
    if cursor is None:
        return Page(found, None, further)
    places = [hit.place for hit in walked.hits] or [walked.last or cursor.position]
    if cursor.direction is Direction.FORWARD:
        return Page(found, Cursor(Direction.BACKWARD, places[0]).text, further)
    return Page(found, further, Cursor(Direction.FORWARD, places[-1]).text)


async def _loosened(
    tx: Transaction, actor: Actor, wanted: Wanted, busy: Sequence[Span]
) -> tuple[Loosened, ...]:
    """What each filter costs, the dearest first."""
    costs = []
    for dropped in wanted.filters:
        # Nobody looks at an order here, so the one with a single tier will do.
        looser = replace(wanted.without(dropped), sort=Sort.RATING)
        hunt = Hunt(tx, actor, looser, busy, await tiers_of(tx, actor, looser))
        walked = await hunt.walk(None, MOST_COUNTED)
        costs.append(Loosened(dropped, len(walked.hits), walked.more))
    return tuple(sorted(costs, key=lambda cost: -cost.mentors))
