"""Reading a calendar of 5,000 events, 200 of which recur, outside of the event loop.

The events lie in the year that is read, with the zones, descriptions and alarms that common
products write. Reading takes the CPU time of the process that does it, so that other load on the
machine doesn't matter much.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from bench.support.figures import Figure
from integrations.calendars.ics_reader import BusyTimes, ReadRequest
from integrations.calendars.ics_worker import IcsWorker
from integrations.calendars.importing import WINDOW

EVENTS, RECURRING = 5_000, 200
LIMIT_S, LIMIT_TURN_CPU_MS = 2.0, 10.0
ROUNDS = 7
NOW = datetime(2026, 12, 1, tzinfo=UTC)
RULES = ("FREQ=WEEKLY", "FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,WE,FR", "FREQ=MONTHLY;BYDAY=2TU")
ZONES = ("Europe/Berlin", "W. Europe Standard Time", "America/New_York")


def _event(number: int, start: datetime, *lines: str) -> list[str]:
    zone, end = ZONES[number % len(ZONES)], start + timedelta(hours=1)
    return [
        "BEGIN:VEVENT",
        f"DTSTART;TZID={zone}:{start:%Y%m%dT%H%M%S}",
        f"DTEND;TZID={zone}:{end:%Y%m%dT%H%M%S}",
        *lines,
        "DTSTAMP:20261120T000000Z",
        f"UID:{number}@calendar.example",
        "DESCRIPTION:" + "Bring the slides. " * 12,
        "SUMMARY:Meeting",
        "STATUS:CONFIRMED",
        "TRANSP:OPAQUE",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "TRIGGER:-PT10M",
        "END:VALARM",
        "END:VEVENT",
    ]


def calendar() -> bytes:
    """Return the calendar. Each series began two years ago, and has one exception."""
    chance = random.Random(1)
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//Calendar//EN"]
    for number in range(EVENTS):
        start = NOW + timedelta(days=chance.randrange(360), minutes=15 * chance.randrange(28, 80))
        if number < RECURRING:
            first = start - timedelta(weeks=104)
            zone = ZONES[number % len(ZONES)]
            exception = f"EXDATE;TZID={zone}:{start:%Y%m%dT%H%M%S}"
            lines += _event(number, first, f"RRULE:{chance.choice(RULES)}", exception)
        else:
            lines += _event(number, start)
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def _cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _longest_turn(work: asyncio.Future[BusyTimes]) -> float:
    """Return the milliseconds of CPU time of the event loop's longest turn until `work` is done."""
    longest, last = 0.0, time.thread_time()
    while not work.done():
        await asyncio.sleep(0.0005)
        now = time.thread_time()
        longest, last = max(longest, now - last), now
    return longest * 1_000


async def _measure() -> tuple[float, float, float, int]:
    worker, content = IcsWorker(), calendar()
    request = ReadRequest("Europe/Berlin", NOW, NOW + WINDOW)
    try:
        # The first one starts the process.
        busy = await worker.read(content, request)
        assert worker.process_id is not None
        seconds, elapsed, turns = [], [], []
        for _ in range(ROUNDS):
            before, started = _cpu_seconds(worker.process_id), time.perf_counter()
            reading = asyncio.ensure_future(worker.read(content, request))
            turns.append(await _longest_turn(reading))
            seconds.append(_cpu_seconds(worker.process_id) - before)
            elapsed.append(time.perf_counter() - started)
            assert (await reading) == busy
    finally:
        worker.close()
    return median(seconds), median(elapsed), median(turns), len(busy.spans)


def figures() -> Iterator[Figure]:
    """Measure how long reading takes, and how long the event loop waits meanwhile."""
    seconds, elapsed, turn, _ = asyncio.run(_measure())
    name = f"reading {EVENTS:,} events, {RECURRING} recurring"
    yield Figure(f"{name}: CPU time", seconds, "s", at_most=LIMIT_S)
    yield Figure(f"{name}: elapsed", elapsed, "s")
    yield Figure(
        "event loop's longest turn meanwhile: CPU time", turn, "ms", None, LIMIT_TURN_CPU_MS
    )
