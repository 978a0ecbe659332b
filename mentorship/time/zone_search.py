"""Search time zones by what people type: names, abbreviations, offsets, or what a clock shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache

from mentorship.errors import UnknownTimezone, ZoneProblem
from mentorship.time import local_names, timezones, zone_names
from mentorship.time.intervals import to_epoch
from mentorship.time.local_names import local_index
from mentorship.time.timezones import SEARCHABLE_ZONES, OffsetSpan, ZoneName, name_index
from mentorship.time.zone_input import NameIndex, fold, parse_clock, parse_offset

_DAY = 86_400
_BARE_TIME = re.compile(r"\s*(\d{1,2})[:.](\d\d)\s*")


@dataclass(frozen=True, slots=True)
class Resolution:
    """The zones that typed text can mean.

    `zone` is set if the text has exactly one sensible meaning. `choices` are the zones to choose
    from, most likely first; with one meaning only that one. `is_exact` is False if the text is only
    the beginning of their names.
    """

    zone: ZoneName | None
    choices: tuple[ZoneName, ...]
    is_exact: bool = True


def suggest(
    text: str, *, now: datetime, locale: str | None = None, limit: int = 25
) -> list[ZoneName]:
    """List at most `limit` zones for what has been typed so far, best first. For autocomplete.

    Understands cities, countries and their two-letter codes, abbreviations, offsets (`+5:30`,
    `UTC-3`), clock readings (`it's 14:30 here`), IANA names, and misspellings. Empty text lists the
    zones of `locale`, a Discord locale such as `en-US`, and then the world's most used zones.
    """
    if not text.strip():
        return list(_ranks(locale))[:limit]
    zones = _match_clock(text, now, locale)
    if zones is None:
        key = fold(text)
        groups = _match_exactly(text, now, locale)
        matches = dict.fromkeys(zone for group in groups for zone in _each_clock_first(group, now))
        if key and len(matches) < limit:
            names = [name for index in _indexes(locale) for name in index.starting_with(key)]
            prefixed = {zone for name in names for zone in name.zones}
            matches.update(dict.fromkeys(_sorted(prefixed, locale)))
        if key and not matches:
            similar = [name for index in _indexes(locale) for name in index.similar(key)]
            matches.update(dict.fromkeys(zone for name in similar for zone in name.zones))
        zones = list(matches)
    return zones[:limit]


def resolve(text: str, *, now: datetime, locale: str | None = None) -> Resolution:
    """Return the zones that `text` means: as for `suggest`, or a label of `wording.times`.

    A label begins with the zone's city, or its offset if it has none, and `·`.

    Zones with the same clock for the next two years are one meaning of a country or an
    abbreviation: `Germany` is Europe/Berlin. `IST` is India, Ireland or Israel, so that `zone` is
    None and the choices are theirs. Raises `UnknownTimezone`, with similar names, if nothing fits.
    """
    text, is_label, _ = (part.strip() for part in text.partition(" · "))
    if is_label and (zone := _labelled_zone(text, locale)) is not None:
        return Resolution(zone, (zone,))
    is_exact = True
    if "/" in text and timezones.is_known(text):
        meanings = matches = [timezones.canonical(text)]
    else:
        by_clock = _match_clock(text, now, locale)
        if by_clock is not None:
            meanings = matches = by_clock
        else:
            groups = _match_exactly(text, now, locale)
            key = fold(text)
            if not groups and len(key) >= 3:
                is_exact = False
                names = [name for index in _indexes(locale) for name in index.starting_with(key)]
                groups = [_sorted(name.zones, locale) for name in names]
            distinct = dict.fromkeys(z for group in groups for z in _distinct_clocks(group, now))
            meanings = _sorted(distinct, locale)
            matches = [zone for group in groups for zone in group]
    if not meanings:
        problem = _problem(text, locale)
        is_name = problem is ZoneProblem.UNKNOWN_NAME
        raise UnknownTimezone(text, timezones.nearest_zones(text) if is_name else (), problem)
    if len(meanings) == 1:
        return Resolution(meanings[0], (meanings[0],), is_exact)
    return Resolution(None, tuple(dict.fromkeys([*meanings, *matches]))[:25], is_exact)


def _labelled_zone(name: str, locale: str | None) -> ZoneName | None:
    """Return the zone whose label begins with `name`, None if several zones' labels do."""
    offset = parse_offset(name)
    if offset is not None:
        return next(iter(_fixed_zone(offset)), None)
    return _zones_by_local_city(locale).get(fold(name)) or _zones_by_city().get(fold(name))


@lru_cache(maxsize=64)
def _zones_by_local_city(locale: str | None) -> Mapping[str, ZoneName]:
    return {fold(city): zone for zone, city in local_names.load(locale).cities.items()}


@cache
def _zones_by_city() -> Mapping[str, ZoneName]:
    """Return the zones by the cities that they are named after, which are all different."""
    return {fold(zone.rpartition("/")[2]): zone for zone in SEARCHABLE_ZONES}


def _problem(text: str, locale: str | None) -> ZoneProblem:
    """Return why a text means no zone."""
    if parse_offset(text) is not None:
        return ZoneProblem.NO_SUCH_OFFSET
    if parse_clock(text, locale) is not None:
        return ZoneProblem.NO_SUCH_CLOCK
    return ZoneProblem.UNKNOWN_NAME


def _match_exactly(text: str, now: datetime, locale: str | None) -> list[list[str]]:
    """Return what `text` names exactly, each thing as its zones, best first."""
    key = fold(text)
    year = now.astimezone(UTC).year
    zones = timezones.zones_by_abbreviation(year).get(text.strip().upper())
    if zones is not None:
        # Before names, since EST and MST are also fixed zones of the tz database, for old systems.
        return [_sorted(zones, locale)]
    names = (name for index in _indexes(locale) for name in index.exact(key))
    return [_sorted(name.zones, locale) for name in names]


def _indexes(locale: str | None) -> tuple[NameIndex, NameIndex]:
    """Return the names in English, and those in the language of a locale."""
    return name_index(), local_index(locale)


def _match_clock(text: str, now: datetime, locale: str | None) -> list[str] | None:
    """Return the zones of an offset or a clock reading, best first, or None if it's neither."""
    epoch = to_epoch(now)
    offset = parse_offset(text)
    if offset is not None:
        zones = [zone for zone in SEARCHABLE_ZONES if timezones.offset_at(now, zone) == offset * 60]
        return _each_clock_first(_sorted(zones, locale), now) + _fixed_zone(offset)
    reading = parse_clock(text, locale)
    if reading is None:
        return None
    offsets: list[str] = []
    if bare := _BARE_TIME.fullmatch(text):
        # `5:30` alone may also be India's offset.
        offsets = _match_clock(f"+{bare[1]}:{bare[2]}", now, locale) or []
    utc_minute = epoch / 60 % 1440
    matches: list[tuple[int, float, int, str]] = []
    ranks = _ranks(locale)
    for zone in SEARCHABLE_ZONES:
        shown = utc_minute + timezones.offset_at(now, zone) / 60
        for likelihood, minutes in enumerate(reading.minutes):
            difference = abs((shown - minutes + 720) % 1440 - 720)
            if difference <= reading.tolerance:
                matches.append((likelihood, difference, ranks.get(zone, 1000), zone))
                break
    zones = [zone for _, _, _, zone in sorted(matches)]
    return _each_clock_first([*zones, *(each for each in offsets if each not in zones)], now)


def _fixed_zone(offset: int) -> list[str]:
    """Return the `Etc` zone of a whole number of hours, if there is one. POSIX inverts the sign."""
    if offset % 60 or not -12 <= offset // 60 <= 14 or offset == 0:
        return []
    return [f"Etc/GMT{-offset // 60:+d}"]


# --- The order of zones ---------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _ranks(locale: str | None) -> dict[str, int]:
    """Rank zones by the client's language, then by how many people use them."""
    of_locale = zone_names.LOCALE_ZONES.get(locale or "", ())
    return {name: rank for rank, name in enumerate(dict.fromkeys((*of_locale, *zone_names.COMMON)))}


def _sorted(zones: Iterable[str], locale: str | None) -> list[str]:
    ranks = _ranks(locale)
    return sorted(zones, key=lambda zone: (ranks.get(zone, 1000), zone))


@lru_cache(maxsize=4096)
def _offsets_ahead(zone: str, day: int) -> tuple[OffsetSpan, ...]:
    """Return the zone's offsets in the two years from `day`, days since 1970.

    Zones for which these are equal show the same time for as long as anybody books ahead.
    """
    start, end = day * _DAY, (day + 730) * _DAY
    return tuple(
        OffsetSpan(max(span.start, start), min(span.end, end), span.offset)
        for span in timezones.offset_spans(zone, start, end)
    )


def _distinct_clocks(zones: Sequence[str], now: datetime) -> list[str]:
    """Return the first zone of each different clock among `zones`."""
    day = int(to_epoch(now) // _DAY)
    distinct: dict[tuple[OffsetSpan, ...], str] = {}
    for zone in zones:
        distinct.setdefault(_offsets_ahead(zone, day), zone)
    return list(distinct.values())


def _each_clock_first(zones: Sequence[str], now: datetime) -> list[str]:
    """Return `zones` with one of each different clock first, so that a short list has all."""
    return list(dict.fromkeys([*_distinct_clocks(zones, now), *zones]))
