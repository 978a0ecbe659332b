"""Time zone autocomplete: at most 1 ms per call once warm."""

from collections.abc import Iterator
from datetime import UTC, datetime
from time import perf_counter

from bench.support.figures import Figure
from mentorship.time.zone_search import suggest

LIMIT_MS = 1.0
NOW = datetime(2026, 11, 24, 14, 34, tzinfo=UTC)
TEXTS = (
    "",
    "a",
    "new yo",
    "india",
    "IST",
    "CET",
    "usa",
    "+5:30",
    "+0",
    "UTC-3",
    "it's 14:30 here",
    "it's 3pm",
    "kolkatta",
    "zzzzzz",
)


def _milliseconds(text: str, rounds: int = 200) -> float:
    """Return the median time of one call."""
    times = []
    for _ in range(rounds):
        started = perf_counter()
        suggest(text, now=NOW, locale="en-US")
        times.append(perf_counter() - started)
    return sorted(times)[rounds // 2] * 1000


def figures() -> Iterator[Figure]:
    """Measure the first calls, which read the tz database, and the slowest kind of text."""
    started = perf_counter()
    for text in ("", "a", "+5:30"):
        suggest(text, now=NOW)
    yield Figure("first calls, which read the tz database", (perf_counter() - started) * 1000, "ms")
    milliseconds, text = max((_milliseconds(text), text) for text in TEXTS)
    yield Figure(
        f"slowest of {len(TEXTS)} kinds of text, {text!r}", milliseconds, "ms", None, LIMIT_MS
    )
