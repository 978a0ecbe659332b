"""Parsing times in plain words: at most 3 ms per text once warm."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from time import perf_counter

from bench.figures import Figure
from mentorship.errors import UnreadableTime
from mentorship.time.natural_time.parser import best_matches, parse

LIMIT_MS = 3.0
NOW = datetime(2026, 11, 24, 14, 34, tzinfo=UTC)
TEXTS = (
    ("tomorrow evening", None),
    ("tue 3pm", None),
    ("next friday", None),
    ("in 2 hours", None),
    ("26.11. 15:00", None),
    ("noon", None),
    ("2026-11-26T15:00+02:00", None),
    ("friday between 3 and 5pm", None),
    ("next month", None),
    ("tom", None),
    ("what about never", None),
    ("morgen um 15 uhr", "de"),
    ("mañana a las 15:00", "es-ES"),
    ("明日 15:00", "ja"),
    ("unlesbarer text", "de"),
)


def _milliseconds(text: str, locale: str | None, rounds: int = 100) -> float:
    """Return the median time of one call, each at another minute so that no cache helps."""
    times = []
    for minute in range(rounds):
        now = NOW + timedelta(minutes=minute)
        started = perf_counter()
        with suppress(UnreadableTime):
            parse(text, zone="America/New_York", now=now, locale=locale)
        times.append(perf_counter() - started)
    return sorted(times)[rounds // 2] * 1000


def figures() -> Iterator[Figure]:
    """Measure the slowest kind of text, and finding the nearest of 900 slots."""
    slowest, slowest_text = 0.0, ""
    for text, locale in TEXTS:
        _milliseconds(text, locale, rounds=3)
        milliseconds = _milliseconds(text, locale)
        if milliseconds > slowest:
            slowest, slowest_text = milliseconds, text
    yield Figure(
        f"slowest of {len(TEXTS)} kinds of text, {slowest_text!r}", slowest, "ms", None, LIMIT_MS
    )
    slots = [NOW + timedelta(minutes=15 * k) for k in range(900)]
    moment = parse("tomorrow evening", zone="America/New_York", now=NOW)
    started = perf_counter()
    best_matches(slots, moment, 25)
    yield Figure("nearest 25 of 900 slots", (perf_counter() - started) * 1000, "ms")
