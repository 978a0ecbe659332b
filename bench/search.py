"""Search among 1,000 to 100,000 mentors: the 99th percentile of each kind, measured in turn."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from bench.crowd import GUILD, NOW, VIEWER, fill, names, vocabulary
from bench.figures import Figure
from mentorship.actors import Actor
from mentorship.members import members
from mentorship.search import directory
from mentorship.search.search import Sort, Wanted, search, tags
from mentorship.time.intervals import Span
from storage import Database
from storage.migrations import upgrade

SIZES = (1_000, 10_000, 100_000)
PAGE = 50
GROWTH_LIMIT = 2.0
ROUNDS = 300

ME = Actor(VIEWER, "viewer", GUILD)
Act = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Kind:
    """What is measured, and how many milliseconds it may take in 99 of 100 cases."""

    name: str
    limit: float | None
    acts: Sequence[Act]


def _typed(rng: random.Random, word: str) -> str:
    """A word as people type it: whole, begun, or with a slip."""
    slip = rng.randrange(1, len(word))
    return rng.choice((word, word[: max(2, len(word) - 2)], word[:slip] + word[slip + 1 :]))


def _searches(rng: random.Random, free: timedelta | None = None) -> Iterator[Wanted]:
    """Searches by tag, rating and price, in the orders that an index has."""
    known, _ = vocabulary()
    while True:
        span = None
        if free is not None:
            start = NOW + timedelta(minutes=30 * rng.randrange(4, 300))
            span = Span(start, start + free)
        yield Wanted(
            expertise=_typed(rng, rng.choice(known)),
            min_rating=rng.choice((None, 3.5, 4.0, 4.5)),
            max_rate=rng.choice((None, 30, 60, 120)),
            free=span,
            sort=rng.choice((Sort.RELEVANCE, Sort.RATING, Sort.PRICE)),
        )


async def _at_page(db: Database, wanted: Wanted, page: int) -> Wanted:
    """The same search where somebody has turned so many pages, or all that there are."""
    for _ in range(page - 1):
        found = await db.read(search, ME, wanted)
        if found.next is None:
            break
        wanted = replace(wanted, cursor=found.next)
    return wanted


async def kinds(db: Database) -> list[Kind]:
    """All that is measured over one database."""
    rng = random.Random(99)

    def looking(wanted: Wanted) -> Act:
        return lambda: db.read(search, ME, wanted)

    def typing(text: str) -> Act:
        return lambda: db.read(directory.find, ME, text)

    def naming(text: str) -> Act:
        return lambda: db.read(tags, ME, text)

    plain, evening = _searches(rng), _searches(rng, timedelta(hours=4))
    whole = [Wanted(sort=sort, min_rating=4.0) for sort in (Sort.RATING, Sort.PRICE)]
    free_all = [
        replace(each, free=Span(NOW + timedelta(hours=30), NOW + timedelta(hours=34)))
        for each in whole
    ]
    people = rng.sample(names(), 40)
    typed = [_typed(rng, name) for name in people] + [name[:3] for name in people]
    typed += [_typed(rng, tag) for tag in rng.sample(vocabulary()[0], 40)] + ["", "k", "so"]
    common = [Wanted(sort=Sort.SOONEST), Wanted(expertise="python", sort=Sort.SOONEST)]
    words = [Wanted(text=" ".join(rng.sample(vocabulary()[1], 2))) for _ in range(40)]
    return [
        Kind("nothing but one statement", None, [lambda: db.read(members.load, ME)]),
        Kind("by tag, rating and price", 25, [looking(next(plain)) for _ in range(ROUNDS)]),
        Kind("all mentors, first page", 25, [looking(each) for each in whole]),
        Kind(
            f"all mentors, page {PAGE}",
            25,
            [looking(await _at_page(db, each, PAGE)) for each in whole],
        ),
        Kind("and free on an evening", 80, [looking(next(evening)) for _ in range(ROUNDS)]),
        Kind("all, free, first page", 80, [looking(each) for each in free_all]),
        Kind(
            f"all, free, page {PAGE}",
            80,
            [looking(await _at_page(db, each, PAGE)) for each in free_all],
        ),
        Kind("autocomplete: mentors", 30, [typing(text) for text in typed]),
        Kind("autocomplete: expertise", 30, [naming(text) for text in typed]),
        Kind("soonest slot first", None, [looking(each) for each in common]),
        Kind("two words in the bio", None, [looking(each) for each in words]),
    ]


async def _milliseconds(act: Act) -> float:
    started = time.perf_counter()
    await act()
    return (time.perf_counter() - started) * 1_000


async def measured(kinds: Sequence[Kind]) -> list[tuple[float, float]]:
    """The median and the 99th percentile of a kind in each guild, in milliseconds.

    In turn, so that what else the machine does falls on all alike.
    """
    for kind in kinds:
        for act in kind.acts[:20]:
            await act()
    times: list[list[float]] = [[] for _ in kinds]
    for number in range(max(ROUNDS, *(len(kind.acts) for kind in kinds))):
        for kind, taken in zip(kinds, times, strict=True):
            taken.append(await _milliseconds(kind.acts[number % len(kind.acts)]))
    return [(taken[len(taken) // 2], taken[int(len(taken) * 0.99)]) for taken in map(sorted, times)]


async def guild_of(folder: Path, size: int) -> Database:
    """A database with a guild of so many mentors."""
    path = folder / f"{size}.db"
    url = f"sqlite+aiosqlite:///{path}"
    await upgrade(url)
    fill(path, size)
    return Database(url, clock=lambda: NOW)


async def compared(folder: Path) -> list[Figure]:
    """Each kind at all sizes beside its limit, and how it grew at the last step."""
    guilds = [await guild_of(folder, size) for size in SIZES]
    found = []
    for same in zip(*[await kinds(db) for db in guilds], strict=True):
        name, limit = same[-1].name, same[-1].limit
        times = await measured(same)
        for size, (_, slow) in zip(SIZES, times, strict=True):
            most = limit if size == SIZES[-1] else None
            found.append(Figure(f"{name}: {size:,} mentors", slow, "ms", at_most=most))
        growth = max(now / then for then, now in zip(times[-2], times[-1], strict=True))
        found.append(Figure(f"{name}: ten times as many, times", growth, "", None, GROWTH_LIMIT))
    for db in guilds:
        await db.close()
    return found


def figures() -> Iterator[Figure]:
    """What search costs among few mentors and among many."""
    with tempfile.TemporaryDirectory() as folder:
        yield from asyncio.run(compared(Path(folder)))
