"""Words of a language and their meanings, and dividing a text into them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from sys import intern

from mentorship.time.natural_time.normalization import normalize
from mentorship.time.natural_time.vocabulary import Kind, Language, Meaning, Part, Words

_UNIVERSAL: Words = {Kind.AM: "am", Kind.PM: "pm", Kind.COMMA: ",", Kind.AND: "&"}
_SHORTEST_DISTINCTIVE_WORD = 4


Entries = Iterable[tuple[str, tuple[tuple[Kind, object], ...]]]
"""Phrases, normalized, with what each of their tokens means."""


class Lexicon:
    """A language's phrases, by their first word, longest first.

    They are those for times, or the `entries`.
    """

    def __init__(self, language: Language, entries: Entries | None = None) -> None:
        self.language = language
        self.ordinals = re.compile(rf"(?:{language.ordinals or '(?!)'})")
        self._phrases: dict[str, list[tuple[tuple[str, ...], tuple[Meaning, ...]]]] = {}
        self._weak = {normalize(word) for word in split(language.weak)}
        self._distinctive = {normalize(word) for word in split(language.distinctive)}
        self._prefixes = tuple(normalize(prefix) for prefix in split(language.prefixes))
        self.divides_words = language.is_unspaced or bool(self._prefixes)
        meanings: dict[str, list[dict[Kind, object]]] = {}
        for phrase, pairs in _entries(language) if entries is None else entries:
            tokens = meanings.setdefault(phrase, [{} for _ in pairs])
            assert len(tokens) == len(pairs), phrase
            for token, (kind, value) in zip(tokens, pairs, strict=True):
                assert token.setdefault(kind, value) == value, phrase
        # Hundreds of phrases have the same few meanings.
        shared: dict[tuple[frozenset[tuple[Kind, object]], ...], tuple[Meaning, ...]] = {}
        for phrase, tokens in meanings.items():
            words = tuple(map(intern, phrase.split()))
            key = tuple(frozenset(token.items()) for token in tokens)
            meaning = shared.setdefault(key, tuple(tokens))
            self._phrases.setdefault(words[0], []).append((words, meaning))
        for same_start in self._phrases.values():
            same_start.sort(key=lambda entry: -len(entry[0]))

    def match(self, words: list[str], at: int) -> tuple[int, tuple[Meaning, ...]] | None:
        """Return the end and meaning of the longest phrase at a position, None if there is none.

        Words of a phrase may be divided by hyphens.
        """
        for phrase, meaning in self._phrases.get(words[at], ()):
            end = at
            for word in phrase:
                if end > at and end + 1 < len(words) and words[end] == "-":
                    end += 1
                if end >= len(words) or words[end] != word:
                    break
                end += 1
            else:
                return end, meaning
        return None

    @cached_property
    def _vocabulary(self) -> frozenset[str]:
        phrases = (phrase for same_start in self._phrases.values() for phrase, _ in same_start)
        return frozenset(word for phrase in phrases for word in phrase)

    @cached_property
    def _longest_word(self) -> int:
        return max(map(len, self._vocabulary))

    def divide(self, letters: str) -> list[str] | None:
        """Return the words of letters that are written without spaces, None if one is unknown.

        Each word is the longest one that is possible there.
        """
        if letters in self._vocabulary:
            return [letters]
        if self.language.is_unspaced:
            return self._divide_unspaced(letters)
        for prefix in self._prefixes:
            if letters.startswith(prefix) and (rest := self.divide(letters[len(prefix) :])):
                return [prefix, *rest]
        return None

    def _divide_unspaced(self, letters: str) -> list[str] | None:
        words: list[str] = []
        at = 0
        while at < len(letters):
            longest = min(len(letters), at + self._longest_word)
            ends = (end for end in range(longest, at, -1) if letters[at:end] in self._vocabulary)
            end = next(ends, at)
            if end == at:
                return None
            words.append(letters[at:end])
            at = end
        return words

    def is_distinctive(self, phrase: str) -> bool:
        """Return whether a phrase shows that a text is in this language."""
        return any(
            word in self._distinctive
            or (len(word) >= _SHORTEST_DISTINCTIVE_WORD and word not in self._weak)
            for word in phrase.split()
        )

    def is_weak(self, phrase: str) -> bool:
        """Return whether a phrase can be something else in another language."""
        return not self._weak.isdisjoint(phrase.split())


_KINDS_OF_WEEKLY_HOURS = (
    *(Kind.NOON, Kind.MIDNIGHT, Kind.AM, Kind.PM, Kind.FIRST_HALF, Kind.SECOND_HALF),
    *(Kind.HOUR_UNIT, Kind.CLOCK_UNIT, Kind.O_CLOCK, Kind.AFTER_HOUR),
    *(Kind.AT, Kind.ON, Kind.OF, Kind.FROM, Kind.TO, Kind.UP_TO, Kind.BETWEEN, Kind.AND),
    *(Kind.COMMA, Kind.FILLER),
)


def weekly_entries(language: Language) -> Entries:
    """Yield the phrases for weekly hours, normalized, with their meanings."""
    return _in_every_spelling(language, _weekly_phrases(language))


def unit_words(language: Language, minutes: int) -> frozenset[str]:
    """Return the words for a unit of so many minutes, normalized."""
    names = language.words[Kind.UNIT]
    assert not isinstance(names, str)
    return frozenset(normalize(name) for name in split(names[minutes]))


def clock_entries(language: Language) -> Entries:
    """Yield the phrases for what a clock shows, normalized, with their meanings."""
    fillers = ((name, ((Kind.FILLER, None),)) for name in split(language.clock_fillers))
    return _in_every_spelling(language, [*_weekly_phrases(language), *fillers])


def duration_entries(language: Language) -> Entries:
    """Yield the phrases for lengths of time, normalized, with their meanings."""
    return _in_every_spelling(language, _duration_phrases(language))


def _duration_phrases(language: Language) -> Entries:
    kinds = (Kind.UNIT, Kind.DURATION, Kind.COUNT, Kind.ARTICLE_ONE, Kind.AND, Kind.COMMA)
    for words in (language.words, _UNIVERSAL):
        yield from _phrases_by_kind({kind: words[kind] for kind in kinds if kind in words})
    yield from _counts(language)
    # Arabic has a form for two of a thing.
    for phrase, meaning in language.phrases.items():
        if [kind for kind, _ in meaning] == [Kind.COUNT, Kind.UNIT]:
            (_, count), (_, unit) = meaning
            assert isinstance(count, int)
            assert isinstance(unit, int)
            yield phrase, ((Kind.DURATION, count * unit),)
    # Where a number before a day is a date, it is a length of time here: Japanese `2日`.
    yield from ((name, ((Kind.UNIT, 1440),)) for name in split(language.lone_day_unit))


def _weekly_phrases(language: Language) -> Entries:
    for words in (language.words, _UNIVERSAL):
        chosen = {kind: words[kind] for kind in _KINDS_OF_WEEKLY_HOURS if kind in words}
        yield from _phrases_by_kind(chosen)
    weekly = language.weekly
    # Where the weekend is on other days in another country, the word alone doesn't say which.
    is_one_weekend = len(language.starts_of_weekend) == 1
    weekends = language.words.get(Kind.WEEKEND, "") if is_one_weekend else ""
    for kind, value, names in (
        *((Kind.DAYS, (number,), names) for number, names in enumerate(language.weekdays)),
        *((Kind.DAYS, (number,), names) for number, names in enumerate(weekly.days)),
        *((Kind.DAYS, (number,), name) for number, name in enumerate(split(weekly.short))),
        (Kind.DAYS, tuple(range(7)), weekly.daily),
        (Kind.DAYS, tuple(range(5)), weekly.workdays),
        (Kind.DAYS, (5, 6), f"{weekends}|{weekly.weekends}"),
        (Kind.OFF, None, weekly.off),
        (Kind.ALL_DAY, None, weekly.all_day),
        (Kind.AM, None, weekly.am),
        (Kind.PM, None, weekly.pm),
        (Kind.FILLER, None, weekly.fillers),
    ):
        yield from ((name, ((kind, value),)) for name in split(names))
    yield from ((phrase, ((Kind.PART, part),)) for phrase, part in _part_names(language))


def _phrases_by_kind(words: Words) -> Entries:
    for kind, phrases in words.items():
        by_value = {None: phrases} if isinstance(phrases, str) else phrases
        for value, names in by_value.items():
            yield from ((name, ((kind, value),)) for name in split(names))


def _in_every_spelling(language: Language, entries: Entries) -> Entries:
    """Yield each phrase normalized; German ones without umlauts, too: `uebermorgen`."""
    for phrase, meaning in entries:
        yield normalize(phrase), meaning
        for umlaut, vowels in (("ä", "ae"), ("ö", "oe"), ("ü", "ue")):
            if umlaut in phrase and language.code == "de":
                yield normalize(phrase.replace(umlaut, vowels)), meaning


def split(phrases: str) -> Iterable[str]:
    """Yield phrases that are divided by `|`."""
    return (phrase.strip() for phrase in phrases.split("|") if phrase.strip())


def _part_names(language: Language) -> Iterable[tuple[str, Part]]:
    prefixes = tuple(split(language.part_prefixes))
    for parts, allowed in (
        (language.parts, ("", *prefixes)),
        (language.prefixed_parts, prefixes),
    ):
        for part, names in parts.items():
            for name in split(names):
                yield from ((f"{prefix} {name}".strip(), part) for prefix in allowed)


def _entries(language: Language) -> Entries:
    """Yield the phrases for times, normalized, with their meanings."""
    return _in_every_spelling(language, _phrases(language))


def _phrases(language: Language) -> Entries:
    for words in (language.words, _UNIVERSAL):
        yield from _phrases_by_kind(words)
    for number, names in enumerate(language.weekdays):
        yield from ((name, ((Kind.WEEKDAY, number),)) for name in split(names))
    for number, names in enumerate(language.months, 1):
        yield from ((name, ((Kind.MONTH, number),)) for name in split(names))
    yield from _counts(language)
    for days, names in language.relative_days.items():
        yield from ((name, ((Kind.RELATIVE_DAY, days),)) for name in split(names))
    for part, names in language.today_parts.items():
        meaning = ((Kind.RELATIVE_DAY, 0), (Kind.PART, part))
        yield from ((name, meaning) for name in split(names))
    yield from ((phrase, ((Kind.PART, part),)) for phrase, part in _part_names(language))
    if language.joins_parts:
        yield from _joined_parts(language)
    yield from language.phrases.items()


def _counts(language: Language) -> Entries:
    for number, names in enumerate(language.counts.split()):
        yield from ((name, ((Kind.COUNT, number),)) for name in split(names.replace("_", " ")))


def _joined_parts(language: Language) -> Entries:
    days = [
        (name, (Kind.WEEKDAY, number))
        for number, names in enumerate(language.weekdays)
        for name in split(names)
        if len(name) > 3
    ]
    for parts in (language.parts, language.prefixed_parts):
        for part, names in parts.items():
            for name in split(names):
                for day, meaning in days:
                    yield f"{day}{name}", (meaning, (Kind.PART, part))
    for part, names in language.prefixed_parts.items():
        for name in split(names):
            # German and Dutch `morgen` is the morning after a weekday, otherwise tomorrow.
            for day, meaning in days:
                yield f"{day} {name}", (meaning, (Kind.PART, part))
