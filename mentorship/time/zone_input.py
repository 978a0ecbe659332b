"""Parse what people type for their time zone: an offset, a clock reading, or a name.

Works on text only, without the tz database: `mentorship.time.zone_search` combines the two.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from rapidfuzz import fuzz, process

from mentorship.time import zone_names
from mentorship.time.natural_time.hours_tokens import clock_token
from mentorship.time.natural_time.languages import LANGUAGES
from mentorship.time.natural_time.lexicon import unit_words
from mentorship.time.natural_time.normalization import fold as fold_signs

_LETTERS = str.maketrans({"ł": "l", "ø": "o", "ı": "i", "ة": "ه", "ى": "ي", "ـ": ""})
_PUNCTUATION = re.compile(r"[\s_/.,'’()\-]+")


def fold(text: str) -> str:
    """Return text without case, accents and punctuation, with single spaces between words."""
    if text.isascii():
        plain = text.lower()
    else:
        decomposed = unicodedata.normalize("NFKD", text.casefold())
        plain = "".join(char for char in decomposed if not unicodedata.combining(char))
        plain = plain.translate(_LETTERS)
    return _PUNCTUATION.sub(" ", plain).strip()


_OFFSET = re.compile(
    r"\s*(?:(?:utc|gmt|z)\s*)?(?P<sign>[+-])\s*(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2})|:\d?)?"
    r"\s*(?P<unit>[^\W\d_]*)\s*",
)


def parse_offset(text: str) -> int | None:
    """Return the minutes east of UTC of `+5:30`, `UTC-3`, `gmt +0530` or `-7`; None for others.

    The word for hours may follow, in every language.
    """
    match = _OFFSET.fullmatch(fold_signs(text)[0])
    if match is None or match["unit"] not in _hour_words():
        return None
    minutes = int(match["hours"]) * 60 + int(match["minutes"] or 0)
    if minutes > 14 * 60 or int(match["minutes"] or 0) > 59:
        return None
    return minutes if match["sign"] == "+" else -minutes


@cache
def _hour_words() -> frozenset[str]:
    return frozenset(
        ("", "h", "hrs", *(word for each in LANGUAGES for word in unit_words(each, 60)))
    )


@dataclass(frozen=True, slots=True)
class ClockReading:
    """What a clock shows: the possible minutes of the day, most likely first.

    `tolerance` is how many minutes the clock may be off.
    """

    minutes: tuple[int, ...]
    tolerance: int


_BARE_NUMBER = re.compile(r"\W*\d+\W*")
_RIGHT_NOW = re.compile(r"[.!。！]+\s*$")


def parse_clock(text: str, locale: str | None = None) -> ClockReading | None:
    """Parse a clock reading such as `it's 14:30 here`, `3pm` or `now 09.15`; None for others.

    It is in the words of a locale's language or English. A bare number (`14`) isn't a clock
    reading. Whole hours are taken as rounded, with a tolerance of 45 minutes; hours with minutes
    have a tolerance of 7.
    """
    time = clock_token(_RIGHT_NOW.sub("", text), locale)
    if time is None or time.is_word or _BARE_NUMBER.fullmatch(text):
        return None
    hours, minutes = divmod(time.minute, 60)
    tolerance = 7 if minutes or time.has_minutes else 45
    if time.half:
        return ClockReading(
            (hours % 12 * 60 + minutes + (720 if time.half == "p" else 0),), tolerance
        )
    reading = time.minute % 1440
    if 1 <= hours <= 12 and not time.is_24_hour:
        # "it's 3:15 here" may be a twelve-hour clock, too.
        return ClockReading((reading, (reading + 720) % 1440), tolerance)
    return ClockReading((reading,), tolerance)


@dataclass(frozen=True, slots=True)
class NamedZones:
    """A folded name of one or more zones."""

    key: str
    zones: tuple[str, ...]


class NameIndex:
    """Zone names by folded key, searched exactly, by the start of words, and by similarity."""

    def __init__(self, names: Iterable[NamedZones]) -> None:
        self._exact: dict[str, list[NamedZones]] = {}
        for name in names:
            same = self._exact.setdefault(name.key, [])
            if name not in same:
                same.append(name)
        self._keys = tuple(self._exact)

    def exact(self, key: str) -> list[NamedZones]:
        """Return the names that equal a folded key."""
        return self._exact.get(key, [])

    def starting_with(self, key: str) -> list[NamedZones]:
        """Return the names that start with a folded key, then those with a later word that does."""
        first: list[NamedZones] = []
        later: list[NamedZones] = []
        inner = f" {key}"
        for candidate in self._keys:
            if candidate.startswith(key):
                first += self._exact[candidate]
            elif inner in candidate:
                later += self._exact[candidate]
        return first + later

    def similar(self, key: str, limit: int = 5) -> list[NamedZones]:
        """Return names spelled similarly to a folded key, by rapidfuzz's ratio, best first."""
        if len(key) < 3:
            return []
        matches = process.extract(key, self._keys, scorer=fuzz.ratio, score_cutoff=70, limit=limit)
        return [name for candidate, _, _ in matches for name in self._exact[candidate]]


def _fold_each(names: str) -> Iterable[str]:
    return (fold(name) for name in names.split(",")) if names else ()


def build_names(
    zones: Iterable[str],
    zones_of_country: Mapping[str, list[str]],
    country_names: Mapping[str, str],
) -> Iterable[NamedZones]:
    """Yield all names of the zones: IANA names and their cities, old aliases, places, countries.

    A country is also found by its ISO 3166 code, by which `zones_of_country` and `country_names`
    are.
    """
    for zone in zones:
        yield NamedZones(fold(zone), (zone,))
        yield NamedZones(fold(zone.rpartition("/")[2]), (zone,))
    for alias, zone in zone_names.ALIASES.items():
        # Folding drops the signs of Etc/GMT+0 and the like.
        if not alias.startswith("Etc/GMT"):
            yield NamedZones(fold(alias), (zone,))
            yield NamedZones(fold(alias.rpartition("/")[2]), (zone,))
    for zone, places in zone_names.PLACES.items():
        for name in _fold_each(places):
            yield NamedZones(name, (zone,))
    for code, country_zones in zones_of_country.items():
        names = (
            fold(code),
            fold(country_names[code]),
            *_fold_each(zone_names.COUNTRY_LABELS.get(code, "")),
            *_fold_each(zone_names.COUNTRY_NAMES.get(code, "")),
        )
        for name in names:
            yield NamedZones(name, tuple(country_zones))
