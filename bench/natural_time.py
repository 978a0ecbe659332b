"""Parsing times in plain words: at most 2 ms for 99 of 100 texts, once warm."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from time import process_time

from bench.support.figures import Figure, percentile_99
from mentorship.errors import UnreadableTime
from mentorship.time.natural_time.matching import best_matches
from mentorship.time.natural_time.parser import parse

LIMIT_MS = 2.0
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
    ("monday or tuesday evening", "en-US"),
    ("Tue 24 Nov 2026, 15:00 EST (UTC-5)", "de"),
    ("next month", None),
    ("tom", None),
    ("what about never", None),
    ("morgen um fünf vor halb vier", "de"),
    ("Freitag zwischen 15 und 17 Uhr", None),
    ("mañana a las tres y media de la tarde", "es-ES"),
    ("mardi de la semaine prochaine à 15h", "fr"),
    ("venerdì dalle 15 alle 17", "en-US"),
    ("sexta das 15h às 17h", "pt-BR"),
    ("dinsdag volgende week om 15 uur", "nl"),
    ("明日 15:00", "ja"),
    ("来週の金曜日の午後6時半から8時まで", "ja"),
    ("4月3日(土) 18:30", None),
    ("الجمعة القادمة من الساعة 3 إلى الساعة 5 مساءً", "ar"),
    ("غدًا الساعة ٦ ونصف", "ar"),
    ("unlesbarer text", "de"),
    ("3/4 3:30 5/6 " * 7, None),
)


def _milliseconds(text: str, locale: str | None, rounds: int = 200) -> list[float]:
    """Return the CPU times of calls, each at another minute so that no cache helps."""
    times = []
    for minute in range(rounds):
        now = NOW + timedelta(minutes=minute)
        started = process_time()
        with suppress(UnreadableTime):
            parse(text, zone="America/New_York", now=now, locale=locale)
        times.append((process_time() - started) * 1000)
    return times


def figures() -> Iterator[Figure]:
    """Measure the slowest kind of text, and finding the nearest of 900 slots."""
    slowest, slowest_text = 0.0, ""
    for text, locale in TEXTS:
        _milliseconds(text, locale, rounds=3)
        times = _milliseconds(text, locale)
        milliseconds = percentile_99(times)
        if milliseconds > slowest:
            slowest, slowest_text = milliseconds, text[:40]
    yield Figure(
        f"slowest of {len(TEXTS)} kinds of text, {slowest_text!r}, 99th percentile",
        slowest,
        "ms",
        None,
        LIMIT_MS,
    )
    slots = [NOW + timedelta(minutes=15 * k) for k in range(900)]
    moment = parse("tomorrow evening", zone="America/New_York", now=NOW)
    started = process_time()
    best_matches(slots, moment, 25)
    yield Figure("nearest 25 of 900 slots", (process_time() - started) * 1000, "ms")
