"""Search among 1,000 to 100,000 mentors: a page with slots, and suggestions at each keystroke.

Each kind of query is measured in all guilds in turn. The limits hold for the largest guild. The
CPU time is there for runs on a busy machine, where other programs add to the times.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from bench.support.figures import Figure, percentile_99
from bench.support.sample_guild import (
    GUILD,
    NIGHT_ZONE,
    NOW,
    VIEWER,
    fill_database,
    sample_names,
    sample_zones,
    tags_and_words,
)
from mentorship.actors import Actor
from mentorship.members import members
from mentorship.search import directory
from mentorship.search.query import SearchQuery, Sort
from mentorship.search.search import search, suggest_tags
from mentorship.time.intervals import Span
from storage import Database
from storage.migrations import upgrade

SIZES = (1_000, 10_000, 100_000)
PAGE = 50
PAGE_MS, SUGGESTIONS_MS = 60.0, 30.0
"""The limits of the 99th percentile, in milliseconds."""

GROWTH_LIMIT = 3.0
"""Ten times as many mentors may take at most so many times as long."""

ROUNDS = 300

VIEWER_ACTOR = Actor(VIEWER, "viewer", GUILD)
Call = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class QueryKind:
    """A kind of query, with the limit of its 99th percentile in milliseconds."""

    name: str
    limit: float | None
    calls: Sequence[Call]


def _with_typo(rng: random.Random, word: str) -> str:
    """Return a word as people type it: whole, incomplete, or with a letter missing."""
    position = rng.randrange(1, len(word))
    return rng.choice((word, word[: max(2, len(word) - 2)], word[:position] + word[position + 1 :]))


def _searches(rng: random.Random, free: timedelta | None = None) -> Iterator[SearchQuery]:
    """Yield searches by tag, rating and price, in the orders that are indexed."""
    tags, _ = tags_and_words()
    while True:
        span = None
        if free is not None:
            start = NOW + timedelta(minutes=30 * rng.randrange(4, 300))
            span = Span(start, start + free)
        yield SearchQuery(
            expertise=_with_typo(rng, rng.choice(tags)),
            min_rating=rng.choice((None, 3.5, 4.0, 4.5)),
            max_rate=rng.choice((None, 30, 60, 120)),
            free=span,
            sort=rng.choice((Sort.RELEVANCE, Sort.RATING, Sort.PRICE)),
        )


async def _query_at_page(db: Database, query: SearchQuery, page: int) -> SearchQuery:
    """Return the same search at a page, or at the last page if there are fewer."""
    for _ in range(page - 1):
        results = await db.read(search, VIEWER_ACTOR, query)
        if results.next is None:
            break
        query = replace(query, cursor=results.next)
    return query


async def query_kinds(db: Database) -> list[QueryKind]:
    """Return all kinds of queries for one database."""
    rng = random.Random(99)

    def search_call(query: SearchQuery) -> Call:
        return lambda: db.read(search, VIEWER_ACTOR, query)

    def mentors_call(text: str) -> Call:
        return lambda: db.read(directory.suggest_mentors, VIEWER_ACTOR, text)

    def tags_call(text: str) -> Call:
        return lambda: db.read(suggest_tags, VIEWER_ACTOR, text)

    tags, words = tags_and_words()
    names = rng.sample(sample_names(), 40)
    typed = [_with_typo(rng, name) for name in names] + [name[:3] for name in names]
    typed += [_with_typo(rng, tag) for tag in rng.sample(tags, 40)] + ["", "k", "so"]
    evening = Span(NOW + timedelta(hours=30), NOW + timedelta(hours=34))
    by_filters, free_in_evening = _searches(rng), _searches(rng, timedelta(hours=4))
    everybody = [SearchQuery(sort=sort, min_rating=4.0) for sort in (Sort.RATING, Sort.PRICE)]
    free = [replace(query, free=evening) for query in everybody]
    soonest = [
        SearchQuery(sort=Sort.SOONEST),
        SearchQuery(sort=Sort.SOONEST, expertise="python"),
        SearchQuery(sort=Sort.SOONEST, expertise=tags[-1]),
        SearchQuery(sort=Sort.SOONEST, min_rating=4.9, max_rate=10),
        SearchQuery(sort=Sort.SOONEST, text="ka"),
        SearchQuery(sort=Sort.SOONEST, free=evening),
    ]
    nobody = SearchQuery(
        expertise="pyton", text="ka", min_rating=5, max_rate=0, free=evening, sort=Sort.SOONEST
    )
    nobody_by_words = SearchQuery(expertise="python", text="xyzzy", min_rating=4)
    one = SearchQuery(text=" ".join(rng.sample(words, 4)))

    async def at_page(queries: Sequence[SearchQuery], page: int) -> list[Call]:
        return [search_call(await _query_at_page(db, query, page)) for query in queries]

    return [
        QueryKind(
            "baseline: a single statement", None, [lambda: db.read(members.load, VIEWER_ACTOR)]
        ),
        QueryKind(
            "by tag, rating and price", PAGE_MS, [search_call(next(by_filters)) for _ in range(100)]
        ),
        QueryKind("by rating or price", PAGE_MS, await at_page(everybody, 1)),
        QueryKind(f"by rating or price, page {PAGE}", PAGE_MS, await at_page(everybody, PAGE)),
        QueryKind(
            "by tag, rating, price and free on an evening",
            PAGE_MS,
            [search_call(next(free_in_evening)) for _ in range(100)],
        ),
        QueryKind("free on an evening", PAGE_MS, await at_page(free, 1)),
        QueryKind(f"free on an evening, page {PAGE}", PAGE_MS, await at_page(free, PAGE)),
        QueryKind("by soonest slot", PAGE_MS, await at_page(soonest, 1)),
        QueryKind(f"by soonest slot, page {PAGE}", PAGE_MS, await at_page(soonest[:2], PAGE)),
        QueryKind(
            "by two words of the bio",
            PAGE_MS,
            [search_call(SearchQuery(text=" ".join(rng.sample(words, 2)))) for _ in range(40)],
        ),
        QueryKind("by four words of one bio", PAGE_MS, [search_call(one)]),
        QueryKind("nobody matches five filters", PAGE_MS, [search_call(nobody)]),
        QueryKind("nobody has the words", PAGE_MS, [search_call(nobody_by_words)]),
        QueryKind("mentor autocomplete", SUGGESTIONS_MS, [mentors_call(text) for text in typed]),
        QueryKind("expertise autocomplete", SUGGESTIONS_MS, [tags_call(text) for text in typed]),
    ]


async def night_kinds(db: Database) -> list[QueryKind]:
    """Return the kinds of queries for a guild in which it is night for all mentors."""
    at_three = Span(NOW + timedelta(hours=2), NOW + timedelta(hours=4))
    queries = {
        "at night, by soonest slot": SearchQuery(sort=Sort.SOONEST),
        "at night, free before the morning": SearchQuery(free=at_three),
    }

    def call(query: SearchQuery) -> Call:
        return lambda: db.read(search, VIEWER_ACTOR, query)

    return [QueryKind(name, PAGE_MS, [call(query)]) for name, query in queries.items()]


@dataclass(frozen=True)
class Times:
    """How long one kind of query takes in one guild, in milliseconds."""

    median: float
    percentile_99: float
    cpu_percentile_99: float


async def measure_kinds(kinds: Sequence[QueryKind]) -> list[Times]:
    """Measure one kind in each guild.

    The guilds alternate, so that other load on the machine affects all of them equally.
    """
    for kind in kinds:
        for call in kind.calls[:20]:
            await call()
    samples: list[list[tuple[float, float]]] = [[] for _ in kinds]
    for number in range(ROUNDS):
        for kind, times in zip(kinds, samples, strict=True):
            started, cpu_started = time.perf_counter(), time.process_time()
            await kind.calls[number % len(kind.calls)]()
            times.append((time.perf_counter() - started, time.process_time() - cpu_started))
    return [_times(*zip(*times, strict=True)) for times in samples]


def _times(seconds: Sequence[float], cpu_seconds: Sequence[float]) -> Times:
    in_the_middle = sorted(seconds)[len(seconds) // 2]
    return Times(
        in_the_middle * 1_000, percentile_99(seconds) * 1_000, percentile_99(cpu_seconds) * 1_000
    )


async def create_guild(folder: Path, size: int, zones: Sequence[str]) -> Database:
    """Create a database with a guild of `size` mentors in some zones."""
    path = folder / f"{size}_{len(zones)}.db"
    url = f"sqlite+aiosqlite:///{path}"
    await upgrade(url)
    fill_database(path, size, zones)
    return Database(url, clock=lambda: NOW)


async def compare_sizes(
    folder: Path,
    sizes: Sequence[int],
    zones: Sequence[str],
    kinds_of: Callable[[Database], Awaitable[list[QueryKind]]],
) -> AsyncIterator[Figure]:
    """Measure each kind at all sizes, and how it grows from the second largest to the largest."""
    guilds = [await create_guild(folder, size, zones) for size in sizes]
    for same_kind in zip(*[await kinds_of(db) for db in guilds], strict=True):
        name, limit = same_kind[-1].name, same_kind[-1].limit
        times = await measure_kinds(same_kind)
        for size, each in zip(sizes, times, strict=True):
            of_size = f"{name}: {size:,} mentors"
            at_most = limit if size == sizes[-1] else None
            yield Figure(f"{of_size}, median", each.median, "ms")
            yield Figure(f"{of_size}, 99th percentile", each.percentile_99, "ms", None, at_most)
            yield Figure(f"{of_size}, 99th percentile of CPU time", each.cpu_percentile_99, "ms")
        growth = times[-1].median / times[-2].median
        name = f"{name}: growth of the median from {sizes[-2]:,} to {sizes[-1]:,}"
        yield Figure(name, growth, "", None, GROWTH_LIMIT)
    for db in guilds:
        await db.close()


def figures() -> Iterator[Figure]:
    """Measure each kind of query in guilds of different sizes."""
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner() as runner:
        for figures in (
            compare_sizes(Path(folder), SIZES, sample_zones(), query_kinds),
            compare_sizes(Path(folder), SIZES, [NIGHT_ZONE], night_kinds),
        ):
            while (figure := runner.run(_next(figures))) is not None:
                yield figure


async def _next(figures: AsyncIterator[Figure]) -> Figure | None:
    return await anext(figures, None)
