"""Time zones: the only module that knows the tz database (pytz).

Instants are aware datetimes (returned in UTC unless said otherwise), wall-clock times are naive
datetimes that mean nothing without a zone, zones are canonical IANA names. Nothing here reads a
clock: `now` is always a parameter.

Wall-clock times that a zone skips move forward by the gap's length; those that it repeats have a
first and a last pass. The caller is always told which it was. After 2037, where the tz database's
compiled rules end, a zone keeps the offset that it has then.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache, lru_cache
from typing import Literal

import pytz
from pytz.tzinfo import DstTzInfo

from mentorship.errors import UnknownTimezone
from mentorship.time import zone_names
from mentorship.time.zone_search import NameIndex, all_names, fold, read_clock, read_offset

ZoneName = str
"""A canonical IANA name, such as `Asia/Kolkata`."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_NAIVE = datetime(1970, 1, 1)  # noqa: DTZ001 - wall clocks and pytz's tables are naive
_SECOND = timedelta(seconds=1)
_DAY = 86_400
_BEGINNING = -(1 << 40)
_END = 1 << 40


# --- Zones and their offsets ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OffsetSpan:
    """A stretch in which a zone keeps one offset.

    `start` and `end` (exclusive) are seconds since 1970 in UTC; `offset` is seconds east of UTC.
    """

    start: int
    end: int
    offset: int


@dataclass(frozen=True, slots=True)
class _Regimes:
    """A zone's history: regime i (offset in seconds, abbreviation) begins at `starts[i]`."""

    starts: tuple[int, ...]
    offsets: tuple[int, ...]
    abbreviations: tuple[str, ...]

    def at(self, epoch: float) -> int:
        return bisect_right(self.starts, epoch) - 1


@cache
def _regimes(zone: str) -> _Regimes:
    known = pytz.timezone(zone if zone in _LISTED else canonical(zone))
    if not isinstance(known, DstTzInfo):
        moment = _EPOCH.astimezone(known)
        fixed = (moment.utcoffset() or timedelta()) // _SECOND
        return _Regimes((_BEGINNING,), (fixed,), (moment.tzname() or "UTC",))
    # pytz keeps its transitions in underscored attributes and offers no other way to list them;
    # they have been the same for as long as the library exists, and the tests compare every zone
    # with zoneinfo.
    times: Sequence[datetime] = known._utc_transition_times  # type: ignore[attr-defined]
    infos: Sequence[tuple[timedelta, timedelta, str]] = known._transition_info  # type: ignore[attr-defined]
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
    return _Regimes(tuple(starts), tuple(offsets), tuple(abbreviations))


@cache
def _offset_history(zone: str) -> tuple[tuple[int, ...], tuple[OffsetSpan, ...]]:
    """(starts, spans) of all stretches of one offset, changes of mere abbreviation left out."""
    regimes = _regimes(zone)
    starts: list[int] = []
    offsets: list[int] = []
    for start, offset in zip(regimes.starts, regimes.offsets, strict=True):
        if not offsets or offsets[-1] != offset:
            starts.append(start)
            offsets.append(offset)
    spans = map(OffsetSpan, starts, [*starts[1:], _END], offsets)
    return tuple(starts), tuple(spans)


def offset_spans(zone: ZoneName, start: int, end: int) -> tuple[OffsetSpan, ...]:
    """The zone's offset spans that meet `start..end` (seconds since 1970, both inclusive).

    In order, without holes, each whole: the first may begin long before `start`. Work that
    converts many wall-clock times takes these once and adds offsets itself.
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
    """The current IANA name for `name` in any case, spaces allowed for underscores.

    Old aliases become current names: `US/Eastern` is `America/New_York`, `Asia/Calcutta` is
    `Asia/Kolkata`. Raises UnknownTimezone, with the nearest names, for anything else: cities,
    countries and abbreviations are `resolve`'s.
    """
    known = _BY_LOWER_NAME.get(name.strip().lower()) or _BY_FOLDED_NAME.get(fold(name))
    if known is None:
        raise UnknownTimezone(name, _nearest(name))
    return known


def is_known(name: str) -> bool:
    """Whether `canonical` accepts `name`."""
    return name.strip().lower() in _BY_LOWER_NAME or fold(name) in _BY_FOLDED_NAME


# --- Conversion -----------------------------------------------------------------------------------


@lru_cache(maxsize=512)
def _fixed(offset: int, abbreviation: str) -> tzinfo:
    return timezone(timedelta(seconds=offset), abbreviation)


def _seconds(instant: datetime) -> float:
    if instant.tzinfo is None:
        raise ValueError(f"an instant must be aware, this one is naive: {instant!r}")
    return instant.timestamp()


def offset_at(instant: datetime, zone: ZoneName) -> int:
    """The zone's offset at `instant`, in seconds east of UTC."""
    regimes = _regimes(zone)
    return regimes.offsets[regimes.at(_seconds(instant))]


def to_local(instant: datetime, zone: ZoneName) -> datetime:
    """`instant` on the zone's clock: aware, its tzinfo the offset and abbreviation of then.

    The tzinfo is fixed, so arithmetic on the result is elapsed time, but does not follow the
    zone's later changes.
    """
    regimes = _regimes(zone)
    at = regimes.at(_seconds(instant))
    return instant.astimezone(_fixed(regimes.offsets[at], regimes.abbreviations[at]))


@dataclass(frozen=True, slots=True)
class WallClock:
    """What a wall-clock time means in a zone, as UTC instants.

    `exact`: one instant, in both fields. `gap`: the clock skips it; both fields are the time
    moved forward by the gap's length. `repeated`: the clock shows it twice, `first` and `last`.
    """

    kind: Literal["exact", "gap", "repeated"]
    first: datetime
    last: datetime


def from_wall_clock(local: datetime, zone: ZoneName) -> WallClock:
    """The instants at which the zone's clock shows `local` (naive; ValueError if aware)."""
    if local.tzinfo is not None:
        raise ValueError(f"a wall-clock time must be naive, this one is aware: {local!r}")
    since = local - _EPOCH_NAIVE
    wall = since // _SECOND
    # No two changes of any zone since 1970 are less than three days apart, so that three spans
    # at most are in question.
    spans = offset_spans(zone, wall - _DAY * 3 // 2, wall + _DAY * 3 // 2)
    first = next(k for k, span in enumerate(spans) if wall < span.end + span.offset)
    last = max(k for k, span in enumerate(spans) if wall >= span.start + span.offset)
    early = _EPOCH + (since - timedelta(seconds=spans[first].offset))
    late = _EPOCH + (since - timedelta(seconds=spans[last].offset))
    if first == last:
        return WallClock("exact", early, early)
    if first > last:
        # Read with the offset from before the gap, the clock shows it moved by the gap's length.
        return WallClock("gap", late, late)
    return WallClock("repeated", early, late)


def day_bounds(day: date, zone: ZoneName) -> tuple[datetime, datetime]:
    """(start, end) of a local calendar date as UTC instants, `end` exclusive.

    23 to 25 hours as a rule. Both are the same instant for a date that the zone skipped.
    """
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001
    start = from_wall_clock(midnight, zone).first
    return start, from_wall_clock(midnight + timedelta(days=1), zone).first


def clock_change_between(start: datetime, end: datetime, zone: ZoneName) -> bool:
    """Whether the zone's offset at `end` differs from that at `start`."""
    return offset_at(start, zone) != offset_at(end, zone)


# --- Finding a zone -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Resolution:
    """What typed text means: `zone` if it has exactly one sensible meaning, and the zones to choose
    from, the likeliest first (with one meaning, that one)."""

    zone: ZoneName | None
    choices: tuple[ZoneName, ...]


_COUNTRY_OF: dict[str, str] = {
    zone: code for code, zones in pytz.country_timezones.items() for zone in zones
}
_SEARCHABLE: tuple[str, ...] = (*sorted(_COUNTRY_OF), "UTC", "GMT")


@cache
def _index() -> NameIndex:
    return NameIndex(all_names(_SEARCHABLE, pytz.country_timezones, pytz.country_names))


@lru_cache(maxsize=4)
def _abbreviations(year: int) -> dict[str, tuple[str, ...]]:
    """Abbreviation -> the zones that use it in `year` or the next."""
    begins = (datetime(year, 1, 1, tzinfo=UTC) - _EPOCH) // _SECOND
    users: dict[str, list[str]] = {}
    for zone in _SEARCHABLE:
        regimes = _regimes(zone)
        last = bisect_left(regimes.starts, begins + 730 * _DAY)
        for name in set(regimes.abbreviations[regimes.at(begins) : last]):
            if name.isalpha():
                users.setdefault(name.upper(), []).append(zone)
    for name, zones in zone_names.ABBREVIATIONS.items():
        known = users.setdefault(name, [])
        known += [zone for zone in zones if zone not in known]
    return {name: tuple(zones) for name, zones in users.items()}


@lru_cache(maxsize=4096)
def _behaviour(zone: str, day: int) -> tuple[OffsetSpan, ...]:
    """The zone's offsets in the two years from `day` (days since 1970): zones for which this is
    equal keep one clock as far as anybody's bookings go."""
    begins, ends = day * _DAY, (day + 730) * _DAY
    return tuple(
        OffsetSpan(max(span.start, begins), min(span.end, ends), span.offset)
        for span in offset_spans(zone, begins, ends)
    )


def country_of(zone: ZoneName) -> str | None:
    """Return the English name of a zone's country; None for UTC and the like."""
    code = _COUNTRY_OF.get(zone)
    if code is None:
        return None
    name: str = zone_names.COUNTRY_LABELS.get(code) or pytz.country_names[code]
    return name


@lru_cache(maxsize=64)
def _ranks(locale: str | None) -> dict[str, int]:
    """Zone -> rank by the client's language, then by how many people use it."""
    mine = zone_names.LOCALE_ZONES.get(locale or "", ())
    return {name: rank for rank, name in enumerate(dict.fromkeys((*mine, *zone_names.COMMON)))}


def _sorted(zones: Iterable[str], locale: str | None) -> list[str]:
    ranks = _ranks(locale)
    return sorted(zones, key=lambda zone: (ranks.get(zone, 1000), zone))


def _meanings(zones: Sequence[str], now: datetime) -> list[str]:
    """One zone, the first, for each different clock among `zones`."""
    day = int(_seconds(now) // _DAY)
    different: dict[tuple[OffsetSpan, ...], str] = {}
    for zone in zones:
        different.setdefault(_behaviour(zone, day), zone)
    return list(different.values())


def _each_clock_first(zones: Sequence[str], now: datetime) -> list[str]:
    """`zones` with one of each different clock before the rest, so that a short list has all."""
    return list(dict.fromkeys([*_meanings(zones, now), *zones]))


def _by_clock(text: str, now: datetime, locale: str | None) -> list[str] | None:
    """The zones for an offset or a clock reading, best first; None if `text` is neither."""
    epoch = _seconds(now)
    offset = read_offset(text)
    if offset is not None:
        fits = [zone for zone in _SEARCHABLE if _offset_now(zone, epoch) == offset * 60]
        return _each_clock_first(_sorted(fits, locale), now) + _fixed_zone(offset)
    reading = read_clock(text)
    if reading is None:
        return None
    utc_minute = epoch / 60 % 1440
    near: list[tuple[int, float, int, str]] = []
    ranks = _ranks(locale)
    for zone in _SEARCHABLE:
        shown = utc_minute + _offset_now(zone, epoch) / 60
        for order, minutes in enumerate(reading.minutes):
            away = abs((shown - minutes + 720) % 1440 - 720)
            if away <= reading.slack:
                near.append((order, away, ranks.get(zone, 1000), zone))
                break
    return _each_clock_first([zone for _, _, _, zone in sorted(near)], now)


def _offset_now(zone: str, epoch: float) -> int:
    regimes = _regimes(zone)
    return regimes.offsets[regimes.at(epoch)]


def _fixed_zone(offset: int) -> list[str]:
    """The `Etc` zone (whose sign is turned round, as POSIX has it) for whole hours."""
    if offset % 60 or not -12 <= offset // 60 <= 14 or offset == 0:
        return []
    return [f"Etc/GMT{-offset // 60:+d}"]


def _nearest(text: str) -> tuple[str, ...]:
    key = fold(text)
    found = [*_index().beginning(key), *_index().like(key)] if key else []
    return tuple(dict.fromkeys(name.zones[0] for name in found))[:5]


def suggest(
    text: str, *, now: datetime, locale: str | None = None, limit: int = 25
) -> list[ZoneName]:
    """Zones for what has been typed so far, best first, at most `limit`; for autocomplete.

    Nothing typed gives guesses by the client's language (a Discord locale such as `en-US`) and
    then the world's most used zones. Understands cities, countries, abbreviations, offsets
    (`+5:30`, `UTC-3`), clock readings (`it's 14:30 here`), IANA names and slips of spelling.
    """
    if not text.strip():
        return list(_ranks(locale))[:limit]
    zones = _by_clock(text, now, locale)
    if zones is None:
        key = fold(text)
        exact = _exactly(text, now, locale)
        found = dict.fromkeys(z for meant in exact for z in _each_clock_first(meant, now))
        if key and len(found) < limit:
            names = _index().beginning(key)
            begun = {zone for name in names for zone in name.zones}
            found.update(dict.fromkeys(_sorted(begun, locale)))
        if key and not found:
            found.update(dict.fromkeys(z for name in _index().like(key) for z in name.zones))
        zones = list(found)
    return zones[:limit]


def _exactly(text: str, now: datetime, locale: str | None) -> list[list[str]]:
    """The things that `text` names exactly, each as the zones that it has, best first."""
    key = fold(text)
    users = _abbreviations(_at_utc(now).year).get(text.strip().upper())
    if users is not None:
        # Before names: the tz database's own EST and MST are fixed leftovers of these.
        return [_sorted(users, locale)]
    return [_sorted(name.zones, locale) for name in _index().exact(key)]


def _at_utc(instant: datetime) -> datetime:
    _seconds(instant)
    return instant.astimezone(UTC)


def resolve(text: str, *, now: datetime, locale: str | None = None) -> Resolution:
    """What `text` (as for `suggest`, or a label of `wording.times`) means.

    Zones with one and the same clock for the next two years are one meaning of a country or an
    abbreviation: `Germany` is Europe/Berlin. `IST` is India, Ireland or Israel: `zone` is None
    and the choices are theirs. Raises UnknownTimezone, with the nearest names, if nothing fits.
    """
    text = text.partition(" · ")[0].strip()
    if "/" in text and is_known(text):
        meanings = rest = [canonical(text)]
    else:
        by_clock = _by_clock(text, now, locale)
        if by_clock is not None:
            meanings = rest = by_clock
        else:
            named = _exactly(text, now, locale)
            key = fold(text)
            if not named and len(key) >= 3:
                named = [_sorted(name.zones, locale) for name in _index().beginning(key)]
            each = dict.fromkeys(z for zones in named for z in _meanings(zones, now))
            meanings, rest = _sorted(each, locale), [z for zones in named for z in zones]
    if not meanings:
        raise UnknownTimezone(text, _nearest(text))
    if len(meanings) == 1:
        return Resolution(meanings[0], (meanings[0],))
    choices = list(dict.fromkeys([*meanings, *rest]))[:25]
    return Resolution(None, tuple(choices))
