"""Understanding what people type for their time zone: pure text work, no tz database.

`timezones` supplies the facts (which zones exist, what their clocks show) and asks here what a
text means: an offset, a clock reading, or a name to look up in a `NameIndex`.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from mentorship.time import zone_names

_PUNCTUATION = re.compile(r"[\s_/.,'’()\-]+")


def fold(text: str) -> str:
    """`text` without case, accents and punctuation, words separated by single spaces."""
    if text.isascii():
        plain = text.lower()
    else:
        decomposed = unicodedata.normalize("NFKD", text.casefold())
        plain = "".join(char for char in decomposed if not unicodedata.combining(char))
        plain = plain.replace("ł", "l").replace("ø", "o").replace("ı", "i")
    return _PUNCTUATION.sub(" ", plain).strip()


_OFFSET = re.compile(
    r"\s*(?:(?:utc|gmt|z)\s*)?(?P<sign>[+\-−–])\s*(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2})|:\d?)?"
    r"\s*(?:h|hours|hrs)?\s*",
    re.IGNORECASE,
)


def read_offset(text: str) -> int | None:
    """The minutes east of UTC that `+5:30`, `UTC-3`, `gmt +0530` or `-7` name, else None."""
    match = _OFFSET.fullmatch(text)
    if match is None:
        return None
    minutes = int(match["hours"]) * 60 + int(match["minutes"] or 0)
    if minutes > 14 * 60 or int(match["minutes"] or 0) > 59:
        return None
    return minutes if match["sign"] == "+" else -minutes


@dataclass(frozen=True, slots=True)
class ClockReading:
    """What somebody's clock shows: minutes of the day, likeliest first, give or take `slack`."""

    minutes: tuple[int, ...]
    slack: int


_CLOCK = re.compile(
    r"\s*(?:(?:the\s+)?(?:time|clock)\s+)?(?:(?:it['’]?s|it\s+is|is|now|its|at|here|my)\s+)*"
    r"(?:(?:it['’]?s|it\s+is)\s*)?"
    r"(?P<hours>\d{1,2})(?:\s*[:.h]\s*(?P<minutes>\d{2}))?\s*(?:o['’]?clock)?\s*"
    r"(?P<half>[ap])?(?(half)\.?\s?m?\.?)\s*(?:o['’]?clock)?\s*(?:h|uhr)?\s*"
    r"(?:right\s+)?(?:now|here|for\s+me|\s)*[.!]?\s*",
    re.IGNORECASE,
)


def read_clock(text: str) -> ClockReading | None:
    """What `it's 14:30 here`, `3pm` or `now 09.15` says the person's clock shows, else None.

    A bare number without a word around it (`14`) is no clock reading. Whole hours are taken as
    rounded (45 minutes' slack), hours with minutes as read (a clock may be some minutes off).
    """
    match = _CLOCK.fullmatch(text)
    if match is None:
        return None
    hours, half = int(match["hours"]), (match["half"] or "").lower()
    minutes = int(match["minutes"] or 0)
    if match["minutes"] is None and not half and text.strip().isdigit():
        return None
    if minutes > 59 or hours > 24 or (half and not 1 <= hours <= 12):
        return None
    slack = 45 if match["minutes"] is None else 7
    if half:
        return ClockReading((hours % 12 * 60 + minutes + (720 if half == "p" else 0),), slack)
    reading = hours % 24 * 60 + minutes
    if 1 <= hours <= 12 and not match["hours"].startswith("0"):
        # "it's 3:15 here" is said on a twelve-hour clock as well.
        return ClockReading((reading, (reading + 720) % 1440), slack)
    return ClockReading((reading,), slack)


@dataclass(frozen=True, slots=True)
class Name:
    """One thing that people call one or more zones, folded."""

    key: str
    zones: tuple[str, ...]


class NameIndex:
    """Zone names by folded key, searched exactly, by beginnings of words, and by likeness."""

    def __init__(self, names: Iterable[Name]) -> None:
        self._exact: dict[str, list[Name]] = {}
        for name in names:
            same = self._exact.setdefault(name.key, [])
            if name not in same:
                same.append(name)
        self._keys = tuple(self._exact)

    def exact(self, key: str) -> list[Name]:
        """The names that are exactly `key` (folded)."""
        return self._exact.get(key, [])

    def beginning(self, key: str) -> list[Name]:
        """Names that begin with `key`, then names in which a later word begins with it."""
        first: list[Name] = []
        later: list[Name] = []
        inner = f" {key}"
        for candidate in self._keys:
            if candidate.startswith(key):
                first += self._exact[candidate]
            elif inner in candidate:
                later += self._exact[candidate]
        return first + later

    def like(self, key: str, limit: int = 5) -> list[Name]:
        """Names spelled almost like `key` (rapidfuzz's normalised Indel ratio), best first."""
        if len(key) < 3:
            return []
        found = process.extract(key, self._keys, scorer=fuzz.ratio, score_cutoff=70, limit=limit)
        return [name for candidate, _, _ in found for name in self._exact[candidate]]


def _listed(names: str) -> Iterable[str]:
    return (fold(name) for name in names.split(",")) if names else ()


def all_names(
    zones: Iterable[str], of_country: Mapping[str, list[str]], country_names: Mapping[str, str]
) -> Iterable[Name]:
    """Everything that one can call a zone by: IANA names and their cities, old aliases, other
    places, and countries (ISO 3166 code -> zones, code -> English name)."""
    for zone in zones:
        yield Name(fold(zone), (zone,))
        yield Name(fold(zone.rpartition("/")[2]), (zone,))
    for alias, zone in zone_names.ALIASES.items():
        # Folded, the signs of Etc/GMT+0 and the like are gone.
        if not alias.startswith("Etc/GMT"):
            yield Name(fold(alias), (zone,))
            yield Name(fold(alias.rpartition("/")[2]), (zone,))
    for zone, places in zone_names.PLACES.items():
        for name in _listed(places):
            yield Name(name, (zone,))
    for code, country_zones in of_country.items():
        called = (
            fold(country_names[code]),
            *_listed(zone_names.COUNTRY_LABELS.get(code, "")),
            *_listed(zone_names.COUNTRY_NAMES.get(code, "")),
        )
        for name in called:
            yield Name(name, tuple(country_zones))
