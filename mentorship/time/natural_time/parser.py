"""Parse times in plain words: `tomorrow evening`, `tue 3pm`, `in 2 hours`, `26.11. 15:00`.

A time is never guessed. A text is read with the words of one language at a time, and only as a
whole: one word that isn't understood makes it unreadable. If it can be read in several ways that
mean different times, it is ambiguous, and the error has the readings.

- The person's own language decides first, then the others, if their words are unmistakable:
  abbreviations, and words that exist in other languages too, don't suffice. Of somebody whose
  language isn't known here only English and digits are read.
- Text in Japanese or Arabic letters is read in that language only.
- A weekday is the next one ahead, today included. `next friday` can be the next Friday or that of
  the next week, which starts on Monday.
- A date without a year is the next such date; a time without a date is the next such time.
- `5/6` follows the habit of the person's language; without one it is ambiguous.

`clock_times` has the conventions for times that don't say which half of the day they mean, and
`lexicon.Part` those for parts of the day.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from itertools import islice

from mentorship.errors import TimeProblem, UnreadableTime
from mentorship.time import timezones
from mentorship.time.intervals import Span
from mentorship.time.natural_time import languages
from mentorship.time.natural_time.grammar import Grammar
from mentorship.time.natural_time.languages import LANGUAGES
from mentorship.time.natural_time.lexicon import Lexicon
from mentorship.time.natural_time.normalization import normalize
from mentorship.time.natural_time.numbers import (
    DAY_FIRST,
    EITHER_ORDER,
    MONTH_FIRST,
    DateOrder,
)
from mentorship.time.natural_time.resolution import ParsedTime, Reading, Viewpoint, resolve
from mentorship.time.natural_time.tokens import Sentence, tokenize
from mentorship.time.natural_time.vocabulary import Language
from mentorship.time.natural_time.zone_suffix import ZoneSuffix

__all__ = [
    "ParsedTime",
    "parse",
    "parse_day",
    "parse_past_or_ahead",
    "parse_span",
    "parse_suggestions",
    "possible_times",
]

LONGEST_TEXT = 100
_MOST_READINGS = 100

_DAY_FIRST = DateOrder(DAY_FIRST, DAY_FIRST, DAY_FIRST)
_MONTH_FIRST = DateOrder(MONTH_FIRST, MONTH_FIRST, MONTH_FIRST)
_DATE_ORDERS: dict[str | None, DateOrder] = {
    **dict.fromkeys((None, "en", "zh"), DateOrder(EITHER_ORDER, DAY_FIRST, DAY_FIRST)),
    **dict.fromkeys(("ja", "ko", "zh-CN", "zh-TW"), _MONTH_FIRST),
    **dict.fromkeys(("hu", "lt"), DateOrder(EITHER_ORDER, EITHER_ORDER, EITHER_ORDER)),
    # Americans who write full stops may have learned to do so elsewhere.
    "en-US": DateOrder(MONTH_FIRST, EITHER_ORDER, DAY_FIRST),
}
"""What people are used to, by Discord locale; the others write the day first."""


def parse(text: str, *, zone: str, now: datetime, locale: str | None = None) -> ParsedTime:
    """Parse text as a time ahead in `zone` at `now`.

    `locale` is the person's Discord locale. A span that has started is cut at `now`. Raises
    `UnreadableTime` with the reason and the possible readings.
    """
    readings = _read(text, zone, now, locale)
    ahead = [each for each in readings if each.problem is not TimeProblem.PAST]
    dates = {timezones.to_local(each.time.span.start, zone).date() for each in readings}
    # `today at 3:30` in the morning is the one that is ahead. Of two dates neither is likelier.
    return _only_reading(text, zone, ahead if ahead and len(dates) == 1 else readings)


def parse_past_or_ahead(
    text: str, *, zone: str, now: datetime, locale: str | None = None
) -> ParsedTime:
    """Parse text as `parse` does, also if the time is past."""
    readings = [
        replace(each, problem=None) if each.problem is TimeProblem.PAST else each
        for each in _read(text, zone, now, locale)
    ]
    return _only_reading(text, zone, readings)


def parse_span(text: str, *, zone: str, now: datetime, locale: str | None = None) -> Span:
    """Parse text as one span of time ahead; empty for an instant.

    Raises what `parse` does, and `UnreadableTime` for several times.
    """
    time = parse(text, zone=zone, now=now, locale=locale)
    if len(time.spans) > 1:
        raise UnreadableTime(text, TimeProblem.SEVERAL, zone=zone)
    return time.spans[0]


def parse_day(text: str, *, zone: str, now: datetime, locale: str | None = None) -> date:
    """Parse text as one local date, today or ahead.

    Raises what `parse` does, and `UnreadableTime` for several dates.
    """
    try:
        span = parse_span(text, zone=zone, now=now, locale=locale)
    except UnreadableTime as error:
        if error.problem is TimeProblem.NOT_UNDERSTOOD:
            error.problem = TimeProblem.NO_DATE
        raise
    day = timezones.to_local(span.start, zone).date()
    if span.end > timezones.day_bounds(day, zone)[1]:
        raise UnreadableTime(text, TimeProblem.SEVERAL, zone=zone)
    return day


def possible_times(error: UnreadableTime) -> ParsedTime | None:
    """Return all times that a text can mean, to choose from; None if it can mean none ahead."""
    if not error.readings or error.problem is TimeProblem.PAST:
        return None
    spans = tuple(Span(start, end) for start, end in error.readings)
    return ParsedTime(spans, exact=all(span.start == span.end for span in spans))


def parse_suggestions(
    text: str, *, zone: str, now: datetime, locale: str | None = None
) -> ParsedTime | None:
    """Parse text as all times that it can mean, to choose from; None if it can mean none ahead."""
    try:
        return parse(text, zone=zone, now=now, locale=locale).with_unusual()
    except UnreadableTime as error:
        return possible_times(error)


def _only_reading(text: str, zone: str, readings: Sequence[Reading]) -> ParsedTime:
    """Return the time on which all readings agree. Raises `UnreadableTime` if they don't."""
    meanings = list(dict.fromkeys((each.time.spans, each.problem) for each in readings))
    if not meanings:
        raise UnreadableTime(text, zone=zone)
    first = readings[0]
    spans = tuple(span for each in readings for span in each.time.spans)
    if len(meanings) > 1:
        distinct = sorted({(span.start, span.end) for span in spans})
        raise UnreadableTime(text, TimeProblem.AMBIGUOUS, tuple(distinct), zone)
    if first.problem is not None:
        pairs = tuple((span.start, span.end) for span in first.time.spans)
        raise UnreadableTime(text, first.problem, pairs, zone)
    return first.time


# --- Ways to read a text --------------------------------------------------------------------------


def _read(text: str, zone: str, now: datetime, locale: str | None) -> list[Reading]:
    plain = normalize(text)
    if not plain or len(text) > LONGEST_TEXT:
        return []
    try:
        absolute = _absolute(plain, zone, now)
        if absolute is not None:
            return [absolute]
        suffix = ZoneSuffix.split(plain, zone, now)
        readings = _read_words(suffix.text, suffix.zone, now, locale)
        return [each for each in map(suffix.checked, readings) if each is not None]
    except (OverflowError, ValueError):
        return []


def _absolute(text: str, zone: str, now: datetime) -> Reading | None:
    """Read ISO 8601 with a time, with or without an offset, or a Discord timestamp."""
    if stamp := re.fullmatch(r"<t:(\d{1,11})(?::[tdfr])?>", text):
        instant = datetime.fromtimestamp(int(stamp[1]), UTC)
    elif re.match(r"\d{4}-\d\d-\d\d[t ]\d\d:?\d\d", text):
        try:
            iso = datetime.fromisoformat(text.upper())
        except ValueError:
            return None
        if iso.tzinfo is None:
            # The grammar knows what to do with a time that the clock skips or repeats.
            return None
        instant = iso.astimezone(UTC)
    else:
        return None
    is_past = instant < now.replace(second=0, microsecond=0)
    problem = TimeProblem.PAST if is_past else None
    return Reading(ParsedTime((Span(instant, instant),), exact=True), problem)


def _read_words(text: str, zone: str, now: datetime, locale: str | None) -> list[Reading]:
    view = Viewpoint(zone, now, timezones.to_local(now, zone).date())
    text = re.sub(r"(?<=\d)t(?=\d\d:\d\d)", " ", text)
    own = languages.find(locale)
    if own is not None:
        readings = _read_in(text, own, locale, view)
        if readings:
            return readings
    readings = []
    for language in LANGUAGES:
        is_english = language.code == "en"
        if language is own or (locale is not None and own is None and not is_english):
            continue
        if not language.script or language.is_written_in(text):
            readings += _read_in(text, language, locale, view, is_foreign=True)
    return readings


def _read_in(
    text: str, language: Language, locale: str | None, view: Viewpoint, *, is_foreign: bool = False
) -> list[Reading]:
    lexicon = _lexicon(language.code)
    is_english = language.code == "en"
    has_own_letters = language.is_written_in(text)
    if has_own_letters and language.respell is not None:
        text = language.respell(text)
    order = _DATE_ORDERS.get(locale, _DAY_FIRST)
    if language.month_first and has_own_letters:
        order = _MONTH_FIRST
    sentence = tokenize(text, lexicon, order)
    if sentence is None or not sentence.tokens:
        return []
    if is_foreign and not has_own_letters:
        if not _is_recognizable(sentence, is_english=is_english):
            return []
        if sentence.has_words and not is_english:
            # Who writes in another language than English writes the day first.
            sentence = tokenize(text, lexicon, _DAY_FIRST)
            assert sentence is not None
    reads_english = locale is None or locale.startswith("en")
    uses_am_pm = is_english and reads_english and (sentence.has_words or locale is not None)
    grammar = Grammar(sentence.tokens, language, view.today, uses_am_pm=uses_am_pm)
    expressions = dict.fromkeys(islice(grammar.expressions(), _MOST_READINGS))
    return [reading for each in expressions for reading in resolve(each, view)]


def _is_recognizable(sentence: Sentence, *, is_english: bool) -> bool:
    """Return whether a text can be read in a language that isn't its writer's own.

    English is typed everywhere, but other languages have some of its words.
    """
    if is_english:
        return not sentence.is_doubtful
    return sentence.is_distinctive


@cache
def _lexicon(code: str) -> Lexicon:
    """Return the lexicon of a language, which is built when it is needed first."""
    return Lexicon(next(language for language in LANGUAGES if language.code == code))
