"""Dividing typed weekly hours, such as `mon-fri 18:00-21:30`, into tokens of a language."""

from __future__ import annotations

import re
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple

from mentorship.errors import HoursProblem, UnreadableHours
from mentorship.time.natural_time import languages
from mentorship.time.natural_time.clock_times import on_24_hour_clock
from mentorship.time.natural_time.lexicon import Lexicon, clock_entries, weekly_entries
from mentorship.time.natural_time.normalization import fold
from mentorship.time.natural_time.vocabulary import Kind, Meaning, Part

_DAY = 1440
_NOON = 720
_WORD = re.compile(
    r"(?P<always>24/7)"
    r"|(?P<whole>24\s?(?:h(?:ours|rs)?|horas|heures|stunden|ore|時間|ساعه)\b)"
    r"|(?P<feminine>[2-6]a(?![^\W_]))"
    r"|(?P<time>\d{4}(?!\d)"
    r"|\d{1,2}(?:\s*[:.h]\s*\d{2}(?!\d|\s*(?::\d|h(?![a-z])))|時\d{1,2}分|時\d{2}(?!\d|時)|h(?=\d))?)"
    r"|(?P<letters>[^\W\d_]+)"
    r"|(?P<dash>-+|\.\.+)"
    r"|(?P<end>[;\n|]+)"
    r"|(?P<comma>[,&+/]+)"
    r"|(?P<space>[\s:@]+)"
    r"|(?P<other>.)",
    re.DOTALL,
)
_HALF = re.compile(r"\s*([ap])\s?m\b\s?(?=\W|\Z)")
_UNIT = re.compile(r"\s*(?:h|hrs|uhr)\b")
_FILLERS = (Kind.FILLER, Kind.AT, Kind.ON, Kind.OF, Kind.FROM, Kind.BETWEEN, Kind.UP_TO)
_UNITS = (Kind.HOUR_UNIT, Kind.CLOCK_UNIT, Kind.O_CLOCK)


class HoursKind(Enum):
    """What a token of typed weekly hours is."""

    DAY = auto()
    TIME = auto()
    DASH = auto()
    COMMA = auto()
    OFF = auto()
    WHOLE = auto()
    """All day."""
    END = auto()
    """The end of a group."""


class HoursToken(NamedTuple):
    """A token, as it was typed, with its position in the text. Those of days have `days`.

    The other fields are those of a time.
    """

    kind: HoursKind
    text: str
    position: int
    days: tuple[int, ...] = ()
    minute: int = 0
    """Minutes after midnight as written, without regard to `half`."""
    half: str = ""
    """`a` or `p` if am or pm is there."""
    is_24_hour: bool = False
    """Whether it can only be on a 24-hour clock: `09:00`, `0900`, `17`."""
    is_word: bool = False
    """Whether it is noon or midnight as a word."""
    is_hour: bool = False
    """Whether it is an hour alone, without minutes, a unit or the half of the day."""
    has_minutes: bool = False
    """Whether it was written with minutes, although they may be 0."""

    @property
    def is_midnight(self) -> bool:
        """Whether it is midnight as a word."""
        return self.is_word and self.minute in (0, _DAY)


class _Piece(NamedTuple):
    """A word, number or sign of the folded text, from `start` to `end` of what was typed."""

    kind: str
    text: str
    start: int
    end: int
    half: str = ""
    has_unit: bool = False


def hours_tokens(text: str, locale: str | None) -> list[HoursToken]:
    """Divide a text into tokens, by the words of a locale's language, else those of English.

    Raises `UnreadableHours` for the first word or sign that isn't known, or isn't a time.
    """
    code = _code_of(locale)
    try:
        return _Tokenizer(text, _lexicon(code)).tokens()
    except UnreadableHours:
        if code == "en":
            raise
        try:
            return _Tokenizer(text, _english_beside(code)).tokens()
        except UnreadableHours:
            pass
        raise


def clock_token(text: str, locale: str | None) -> HoursToken | None:
    """Return the only time of a text such as `es ist 14:30 Uhr bei mir`, None for others.

    The words are those of a locale's language, or English.
    """
    for code in dict.fromkeys((_code_of(locale), "en")):
        try:
            tokens = _Tokenizer(text, _clock_lexicon(code)).tokens()
        except UnreadableHours:
            continue
        if len(tokens) == 1 and tokens[0].kind is HoursKind.TIME:
            return tokens[0]
    return None


@lru_cache
def _clock_lexicon(code: str) -> Lexicon:
    language = languages.find_or_english(code)
    return Lexicon(language, clock_entries(language))


def _code_of(locale: str | None) -> str:
    language = languages.find(locale)
    return "en" if language is None else language.code


@lru_cache
def _lexicon(code: str) -> Lexicon:
    language = languages.find_or_english(code)
    return Lexicon(language, weekly_entries(language))


@lru_cache
def _english_beside(code: str) -> Lexicon:
    """Return the English words for hours that somebody may type who writes in another language.

    Days of one letter are left out, and those that are other days in that language: `we` is the
    weekend in German.
    """
    own = languages.find_or_english(code)
    own_days = ((phrase, _days(meaning)) for phrase, meaning in weekly_entries(own))
    days_of = {phrase: days for phrase, days in own_days if days}
    english = languages.find_or_english("en")
    entries = [
        (phrase, meaning)
        for phrase, meaning in weekly_entries(english)
        if not (days := _days(meaning)) or (len(phrase) > 1 and days_of.get(phrase) in (None, days))
    ]
    return Lexicon(english, entries)


def _days(meaning: tuple[tuple[Kind, object], ...]) -> object:
    kind, days = meaning[0]
    return days if kind is Kind.DAYS else None


class _Tokenizer:
    """Divides a text from left to right; which kind a word is can depend on those beside it."""

    def __init__(self, text: str, lexicon: Lexicon) -> None:
        self.text = text
        self._lexicon = lexicon
        self._pieces = list(self._divide())
        self._words = [piece.text for piece in self._pieces]
        self._tokens: list[HoursToken] = []

    def tokens(self) -> list[HoursToken]:
        at = 0
        half: Kind | None = None
        while at < len(self._pieces):
            piece = self._pieces[at]
            is_word = piece.kind in ("letters", "feminine")
            found = self._lexicon.match(self._words, at) if is_word else None
            if found is not None:
                end, meanings = found
                last = self._pieces[end - 1]
                whole = piece._replace(end=last.end)
                if half is None and (half := self._half_before(meanings[0], end)) is not None:
                    at = end
                    continue
                self._add_word(whole, meanings[0], end)
                at = end
                continue
            if piece.kind == "time":
                self._add_time(piece, half)
                half = None
            else:
                self._add_sign(piece)
            at += 1
        return self._tokens

    # --- Pieces -----------------------------------------------------------------------------------

    def _divide(self) -> list[_Piece]:
        plain, positions = fold(self.text)
        pieces: list[_Piece] = []
        at = 0
        while match := _WORD.match(plain, at):
            kind, (start, at) = match.lastgroup or "other", match.span()
            if kind == "space":
                continue
            typed_start, typed_end = positions[start], positions[at]
            if kind == "letters":
                pieces += self._divide_letters(match.group(), start, positions)
                continue
            if kind == "feminine" and self._lexicon.match([match.group()], 0) is None:
                # `2a` is a day in Portuguese, and 2 am in English.
                kind, at = "time", start + 1
                typed_end = positions[at]
            word, half, has_unit = plain[start:at], "", False
            if kind == "time":
                if written := _HALF.match(plain, at):
                    half, at = written[1], written.end(1) + plain[written.end(1) :].index("m") + 1
                    typed_end = positions[at]
                    if self.text[typed_end : typed_end + 1] == ".":
                        typed_end, at = typed_end + 1, at + 1
                elif written := _UNIT.match(plain, at):
                    has_unit, at = True, written.end()
                    typed_end = positions[at]
            pieces.append(_Piece(kind, word, typed_start, typed_end, half, has_unit))
        return pieces

    def _divide_letters(self, word: str, start: int, positions: list[int]) -> list[_Piece]:
        words = self._lexicon.divide(word) if self._lexicon.divides_words else [word]
        pieces = []
        for each in words or [word]:
            end = start + len(each)
            pieces.append(_Piece("letters", each, positions[start], positions[end]))
            start = end
        return pieces

    # --- Words ------------------------------------------------------------------------------------

    def _half_before(self, meaning: Meaning, then: int) -> Kind | None:
        """Return the half of the day that a word before a time names: Japanese `午後6時`."""
        if then < len(self._pieces) and self._pieces[then].kind == "time":
            return next((k for k in (Kind.FIRST_HALF, Kind.SECOND_HALF) if k in meaning), None)
        return None

    def _add_word(self, piece: _Piece, meaning: Meaning, then: int) -> None:
        previous = self._tokens[-1] if self._tokens else None
        is_after_time = previous is not None and previous.kind is HoursKind.TIME
        days = meaning.get(Kind.DAYS)
        if is_after_time and not self._is_before(then, HoursKind.DAY, meaning):
            assert previous is not None
            changed = self._after_time(previous, meaning)
            if changed is not None:
                self._tokens[-1] = changed._replace(
                    text=self.text[previous.position : piece.end], is_hour=False
                )
                return
        if isinstance(days, tuple):
            self._add(HoursKind.DAY, piece, days=days)
        elif Kind.OFF in meaning:
            self._add(HoursKind.OFF, piece)
        elif Kind.ALL_DAY in meaning:
            self._add(HoursKind.WHOLE, piece)
        elif Kind.NOON in meaning or Kind.MIDNIGHT in meaning:
            minute = 0 if Kind.MIDNIGHT in meaning else _NOON
            self._add(HoursKind.TIME, piece, minute=minute, is_24_hour=True, is_word=True)
        elif Kind.TO in meaning and self._joins(previous, then):
            self._add(HoursKind.DASH, piece)
        elif Kind.AND in meaning or Kind.COMMA in meaning:
            self._add(HoursKind.COMMA, piece)
        elif not any(kind in meaning for kind in _FILLERS):
            if Kind.TO not in meaning:
                raise self._unreadable(piece, HoursProblem.UNKNOWN_DAY)
            self._add(HoursKind.DASH, piece)

    def _after_time(self, time: HoursToken, meaning: Meaning) -> HoursToken | None:
        """Return a time with the word behind it, None if that says nothing about the time."""
        minutes, part = meaning.get(Kind.AFTER_HOUR), meaning.get(Kind.PART)
        if Kind.AM in meaning or Kind.PM in meaning:
            return self._with_half(time, "a" if Kind.AM in meaning else "p")
        if isinstance(minutes, int) and minutes > 0 and time.minute % 60 == 0:
            return time._replace(minute=time.minute + minutes)
        if isinstance(part, Part) and not time.half:
            return self._within_part(time, part)
        return time if any(kind in meaning for kind in _UNITS) else None

    def _within_part(self, time: HoursToken, part: Part) -> HoursToken:
        """Return a time in a part of the day: `9 de la noche`."""
        clock = on_24_hour_clock(*divmod(time.minute, 60))
        inside = None if clock is None else clock.within(*part.clock_times)
        if inside is None or len(inside.possible) > 1:
            problem = HoursProblem.TWELVE_HOUR_TIME_OUT_OF_RANGE
            raise UnreadableHours(self.text, time.text, time.position, problem)
        if time.is_24_hour:
            return time
        return time._replace(half="a" if inside.possible[0] % _DAY < _NOON else "p")

    def _with_half(self, time: HoursToken, half: str) -> HoursToken | None:
        if time.half or time.is_word:
            return None
        if not 60 <= time.minute < 13 * 60:
            problem = HoursProblem.TWELVE_HOUR_TIME_OUT_OF_RANGE
            raise UnreadableHours(self.text, time.text, time.position, problem)
        return time._replace(half=half, is_24_hour=False)

    def _joins(self, previous: HoursToken | None, then: int) -> bool:
        """Return whether a word stands between two days, or two times: `lunes a viernes`."""
        if previous is None or previous.kind not in (HoursKind.DAY, HoursKind.TIME):
            return False
        return self._is_before(then, previous.kind)

    def _is_before(self, at: int, kind: HoursKind, meaning: Meaning | None = None) -> bool:
        """Return whether the next piece that says something is a day, or a time.

        With a `meaning`, only of a word that can be a filler there.
        """
        if meaning is not None and not any(each in meaning for each in _FILLERS):
            return False
        while at < len(self._pieces):
            if self._pieces[at].kind == "time":
                return kind is HoursKind.TIME
            found = self._lexicon.match(self._words, at)
            if found is None:
                return False
            at, (found_meaning, *_) = found
            if Kind.DAYS in found_meaning:
                return kind is HoursKind.DAY
            if any(each in found_meaning for each in (Kind.NOON, Kind.MIDNIGHT)):
                return kind is HoursKind.TIME
            if any(each in found_meaning for each in (Kind.FIRST_HALF, Kind.SECOND_HALF)):
                return kind is HoursKind.TIME
            if not any(each in found_meaning for each in _FILLERS):
                return False
        return False

    # --- Times and signs --------------------------------------------------------------------------

    def _add_time(self, piece: _Piece, half: Kind | None) -> None:
        digits = re.sub(r"\D+", ":", piece.text).strip(":")
        hours_text, _, minutes_text = digits.partition(":")
        if len(digits) == 4 and not minutes_text:
            hours_text, minutes_text = digits[:2], digits[2:]
        hours, minutes = int(hours_text), int(minutes_text or 0)
        typed = self.text[piece.start : piece.end].strip()
        if minutes > 59 or hours > 24 or (hours == 24 and minutes):
            problem = HoursProblem.TIME_OUT_OF_RANGE
            raise UnreadableHours(self.text, typed, piece.start, problem)
        letter = piece.half
        if half is not None and hours <= 12:
            if hours == 12:
                # Some say `午後12時` for noon, and some for midnight.
                raise self._unreadable(piece, HoursProblem.TWELVE_HOUR_TIME_OUT_OF_RANGE)
            letter = "p" if half is Kind.SECOND_HALF else "a"
            hours = hours or 12
        if letter and not 1 <= hours <= 12:
            raise self._unreadable(piece, HoursProblem.TWELVE_HOUR_TIME_OUT_OF_RANGE)
        is_24_hour = not letter and (piece.text.startswith("0") or hours > 12 or hours == 0)
        self._tokens.append(
            HoursToken(
                HoursKind.TIME,
                typed,
                piece.start,
                minute=hours * 60 + minutes,
                half=letter,
                is_24_hour=is_24_hour,
                has_minutes=bool(minutes_text),
                is_hour=piece.text.isdigit() and not letter and not piece.has_unit,
            )
        )

    def _add_sign(self, piece: _Piece) -> None:
        match piece.kind:
            case "always":
                self._add(HoursKind.DAY, piece, days=tuple(range(7)))
                self._add(HoursKind.WHOLE, piece)
            case "whole":
                if self._tokens and self._tokens[-1].kind is HoursKind.DASH:
                    # `18h-24h` is no whole day.
                    self._add(HoursKind.TIME, piece, minute=_DAY, is_24_hour=True)
                else:
                    self._add(HoursKind.WHOLE, piece)
            case "dash" | "end" | "comma":
                self._add(HoursKind[piece.kind.upper()], piece)
            case "letters":
                raise self._unreadable(piece, HoursProblem.UNKNOWN_DAY)
            case _:
                raise self._unreadable(piece, HoursProblem.UNKNOWN_SIGN)

    def _add(
        self,
        kind: HoursKind,
        piece: _Piece,
        *,
        days: tuple[int, ...] = (),
        minute: int = 0,
        is_24_hour: bool = False,
        is_word: bool = False,
    ) -> None:
        text = self.text[piece.start : piece.end]
        self._tokens.append(
            HoursToken(
                kind,
                text,
                piece.start,
                days=days,
                minute=minute,
                is_24_hour=is_24_hour,
                is_word=is_word,
            )
        )

    def _unreadable(self, piece: _Piece, problem: HoursProblem) -> UnreadableHours:
        return UnreadableHours(self.text, self.text[piece.start : piece.end], piece.start, problem)
