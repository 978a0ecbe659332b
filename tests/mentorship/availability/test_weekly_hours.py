"""Typed weekly hours: spellings, and what is wrong with unreadable ones."""

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentorship.availability.opening_hours import WeeklyHours
from mentorship.availability.weekly_hours import (
    difference,
    format_hours,
    format_hours_with_am_pm,
    merge_weekly,
    parse_hours,
    parse_interval,
)
from mentorship.errors import HoursProblem, UnreadableHours

WEEKLY = st.lists(
    st.builds(WeeklyHours, st.integers(0, 6), st.integers(0, 1439), st.integers(1, 1440)),
    max_size=20,
)


def open_minutes(weekly: Iterable[WeeklyHours]) -> set[int]:
    """Return the open minutes of the week, from Monday on."""
    return {
        (hours.weekday * 1440 + hours.start + minute) % 10_080
        for hours in weekly
        for minute in range((hours.end - hours.start - 1) % 1440 + 1)
    }


def last_minutes_of_days(weekly: Iterable[WeeklyHours]) -> set[int]:
    """Return the minutes from 23:59 of hours that end then: it is read as midnight."""
    return {
        hours.weekday * 1440 + 1439
        for hours in merge_weekly(weekly)
        if hours.end == 1439 and hours.start < 1439
    }


@given(WEEKLY)
@settings(max_examples=200, deadline=None)
def test_merged_hours_are_open_in_the_same_minutes(weekly):
    merged = merge_weekly(weekly)
    assert open_minutes(merged) == open_minutes(weekly)
    assert all(
        first.weekday != second.weekday or first.end < second.start
        for first, second in pairwise(sorted(merged))
        if first.start < first.end
    )


@given(WEEKLY, WEEKLY)
@settings(max_examples=200, deadline=None)
def test_the_difference_has_the_minutes_that_only_one_week_has(weekly, other):
    rest = difference(weekly, other)
    assert open_minutes(rest) == open_minutes(weekly) - open_minutes(other)
    assert merge_weekly(rest) == rest


@given(WEEKLY, st.sampled_from([format_hours, format_hours_with_am_pm]))
@settings(max_examples=400, deadline=None)
def test_formatted_hours_parse_to_the_same_hours(weekly, format_):
    parsed = parse_hours(format_(weekly))
    assert open_minutes(parsed) == open_minutes(weekly) | last_minutes_of_days(weekly)
    assert merge_weekly(parsed) == parsed


def error_of(text: str) -> UnreadableHours | None:
    try:
        parse_hours(text)
    except UnreadableHours as error:
        return error
    return None


@given(st.text(max_size=60) | st.text("montuewdfri 0123456789:-;,apm", max_size=40))
@settings(max_examples=600, deadline=None)
def test_any_text_parses_or_names_its_invalid_part(text):
    error = error_of(text)
    if error is None:
        weekly = parse_hours(text)
        assert parse_hours(format_hours(weekly)) == weekly
    else:
        assert error.problem
        assert text[error.position :].lower().startswith(error.part.lower())


@pytest.mark.parametrize(
    ("typed", "formatted"),
    [
        ("mon-fri 18:00-21:30; sat 10-14", "mon-fri 18:00-21:30; sat 10:00-14:00"),
        ("mon-fri 18-21:30; sat 10:00-14:00", "mon-fri 18:00-21:30; sat 10:00-14:00"),
        ("weekdays 9-5pm", "mon-fri 09:00-17:00"),
        ("daily 20:00-02:00", "daily 20:00-02:00"),
        ("tue,thu 7pm-9pm", "tue,thu 19:00-21:00"),
        ("Tuesdays and Thursdays: 7 – 9 p.m.", "tue,thu 19:00-21:00"),
        ("mon 9-12, 14-18, tue 10-14", "mon 09:00-12:00, 14:00-18:00; tue 10:00-14:00"),
        ("Monday – Friday from 9 am to 5 p.m. and 7pm-9pm", "mon-fri 09:00-17:00, 19:00-21:00"),
        ("every day 9-17; sun off", "mon-sat 09:00-17:00"),
        ("sun off; daily 9-17", "mon-sat 09:00-17:00"),
        ("24/7", "daily 00:00-24:00"),
        ("weekends all day", "sat,sun 00:00-24:00"),
        ("fri 13-15", "fri 13:00-15:00"),
        ("fri-mon 22-6", "mon,fri-sun 22:00-06:00"),
        ("mon 9am-5", "mon 09:00-17:00"),
        ("mon 9am-9", "mon 09:00-21:00"),
        ("mon 0-8", "mon 00:00-08:00"),
        ("mon 12-3am", "mon 00:00-03:00"),
        ("mon 09:00-5pm", "mon 09:00-17:00"),
        ("mon 9:30-5pm", "mon 09:30-17:00"),
        ("mon 12-5pm", "mon 12:00-17:00"),
        ("mon 8pm-24:00", "mon 20:00-24:00"),
        ("mon 10pm-2", "mon 22:00-02:00"),
        ("mon noon-midnight\ntue 0900-1700", "mon 12:00-24:00; tue 09:00-17:00"),
        ("mon 12am-12pm", "mon 00:00-12:00"),
        ("mon 18h-20h30", "mon 18:00-20:30"),
        ("mon between 9 and 5pm", "mon 09:00-17:00"),
        ("MON–FRI 9.30—17.00", "mon-fri 09:30-17:00"),
        ("sun 9-12; 24/7; mon off", "tue-sun 00:00-24:00"),
        ("mon 9-12, all day; tue 9-17", "mon 00:00-24:00; tue 09:00-17:00"),
        ("every  day 9-17", "daily 09:00-17:00"),
        ("all   week off", "off"),
        ("mon 1am-1pm", "mon 01:00-13:00"),
        ("mon 9:59-10:59", "mon 09:59-10:59"),
        ("sat, mon-wed 9-17", "mon-wed,sat 09:00-17:00"),
        ("mon 9-12, 14-18 sat 10-14", "mon 09:00-12:00, 14:00-18:00; sat 10:00-14:00"),
        ("mon -; tue 9-17", "tue 09:00-17:00"),
        ("daily 9-17; sun -", "mon-sat 09:00-17:00"),
        ("; mon 9-17", "mon 09:00-17:00"),
        (", mon 9-17", "mon 09:00-17:00"),
        ("mon 22:00-23:59", "mon 22:00-24:00"),
        ("daily 0:00-23:59", "daily 00:00-24:00"),
        ("mon 10pm-11:59pm", "mon 22:00-24:00"),
        ("mon 22:00-23:58", "mon 22:00-23:58"),
        ("mon 22-2", "mon 22:00-02:00"),
        ("mon 07-9", "mon 07:00-09:00"),
        ("mon 7-15", "mon 07:00-15:00"),
        ("mon 7:00-9:00, 20:00-22:30", "mon 07:00-09:00, 20:00-22:30"),
        ("mon 3-5; tue 0:00-0:30", "mon 03:00-05:00; tue 00:00-00:30"),
        ("mon 20:00-9:00", "mon 20:00-09:00"),
        ("mon 18-20, 19-21; mon 20-22", "mon 18:00-22:00"),
        ("mon 18-20; mon 20:00-22:00; tue 9:00-10:00", "mon 18:00-22:00; tue 09:00-10:00"),
        ("mon 22:00-02:00, 23:00-03:00", "mon 22:00-03:00"),
        ("off", "off"),
        ("-", "off"),
        ("  ", "off"),
    ],
)
def test_spellings_of_weekly_hours(typed, formatted):
    assert format_hours(parse_hours(typed)) == formatted


@pytest.mark.parametrize(
    ("typed", "part", "problem"),
    [
        ("mon-fri 18-21; sut 10-14", "sut", HoursProblem.UNKNOWN_DAY),
        ("mon 9-25", "25", HoursProblem.TIME_OUT_OF_RANGE),
        ("mon 9:75-12", "9:75", HoursProblem.TIME_OUT_OF_RANGE),
        ("mon 13pm-15", "13pm", HoursProblem.TWELVE_HOUR_TIME_OUT_OF_RANGE),
        ("mon 18", "18", HoursProblem.TIME_WITHOUT_END),
        ("9-17", "9", HoursProblem.TIMES_WITHOUT_DAYS),
        ("mon; tue 9-17", ";", HoursProblem.DAYS_WITHOUT_TIMES),
        ("mon 24:00-2:00", "24:00-2:00", HoursProblem.STARTS_AT_24),
        ("mon 9-5", "9-5", HoursProblem.AM_OR_PM),
        ("mon 12-5", "12-5", HoursProblem.AM_OR_PM),
        ("mon 9-9", "9-9", HoursProblem.AM_OR_PM),
        ("mon 24:30-3", "24:30", HoursProblem.TIME_OUT_OF_RANGE),
        ("mon 9:60-12", "9:60", HoursProblem.TIME_OUT_OF_RANGE),
        ("mon 0am-3", "0am", HoursProblem.TWELVE_HOUR_TIME_OUT_OF_RANGE),
        ("tue 9-17; mon 18", "18", HoursProblem.TIME_WITHOUT_END),
        ("mon 18; tue 9-17", "18", HoursProblem.TIME_WITHOUT_END),
        ("mon 9-", "9", HoursProblem.TIME_WITHOUT_END),
        ("mon 9-12, 18", "18", HoursProblem.TIME_WITHOUT_END),
        ("off mon", "off", HoursProblem.TIMES_WITHOUT_DAYS),
        ("mon-weekend 9-17", "weekend", HoursProblem.DAY_RANGE_OF_GROUP),
        ("mon 10-12 ?", "?", HoursProblem.UNKNOWN_SIGN),
        ("mon 9-17; fri", "fri", HoursProblem.DAYS_WITHOUT_TIMES),
    ],
)
def test_unreadable_hours_name_the_part_and_the_problem(typed, part, problem):
    with pytest.raises(UnreadableHours) as raised:
        parse_hours(typed)
    assert (raised.value.text, raised.value.part) == (typed, part)
    assert typed[raised.value.position :].startswith(part)
    assert raised.value.problem is problem


@pytest.mark.parametrize(
    ("typed", "readings"),
    [
        ("mon 9-5", ((540, 1_020), (540, 300))),
        ("mon 12-5", ((720, 1_020), (720, 300))),
        ("mon 9-9", ((540, 1_260), (540, 540))),
        ("mon noon-3", ((720, 900), (720, 180))),
        ("mon 13-3", ((780, 900), (780, 180))),
        ("mon 3-5", ((900, 1_020), (180, 300))),
        ("mon 9-12 and 2-6", ((840, 1_080), (120, 360))),
        ("mon 7-9", ((1_140, 1_260), (420, 540))),
        ("mon 7-12:30", ((1_140, 30), (420, 750))),
        ("mon 9-midnight", ((1_260, 1_440), (540, 1_440))),
    ],
)
def test_ambiguous_hours_give_both_readings(typed, readings):
    with pytest.raises(UnreadableHours) as raised:
        parse_hours(typed)
    assert raised.value.readings == readings


def test_24_hour_times_can_run_through_the_night():
    assert parse_hours("mon 21:00-05:00") == (WeeklyHours(0, 21 * 60, 5 * 60),)
    assert parse_hours("mon 09:00-05:00") == (WeeklyHours(0, 9 * 60, 5 * 60),)


@pytest.mark.parametrize(
    ("start", "end", "formatted"),
    [
        (600, 599, "mon 10:00-09:59"),
        (600, 600, "mon 10:00am-10:00am"),
        (660, 600, "mon 11:00am-10:00am"),
        (779, 720, "mon 12:59pm-12:00pm"),
        (780, 600, "mon 13:00-10:00"),
        (780, 779, "mon 13:00-12:59"),
    ],
)
def test_hours_through_the_night_are_formatted_unambiguously(start, end, formatted):
    weekly = (WeeklyHours(0, start, end),)
    assert format_hours(weekly) == formatted
    assert parse_hours(formatted) == weekly


@pytest.mark.parametrize(
    ("typed", "interval"),
    [("22:30-7", (1350, 420)), ("10pm to 7am", (1320, 420)), ("22:00-23:59", (1320, 1440))],
)
def test_one_interval_without_days(typed, interval):
    assert parse_interval(typed) == interval


@pytest.mark.parametrize(
    ("typed", "part"),
    [
        ("mon 22-7", "mon"),
        ("22:00-07:00 mon", "mon"),
        ("22:00-07:00, tue 22:00-07:00", ","),
        ("22:00-07:00, 12:00-13:00", "13:00"),
        ("22", "22"),
        ("", ""),
        ("at night", "at night"),
        ("9-5", "9-5"),
    ],
)
def test_anything_but_one_interval_is_refused(typed, part):
    with pytest.raises(UnreadableHours) as raised:
        parse_interval(typed)
    assert raised.value.part == part
