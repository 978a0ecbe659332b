"""Examples of what people can type, written as this reader would type them.

They are no translations: a translator could write one that isn't understood. A language without
examples here has those of English, which everybody can type.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mentorship.availability.opening_hours import WeeklyHours
from mentorship.availability.weekly_hours import format_hours, format_hours_with_am_pm
from mentorship.time.natural_time import languages
from mentorship.time.natural_time.vocabulary import Language
from wording.reader import Reader, TimeStyle
from wording.times import writes_month_first


@dataclass(frozen=True, slots=True)
class _Clock:
    """Times and hours, as somebody types them."""

    three: str = "15:00"
    six: str = "18:00"
    half_past_two: str = "14:30"
    evening: str = "18:00-21:30"
    saturday: str = "10-14"
    night: str = "22:30-7:00"


_TWENTY_FOUR_HOURS = _Clock()
_TWELVE_HOURS = _Clock("3pm", "6pm", "2:30pm", "6pm-9:30pm", "10am-2pm", "10:30pm-7am")
_WITH_H = _Clock("15h", "18h", "14h30", "18h-21h30", "10h-14h", "22h30-7h")


@dataclass(frozen=True, slots=True)
class _Examples:
    """The examples of a language. Their times are filled in."""

    tomorrow_evening: str
    friday: str
    later: str
    tomorrow: str
    tomorrow_at: str
    christmas: str
    new_year: str
    clock: str
    city: str
    country: str
    twenty_four_hours: _Clock = _TWENTY_FOUR_HOURS
    twelve_hours: _Clock = _TWELVE_HOURS


_ENGLISH = _Examples(
    tomorrow_evening="tomorrow evening",
    friday="Fri {}",
    later="in 3 days {}",
    tomorrow="tomorrow",
    tomorrow_at="tomorrow {}",
    christmas="24 Dec",
    new_year="2 Jan",
    clock="it's {} here",
    city="London",
    country="India",
)
_BY_LANGUAGE = {
    "de": _Examples(
        tomorrow_evening="morgen Abend",
        friday="Fr {}",
        later="in 3 Tagen um {}",
        tomorrow="morgen",
        tomorrow_at="morgen um {}",
        christmas="24. Dez",
        new_year="2. Jan",
        clock="hier ist es {}",
        city="Wien",
        country="Schweiz",
    ),
    "fr": _Examples(
        tomorrow_evening="demain soir",
        friday="vendredi {}",
        later="dans 3 jours à {}",
        tomorrow="demain",
        tomorrow_at="demain à {}",
        christmas="24 déc.",
        new_year="2 janv.",
        clock="ici il est {}",
        city="Bruxelles",
        country="Suisse",
        twenty_four_hours=_WITH_H,
    ),
    "es": _Examples(
        tomorrow_evening="mañana por la noche",
        friday="viernes {}",
        later="en 3 días a las {}",
        tomorrow="mañana",
        tomorrow_at="mañana a las {}",
        christmas="24 dic",
        new_year="2 ene",
        clock="aquí son las {}",
        city="Buenos Aires",
        country="España",
    ),
    "it": _Examples(
        tomorrow_evening="domani sera",
        friday="venerdì {}",
        later="tra 3 giorni alle {}",
        tomorrow="domani",
        tomorrow_at="domani alle {}",
        christmas="24 dic",
        new_year="2 gen",
        clock="qui sono le {}",
        city="Roma",
        country="Svizzera",
    ),
    "pt": _Examples(
        tomorrow_evening="amanhã à noite",
        friday="sexta {}",
        later="daqui a 3 dias às {}",
        tomorrow="amanhã",
        tomorrow_at="amanhã às {}",
        christmas="24 dez",
        new_year="2 jan",
        clock="aqui são {}",
        city="São Paulo",
        country="Portugal",
        twenty_four_hours=_WITH_H,
    ),
    "ja": _Examples(
        tomorrow_evening="明日の夜",
        friday="金曜{}",
        later="3日後の{}",
        tomorrow="明日",
        tomorrow_at="明日{}",
        christmas="12月24日",
        new_year="1月2日",
        clock="今{}",
        city="東京",
        country="日本",
        twenty_four_hours=_Clock("15時", "18時", "14時30分", "18:00-21:30", "10-14", "22:30-7:00"),
    ),
    "ar": _Examples(
        tomorrow_evening="غدًا مساءً",
        friday="الجمعة {}",
        later="بعد 3 أيام الساعة {}",
        tomorrow="غدًا",
        tomorrow_at="غدًا الساعة {}",
        christmas="24 ديسمبر",
        new_year="2 يناير",
        clock="الساعة الآن {}",
        city="القاهرة",
        country="المغرب",
        twelve_hours=_Clock("3 م", "6 م", "2:30 م", "6 م-9:30 م", "10 ص-2 م", "10:30 م-7 ص"),
    ),
}


def times(reader: Reader) -> tuple[str, str, str]:
    """Return a part of a day, a time on a weekday and one some days from now.

    `tomorrow evening`, `Fri 15:00`, `in 3 days 15:00`. All are near, whatever today is.
    """
    own, clock = _examples(reader), _clock(reader)
    return own.tomorrow_evening, own.friday.format(clock.three), own.later.format(clock.three)


def exact_times(reader: Reader) -> tuple[str, str]:
    """Return two times that mean one instant each: `tomorrow 18:00`, `Fri 15:00`."""
    own, clock = _examples(reader), _clock(reader)
    return own.tomorrow_at.format(clock.six), own.friday.format(clock.three)


def dates(reader: Reader) -> tuple[str, str]:
    """Return the first and the last day of a holiday: `24 Dec`, `2 Jan`."""
    if writes_month_first(reader):
        return "Dec 24", "Jan 2"
    own = _examples(reader)
    return own.christmas, own.new_year


def days(reader: Reader) -> tuple[str, str]:
    """Return two days as people type them: `tomorrow`, `24 Dec`."""
    return _examples(reader).tomorrow, dates(reader)[0]


def hours(reader: Reader) -> str:
    """Return a mentor's hours on one day: `18:00-21:30`."""
    return _clock(reader).evening


def weekly_hours(reader: Reader) -> str:
    """Return a mentor's hours: `mon-fri 18:00-21:30; sat 10-14`."""
    words = _language(reader).weekly
    saturday = words.short.split("|")[5]
    clock = _clock(reader)
    return f"{day_range(reader)} {clock.evening}{words.semicolon} {saturday} {clock.saturday}"


def forms_of_weekly_hours(reader: Reader) -> str:
    """Return what a form for weekly hours can hold: a week, hours over midnight, and none.

    `mon-fri 18:00-21:30; sat 10-14 · daily 20:00-02:00 · off`
    """
    nights = written_hours((WeeklyHours(day, 20 * 60, 2 * 60) for day in range(7)), reader)
    return " · ".join((weekly_hours(reader), nights, day_off(reader)))


def written_hours(weekly: Iterable[WeeklyHours], reader: Reader) -> str:
    """Return a week as the reader would type it: `mon-fri 18:00-21:30`, `mon-fri 6pm-9:30pm`."""
    locale = _language(reader).code
    if reader.time_style is TimeStyle.TWELVE_HOURS:
        return format_hours_with_am_pm(weekly, locale)
    return format_hours(weekly, locale)


def day_range(reader: Reader) -> str:
    """Return a range of days: `mon-fri`, and where the week starts on Sunday, five days of it."""
    first, names = _week(reader)
    return f"{names[first]}-{names[(first + 4) % 7]}"


def day_names(reader: Reader) -> tuple[str, str]:
    """Return the first and the last day of the week: `mon`, `sun`."""
    first, names = _week(reader)
    return names[first], names[first - 1]


def day_groups(reader: Reader) -> tuple[str, ...]:
    """Return words for several days: `weekdays`, `daily`. Not every language has the first."""
    words = _language(reader).weekly
    return tuple(each.split("|")[0] for each in (words.workdays, words.daily) if each)


def day_off(reader: Reader) -> str:
    """Return the word for no hours: `off`."""
    return _language(reader).weekly.off.split("|")[0]


def quiet_hours(reader: Reader) -> str:
    """Return a member's quiet hours: `22:30-7:00`."""
    return _clock(reader).night


def clock_reading(reader: Reader) -> str:
    """Return what a member's clock shows, which tells their time zone: `it's 14:30 here`."""
    return _examples(reader).clock.format(_clock(reader).half_past_two)


def city(reader: Reader) -> str:
    """Return a city that names a time zone: `London`."""
    return _examples(reader).city


def country(reader: Reader) -> str:
    """Return a country that has one time zone or more: `India`."""
    return _examples(reader).country


def _code(reader: Reader) -> str:
    code = reader.locale.partition("-")[0]
    return code if code in _BY_LANGUAGE else "en"


def _language(reader: Reader) -> Language:
    return languages.find_or_english(_code(reader))


def _examples(reader: Reader) -> _Examples:
    return _BY_LANGUAGE.get(_code(reader), _ENGLISH)


def _clock(reader: Reader) -> _Clock:
    own = _examples(reader)
    is_twelve = reader.time_style is TimeStyle.TWELVE_HOURS
    return own.twelve_hours if is_twelve else own.twenty_four_hours


def _week(reader: Reader) -> tuple[int, list[str]]:
    language = _language(reader)
    return language.starts_of_week[0], language.weekly.short.split("|")
