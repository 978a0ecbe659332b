"""Examples of typed times: in the reader's habits, and read as what they say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.views.members.quiet_hours import parse_quiet_hours
from mentorship.availability.weekly_hours import parse_hours
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
from mentorship.time import zone_search
from mentorship.time.natural_time import parser
from tests.habits import foreign_habits
from wording import examples
from wording.errors import sentence
from wording.reader import Reader

BRITISH, AMERICAN = Reader.of("en-GB"), Reader.of("en-US")
READERS = (BRITISH, AMERICAN, Reader.of("hi"))
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize("now", [NOW, NOW.replace(month=3)], ids=["autumn", "spring"])
@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.locale)
def test_examples_of_times_are_read_as_times_of_the_next_days(
    reader: Reader, now: datetime
) -> None:
    for text in (*examples.times(reader), *examples.exact_times(reader)):
        time = parser.parse(text, zone="Europe/London", now=now, locale=reader.locale)
        assert (time.instant is None) == text.endswith("evening")
        assert now < time.span.start < now + timedelta(days=8), "soon enough to be booked"


def test_an_example_means_the_same_in_each_readers_habits() -> None:
    def read(reader: Reader) -> list[object]:
        return [
            *(
                parser.parse(text, zone="Europe/London", now=NOW, locale=reader.locale).span
                for text in (*examples.times(reader), *examples.exact_times(reader))
            ),
            parse_hours(examples.weekly_hours(reader)),
            parse_hours(f"mon {examples.hours(reader)}"),
            parse_quiet_hours(examples.quiet_hours(reader)),
            zone_search.resolve(examples.clock_reading(reader), now=NOW.replace(minute=30)),
        ]

    assert read(AMERICAN) == read(BRITISH)


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
