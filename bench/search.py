"""Search in a guild of 10,000 mentors and of 100,000, by the use cases that faces call."""

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
from mentorship import members, mentors
from mentorship.actors import Actor
from mentorship.schedules import Span
from mentorship.search import Sort, Wanted, search, tags
from storage import Database
from storage.migrations import upgrade

SIZES = (10_000, 100_000)
PAGE = 50
GROWTH_LIMIT = 2.0
ROUNDS = 300

ME = Actor(VIEWER, "viewer", GUILD)
Act = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Figure:
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
    """The same search where somebody has turned so many pages."""
    for _ in range(page - 1):
        found = await db.read(search, ME, wanted)
        assert found.next is not None
        wanted = replace(wanted, cursor=found.next)
    return wanted


async def figures(db: Database) -> list[Figure]:
    """All that is measured over one database."""
    rng = random.Random(99)

    def looking(wanted: Wanted) -> Act:
        return lambda: db.read(search, ME, wanted)

    def typing(text: str) -> Act:
        return lambda: db.read(mentors.find, ME, text)

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
        Figure("nothing but one statement", None, [lambda: db.read(members.look, ME)]),
        Figure("by tag, rating and price", 25, [looking(next(plain)) for _ in range(ROUNDS)]),
        Figure("all mentors, first page", 25, [looking(each) for each in whole]),
        Figure(
            f"all mentors, page {PAGE}",
            25,
            [looking(await _at_page(db, each, PAGE)) for each in whole],
        ),
        Figure("and free on an evening", 80, [looking(next(evening)) for _ in range(ROUNDS)]),
        Figure("all, free, first page", 80, [looking(each) for each in free_all]),
        Figure(
            f"all, free, page {PAGE}",
            80,
            [looking(await _at_page(db, each, PAGE)) for each in free_all],
        ),
        Figure("autocomplete: mentors", 30, [typing(text) for text in typed]),
        Figure("autocomplete: expertise", 30, [naming(text) for text in typed]),
        Figure("soonest slot first", None, [looking(each) for each in common]),
        Figure("two words in the bio", None, [looking(each) for each in words]),
    ]


async def _milliseconds(act: Act) -> float:
    started = time.perf_counter()
    await act()
    return (time.perf_counter() - started) * 1_000


async def measured(few: Figure, many: Figure) -> tuple[tuple[float, float], tuple[float, float]]:
    """The median and the 99th percentile in the small guild and in the large one, in milliseconds.

    In turn, so that what else the machine does falls on both alike.
    """
    for figure in (few, many):
        for act in figure.acts[:20]:
            await act()
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(max(ROUNDS, len(few.acts))):
        for figure, taken in zip((few, many), times, strict=True):
            taken.append(await _milliseconds(figure.acts[number % len(figure.acts)]))
    small, large = (
        (taken[len(taken) // 2], taken[int(len(taken) * 0.99)]) for taken in map(sorted, times)
    )
    return small, large


async def guild_of(folder: Path, size: int) -> Database:
    """A database with a guild of so many mentors."""
    path = folder / f"{size}.db"
    url = f"sqlite+aiosqlite:///{path}"
    await upgrade(url)
    started = time.perf_counter()
    fill(path, size)
    print(f"  {size:,} mentors written in {time.perf_counter() - started:.0f} s", flush=True)
    return Database(url, clock=lambda: NOW)


async def compare(folder: Path) -> None:
    """Print each figure at both sizes beside its limit, and how it grew."""
    few, many = [await guild_of(folder, size) for size in SIZES]
    print(f"  {'':25} {SIZES[0]:>15,} {SIZES[1]:>15,}   limit   growth of both")
    for small, large in zip(await figures(few), await figures(many), strict=True):
        before, after = await measured(small, large)
        growth = [now / then for then, now in zip(before, after, strict=True)]
        ok = (large.limit is None or after[1] <= large.limit) and max(growth) <= GROWTH_LIMIT
        print(
            f"  {large.name:25} {before[0]:6.1f} {before[1]:8.1f} {after[0]:6.1f} {after[1]:8.1f} "
            f"{large.limit or '-':>7} {growth[0]:7.2f}x {growth[1]:.2f}x"
            f"{'' if ok else '  OVER THE LIMIT'}",
            flush=True,
        )
    await few.close()
    await many.close()


def main() -> None:
    """Print what search costs among few mentors and among many."""
    print(f"search, milliseconds: median and 99th percentile of {ROUNDS}; mentors in one guild")
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(compare(Path(folder)))


if __name__ == "__main__":
    main()
