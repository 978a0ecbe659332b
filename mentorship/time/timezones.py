"""Time zones and conversion: the only module that reads the tz database (pytz).

Instants are aware datetimes, returned in UTC unless stated otherwise. Wall-clock times are naive
datetimes that mean nothing without a zone. Zones are canonical IANA names. Nothing here reads a
clock: `now` is always a parameter.

A wall-clock time that a zone skips moves forward by the gap's length; one that it repeats has a
first and a last occurrence; `WallClock` says which it was. The tz database's compiled rules end in
2037: after that a zone keeps the offset that it has then.

A stored zone that this tz database lacks, because a newer one named it, is read as `FALLBACK`, so
that times in it can still be shown. Code that makes decisions by it calls `is_known` first.
"""

import logging
import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache, lru_cache
from typing import Literal

import pytz
from pytz.tzinfo import DstTzInfo

from mentorship.errors import UnknownTimezone
from mentorship.time import zone_names
from mentorship.time.intervals import EPOCH, to_epoch
from mentorship.time.zone_input import NameIndex, build_names, fold

log = logging.getLogger(__name__)

FALLBACK = "UTC"
"""The zone in which times are shown if the stored zone is unknown."""

ZoneName = str
"""A canonical IANA name, such as `Asia/Kolkata`."""

_EPOCH_NAIVE = datetime(1970, 1, 1)  # noqa: DTZ001 - wall clocks and pytz's tables are naive
_SECOND = timedelta(seconds=1)
_DAY = 86_400
_BEGINNING = -(1 << 40)
_END = 1 << 40


def database_version() -> str:
    """Return the version of the tz database, such as `2026a`: a later one is a greater text.

    Where the zone files aren't pytz's own (`PYTZ_TZDATADIR`, or a system's package), they may say
    their version.
    """
    # The library's stubs lack these two names.
    try:
        with pytz.open_resource("tzdata.zi") as file:  # type: ignore[attr-defined]
            version = _VERSION_LINE.match(file.readline(100).decode("ascii", "replace"))
    except OSError:
        version = None
    own: str = pytz.OLSON_VERSION  # type: ignore[attr-defined]
    return own if version is None else str(version[1])


_VERSION_LINE = re.compile(r"# version (\d{4}[a-z]+)\b")


# --- Zones and their offsets ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OffsetSpan:
    """A span of time in which a zone keeps one offset.

    `start` and `end` (exclusive) are seconds since 1970 in UTC; `offset` is seconds east of UTC.
    """

    start: int
    end: int
    offset: int


@dataclass(frozen=True, slots=True)
class _Periods:
    """The history of a zone: its periods of one offset, in seconds, and one abbreviation.

    Period i starts at `starts[i]`, in seconds since 1970.
    """

    starts: tuple[int, ...]
    offsets: tuple[int, ...]
    abbreviations: tuple[str, ...]

    def at(self, epoch: float) -> int:
        return bisect_right(self.starts, epoch) - 1


@cache
def _periods(zone: str) -> _Periods:
    if zone not in _LISTED:
        try:
            zone = canonical(zone)
        except UnknownTimezone:
            # Once for each zone, since the result is cached.
            log.error("a stored time zone is unknown; UTC is used", extra={"zone": zone})
            zone = FALLBACK
    tz = pytz.timezone(zone)
    if not isinstance(tz, DstTzInfo):
        moment = EPOCH.astimezone(tz)
        fixed = (moment.utcoffset() or timedelta()) // _SECOND
        return _Periods((_BEGINNING,), (fixed,), (moment.tzname() or "UTC",))
    # pytz has no public way to list a zone's transitions. These attributes have been the same for
    # as long as the library exists, and the tests compare every zone with zoneinfo.
    times: Sequence[datetime] = tz._utc_transition_times  # type: ignore[attr-defined]
    infos: Sequence[tuple[timedelta, timedelta, str]] = tz._transition_info  # type: ignore[attr-defined]
    starts: list[int] = []
    offsets: list[int] = []
    abbreviations: list[str] = []
    for time, (utcoffset, _, abbreviation) in zip(times, infos, strict=True):
        offset = utcoffset // _SECOND
        if starts and offsets[-1] == offset and abbreviations[-1] == abbreviation:
            continue
        starts.append((time - _EPOCH_NAIVE) // _SECOND if starts else _BEGINNING)
        offsets.append(offset)
        abbreviations.append(abbreviation)
    return _Periods(tuple(starts), tuple(offsets), tuple(abbreviations))


@cache
def _offset_history(zone: str) -> tuple[tuple[int, ...], tuple[OffsetSpan, ...]]:
    """Return the starts and spans of all offsets; a changed abbreviation alone is no change."""
    periods = _periods(zone)
    starts: list[int] = []
    offsets: list[int] = []
    for start, offset in zip(periods.starts, periods.offsets, strict=True):
        if not offsets or offsets[-1] != offset:
            starts.append(start)
            offsets.append(offset)
    spans = map(OffsetSpan, starts, [*starts[1:], _END], offsets)
    return tuple(starts), tuple(spans)


def offset_spans(zone: ZoneName, start: int, end: int) -> tuple[OffsetSpan, ...]:
    """Return the zone's offset spans that overlap `start..end`, seconds since 1970, inclusive.

    In order, without gaps, and not cut: the first may start long before `start`. To convert many
    wall-clock times, take these once and add the offsets.
    """
    starts, spans = _offset_history(zone)
    return spans[bisect_right(starts, start) - 1 : bisect_right(starts, end)]


_LISTED: frozenset[str] = frozenset(pytz.all_timezones_set)
_BY_FOLDED_NAME: dict[str, str] = {
    fold(name): zone_names.ALIASES.get(name, name)
    for name in pytz.all_timezones
    # Folding drops signs: the fixed zones `Etc/GMT+5` and `Etc/GMT-5` would be one.
    if not name.startswith("Etc/GMT")
}
_BY_LOWER_NAME: dict[str, str] = {
    name.lower(): zone_names.ALIASES.get(name, name) for name in pytz.all_timezones
}


def canonical(name: str) -> ZoneName:
    """Return the current IANA name for an IANA name in any case, with spaces or underscores.

    Old aliases become current names: `US/Eastern` is `America/New_York`, `Asia/Calcutta` is
    `Asia/Kolkata`. Raises `UnknownTimezone`, with similar names, for anything else; cities,
    countries and abbreviations are understood by `mentorship.time.zone_search.resolve`.
    """
    zone = _BY_LOWER_NAME.get(name.strip().lower()) or _BY_FOLDED_NAME.get(fold(name))
    if zone is None:
        raise UnknownTimezone(name, nearest_zones(name))
    return zone


def is_known(name: str) -> bool:
    """Return whether `canonical` accepts `name`."""
    return name.strip().lower() in _BY_LOWER_NAME or fold(name) in _BY_FOLDED_NAME


def nearest_zones(text: str) -> tuple[ZoneName, ...]:
    """Return up to five zones with a name that starts like typed text or is spelled similarly."""
    key = fold(text)
    names = [*name_index().starting_with(key), *name_index().similar(key)] if key else []
    return tuple(dict.fromkeys(name.zones[0] for name in names))[:5]


# --- Countries and abbreviations ------------------------------------------------------------------

_COUNTRY_CODES: Mapping[str, str] = {
    zone: code for code, zones in pytz.country_timezones.items() for zone in zones
}
SEARCHABLE_ZONES: tuple[ZoneName, ...] = (*sorted(_COUNTRY_CODES), "UTC", "GMT")
"""The zones that a search finds: those of a country, and UTC."""


@cache
def name_index() -> NameIndex:
    """Return the index of everything that people call the searchable zones."""
    return NameIndex(build_names(SEARCHABLE_ZONES, pytz.country_timezones, pytz.country_names))


def zones_by_country() -> Mapping[str, Sequence[ZoneName]]:
    """Return the zones of each country, by its ISO 3166 code."""
    zones: Mapping[str, Sequence[ZoneName]] = pytz.country_timezones
    return zones


def country_code_of(zone: ZoneName) -> str | None:
    """Return the ISO code of a zone's country, such as `GB`; None for UTC and the like."""
    return _COUNTRY_CODES.get(zone)


def country_of(zone: ZoneName) -> str | None:
    """Return the English name of a zone's country; None for UTC and the like."""
    code = country_code_of(zone)
    if code is None:
        return None
    name: str = zone_names.COUNTRY_LABELS.get(code) or pytz.country_names[code]
    return name


@lru_cache(maxsize=4)
def zones_by_abbreviation(year: int) -> Mapping[str, tuple[ZoneName, ...]]:
    """Return the zones that use each abbreviation in `year` or the next one."""
    start = (datetime(year, 1, 1, tzinfo=UTC) - EPOCH) // _SECOND
    zones_of: dict[str, list[str]] = {}
    for zone in SEARCHABLE_ZONES:
        periods = _periods(zone)
        end = bisect_left(periods.starts, start + 730 * _DAY)
        for abbreviation in set(periods.abbreviations[periods.at(start) : end]):
            if abbreviation.isalpha():
                zones_of.setdefault(abbreviation.upper(), []).append(zone)
    for abbreviation, zones in zone_names.ABBREVIATIONS.items():
        known = zones_of.setdefault(abbreviation, [])
        known += [zone for zone in zones if zone not in known]
    return {abbreviation: tuple(zones) for abbreviation, zones in zones_of.items()}


# --- Conversion -----------------------------------------------------------------------------------


@lru_cache(maxsize=512)
def _fixed(offset: int, abbreviation: str) -> tzinfo:
    return timezone(timedelta(seconds=offset), abbreviation)


def offset_at(instant: datetime, zone: ZoneName) -> int:
    """Return the zone's offset at an instant, in seconds east of UTC."""
    periods = _periods(zone)
    return periods.offsets[periods.at(to_epoch(instant))]


def to_local(instant: datetime, zone: ZoneName) -> datetime:
    """Convert an instant to an aware datetime on the zone's clock.

    Its tzinfo is the offset and abbreviation of that instant, and fixed: arithmetic on the result
    is elapsed time and doesn't follow later changes of the offset.
    """
    periods = _periods(zone)
    at = periods.at(to_epoch(instant))
    return instant.astimezone(_fixed(periods.offsets[at], periods.abbreviations[at]))


@dataclass(frozen=True, slots=True)
class WallClock:
    """The instants in UTC that a wall-clock time means in a zone.

    - `exact`: one instant, in both fields.
    - `gap`: the zone skips the time; both fields are the time moved forward by the gap's length.
    - `repeated`: the time occurs twice, at `first` and `last`.
    """

    kind: Literal["exact", "gap", "repeated"]
    first: datetime
    last: datetime


def from_wall_clock(local: datetime, zone: ZoneName) -> WallClock:
    """Return the instants at which the zone's clock shows `local`.

    Raises ValueError for an aware datetime.
    """
    wall = (local.replace(tzinfo=None) - _EPOCH_NAIVE) // _SECOND
    return read_wall_clock(local, offset_spans(zone, wall - _DAY * 3 // 2, wall + _DAY * 3 // 2))


def read_wall_clock(local: datetime, spans: Sequence[OffsetSpan]) -> WallClock:
    """Return the instants at which a clock with these offsets shows `local`.

    `spans` are those of a day and a half before and after it, in order and without gaps. Raises
    ValueError for an aware datetime.
    """
    if local.tzinfo is not None:
        raise ValueError(f"a wall-clock time must be naive, this one is aware: {local!r}")
    since = local - _EPOCH_NAIVE
    wall = since // _SECOND
    # Since 1970 no zone has changed its offset twice within three days, so at most three spans
    # have to be considered.
    first = next(k for k, span in enumerate(spans) if wall < span.end + span.offset)
    last = max(k for k, span in enumerate(spans) if wall >= span.start + span.offset)
    early = EPOCH + (since - timedelta(seconds=spans[first].offset))
    late = EPOCH + (since - timedelta(seconds=spans[last].offset))
    if first == last:
        return WallClock("exact", early, early)
    if first > last:
        # Read with the offset from before the gap, the clock shows it moved by the gap's length.
        return WallClock("gap", late, late)
    return WallClock("repeated", early, late)


def day_bounds(day: date, zone: ZoneName) -> tuple[datetime, datetime]:
    """Return the start and the exclusive end of a local date, in UTC.

    Usually 23 to 25 hours apart. Both are the same instant for a date that the zone skipped.
    """
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001
    start = from_wall_clock(midnight, zone).first
    return start, from_wall_clock(midnight + timedelta(days=1), zone).first


def clock_change_between(start: datetime, end: datetime, zone: ZoneName) -> bool:
    """Return whether the zone's offsets at the two instants differ."""
    return offset_at(start, zone) != offset_at(end, zone)
