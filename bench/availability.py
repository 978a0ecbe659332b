"""Open slots: at least 4 times faster than a naive version, and linear in days and busy spans."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from time import perf_counter

# The naive version uses pytz directly; the program only uses it in one module.
import pytz

from bench.support.figures import Figure
from mentorship.availability.opening_hours import Schedule, WeeklyHours
from mentorship.availability.slots import BookingLimits, bookable_slots, is_open, open_slots
from mentorship.time.intervals import Span

LIMIT_TIMES_FASTER = 4.0
DURATION, STEP = 30, 15
NOW = datetime(2026, 10, 1, 4, tzinfo=UTC)
WORKING_WEEK = Schedule(
    "America/New_York",
    tuple(
        WeeklyHours(day, start * 60, end * 60)
        for day in range(5)
        for start, end in ((9, 12), (14, 17))
    ),
)


def _busy(count: int, days: int) -> list[Span]:
    """Return `count` sessions of half an hour, spread evenly over `days` days."""
    apart = timedelta(days=days) / max(count, 1)
    return [
        Span(NOW + k * apart, NOW + k * apart + timedelta(minutes=min(30, apart.seconds // 60)))
        for k in range(count)
    ]


def _baseline(schedule: Schedule, busy: Sequence[Span], days: int) -> list[datetime]:
    """Compute open slots naively: localize every rule of every day, then try each start."""
    zone = pytz.timezone(schedule.zone)
    begin, end = NOW, NOW + timedelta(days=days)
    day = begin.astimezone(zone).date() - timedelta(days=1)
    last = end.astimezone(zone).date() + timedelta(days=1)
    taken = sorted(busy)
    step, duration = timedelta(minutes=STEP), timedelta(minutes=DURATION)
    slots = []
    upcoming = 0
    while day <= last:
        for rule in schedule.weekly:
            if rule.weekday != day.weekday():
                continue
            midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001
            opens = zone.localize(midnight + timedelta(minutes=rule.start)).astimezone(UTC)
            closes = zone.localize(midnight + timedelta(minutes=rule.end)).astimezone(UTC)
            start = opens
            while start + duration <= closes:
                while upcoming < len(taken) and taken[upcoming].end <= start:
                    upcoming += 1
                free = upcoming >= len(taken) or taken[upcoming].start >= start + duration
                if free and start >= begin and start + duration <= end:
                    slots.append(start)
                start += step
        day += timedelta(days=1)
    return slots


def _milliseconds(work: Callable[[], object], rounds: int = 60) -> float:
    """Return the median time of one call."""
    times = []
    for _ in range(rounds):
        started = perf_counter()
        work()
        times.append(perf_counter() - started)
    return sorted(times)[rounds // 2] * 1000


def _product(busy: Sequence[Span], days: int) -> list[datetime]:
    return open_slots(
        WORKING_WEEK,
        busy=busy,
        window=(NOW, NOW + timedelta(days=days)),
        duration=DURATION,
        step=STEP,
    )


def figures() -> Iterator[Figure]:
    """Measure against the naive version, how time grows, a single check, and a mentor's week."""
    busy = _busy(60, 60)
    assert _product(busy, 60) == _baseline(WORKING_WEEK, busy, 60)
    baseline = _milliseconds(lambda: _baseline(WORKING_WEEK, busy, 60))
    product = _milliseconds(lambda: _product(busy, 60))
    yield Figure(f"60 days, 60 busy, {len(_product(busy, 60))} slots", product, "ms")
    yield Figure("naive version", baseline, "ms")
    yield Figure("speed-up over the naive version", baseline / product, "", LIMIT_TIMES_FASTER)
    for days in (30, 60, 365):
        spread = _busy(60, days)
        milliseconds = _milliseconds(lambda days=days, spread=spread: _product(spread, days))  # type: ignore[misc]
        yield Figure(f"{days} days, 60 busy, per day", milliseconds / days * 1000, "µs")
    for count in (0, 60, 5000):
        many = _busy(count, 60)
        milliseconds = _milliseconds(lambda many=many: _product(many, 60))  # type: ignore[misc]
        yield Figure(f"60 days, {count:,} busy", milliseconds, "ms")
    start = _product(busy, 60)[400]
    check = _milliseconds(
        lambda: is_open(WORKING_WEEK, busy=busy, start=start, duration=DURATION, step=STEP)
    )
    yield Figure("check of one slot, 60 busy", check * 1000, "µs")
    limits = BookingLimits(step=STEP, most_per_day=4, most_per_week=10)
    booked = [span.start for span in busy]
    week = _milliseconds(
        lambda: bookable_slots(
            WORKING_WEEK,
            limits,
            now=NOW,
            busy=busy,
            booked=booked,
            window=(NOW, NOW + timedelta(days=7)),
            duration=DURATION,
        )
    )
    yield Figure("a mentor's week with daily and weekly limits, 60 busy", week, "ms")
