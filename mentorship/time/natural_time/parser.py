"""Parse times in plain words: `tomorrow evening`, `tue 3pm`, `in 2 hours`, `26.11. 15:00`.

A small grammar reads a date and a time of day in English and numbers, in either order and each
optional. Other text goes to dateparser, in the person's language and English. Text with anything
left over can't be parsed: a time is never guessed from half a sentence.

Conventions:

- A weekday is the next one ahead, today included; `next friday` is the Friday of the next week,
  which starts on Monday.
- A date without a year is the next such date; a time without a date is the next such time.
- Bare hours (`at 3`) from 1 to 7 are in the afternoon.
- `5/6` can't be parsed unless the person's language says which one is the month.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from mentorship.errors import UnreadableTime
from mentorship.time.intervals import Span
from mentorship.time.natural_time.vocabulary import (
    FILLER_WORDS,
    FROM_NOW,
    DateRange,
    ParseContext,
    TimeRange,
    collapse_spaces,
    extract_dates,
    extract_times,
    parse_duration,
    single_date,
)
from mentorship.time.timezones import day_bounds, from_wall_clock, to_local


@dataclass(frozen=True, slots=True)
class ParsedTime:
    """The meaning of a text, in UTC: an instant (`exact`, the span is empty), or a span of time."""

    span: Span
    exact: bool


def parse(text: str, *, zone: str, now: datetime, locale: str | None = None) -> ParsedTime:
    """Parse text as a time in `zone` at `now`.

    `locale` is the person's Discord locale, for words in their language and the order of `5/6`. A
    wall-clock time in a gap moves forward by its length; a repeated one means its first occurrence.
    A span that has started is cut at `now`. Raises `UnreadableTime`.
    """
    plain = collapse_spaces(text.casefold()).rstrip("!?")
    context = ParseContext(zone, now, to_local(now, zone).date(), locale)
    try:
        parsed = (
            _parse_absolute(plain, context)
            or _parse_words(plain, context)
            or _parse_with_dateparser(text.strip(), context)
        )
    except (OverflowError, ValueError):
        parsed = None
    if parsed is None or not plain:
        raise UnreadableTime(text)
    return parsed


def best_matches(slots: Sequence[datetime], time: ParsedTime, limit: int) -> list[datetime]:
    """Return at most `limit` slots that match a time best.

    First those within the span, in order, then the others by their distance from it, and the
    earlier one first of two equally far ones.
    """
    start, end = time.span.start, time.span.end

    def order(slot: datetime) -> tuple[bool, timedelta, datetime]:
        if start <= slot < end or slot == start:
            return False, timedelta(), slot
        return True, start - slot if slot < start else slot - end, slot

    return sorted(slots, key=order)[:limit]


# --- From dates and times to instants -------------------------------------------------------------


def _instant(local: datetime, zone: str) -> datetime:
    return from_wall_clock(local, zone).first


def _at_minute(day: date, minute: int, zone: str) -> datetime:
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - wall clocks are naive
    return _instant(midnight + timedelta(minutes=minute), zone)


def _exactly(instant: datetime) -> ParsedTime:
    utc = instant.astimezone(UTC)
    return ParsedTime(Span(utc, utc), exact=True)


def _combine(dates: DateRange, times: TimeRange | None, context: ParseContext) -> ParsedTime:
    """Return the meaning of dates and times, whether past or ahead."""
    if times is None:
        start = day_bounds(dates.first, context.zone)[0]
        return ParsedTime(Span(start, day_bounds(dates.last, context.zone)[1]), exact=False)
    start = _at_minute(dates.first, times.start, context.zone)
    if times.end is None:
        return _exactly(start)
    # Over several days (`next week morning`) from the first day's start to the last day's end.
    end = _at_minute(dates.last, times.end, context.zone)
    return ParsedTime(Span(start, max(start, end)), exact=False)


def _combine_ahead(dates: DateRange, times: TimeRange | None, context: ParseContext) -> ParsedTime:
    """Return the meaning of dates and times.

    Past ones that recur weekly move to the next week. A span that has started is cut at now.
    """
    time = _combine(dates, times, context)
    if dates.weekly and _is_past(time, context.now):
        week = timedelta(days=7)
        time = _combine(DateRange(dates.first + week, dates.last + week), times, context)
    if not time.exact and time.span.start < context.now < time.span.end:
        return ParsedTime(Span(context.now.astimezone(UTC), time.span.end), exact=False)
    return time


def _is_past(time: ParsedTime, now: datetime) -> bool:
    return time.span.end < now or (not time.exact and time.span.end == now)


# --- Ways to parse text ---------------------------------------------------------------------------


def _parse_absolute(text: str, context: ParseContext) -> ParsedTime | None:
    """Parse ISO 8601 with or without an offset, a Discord timestamp, `now`, or `in 2 hours`."""
    if text == "now":
        return _exactly(context.now)
    if stamp := re.fullmatch(r"<t:(\d{1,11})(?::[tdfr])?>", text):
        return _exactly(datetime.fromtimestamp(int(stamp[1]), UTC))
    if re.match(r"\d{4}-\d\d-\d\d[t ]\d", text):
        try:
            iso = datetime.fromisoformat(text.upper())
        except ValueError:
            return None
        return _exactly(iso if iso.tzinfo else _instant(iso, context.zone))
    match = FROM_NOW.fullmatch(text)
    if match is not None and match["unit"][0] in "mh" and (match["way"] or match["after"]):
        return _exactly(context.now + parse_duration(match["number"], match["unit"]))
    return None


def _parse_words(text: str, context: ParseContext) -> ParsedTime | None:
    """Parse a date and a time of day, or one of them, in English and numbers."""
    dates, rest = extract_dates(text, context)
    times, rest = extract_times(rest)
    if dates is None and times is None:
        return None
    if times is not None and times.end is None and dates is None and re.fullmatch(r"\d+", text):
        return None
    if FILLER_WORDS.sub(" ", rest).strip(" .!?"):
        return None
    if dates is not None:
        return _combine_ahead(dates, times, context)
    today = _combine(single_date(context.today), times, context)
    if _is_past(today, context.now) or (today.exact and today.span.start < context.now):
        return _combine_ahead(single_date(context.today + timedelta(days=1)), times, context)
    return _combine_ahead(single_date(context.today), times, context)


_HOURS = re.compile(r"\b(\d{1,2})\s?(?:uhr|heures?|horas?|h)\b\s?(\d\d\b)?", re.IGNORECASE)
_PARSER_LANGUAGES = {"no": "nb", "zh-TW": "zh-Hant", "zh-CN": "zh"}


@lru_cache(maxsize=64)
def _languages(locale: str | None) -> tuple[str, ...]:
    if locale is None:
        return ("en",)
    from dateparser.conf import SettingValidationError
    from dateparser.date import DateDataParser

    language = _PARSER_LANGUAGES.get(locale, locale.partition("-")[0])
    try:
        DateDataParser(languages=[language])
    except (ValueError, SettingValidationError):
        return ("en",)
    return tuple(dict.fromkeys((language, "en")))


def _parse_with_dateparser(text: str, context: ParseContext) -> ParsedTime | None:
    """Parse text in the person's language or English."""
    if not re.search(r"[^\W\d]", text) or re.fullmatch(r"[^\W\d]{1,2}", text):
        return None
    # Imported at first use, since the import takes a tenth of a second.
    from dateparser.date import DateDataParser

    parser = DateDataParser(
        languages=list(_languages(context.locale)),
        settings={
            "RELATIVE_BASE": to_local(context.now, context.zone).replace(tzinfo=None),
            "PREFER_DATES_FROM": "future",
            "RETURN_TIME_AS_PERIOD": True,
        },
    )
    # dateparser reads the 15 of `vendredi 15h` as a day of the month.
    text = _HOURS.sub(lambda hour: f"{hour[1]}:{hour[2] or '00'}", text)
    data = parser.get_date_data(text)
    local = data.date_obj
    # An abbreviation of a zone (`3pm IST`) can have several meanings.
    if local is None or local.tzinfo is not None:
        return None
    if ":" in text and data.period != "time":
        return None
    if data.period == "time":
        return _exactly(_instant(local, context.zone))
    if data.period == "part_of_day":
        start = local.hour * 60 + local.minute
        return _combine_ahead(single_date(local.date()), TimeRange(start, start + 300), context)
    if data.period in ("day", "week"):
        return _combine_ahead(single_date(local.date()), None, context)
    if data.period == "month":
        first = local.date().replace(day=1)
        following = (first + timedelta(days=32)).replace(day=1)
        return _combine_ahead(DateRange(first, following - timedelta(days=1)), None, context)
    return None
