"""Pictures of a mentor's week: at most 150 ms, 5 ms from the cache; the event loop isn't blocked.

The times are what a card waits for: deciding what the picture shows, handing it to the drawing
process, and receiving the file.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from statistics import median

from bench.support.figures import Figure
from bot.pictures.availability_week import WeekPicture, own_week
from bot.pictures.drawing import draw_week
from bot.pictures.renderer import PictureRenderer
from mentorship.availability.opening_hours import Schedule, WeeklyHours
from mentorship.time.intervals import Span
from wording.reader import Reader

LIMIT_DRAWN_MS, LIMIT_CACHED_MS = 150.0, 5.0
LIMIT_TURN_MS, LIMIT_TURN_CPU_MS = 50.0, 10.0
WEEKS = 40
ROUNDS, AT_ONCE = 9, 8
NOW = datetime(2026, 10, 1, 4, tzinfo=UTC)
READER = Reader.of("en-US")


def _week(number: int) -> WeekPicture:
    """Return one of many different weeks, with five hours a day and twenty bookings."""
    schedule = Schedule(
        "America/New_York",
        tuple(
            WeeklyHours(day, start + number, start + 150 + number)
            for day in range(7)
            for start in (540, 1_080)
        ),
    )
    starts = [NOW + timedelta(hours=8 * each, minutes=number) for each in range(20)]
    week = own_week(
        schedule, [Span(start, start + timedelta(hours=1)) for start in starts], NOW, READER
    )
    assert week is not None
    return week


async def _draw(renderer: PictureRenderer, number: int) -> float:
    """Draw a week and return the milliseconds that a card would have waited."""
    started = time.perf_counter()
    picture = await renderer.draw(_week(number).image)
    assert picture is not None
    return (time.perf_counter() - started) * 1_000


async def _longest_turn(work: asyncio.Future[object] | None, seconds: float) -> tuple[float, float]:
    """Return the event loop's longest turn, in ms of elapsed time and of its own CPU time.

    Until `work` is done, or for `seconds` without any. Elapsed time includes waiting for a core,
    which other programs also use.
    """
    longest = cpu = 0.0
    until, last, last_cpu = time.perf_counter() + seconds, time.perf_counter(), time.thread_time()
    while (time.perf_counter() < until) if work is None else not work.done():
        await asyncio.sleep(0)
        now, now_cpu = time.perf_counter(), time.thread_time()
        longest, last = max(longest, now - last), now
        cpu, last_cpu = max(cpu, now_cpu - last_cpu), now_cpu
    return longest * 1_000, cpu * 1_000


async def _measure() -> list[Figure]:
    renderer = PictureRenderer(deadline=60)
    try:
        first = await _draw(renderer, 0)
        drawn = [await _draw(renderer, number) for number in range(1, WEEKS)]
        cached = [await _draw(renderer, number) for number in range(WEEKS)]
        assert renderer.drawn == WEEKS
        # The median of several rounds, since other processes take turns on the processor, too.
        turns, idle = [], []
        for number in range(WEEKS, WEEKS + ROUNDS * AT_ONCE, AT_ONCE):
            weeks = range(number, number + AT_ONCE)
            work = asyncio.gather(*(_draw(renderer, week) for week in weeks))
            turns.append(await _longest_turn(work, 0))
            await work
            idle.append(await _longest_turn(None, 0.2))
    finally:
        renderer.close()
    week, started = _week(0), time.thread_time()
    size = len(draw_week(week.image))
    blocking = (time.thread_time() - started) * 1_000
    elapsed, cpu = (median(values) for values in zip(*turns, strict=True))
    return [
        Figure("first picture, with the start of the process", first, "ms"),
        Figure("picture of a week, drawn", median(drawn), "ms", at_most=LIMIT_DRAWN_MS),
        Figure(f"the slowest of {len(drawn)}", max(drawn), "ms"),
        Figure("picture of a week, from the cache", median(cached), "ms", at_most=LIMIT_CACHED_MS),
        Figure("event loop's longest turn, 8 at once", elapsed, "ms", at_most=LIMIT_TURN_MS),
        Figure("the same, idle", median(each for each, _ in idle), "ms"),
        Figure("its CPU time, 8 at once", cpu, "ms", at_most=LIMIT_TURN_CPU_MS),
        Figure("CPU time of drawing one", blocking, "ms"),
        Figure("size of the file", size / 1_000, "kB"),
    ]


def figures() -> Iterator[Figure]:
    """Measure drawing, the cache, and the event loop."""
    yield from asyncio.run(_measure())
