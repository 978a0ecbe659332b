"""Search among 1,000 to 100,000 mentors: the 99th percentile of each kind of query."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from bench.figures import Figure
from bench.sample_guild import GUILD, NOW, VIEWER, fill_database, sample_names, tags_and_words
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
GROWTH_LIMIT = 2.0
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

    by_filters, free_in_evening = _searches(rng), _searches(rng, timedelta(hours=4))
    all_mentors = [SearchQuery(sort=sort, min_rating=4.0) for sort in (Sort.RATING, Sort.PRICE)]
    all_free = [
        replace(query, free=Span(NOW + timedelta(hours=30), NOW + timedelta(hours=34)))
        for query in all_mentors
    ]
    names = rng.sample(sample_names(), 40)
    typed = [_with_typo(rng, name) for name in names] + [name[:3] for name in names]
    typed += [_with_typo(rng, tag) for tag in rng.sample(tags_and_words()[0], 40)] + ["", "k", "so"]
    by_soonest = [
        SearchQuery(sort=Sort.SOONEST),
        SearchQuery(expertise="python", sort=Sort.SOONEST),
    ]
    by_words = [SearchQuery(text=" ".join(rng.sample(tags_and_words()[1], 2))) for _ in range(40)]
    return [
        QueryKind(
            "baseline: a single statement", None, [lambda: db.read(members.load, VIEWER_ACTOR)]
        ),
        QueryKind(
            "by tag, rating and price", 25, [search_call(next(by_filters)) for _ in range(ROUNDS)]
        ),
        QueryKind("all mentors, first page", 25, [search_call(query) for query in all_mentors]),
        QueryKind(
            f"all mentors, page {PAGE}",
            25,
            [search_call(await _query_at_page(db, query, PAGE)) for query in all_mentors],
        ),
        QueryKind(
            "by tag, rating, price and free on an evening",
            80,
            [search_call(next(free_in_evening)) for _ in range(ROUNDS)],
        ),
        QueryKind("all free mentors, first page", 80, [search_call(query) for query in all_free]),
        QueryKind(
            f"all free mentors, page {PAGE}",
            80,
            [search_call(await _query_at_page(db, query, PAGE)) for query in all_free],
        ),
        QueryKind("mentor autocomplete", 30, [mentors_call(text) for text in typed]),
        QueryKind("expertise autocomplete", 30, [tags_call(text) for text in typed]),
        QueryKind("sorted by soonest slot", None, [search_call(query) for query in by_soonest]),
        QueryKind("two words of the bio", None, [search_call(query) for query in by_words]),
    ]


async def _milliseconds(call: Call) -> float:
    started = time.perf_counter()
    await call()
    return (time.perf_counter() - started) * 1_000


async def measure_kinds(kinds: Sequence[QueryKind]) -> list[tuple[float, float]]:
    """Return the median and the 99th percentile of one kind in each guild, in milliseconds.

    The guilds alternate, so that other load on the machine affects all of them equally.
    """
    for kind in kinds:
        for call in kind.calls[:20]:
            await call()
    times: list[list[float]] = [[] for _ in kinds]
    for number in range(max(ROUNDS, *(len(kind.calls) for kind in kinds))):
        for kind, samples in zip(kinds, times, strict=True):
            samples.append(await _milliseconds(kind.calls[number % len(kind.calls)]))
    return [
        (samples[len(samples) // 2], samples[int(len(samples) * 0.99)])
        for samples in map(sorted, times)
    ]


async def create_guild(folder: Path, size: int) -> Database:
    """Create a database with a guild of `size` mentors."""
    path = folder / f"{size}.db"
    url = f"sqlite+aiosqlite:///{path}"
    await upgrade(url)
    fill_database(path, size)
    return Database(url, clock=lambda: NOW)


async def compare_sizes(folder: Path) -> list[Figure]:
    """Measure each kind at all sizes, and how it grows from the second largest to the largest."""
    guilds = [await create_guild(folder, size) for size in SIZES]
    figures = []
    for same_kind in zip(*[await query_kinds(db) for db in guilds], strict=True):
        name, limit = same_kind[-1].name, same_kind[-1].limit
        times = await measure_kinds(same_kind)
        for size, (_, percentile_99) in zip(SIZES, times, strict=True):
            at_most = limit if size == SIZES[-1] else None
            figures.append(
                Figure(f"{name}: {size:,} mentors", percentile_99, "ms", at_most=at_most)
            )
        growth = max(large / small for small, large in zip(times[-2], times[-1], strict=True))
        figures.append(
            Figure(f"{name}: growth from 10,000 to 100,000", growth, "", None, GROWTH_LIMIT)
        )
    for db in guilds:
        await db.close()
    return figures


def figures() -> Iterator[Figure]:
    """Measure each kind of query in guilds of different sizes."""
    with tempfile.TemporaryDirectory() as folder:
        yield from asyncio.run(compare_sizes(Path(folder)))
