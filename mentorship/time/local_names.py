"""The names of cities and countries in other languages than English, by Unicode's CLDR."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from babel import Locale, UnknownLocaleError, localedata

from mentorship.time.timezones import SEARCHABLE_ZONES, ZoneName, zones_by_country
from mentorship.time.zone_input import NamedZones, NameIndex, fold

_NO_INDEX = NameIndex(())


@dataclass(frozen=True, slots=True)
class LocalNames:
    """The names in one language: of the cities of zones, and of countries by their ISO codes.

    No two zones have the same city, and none has that of another one in English, so that a label
    with a city tells which zone it is.
    """

    cities: Mapping[ZoneName, str]
    countries: Mapping[str, str]


_NO_NAMES = LocalNames({}, {})


@lru_cache(maxsize=64)
def load(locale: str | None) -> LocalNames:
    """Return the names in the language of a Discord locale, such as `de`; none in English."""
    if locale is None or locale.partition("-")[0] == "en":
        return _NO_NAMES
    try:
        language = Locale.parse(locale, sep="-")
    except (UnknownLocaleError, ValueError):
        return _NO_NAMES
    try:
        zones, territories = language.time_zones, language.territories
        cities = {zone: zones[zone].get("city") for zone in SEARCHABLE_ZONES if zone in zones}
        return LocalNames(
            _distinct({zone: city for zone, city in cities.items() if city}),
            {code: territories[code] for code in zones_by_country() if code in territories},
        )
    finally:
        # Babel remembers everything that it has read about a language: a megabyte each.
        localedata.clear_caches()


def _distinct(cities: Mapping[ZoneName, str]) -> Mapping[ZoneName, str]:
    english = {fold(zone.rpartition("/")[2]): zone for zone in SEARCHABLE_ZONES}
    count = Counter(fold(city) for city in cities.values())
    return {
        zone: city
        for zone, city in cities.items()
        if count[fold(city)] == 1 and english.get(fold(city), zone) == zone
    }


@lru_cache(maxsize=64)
def local_index(locale: str | None) -> NameIndex:
    """Return the same names to be searched."""
    names = load(locale)
    return NameIndex(_named_zones(names)) if names.countries else _NO_INDEX


def _named_zones(names: LocalNames) -> Iterable[NamedZones]:
    for zone, city in names.cities.items():
        yield NamedZones(fold(city), (zone,))
    zones_of = zones_by_country()
    for code, country in names.countries.items():
        yield NamedZones(fold(country), tuple(zones_of[code]))
