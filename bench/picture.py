"""The picture of a mentor's week: at most 150 ms to draw, 5 ms once drawn; the event loop goes on.

The times are what a card waits for: deciding what the picture shows, handing it to the drawing
process, and receiving the file.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from statistics import median

from bench.figures import Figure
from bot.pictures.availability_week import WeekPicture, own_week
from bot.pictures.drawing import draw_week
from bot.pictures.renderer import PictureRenderer
from mentorship.availability.opening_hours import Schedule, WeeklyHours
from mentorship.time.intervals import Span
from wording.reader import Reader

LIMIT_DRAWN_MS, LIMIT_CACHED_MS, LIMIT_GAP_MS = 150.0, 5.0, 50.0
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


async def _longest_gap(work: asyncio.Future[object] | None, seconds: float) -> float:
    """Return the longest time in ms for which the event loop took no turn.

    Until `work` is done, or for `seconds` without any.
    """
    longest, until, last = 0.0, time.perf_counter() + seconds, time.perf_counter()
    while (time.perf_counter() < until) if work is None else not work.done():
        await asyncio.sleep(0)
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    return longest * 1_000


async def _measure() -> list[Figure]:
    renderer = PictureRenderer(deadline=60)
    try:
        first = await _draw(renderer, 0)
        drawn = [await _draw(renderer, number) for number in range(1, WEEKS)]
        cached = [await _draw(renderer, number) for number in range(WEEKS)]
        assert renderer.drawn == WEEKS
        # The median of several rounds, since other processes take turns on the processor, too.
        gaps, idle = [], []
        for number in range(WEEKS, WEEKS + ROUNDS * AT_ONCE, AT_ONCE):
            weeks = range(number, number + AT_ONCE)
            work = asyncio.gather(*(_draw(renderer, week) for week in weeks))
            gaps.append(await _longest_gap(work, 0))
            await work
            idle.append(await _longest_gap(None, 0.2))
    finally:
        renderer.close()
    started = time.perf_counter()
    size = len(draw_week(_week(0).image))
    blocking = (time.perf_counter() - started) * 1_000
    return [
        Figure("first picture, with the start of the process", first, "ms"),
        Figure("picture of a week, drawn", median(drawn), "ms", at_most=LIMIT_DRAWN_MS),
        Figure("the slowest of 39", max(drawn), "ms"),
        Figure("picture of a week, from the cache", median(cached), "ms", at_most=LIMIT_CACHED_MS),
        Figure("event loop's longest gap, 8 at once", median(gaps), "ms", at_most=LIMIT_GAP_MS),
        Figure("event loop's longest gap, idle", median(idle), "ms"),
        Figure("gap if it were drawn in the event loop", blocking, "ms"),
        Figure("size of the file", size / 1_000, "kB"),
    ]


def figures() -> Iterator[Figure]:
    """Measure drawing, the cache, and the event loop."""
    yield from asyncio.run(_measure())
