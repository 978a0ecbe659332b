"""An independent model of open hours, minute by minute, on zoneinfo.

It is slow and shares no code with the package under test. Each rule is applied to one minute of
one day at a time, so an error is only missed if both implementations make it.
"""

import zoneinfo
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

# Use the tzdata package, whose release matches that of pytz, and not the system's files.
zoneinfo.reset_tzpath(to=())

MINUTE = timedelta(minutes=1)
Rule = tuple[int, int, int]
Override = tuple[date, tuple[tuple[int, int], ...]]


@lru_cache(maxsize=1024)
def _zone(name: str) -> zoneinfo.ZoneInfo:
    return zoneinfo.ZoneInfo(name)


def _passes(wall: datetime, zone: str) -> tuple[datetime, datetime]:
    """Return the instants of a wall-clock time: the first as a start, the last as an end.

    Folds are those of PEP 495.
    """
    passes = [wall.replace(tzinfo=_zone(zone), fold=fold).astimezone(UTC) for fold in (0, 1)]
    shown = [
        instant
        for instant in passes
        if instant.astimezone(_zone(zone)).replace(tzinfo=None) == wall
    ]
    if shown:
        return min(shown), max(shown)
    # In a gap, fold 0 reads the time with the offset from before: moved by the gap's length.
    return passes[0], passes[0]


def _minutes_after(day: date, minutes: int) -> datetime:
    return datetime(day.year, day.month, day.day) + minutes * MINUTE  # noqa: DTZ001


def skipped(day: date, zone: str) -> bool:
    """Return whether the zone skips the whole date."""
    for minute in range(0, 1440, 15):
        wall = _minutes_after(day, minute)
        instant, _ = _passes(wall, zone)
        if instant.astimezone(_zone(zone)).replace(tzinfo=None) == wall:
            return False
    return True


def open_minutes(
    zone: str,
    weekly: tuple[Rule, ...],
    overrides: tuple[Override, ...],
    begin: datetime,
    end: datetime,
) -> list[bool]:
    """Return whether each minute from `begin` to `end` is open (UTC, whole minutes)."""
    governed: dict[date, list[tuple[int, int]]] = {}
    for day, hours in overrides:
        governed.setdefault(day, []).extend(hours)
    opened: list[tuple[date, datetime, datetime]] = []
    day = begin.date() - timedelta(days=4)
    while day <= end.date() + timedelta(days=4):
        hours = (
            governed[day]
            if day in governed
            else [(start, stop) for weekday, start, stop in weekly if weekday == day.weekday()]
        )
        if hours and not skipped(day, zone):
            for start, stop in hours:
                length = stop if stop > start else stop + 1440
                opens, _ = _passes(_minutes_after(day, start), zone)
                _, closes = _passes(_minutes_after(day, length), zone)
                opened.append((day, opens, closes))
        day += timedelta(days=1)
    count = (end - begin) // MINUTE
    result = []
    for k in range(count):
        instant = begin + k * MINUTE
        by = [day for day, opens, closes in opened if opens <= instant < closes]
        if by:
            shown = instant.astimezone(_zone(zone)).date()
            result.append(shown in by if shown in governed else True)
        else:
            result.append(False)
    return result


def slots(
    minutes: list[bool],
    begin: datetime,
    window: tuple[datetime, datetime],
    busy: list[tuple[datetime, datetime]],
    duration: int,
    step: int,
    buffer_before: int,
    buffer_after: int,
) -> list[datetime]:
    """Return the starts of slots in `window`, given which minutes after `begin` are open.

    The first open interval must start after the first minute.
    """
    starts = []
    since_open: int | None = None
    for k, is_open in enumerate(minutes):
        since_open = None if not is_open else 0 if since_open is None else since_open + 1
        start = begin + k * MINUTE
        finish = start + duration * MINUTE
        if since_open is None or since_open % step:
            continue
        if start < window[0] or finish > window[1]:
            continue
        if not all(minutes[k : k + duration]) or k + duration > len(minutes):
            continue
        from_, until = start - buffer_before * MINUTE, finish + buffer_after * MINUTE
        if any(b < e and b < until and e > from_ for b, e in busy):
            continue
        starts.append(start)
    return starts
