"""Files that are made to hang or flood whoever reads them, and files that are merely large."""

from __future__ import annotations

import pytest

from integrations.calendars import ics_lines, ics_reader
from integrations.calendars.ics_lines import UnreadableCalendar
from integrations.calendars.ics_reader import read_busy
from mentorship.errors import CalendarProblem
from tests.calendars.ics_files import REQUEST, calendar, event

GOOD = event("20260304T090000Z", "20260304T100000Z", uid="good")


def problem_of(content: bytes) -> CalendarProblem:
    with pytest.raises(UnreadableCalendar) as error:
        read_busy(content, REQUEST)
    return error.value.problem


def many(count: int, start: str, end: str) -> bytes:
    return calendar(*(event(start, end, uid=f"e{number}") for number in range(count)))


def test_a_file_of_more_than_20_megabytes_is_too_large():
    assert problem_of(b"X" * (ics_lines.MAX_BYTES + 1)) is CalendarProblem.TOO_LARGE


def test_a_hundred_thousand_events_are_too_many():
    content = many(100_000, "20260303T090000Z", "20260303T100000Z")
    assert problem_of(content) is CalendarProblem.TOO_MANY_EVENTS


def test_five_thousand_events_are_read_and_one_more_is_too_many():
    most = ics_reader.MAX_EVENTS
    busy = read_busy(many(most, "20260303T090000Z", "20260303T100000Z"), REQUEST)
    assert len(busy.spans) == 1
    more = many(most + 1, "20260303T090000Z", "20260303T100000Z")
    assert problem_of(more) is CalendarProblem.TOO_MANY_EVENTS


def test_events_that_are_over_do_not_count_as_too_many():
    past = many(ics_reader.MAX_EVENTS + 1, "20250303T090000Z", "20250303T100000Z")
    assert read_busy(past, REQUEST).spans == ()


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY",
        "FREQ=DAILY;BYHOUR=0,1,2,3,4,5;BYMINUTE=0,1,2,3,4,5;BYSECOND="
        + ",".join(map(str, range(60))),
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;COUNT=many",
        "FREQ=SOMETIMES",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=DAILY;BYSETPOS=5;BYMONTH=2;BYDAY=MO",
    ],
)
def test_a_rule_that_can_not_be_followed_costs_one_event(rule: str):
    bad = event("20200303T100000Z", "20200303T110000Z", f"RRULE:{rule}", uid="bad")
    busy = read_busy(calendar(bad, GOOD), REQUEST)
    assert (len(busy.spans), busy.unreadable) == (1, 1)


def test_many_series_that_take_too_long_end_the_file():
    rule = "RRULE:FREQ=DAILY;BYSETPOS=5;BYMONTH=2;BYDAY=MO"
    slow = [
        event("20200303T100000Z", "20200303T110000Z", rule, uid=f"{number}")
        for number in range(ics_reader.MAX_SLOW_SERIES + 1)
    ]
    assert problem_of(calendar(*slow)) is CalendarProblem.TOO_COMPLEX


def test_many_series_with_many_occurrences_are_too_many():
    daily = [
        event(
            "20200101T000000Z",
            "20200101T001000Z",
            "RRULE:FREQ=DAILY;BYHOUR=0,2,4,6,8,10,12,14,16,18,20,22;UNTIL=20270101T000000Z",
            uid=f"{number}",
        )
        for number in range(100)
    ]
    assert problem_of(calendar(*daily)) is CalendarProblem.TOO_MANY_EVENTS


def test_a_zone_that_changes_its_clock_each_second_is_not_followed():
    zone = (
        "BEGIN:VTIMEZONE\nTZID:Bad\nBEGIN:STANDARD\nDTSTART:19700101T000000\n"
        "TZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nRRULE:FREQ=SECONDLY\nEND:STANDARD\nEND:VTIMEZONE"
    )
    lines = event("X", "X").replace("DTSTART:X", "DTSTART;TZID=Bad:20260304T100000")
    lines = lines.replace("DTEND:X", "DTEND;TZID=Bad:20260304T110000")
    busy = read_busy(calendar(lines, header=zone), REQUEST)
    assert len(busy.spans) == 1, "it is read on the owner's clock"


@pytest.mark.parametrize(
    "line",
    ["DTSTART" + ';A="' * 1_000_000 + ":1", "DTSTART:" + "1" * 5_000_000, "DTSTART;" * 100_000],
)
def test_endless_lines_cost_one_event(line: str):
    bad = f"BEGIN:VEVENT\nUID:bad\n{line}\nEND:VEVENT"
    busy = read_busy(calendar(bad, GOOD), REQUEST)
    assert (len(busy.spans), busy.unreadable) == (1, 1)


def test_the_times_are_cut_at_the_ends_of_what_is_read():
    busy = read_busy(calendar(event("20250101T000000Z", "20300101T000000Z")), REQUEST)
    start, end = busy.spans[0]
    assert (start, end) == (REQUEST.start.timestamp(), REQUEST.end.timestamp())
