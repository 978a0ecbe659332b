"""Times in plain words, typed on a Tuesday morning in New York."""

from datetime import UTC, date, datetime, timedelta

import pytest

from mentorship.errors import TimeProblem, UnreadableTime
from mentorship.time.intervals import Span
from mentorship.time.natural_time.matching import best_matches, matches
from mentorship.time.natural_time.parser import (
    ParsedTime,
    parse,
    parse_day,
    parse_past_or_ahead,
    parse_span,
    parse_suggestions,
    possible_times,
)
from mentorship.time.timezones import to_local
from wording.reader import ENGLISH
from wording.times import describe

ZONE = "America/New_York"
NOW = datetime(2026, 11, 24, 14, 34, tzinfo=UTC)  # Tuesday, 09:34 there


def describe_parsed(
    text: str, *, locale: str | None = None, now: datetime = NOW, zone: str = ZONE
) -> str:
    time = parse(text, zone=zone, now=now, locale=locale)
    end = None if time.exact else time.span.end
    described = describe(time.span.start, zone, ENGLISH, end=end)
    return described.rpartition(" (")[0].removesuffix(" EST")


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("tue 3pm", "Tue 24 Nov 2026, 15:00"),
        ("tue 9am", "Tue 1 Dec 2026, 09:00"),
        ("Tuesday at 3", "Tue 24 Nov 2026, 15:00"),
        ("in 2 hours", "Tue 24 Nov 2026, 11:34"),
        ("in half an hour", "Tue 24 Nov 2026, 10:04"),
        ("90 minutes from now", "Tue 24 Nov 2026, 11:04"),
        ("26.11. 15:00", "Thu 26 Nov 2026, 15:00"),
        ("15:00 26.11.2026", "Thu 26 Nov 2026, 15:00"),
        ("26 nov 3pm", "Thu 26 Nov 2026, 15:00"),
        ("Nov 26th, 3:30 p.m.", "Thu 26 Nov 2026, 15:30"),
        ("2026-11-26 15:00", "Thu 26 Nov 2026, 15:00"),
        ("2026-11-26T22:00+02:00", "Thu 26 Nov 2026, 15:00"),
        ("2026-11-26T20:00Z", "Thu 26 Nov 2026, 15:00"),
        ("<t:1795550400:F>", "Tue 24 Nov 2026, 15:00"),
        ("noon", "Tue 24 Nov 2026, 12:00"),
        ("9am", "Wed 25 Nov 2026, 09:00"),
        ("midnight", "Wed 25 Nov 2026, 00:00"),
        ("half past 3 tomorrow", "Wed 25 Nov 2026, 15:30"),
        ("quarter to 10 pm", "Tue 24 Nov 2026, 21:45"),
        ("saturday 3 o'clock", "Sat 28 Nov 2026, 15:00"),
        ("next week monday 10:00", "Mon 30 Nov 2026, 10:00"),
        ("1.2. 10:00", "Mon 1 Feb 2027, 10:00"),
        ("now", "Tue 24 Nov 2026, 09:34"),
        ("in 1,5 hours", "Tue 24 Nov 2026, 11:04"),
        ("in 1.5 hours", "Tue 24 Nov 2026, 11:04"),
        ("tmrw 3pm", "Wed 25 Nov 2026, 15:00"),
        ("26.11.27 15:00", "Fri 26 Nov 2027, 15:00"),
        ("24.11. 15:00", "Tue 24 Nov 2026, 15:00"),
        ("26 november 2027 15:00", "Fri 26 Nov 2027, 15:00"),
        ("26.11.99 15:00", "Thu 26 Nov 2099, 15:00"),
        ("5/13/27 3pm", "Thu 13 May 2027, 15:00 EDT"),
        ("12/12 3pm", "Sat 12 Dec 2026, 15:00"),
        ("Now!", "Tue 24 Nov 2026, 09:34"),
        ("tue 3pm!?", "Tue 24 Nov 2026, 15:00"),
        ("midday", "Tue 24 Nov 2026, 12:00"),
        ("midnight tonight", "Wed 25 Nov 2026, 00:00"),
        ("12:59", "Tue 24 Nov 2026, 12:59"),
        ("24:00", "Wed 25 Nov 2026, 00:00"),
        ("12am", "Wed 25 Nov 2026, 00:00"),
        ("12pm", "Tue 24 Nov 2026, 12:00"),
        ("1am", "Wed 25 Nov 2026, 01:00"),
        ("half past 12", "Tue 24 Nov 2026, 12:30"),
        ("5:30", "Wed 25 Nov 2026, 05:30"),
        # Hours without am or pm: 1 to 7 are in the afternoon, 8 to 12 in the morning or at noon.
        ("at 1", "Tue 24 Nov 2026, 13:00"),
        ("at 7", "Tue 24 Nov 2026, 19:00"),
        ("at 07", "Wed 25 Nov 2026, 07:00"),
        ("tomorrow at 8", "Wed 25 Nov 2026, 08:00"),
        ("at 12", "Tue 24 Nov 2026, 12:00"),
    ],
)
def test_text_that_means_an_instant(text, meaning):
    assert parse(text, zone=ZONE, now=NOW).exact
    assert describe_parsed(text) == meaning


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("tomorrow evening", "Wed 25 Nov 2026, 18:00–23:00"),
        ("tonight", "Tue 24 Nov 2026, 18:00–24:00"),
        ("morning", "Tue 24 Nov 2026, 09:34–12:00"),
        ("today", "Tue 24 Nov 2026, 09:34–24:00"),
        ("friday", "Fri 27 Nov 2026, 00:00–24:00"),
        ("friday next week", "Fri 4 Dec 2026, 00:00–24:00"),
        ("26/11", "Thu 26 Nov 2026, 00:00–24:00"),
        ("the 26th", "Thu 26 Nov 2026, 00:00–24:00"),
        ("the 24th", "Tue 24 Nov 2026, 09:34–24:00"),
        ("the 3rd", "Thu 3 Dec 2026, 00:00–24:00"),
        ("the 31st", "Thu 31 Dec 2026, 00:00–24:00"),
        ("day after tomorrow", "Thu 26 Nov 2026, 00:00–24:00"),
        ("tomorrow   evening", "Wed 25 Nov 2026, 18:00–23:00"),
        ("sunday", "Sun 29 Nov 2026, 00:00–24:00"),
        ("26/11/2027", "Fri 26 Nov 2027, 00:00–24:00"),
        ("early morning", "Wed 25 Nov 2026, 05:00–09:00"),
        ("before 3pm tomorrow", "Wed 25 Nov 2026, 00:00–15:00"),
        ("fri 7-9am", "Fri 27 Nov 2026, 07:00–09:00"),
        ("fri 8-10 pm", "Fri 27 Nov 2026, 20:00–22:00"),
        ("fri 8-1", "Fri 27 Nov 2026, 08:00–13:00"),
        ("fri 11-1", "Fri 27 Nov 2026, 11:00–13:00"),
        ("fri 12-2", "Fri 27 Nov 2026, 12:00–14:00"),
        ("in 3 days", "Fri 27 Nov 2026, 00:00–24:00"),
        ("friday between 3 and 5pm", "Fri 27 Nov 2026, 15:00–17:00"),
        ("fri 9-11", "Fri 27 Nov 2026, 09:00–11:00"),
        ("fri after 3pm", "Fri 27 Nov 2026, 15:00–24:00"),
        ("before noon", "Tue 24 Nov 2026, 09:34–12:00"),
        ("weekend", "Sat 28 Nov 2026, 00:00 – Mon 30 Nov 2026, 00:00"),
        ("next week", "Mon 30 Nov 2026, 00:00 – Mon 7 Dec 2026, 00:00"),
        ("sunday night", "Sun 29 Nov 2026, 20:00 – Mon 30 Nov 2026, 02:00"),
        ("next month", "Tue 1 Dec 2026, 00:00 – Fri 1 Jan 2027, 00:00"),
    ],
)
def test_text_that_means_a_span(text, meaning):
    assert not parse(text, zone=ZONE, now=NOW).exact
    assert describe_parsed(text) == meaning


@pytest.mark.parametrize(
    ("text", "locale", "meaning"),
    [
        ("5/6 3pm", "de", "Sat 5 Jun 2027, 15:00 EDT"),
        ("5/6 3pm", "en-US", "Thu 6 May 2027, 15:00 EDT"),
        ("morgen um 15 uhr", "de", "Wed 25 Nov 2026, 15:00"),
        ("mañana a las 15:00", "es-ES", "Wed 25 Nov 2026, 15:00"),
        ("vendredi 15h", "fr", "Fri 27 Nov 2026, 15:00"),
        ("vendredi 15h30", "fr", "Fri 27 Nov 2026, 15:30"),
        ("12/1 3pm", "en-US", "Tue 1 Dec 2026, 15:00"),
        ("5/13 3pm", "de", "Thu 13 May 2027, 15:00 EDT"),
        ("übermorgen", "de", "Thu 26 Nov 2026, 00:00–24:00"),
        ("dezember", "de", "Tue 1 Dec 2026, 00:00 – Fri 1 Jan 2027, 00:00"),
    ],
)
def test_words_and_date_order_of_the_persons_language(text, locale, meaning):
    assert describe_parsed(text, locale=locale) == meaning


@pytest.mark.parametrize(
    "text",
    [
        *("", "asdf", "3", "5/6", "5/12", "30.2.", "99:99", "12:60", "25:00", "13pm", "0am"),
        *("tue 3pm foo", "3pm IST", "tue wed", "🕐", "25h", "no", "fri 7-9", "next friday"),
        *("midnight tomorrow", "13pm", "0am", "dec", "at 8"),
    ],
)
def test_ambiguous_or_unknown_text_is_unreadable(text):
    with pytest.raises(UnreadableTime) as raised:
        parse(text, zone=ZONE, now=NOW)
    assert raised.value.text == text


@pytest.mark.parametrize(
    ("hour", "text", "meaning"),
    [
        # The current minute is not past. A span that has ended means its next occurrence.
        (14, "9:00", "Tue 24 Nov 2026, 09:00"),
        (17, "before noon", "Wed 25 Nov 2026, 00:00–12:00"),
        (17, "tue before noon", "Tue 1 Dec 2026, 00:00–12:00"),
        (17, "tue 12:00", "Tue 24 Nov 2026, 12:00"),
        (5, "today", "Tue 24 Nov 2026, 00:00–24:00"),
    ],
)
def test_now_is_not_past_but_a_span_that_just_ended_is(hour, text, meaning):
    assert describe_parsed(text, now=datetime(2026, 11, 24, hour, tzinfo=UTC)) == meaning


def test_a_time_that_the_clock_skips_is_refused_with_the_one_that_follows():
    spring = datetime(2026, 3, 7, 12, tzinfo=UTC)
    with pytest.raises(UnreadableTime) as raised:
        parse("tomorrow 2:30am", zone=ZONE, now=spring)
    assert raised.value.problem is TimeProblem.DOES_NOT_EXIST
    shown = datetime(2026, 3, 8, 7, 30, tzinfo=UTC)
    assert raised.value.readings == ((shown, shown),)


def test_a_repeated_time_is_refused_unless_its_zone_says_which_one():
    autumn = datetime(2026, 10, 31, 12, tzinfo=UTC)
    first, last = (datetime(2026, 11, 1, hour, 30, tzinfo=UTC) for hour in (5, 6))
    with pytest.raises(UnreadableTime) as raised:
        parse("tomorrow 1:30am", zone=ZONE, now=autumn)
    assert raised.value.problem is TimeProblem.REPEATED
    assert raised.value.readings == ((first, first), (last, last))
    for abbreviation, instant in (("EDT", first), ("EST", last)):
        time = parse(f"tomorrow 1:30am {abbreviation}", zone=ZONE, now=autumn)
        assert time.spans == (Span(instant, instant),)


@pytest.mark.parametrize(
    ("text", "instants"),
    [("yesterday 3pm", ["2026-11-23 15:00"]), ("today 8am", ["2026-11-24 08:00"])],
)
def test_a_past_time_can_be_converted_but_not_booked(text, instants):
    with pytest.raises(UnreadableTime) as raised:
        parse(text, zone=ZONE, now=NOW)
    assert raised.value.problem is TimeProblem.PAST
    assert raised.value.readings
    time = parse_past_or_ahead(text, zone=ZONE, now=NOW)
    assert [f"{to_local(span.start, ZONE):%Y-%m-%d %H:%M}" for span in time.spans] == instants


def test_the_unusual_half_of_the_day_is_kept_for_spoken_times():
    wednesday = datetime(2026, 11, 25, tzinfo=UTC)
    time = parse("half past six tomorrow", zone="UTC", now=NOW)
    assert time.span.start == wednesday + timedelta(hours=18.5)
    assert time.unusual == (wednesday + timedelta(hours=6.5),)
    assert parse("6:30pm tomorrow", zone="UTC", now=NOW).unusual == ()
    assert parse("18:30 tomorrow", zone="UTC", now=NOW).unusual == ()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("monday or tuesday evening", TimeProblem.SEVERAL),
        ("tomorrow 9am or 10am", TimeProblem.SEVERAL),
        ("yesterday", TimeProblem.PAST),
        ("perhaps", TimeProblem.NOT_UNDERSTOOD),
    ],
)
def test_one_span_is_required_where_several_make_no_sense(text, problem):
    with pytest.raises(UnreadableTime) as raised:
        parse_span(text, zone=ZONE, now=NOW)
    assert raised.value.problem is problem
    with pytest.raises(UnreadableTime) as raised:
        parse_day(text, zone=ZONE, now=NOW)
    no_date = problem is TimeProblem.NOT_UNDERSTOOD
    assert raised.value.problem is (TimeProblem.NO_DATE if no_date else problem)


def test_a_day_is_one_date():
    assert parse_day("friday", zone=ZONE, now=NOW) == date(2026, 11, 27)
    assert parse_day("friday evening", zone=ZONE, now=NOW) == date(2026, 11, 27)
    with pytest.raises(UnreadableTime) as raised:
        parse_day("fri-sun", zone=ZONE, now=NOW)
    assert raised.value.problem is TimeProblem.SEVERAL


def test_possible_times_of_an_ambiguous_text_are_its_readings():
    def possible(text):
        with pytest.raises(UnreadableTime) as raised:
            parse(text, zone="UTC", now=NOW)
        return possible_times(raised.value)

    friday = datetime(2026, 11, 27, tzinfo=UTC)
    day, week = timedelta(days=1), timedelta(days=7)
    assert possible("next friday") == ParsedTime(
        (Span(friday, friday + day), Span(friday + week, friday + week + day)), exact=False
    )
    assert possible("yesterday") is None
    assert possible("perhaps") is None


def test_hours_from_now_are_elapsed_time():
    before = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert parse("in 2 hours", zone=ZONE, now=before).span.start - before == timedelta(hours=2)


def test_best_matches_are_slots_in_the_span_then_by_distance():
    day = datetime(2026, 11, 25, tzinfo=UTC)
    slots = [day + timedelta(hours=hour) for hour in (8, 12, 13, 17, 21)]
    noon_to_four = ParsedTime(
        (Span(day + timedelta(hours=12), day + timedelta(hours=16)),), exact=False
    )
    assert [slot.hour for slot in best_matches(slots, noon_to_four, 4)] == [12, 13, 17, 8]
    one_thirty = day + timedelta(hours=12.5)
    exact = ParsedTime((Span(one_thirty, one_thirty),), exact=True)
    assert [slot.hour for slot in best_matches(slots, exact, 2)] == [12, 13]
    assert best_matches([], exact, 5) == []
    ends = ParsedTime((noon_to_four.span, Span(day + timedelta(hours=20), slots[4])), exact=False)
    assert [slot.hour for slot in best_matches(slots, ends, 3)] == [12, 13, 21]
    assert [slot.hour for slot in matches(slots, ends)] == [12, 13], "the end is exclusive"
    assert matches(slots, exact) == []
    noon = ParsedTime((Span(slots[1], slots[1]),), exact=True)
    assert matches(slots, noon) == [slots[1]]


def test_suggestions_include_every_possible_meaning():
    def starts(text):
        time = parse_suggestions(text, zone="UTC", now=NOW)
        return time and [f"{span.start:%d %H:%M}" for span in time.spans]

    assert starts("half past six tomorrow") == ["25 06:30", "25 18:30"]
    assert starts("next friday") == ["27 00:00", "04 00:00"]
    assert starts("friday 15:00") == ["27 15:00"]
    assert starts("yesterday") is None
    assert starts("perhaps") is None
