"""Plain-words times: `tomorrow evening`, `tue 3pm`, `in 2 hours`, `26.11. 15:00` in a zone.

A small grammar of a day and a time of day reads English and numbers; what it does not know goes
to dateparser, in English and the person's language. A text is a day, a time, or both in either
order; anything left over makes it unreadable: a time is never guessed from half a sentence.

Conventions: a weekday is the next one still ahead, today included; `next friday` is the Friday of
the next week, Monday first; a date without a year is the next such date; a time without a date is
the next time that the clock shows it. Bare hours (`at 3`) from 1 to 7 are in the afternoon.
`5/6` is refused unless the person's language says which of the two is the month.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from mentorship.errors import UnreadableTime
from mentorship.time.intervals import Span
from mentorship.time.natural_time.vocabulary import (
    AHEAD,
    FILLER,
    Days,
    Here,
    Times,
    length_of,
    one_day,
    squeezed,
    take_days,
    take_times,
)
from mentorship.time.timezones import day_bounds, from_wall_clock, to_local


@dataclass(frozen=True, slots=True)
class ParsedTime:
    """What a text means: an instant (`exact`, the span is empty and stands at it), or a stretch
    such as a day or an evening, in UTC."""

    span: Span
    exact: bool


def _instant(local: datetime, zone: str) -> datetime:
    return from_wall_clock(local, zone).first


def _at_minute(day: date, minute: int, zone: str) -> datetime:
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - wall clocks are naive
    return _instant(midnight + timedelta(minutes=minute), zone)


def _exactly(instant: datetime) -> ParsedTime:
    utc = instant.astimezone(UTC)
    return ParsedTime(Span(utc, utc), exact=True)


def _moment(days: Days, times: Times | None, here: Here) -> ParsedTime:
    if times is None:
        start = day_bounds(days.first, here.zone)[0]
        return ParsedTime(Span(start, day_bounds(days.last, here.zone)[1]), exact=False)
    start = _at_minute(days.first, times.start, here.zone)
    if times.end is None:
        return _exactly(start)
    # Over several days (`next week morning`), from the first day's start to the last one's end.
    end = _at_minute(days.last, times.end, here.zone)
    return ParsedTime(Span(start, max(start, end)), exact=False)


def _ahead(days: Days, times: Times | None, here: Here) -> ParsedTime:
    """The moment, a week later if it is past and recurs weekly, and from now on if it has begun."""
    moment = _moment(days, times, here)
    if days.weekly and _past(moment, here.now):
        week = timedelta(days=7)
        moment = _moment(Days(days.first + week, days.last + week), times, here)
    if not moment.exact and moment.span.start < here.now < moment.span.end:
        return ParsedTime(Span(here.now.astimezone(UTC), moment.span.end), exact=False)
    return moment


def _past(moment: ParsedTime, now: datetime) -> bool:
    return moment.span.end < now or (not moment.exact and moment.span.end == now)


def _absolute(text: str, here: Here) -> ParsedTime | None:
    """ISO 8601, with or without an offset, a Discord timestamp, `now`, `in 2 hours`."""
    if text == "now":
        return _exactly(here.now)
    if stamp := re.fullmatch(r"<t:(\d{1,11})(?::[tdfr])?>", text):
        return _exactly(datetime.fromtimestamp(int(stamp[1]), UTC))
    if re.match(r"\d{4}-\d\d-\d\d[t ]\d", text):
        try:
            stated = datetime.fromisoformat(text.upper())
        except ValueError:
            return None
        return _exactly(stated if stated.tzinfo else _instant(stated, here.zone))
    ahead = AHEAD.fullmatch(text)
    if ahead is not None and ahead["unit"][0] in "mh" and (ahead["way"] or ahead["after"]):
        return _exactly(here.now + length_of(ahead["number"], ahead["unit"]))
    return None


def _grammar(text: str, here: Here) -> ParsedTime | None:
    days, left = take_days(text, here)
    times, left = take_times(left)
    if days is None and times is None:
        return None
    if times is not None and times.end is None and days is None and re.fullmatch(r"\d+", text):
        return None
    if FILLER.sub(" ", left).strip(" .!?"):
        return None
    if days is not None:
        return _ahead(days, times, here)
    today = _moment(one_day(here.today), times, here)
    if _past(today, here.now) or (today.exact and today.span.start < here.now):
        return _ahead(one_day(here.today + timedelta(days=1)), times, here)
    return _ahead(one_day(here.today), times, here)


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


def _by_dateparser(text: str, here: Here) -> ParsedTime | None:
    if not re.search(r"[^\W\d]", text) or re.fullmatch(r"[^\W\d]{1,2}", text):
        return None
    # The bot answers before anybody needs this: it takes a tenth of a second to import.
    from dateparser.date import DateDataParser

    parser = DateDataParser(
        languages=list(_languages(here.locale)),
        settings={
            "RELATIVE_BASE": to_local(here.now, here.zone).replace(tzinfo=None),
            "PREFER_DATES_FROM": "future",
            "RETURN_TIME_AS_PERIOD": True,
        },
    )
    # dateparser takes the 15 of `vendredi 15h` for a day of the month.
    text = _HOURS.sub(lambda hour: f"{hour[1]}:{hour[2] or '00'}", text)
    found = parser.get_date_data(text)
    local = found.date_obj
    # A zone's abbreviation (`3pm IST`) would be somebody's guess.
    if local is None or local.tzinfo is not None:
        return None
    if ":" in text and found.period != "time":
        return None
    if found.period == "time":
        return _exactly(_instant(local, here.zone))
    if found.period == "part_of_day":
        start = local.hour * 60 + local.minute
        return _ahead(one_day(local.date()), Times(start, start + 300), here)
    if found.period in ("day", "week"):
        return _ahead(one_day(local.date()), None, here)
    if found.period == "month":
        first = local.date().replace(day=1)
        following = (first + timedelta(days=32)).replace(day=1)
        return _ahead(Days(first, following - timedelta(days=1)), None, here)
    return None


def parse(text: str, *, zone: str, now: datetime, locale: str | None = None) -> ParsedTime:
    """What `text` means on the clock of `zone` at `now`.

    `locale` is the person's Discord locale, for words in their language and the order of `5/6`.
    A wall-clock time in a gap is moved forward by it; of a repeated one the first pass is meant.
    A stretch that has begun is given from `now` on. Raises UnreadableTime.
    """
    plain = squeezed(text.casefold()).rstrip("!?")
    here = Here(zone, now, to_local(now, zone).date(), locale)
    try:
        moment = (
            _absolute(plain, here) or _grammar(plain, here) or _by_dateparser(text.strip(), here)
        )
    except (OverflowError, ValueError):
        moment = None
    if moment is None or not plain:
        raise UnreadableTime(text)
    return moment


def best_matches(slots: Sequence[datetime], moment: ParsedTime, limit: int) -> list[datetime]:
    """The slots that answer `moment` best, at most `limit`: those inside it in order of time, then
    the others by their distance from it, the earlier first of two equally far."""
    start, end = moment.span.start, moment.span.end

    def order(slot: datetime) -> tuple[timedelta, datetime]:
        return max(start - slot, slot - end, timedelta()), slot

    return sorted(slots, key=order)[:limit]
