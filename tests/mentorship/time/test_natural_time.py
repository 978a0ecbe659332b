"""Times in plain words, typed on a Tuesday morning in New York."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentorship.errors import UnreadableTime
from mentorship.time.intervals import Span
from mentorship.time.natural_time.parser import ParsedTime, best_matches, parse
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
        ("midnight tomorrow", "Thu 26 Nov 2026, 00:00"),
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
        ("at 8", "Wed 25 Nov 2026, 08:00"),
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
        ("next friday", "Fri 4 Dec 2026, 00:00–24:00"),
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
        ("fri 7-9", "Fri 27 Nov 2026, 07:00–09:00"),
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
        ("i morgen", "no", "Wed 25 Nov 2026, 00:00–24:00"),
        ("dezember", "de", "Tue 1 Dec 2026, 00:00 – Fri 1 Jan 2027, 00:00"),
    ],
)
def test_words_and_date_order_of_the_persons_language(text, locale, meaning):
    assert describe_parsed(text, locale=locale) == meaning


@pytest.mark.parametrize(
    "text",
    [
        *("", "asdf", "3", "5/6", "5/12", "30.2.", "99:99", "12:60", "25:00", "13pm", "0am"),
        *("tue 3pm foo", "3pm IST", "tue wed", "🕐", "25h", "no"),
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


@given(st.text(max_size=30) | st.text("tuefrimonday 0123456789:.-/apm", max_size=25))
@settings(max_examples=400, deadline=None)
def test_any_text_is_a_time_or_unreadable(text):
    try:
        time = parse(text, zone=ZONE, now=NOW)
    except UnreadableTime:
        return
    assert time.span.start.utcoffset() == timedelta()
    assert time.exact == (time.span.start == time.span.end) or not time.exact


def test_skipped_and_repeated_wall_clock_times():
    spring = datetime(2026, 3, 7, 12, tzinfo=UTC)
    assert describe_parsed("tomorrow 2:30am", now=spring) == "Sun 8 Mar 2026, 03:30 EDT"
    autumn = datetime(2026, 10, 31, 12, tzinfo=UTC)
    time = parse("tomorrow 1:30am", zone=ZONE, now=autumn)
    assert time.span.start == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_hours_from_now_are_elapsed_time():
    before = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert parse("in 2 hours", zone=ZONE, now=before).span.start - before == timedelta(hours=2)


def test_best_matches_are_slots_in_the_span_then_by_distance():
    day = datetime(2026, 11, 25, tzinfo=UTC)
    slots = [day + timedelta(hours=hour) for hour in (8, 12, 13, 17, 21)]
    noon_to_four = ParsedTime(
        Span(day + timedelta(hours=12), day + timedelta(hours=16)), exact=False
    )
    assert [slot.hour for slot in best_matches(slots, noon_to_four, 4)] == [12, 13, 17, 8]
    one_thirty = day + timedelta(hours=12.5)
    exact = ParsedTime(Span(one_thirty, one_thirty), exact=True)
    assert [slot.hour for slot in best_matches(slots, exact, 2)] == [12, 13]
    assert best_matches([], exact, 5) == []
