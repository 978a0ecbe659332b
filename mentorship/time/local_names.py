"""The names of cities and countries in other languages than English, by Unicode's CLDR."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from babel import Locale, UnknownLocaleError, localedata

from mentorship.time.timezones import SEARCHABLE_ZONES, zones_by_country
from mentorship.time.zone_input import NamedZones, NameIndex, fold

_NO_NAMES = NameIndex(())


@lru_cache(maxsize=64)
def local_index(locale: str | None) -> NameIndex:
    """Return the names in the language of a Discord locale, such as `de`; none in English."""
    if locale is None or locale.partition("-")[0] == "en":
        return _NO_NAMES
    try:
        language = Locale.parse(locale, sep="-")
    except (UnknownLocaleError, ValueError):
        return _NO_NAMES
    try:
        return NameIndex(_names(language))
    finally:
        # Babel remembers everything that it has read about a language: a megabyte each.
        localedata.clear_caches()


def _names(language: Locale) -> Iterable[NamedZones]:
    cities = language.time_zones
    for zone in SEARCHABLE_ZONES:
        city = cities[zone].get("city") if zone in cities else None
        if city:
            yield NamedZones(fold(city), (zone,))
    countries = language.territories
    for code, zones in zones_by_country().items():
        if code in countries:
            yield NamedZones(fold(countries[code]), tuple(zones))
