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
Trip = tuple[date, date, str]
"""First date, last date and zone of a trip."""


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


@lru_cache(maxsize=1024)
def _midnight(day: date, zone: str) -> datetime:
    return _passes(_minutes_after(day, 0), zone)[0]


def clock_at(instant: datetime, home: str, trips: list[Trip]) -> str:
    """Return the zone whose clock a traveller's hours follow at an instant.

    Starts at home before the first trip, and changes to the next zone as soon as the last date here
    is over and the first date there has begun.
    """
    day, here = min((first for first, _, _ in trips), default=instant.date()), home
    until = max((last for _, last, _ in trips), default=day) + timedelta(days=1)
    while day <= until:
        there = next((zone for first, last, zone in trips if first <= day <= last), home)
        if there != here and not _midnight(day, here) <= instant >= _midnight(day, there):
            break
        here = there
        day += timedelta(days=1)
    return here


def minutes_of_a_traveller(
    home: str,
    weekly: tuple[Rule, ...],
    overrides: tuple[Override, ...],
    trips: list[Trip],
    begin: datetime,
    end: datetime,
) -> tuple[list[str], dict[str, list[bool]], list[bool]]:
    """Return the clock of each minute, the open minutes on each clock, and all open minutes."""
    clocks = [clock_at(begin + k * MINUTE, home, trips) for k in range((end - begin) // MINUTE)]
    on_clock = {
        zone: open_minutes(zone, weekly, overrides, begin, end) for zone in dict.fromkeys(clocks)
    }
    return clocks, on_clock, [on_clock[zone][k] for k, zone in enumerate(clocks)]


def grid_of_a_traveller(
    clocks: list[str],
    on_clock: dict[str, list[bool]],
    minutes: list[bool],
    duration: int,
    step: int,
) -> list[int]:
    """Return the minutes at which a session of `duration` can start, if nothing is booked.

    Each clock's first open interval must start after the first minute.
    """
    starts = []
    since_open = dict.fromkeys(on_clock, -1)
    for k, zone in enumerate(clocks):
        for each, opened in on_clock.items():
            since_open[each] = since_open[each] + 1 if opened[k] else -1
        if (
            minutes[k]
            and since_open[zone] % step == 0
            and k + duration <= len(minutes)
            and all(minutes[k : k + duration])
        ):
            starts.append(k)
    return starts


def gap_minutes(
    clocks: list[str],
    minutes: list[bool],
    grid: list[int],
    begin: datetime,
    busy: list[tuple[datetime, datetime]],
    duration: int,
    buffer_before: int,
    buffer_after: int,
) -> list[int]:
    """Return the minutes off the grid at which a session fills a gap, by trying everything out."""
    taken = [False] * len(minutes)
    for start, finish in busy:
        for k in range((start - begin) // MINUTE, (finish - begin) // MINUTE):
            if 0 <= k < len(taken):
                taken[k] = True
    buffer = max(buffer_before, buffer_after)

    def quarter(k: int) -> int:
        """Return the first minute from `k` on at which the clock of `k` shows a quarter hour."""
        zone = _zone(clocks[k])
        shift = (begin + k * MINUTE).astimezone(zone).utcoffset()
        while k < len(minutes) and (begin + k * MINUTE + shift).minute % 15:
            k += 1
        return k

    def fits(k: int) -> bool:
        near = taken[max(0, k - buffer_before) : k + duration + buffer_after]
        return all(minutes[k : k + duration]) and not any(near)

    gaps = []
    for start, finish in busy:
        k = (finish - begin) // MINUTE + buffer
        if finish <= start or not 0 <= k < len(minutes) - 3000:
            continue
        first = quarter(k)
        allowed = first
        while allowed <= first + 1440 and fits(allowed) and (allowed == first or minutes[allowed]):
            allowed += 1
        by_quarters, at = 0, first
        while at < allowed:
            by_quarters += 1
            at = quarter(at + duration + buffer)
        by_grid, at = 0, first
        while any(at <= each < allowed for each in grid):
            by_grid += 1
            at = min(each for each in grid if each >= at) + duration + buffer
        if by_quarters > by_grid and first not in grid:
            gaps.append(first)
    return sorted(set(gaps))


def repetitions(
    first: datetime, home: str, trips: list[Trip], weeks: int, count: int
) -> list[datetime]:
    """Return `first` and its repetitions every `weeks` weeks, at the same time on the clock."""
    wall = first.astimezone(_zone(clock_at(first, home, trips))).replace(tzinfo=None)
    starts = [first]
    while len(starts) < count:
        wall += timedelta(days=7 * weeks)
        zones = [zone for since, last, zone in trips if since <= wall.date() <= last]
        starts.append(_passes(wall, (zones or [home])[0])[0])
    return starts
