"""Reads in a big community compared with a small one: the 99th percentile of each kind.

The big community has 200,000 members, 1,000,000 sessions and 5,000,000 transfers in 300 servers.
The small one is the same server of 200 members alone. On SQLite the big one is measured without
and with the planner's statistics. Those who read are members of that server. In the big community
some of them have up to 100,000 sessions.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from bench.support.figures import Figure, percentile_99
from mentorship.actors import Actor
from mentorship.administration import moderation_lists
from mentorship.availability import slot_queries
from mentorship.main_app import audit_pages, guild_lists, mentor_reviews
from mentorship.operations import health
from mentorship.points import transfers
from mentorship.points.transfers import Recipient
from mentorship.search import directory, search
from mentorship.search.query import SearchQuery, Sort
from mentorship.sessions import points_history, session_views
from mentorship.sessions.follow_up import disputes
from mentorship.sessions.lifecycle import Action
from mentorship.sessions.session_views import PAST_SESSIONS, UPCOMING_SESSIONS
from mentorship.statuses import SessionStatus
from mentorship.time.intervals import Span
from storage import Database, Transaction
from tests.scale import layout
from tests.scale.community import copy_sqlite, postgresql_community
from tests.scale.layout import CORE, NOW, Size
from tests.scale.scene import Scene, actor
from tests.storage.on_postgresql import server as postgresql

DAY = timedelta(days=1)
ROUNDS = 300
GROWTH_LIMIT = 1.5
READ_MS, LIST_MS, SEARCH_MS, FIGURES_MS = 30.0, 50.0, 60.0, 5.0
"""The limits of the 99th percentile, in milliseconds."""

TYPED = ("", "k", "kal", "Kalomi", "script", "parser", "xyzzy")

Call = Callable[[Database], Awaitable[object]]


@dataclass(frozen=True)
class ReadKind:
    """A kind of read with its limit in milliseconds, and calls of it."""

    name: str
    limit: float
    calls: Sequence[Call]


@dataclass(frozen=True)
class Place:
    """A database to read from, and who reads there."""

    name: str
    db: Database
    kinds: Sequence[ReadKind]


def _read(use_case: Callable[..., Awaitable[object]], *args: object, **named: object) -> Call:
    return lambda db: db.read(use_case, *args, **named)


async def _load_figures(tx: Transaction) -> None:
    """Load the counts for the metrics, and what is overdue."""
    await health.load_figures(tx)
    await health.load_overdue(tx)


def read_kinds(crowded: bool) -> list[ReadKind]:
    """Return all kinds, as read by the people of a small or a big community."""
    mentees = [actor(CORE.person(number)) for number in (40, 55, 70, 199)]
    mentors = [actor(CORE.person(number)) for number in (5, 6, 7, 12)]
    if crowded:
        mentees.append(actor(layout.CROWDED_MENTEE))
        mentors.append(actor(layout.CROWDED_MENTOR))
    people, chief = [*mentees, *mentors], Scene.chief
    app = replace(chief, is_main_app=True)
    evening = Span(NOW + timedelta(hours=30), NOW + timedelta(hours=34))
    searches = [
        *(SearchQuery(sort=sort) for sort in Sort),
        *(SearchQuery(expertise="script", sort=sort) for sort in Sort),
        *(SearchQuery(text="reading parser", sort=sort) for sort in Sort),
        SearchQuery(free=evening),
        SearchQuery(min_rating=3.0, max_rate=100, free=evening, sort=Sort.PRICE),
    ]

    def each(use_case: Callable[..., Awaitable[object]], who: Sequence[Actor]) -> list[Call]:
        return [_read(use_case, person) for person in who]

    def pairs() -> Iterator[tuple[Actor, Actor]]:
        for mentee in mentees:
            for mentor in mentors:
                yield mentee, mentor

    return [
        ReadKind("figures for operators", FIGURES_MS, [_read(_load_figures)]),
        ReadKind(
            "autocomplete of mentors",
            READ_MS,
            [_read(directory.suggest_mentors, mentees[0], typed) for typed in TYPED],
        ),
        ReadKind(
            "autocomplete of expertise",
            READ_MS,
            [_read(search.suggest_tags, mentees[0], typed) for typed in TYPED],
        ),
        ReadKind(
            "autocomplete of times",
            READ_MS,
            [
                _read(slot_queries.suggest_slots, mentee, mentor.user_id, text=text)
                for mentee, mentor in pairs()
                for text in ("", "tomorrow evening")
            ],
        ),
        ReadKind(
            "autocomplete of sessions",
            READ_MS,
            [_read(session_views.list_actionable, person, Action.CANCEL) for person in people]
            + each(session_views.list_rateable, people),
        ),
        ReadKind(
            "autocomplete of moderators",
            READ_MS,
            [_read(moderation_lists.list_reviews, chief, typed) for typed in TYPED],
        ),
        ReadKind(
            "/sessions",
            READ_MS,
            [
                _read(session_views.list_page, person, which)
                for person in people
                for which in (UPCOMING_SESSIONS, PAST_SESSIONS)
            ],
        ),
        ReadKind(
            "points history",
            READ_MS,
            each(points_history.list_page, people) + each(points_history.load_wallet, people),
        ),
        ReadKind(
            "before a gift",
            READ_MS,
            [
                _read(transfers.before_give, person, Recipient(CORE.person(90), "Somebody"), 5)
                for person in people
            ],
        ),
        ReadKind(
            "changed sessions of a server",
            LIST_MS,
            [
                _read(guild_lists.list_sessions, app, size=100),
                _read(guild_lists.list_sessions, app, updated_since=NOW - DAY, size=100),
                _read(
                    guild_lists.list_sessions,
                    app,
                    frozenset({SessionStatus.SCHEDULED}),
                    size=100,
                ),
            ],
        ),
        ReadKind(
            "changed members of a server",
            LIST_MS,
            [
                _read(guild_lists.list_members, app, size=100),
                _read(guild_lists.list_members, app, updated_since=NOW - DAY, size=100),
            ],
        ),
        ReadKind(
            "reviews in pages",
            LIST_MS,
            [
                *(
                    _read(mentor_reviews.list_of_mentor, mentees[0], mentor.user_id, size=100)
                    for mentor in mentors
                ),
                _read(mentor_reviews.list_of_guild, chief, size=100),
                _read(mentor_reviews.list_of_guild, chief, hidden=True, size=100),
            ],
        ),
        ReadKind("audit log in pages", LIST_MS, [_read(audit_pages.list_page, chief, size=100)]),
        ReadKind("open disputes", READ_MS, each(disputes.list_pending, [chief])),
        ReadKind(
            "a page of search", SEARCH_MS, [_read(search.search, mentees[0], s) for s in searches]
        ),
    ]


async def _milliseconds(call: Call, db: Database) -> float:
    started = time.perf_counter()
    await call(db)
    return (time.perf_counter() - started) * 1_000


async def measure_kind(places: Sequence[Place], number: int) -> list[tuple[float, float]]:
    """Return the median and the 99th percentile of a kind in each place, in milliseconds.

    The places take turns, so that other load on the machine affects all of them equally.
    """
    times: list[list[float]] = [[] for _ in places]
    for turn in range(-20, ROUNDS):
        for place, samples in zip(places, times, strict=True):
            calls = place.kinds[number].calls
            duration = await _milliseconds(calls[turn % len(calls)], place.db)
            # The first turns fill caches.
            if turn >= 0:
                samples.append(duration)
    return [(samples[len(samples) // 2], percentile_99(samples)) for samples in map(sorted, times)]


async def measure(engine: str, urls: Sequence[tuple[str, str]]) -> list[Figure]:
    """Measure all kinds. `urls` are names and URLs of databases, that of the small one first."""
    places = [
        Place(name, Database(url, clock=lambda: NOW), read_kinds(crowded=number > 0))
        for number, (name, url) in enumerate(urls)
    ]
    figures = []
    for number, kind in enumerate(places[0].kinds):
        small, *big = await measure_kind(places, number)
        name = f"{engine}, {kind.name}"
        figures.append(Figure(f"{name}: {places[0].name}", small[1], "ms"))
        for place, times in zip(places[1:], big, strict=True):
            figures.append(Figure(f"{name}: {place.name}", times[1], "ms", at_most=kind.limit))
        growth = max(
            large / alone for times in big for alone, large in zip(small, times, strict=True)
        )
        figures.append(Figure(f"{name}: big, relative to small", growth, "", None, GROWTH_LIMIT))
    for place in places:
        await place.db.close()
    return figures


def figures() -> Iterator[Figure]:
    """Measure SQLite, and PostgreSQL if it is installed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield from asyncio.run(
            measure(
                "SQLite",
                [
                    ("small", copy_sqlite(Size.NONE, folder / "small.db", analyzed=True)),
                    ("big, without statistics", copy_sqlite(Size.FULL, folder / "big.db")),
                    ("big", copy_sqlite(Size.FULL, folder / "analyzed.db", analyzed=True)),
                ],
            )
        )
    programs = postgresql.find_programs()
    if programs is None:
        return
    with ExitStack() as servers:
        small, big = (
            servers.enter_context(postgresql_community(programs, size)).url("community")
            for size in (Size.NONE, Size.FULL)
        )
        yield from asyncio.run(measure("PostgreSQL", [("small", small), ("big", big)]))
