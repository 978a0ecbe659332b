"""Examples of typed times: in the reader's habits, and read as what they say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.views.members.quiet_hours import parse_quiet_hours
from mentorship.availability.weekly_hours import parse_day_hours, parse_hours
from mentorship.errors import (
    Field,
    HoursProblem,
    InvalidField,
    MentorshipError,
    Problem,
    TimeProblem,
    UnreadableHours,
    UnreadableTime,
)
from mentorship.time import timezones, zone_search
from mentorship.time.natural_time import parser
from mentorship.time.quiet_hours import QuietHours
from tests.habits import foreign_habits
from wording import examples
from wording.errors import sentence
from wording.reader import Reader, TimeStyle

BRITISH, AMERICAN = Reader.of("en-GB"), Reader.of("en-US")
LOCALES = ("de", "es-ES", "es-419", "fr", "it", "pt-BR", "ja", "ar", "nl", "hi", "pl")
READERS = (BRITISH, AMERICAN, *(Reader.of(locale) for locale in LOCALES))
EVERY_STYLE = (*READERS, *(replace(each, time_style=TimeStyle.TWELVE_HOURS) for each in READERS))
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

every_reader = pytest.mark.parametrize(
    "reader", EVERY_STYLE, ids=lambda reader: f"{reader.locale}-{reader.time_style}"
)


@every_reader
@given(minutes=st.integers(0, 3 * 365 * 24 * 60))
@settings(max_examples=40, deadline=None)
def test_examples_of_times_are_read_in_the_readers_language(reader: Reader, minutes: int) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    zone = "Africa/Nairobi"

    def local(text: str) -> datetime:
        instant = parser.parse(text, zone=zone, now=now, locale=reader.locale).instant
        assert instant is not None, text
        return timezones.to_local(instant, zone)

    today = timezones.to_local(now, zone).date()
    part, weekday, later = examples.times(reader)
    span = parser.parse_span(part, zone=zone, now=now, locale=reader.locale)
    assert timezones.to_local(span.start, zone).date() == today + timedelta(days=1)
    assert span.start < span.end
    tomorrow_at_six, friday_at_three = examples.exact_times(reader)
    assert friday_at_three == weekday
    assert (local(weekday).weekday(), local(weekday).hour, local(weekday).minute) == (4, 15, 0)
    in_three_days = datetime.combine(today + timedelta(days=3), time(15))
    assert local(later).replace(tzinfo=None) == in_three_days
    tomorrow = datetime.combine(today + timedelta(days=1), time(18))
    assert local(tomorrow_at_six).replace(tzinfo=None) == tomorrow
    if not 3 <= today.month <= 11:
        # A date of the last weeks is a past one.
        return
    days = [*examples.dates(reader), *examples.days(reader)]
    read = [parser.parse_day(day, zone=zone, now=now, locale=reader.locale) for day in days]
    christmas, new_year, next_day, _ = read
    assert (christmas.month, christmas.day) == (12, 24)
    assert (new_year.month, new_year.day) == (1, 2)
    assert next_day == today + timedelta(days=1)


@every_reader
def test_other_examples_are_read_in_the_readers_language(reader: Reader) -> None:
    locale = reader.locale
    evening, saturday = (18 * 60, 21 * 60 + 30), (10 * 60, 14 * 60)
    weekly = parse_hours(examples.weekly_hours(reader), locale)
    by_day = {hours.weekday: (hours.start, hours.end) for hours in weekly}
    assert by_day.pop(5) == saturday
    assert list(by_day.values()) == [evening] * 5
    assert parse_hours(f"{examples.day_range(reader)} {examples.hours(reader)}", locale) == tuple(
        hours for hours in weekly if hours.weekday != 5
    )
    assert parse_day_hours(examples.hours(reader), locale) == (evening,)
    assert parse_quiet_hours(examples.quiet_hours(reader), locale) == QuietHours(1_350, 420)
    assert parse_hours(examples.day_off(reader), locale) == ()
    for group in examples.day_groups(reader):
        assert len(parse_hours(f"{group} 10:00-14:00", locale)) in (5, 7)
    first, last = examples.day_names(reader)
    assert len(parse_hours(f"{first}-{last} 10:00-14:00", locale)) == 7
    forms = examples.forms_of_weekly_hours(reader)
    assert len(forms) <= 100, "Discord's limit for descriptions"
    _, nights, off = forms.split(" · ")
    assert parse_hours(nights, locale) == parse_hours("daily 20:00-02:00")
    assert parse_hours(off, locale) == ()


@every_reader
def test_examples_of_time_zones_are_found(reader: Reader) -> None:
    reading = zone_search.resolve(
        examples.clock_reading(reader), now=NOW.replace(minute=30), locale=reader.locale
    )
    assert "Africa/Lagos" not in reading.choices
    assert any(timezones.offset_at(NOW, zone) == 2 * 3_600 for zone in reading.choices)
    for text in (examples.city(reader), examples.country(reader)):
        assert zone_search.resolve(text, now=NOW, locale=reader.locale).is_exact, text


_OF_24_HOURS = (HoursProblem.TIME_OUT_OF_RANGE, HoursProblem.STARTS_AT_24)
"""What only somebody who types times of 24 hours reads."""


def _errors() -> list[MentorshipError]:
    day, night = (9 * 60, 17 * 60), (21 * 60, 29 * 60)
    readings = ((NOW, NOW), (NOW.replace(hour=15), NOW.replace(hour=18)))
    return [
        *(
            UnreadableHours("9-5", "9-5", 0, problem, (day, night))
            for problem in HoursProblem
            if problem not in _OF_24_HOURS
        ),
        *(UnreadableTime("soon", problem, readings, "Europe/London") for problem in TimeProblem),
        InvalidField(Field.QUIET_HOURS, Problem.UNREADABLE, typed="late"),
        InvalidField(Field.QUIET_HOURS, Problem.OUT_OF_RANGE),
    ]


@pytest.mark.parametrize("reader", [BRITISH, AMERICAN], ids=lambda reader: reader.locale)
@pytest.mark.parametrize("error", _errors(), ids=str)
def test_errors_about_times_are_in_the_readers_habits(
    error: MentorshipError, reader: Reader
) -> None:
    assert not foreign_habits(sentence(error, reader), reader)
