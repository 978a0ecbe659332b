"""Lengths of time as people type them: `1 day`, `2 Tage 1 Stunde`, `1時間30分`, `يومان`."""

from __future__ import annotations

import re
from functools import lru_cache

from mentorship.time.natural_time import languages
from mentorship.time.natural_time.lexicon import Lexicon, duration_entries
from mentorship.time.natural_time.normalization import normalize
from mentorship.time.natural_time.vocabulary import Kind, Language, Meaning
from mentorship.typed_numbers import parse_whole_number

_PIECE = re.compile(
    r"(?P<number>\d+(?:[.,\u066b\u066c]\d+)*(?: \d{3}(?!\d))*)"
    r"|(?P<letters>[^\W\d_]+)|(?P<comma>,)|(?P<space>\s+)|(?P<other>.)",
    re.DOTALL,
)
_DECIMAL = re.compile(r"(\d+)[.,\u066b](\d{1,2})")
_HOURS_AND_MINUTES = re.compile(r"(\d{1,3})h([0-5]\d)")
_LONGEST_UNIT = 1_000_000
_JOINTS = (Kind.AND, Kind.COMMA)


def parse_minutes(text: str, locale: str | None = None) -> int | None:
    """Return the minutes of a length of time in a locale's language or English, None for others.

    A unit is needed, and a fraction of a unit has to be whole minutes: `1.5 hours`.
    """
    own = languages.find_or_english(locale)
    for language in dict.fromkeys((own.code, "en")):
        minutes = _Reading(normalize(text), language, locale).minutes()
        if minutes is not None:
            return minutes
    return None


@lru_cache
def _lexicon(code: str) -> Lexicon:
    language = languages.find_or_english(code)
    return Lexicon(language, duration_entries(language))


class _Reading:
    """Reads a text from left to right: amounts with their units, which are added up."""

    def __init__(self, text: str, code: str, locale: str | None) -> None:
        self._lexicon = _lexicon(code)
        self._locale = locale
        language: Language = self._lexicon.language
        if language.respell_numbers is not None:
            text = language.respell_numbers(text)
        match = _HOURS_AND_MINUTES.fullmatch(text)
        self._fixed = int(match[1]) * 60 + int(match[2]) if match else None
        self._words: list[str] | None = []
        for piece in _PIECE.finditer(text):
            divided = [piece.group()]
            if piece.lastgroup == "letters" and self._lexicon.divides_words:
                words = self._lexicon.divide(piece.group())
                if words is None:
                    self._words = None
                    return
                divided = words
            if piece.lastgroup != "space":
                self._words += divided

    def minutes(self) -> int | None:
        """Return the sum of what was read, None if it isn't a length of time."""
        if self._fixed is not None or not self._words:
            return self._fixed
        total: float = 0
        at, last_unit = 0, _LONGEST_UNIT
        while at < len(self._words):
            found = self._amount(at)
            if found is None or found[2] >= last_unit:
                # `24 hours and 1 hour` are two lengths of time.
                return None
            minutes, at, last_unit = found
            total += minutes
            if at < len(self._words) - 1 and self._is_joint(at):
                at += 1
        return int(total) if total == int(total) else None

    def _amount(self, at: int) -> tuple[float, int, int] | None:
        """Return minutes, the position behind them, and the minutes of their unit.

        `2 days`, `an hour`, `half an hour`.
        """
        assert self._words is not None
        meaning, then = self._match(at)
        number = self._number(self._words[at])
        if number is None:
            fixed = meaning.get(Kind.DURATION)
            if isinstance(fixed, int):
                return fixed, self._skip_one(then), fixed
            count = 1 if Kind.ARTICLE_ONE in meaning else meaning.get(Kind.COUNT)
            if not isinstance(count, int):
                return None
            number = count
        else:
            then = at + 1
        unit, end = self._match(then)
        minutes = unit.get(Kind.UNIT)
        return (number * minutes, end, minutes) if isinstance(minutes, int) else None

    def _skip_one(self, at: int) -> int:
        """Return the position behind the number one that follows its unit: Arabic `يوم واحد`."""
        meaning, then = self._match(at)
        return then if meaning.get(Kind.COUNT) == 1 and self._lexicon.language.script else at

    def _match(self, at: int) -> tuple[Meaning, int]:
        assert self._words is not None
        found = self._lexicon.match(self._words, at) if at < len(self._words) else None
        return ({}, at) if found is None else (found[1][0], found[0])

    def _is_joint(self, at: int) -> bool:
        meaning, _ = self._match(at)
        return any(kind in meaning for kind in _JOINTS)

    def _number(self, word: str) -> float | None:
        if not word[0].isdigit():
            return None
        whole = parse_whole_number(word, self._locale)
        if whole is not None:
            return whole
        decimal = _DECIMAL.fullmatch(word)
        return float(f"{decimal[1]}.{decimal[2]}") if decimal else None
