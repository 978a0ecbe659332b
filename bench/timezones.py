"""Zone autocomplete: at most 1 ms a call once warm."""

from datetime import UTC, datetime
from time import perf_counter

from mentorship.timezones import suggest

LIMIT_MS = 1.0
NOW = datetime(2026, 11, 24, 14, 34, tzinfo=UTC)
TYPED = (
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
    """The median time of one call."""
    times = []
    for _ in range(rounds):
        started = perf_counter()
        suggest(text, now=NOW, locale="en-US")
        times.append(perf_counter() - started)
    return sorted(times)[rounds // 2] * 1000


def main() -> None:
    """Print the first call (which reads the tz database) and the median of each kind of text."""
    started = perf_counter()
    for text in ("", "a", "+5:30"):
        suggest(text, now=NOW)
    print(f"zone autocomplete, warming up once: {(perf_counter() - started) * 1000:.0f} ms")
    slowest = 0.0
    for text in TYPED:
        took = _milliseconds(text)
        slowest = max(slowest, took)
        print(f"  {text!r:<18} {took:6.3f} ms")
    verdict = "ok" if slowest <= LIMIT_MS else "TOO SLOW"
    print(f"zone autocomplete, slowest: {slowest:.3f} ms (limit {LIMIT_MS} ms) {verdict}")


if __name__ == "__main__":
    main()
