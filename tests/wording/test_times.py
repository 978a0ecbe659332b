"""Times and zones in words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import pytz
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mentorship.time.natural_time.parser import parse
from mentorship.time.timezones import day_bounds, from_wall_clock, to_local
from mentorship.time.zone_search import resolve
from wording import catalogues
from wording.reader import ENGLISH, Reader, TimeStyle
from wording.times import (
    date_range,
    describe,
    describe_compact,
    describe_local,
    describe_offset,
    full_date,
    moved_clock,
    time_of_day,
    zone_label,
    zone_name,
)

NOW = datetime(2026, 11, 24, 14, 34, tzinfo=UTC)
AMERICAN = Reader(locale="en-US", time_style=TimeStyle.TWELVE_HOURS)
STYLES = [Reader(locale, None, style) for locale in ("en-GB", "en-US") for style in TimeStyle]
LOCALES = [
    *("en-US", "en-GB", "de", "fr", "es-ES", "es-419", "it", "pt-BR", "nl", "ja", "ko", "ru"),
    *("pl", "tr", "hu", "cs", "sv-SE", "da", "vi", "ro", "fi", "hr", "lt", "id", None),
]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("start", "zone", "hours", "text"),
    [
        (utc(2026, 11, 24, 20), "America/New_York", 1, "Tue 24 Nov 2026, 15:00–16:00 EST (UTC−5)"),
        (utc(2026, 11, 24, 20), "Asia/Kathmandu", 1, "Wed 25 Nov 2026, 01:45–02:45 UTC+5:45"),
        (utc(2026, 11, 24, 20), "UTC", 4, "Tue 24 Nov 2026, 20:00–24:00 UTC"),
        (
            utc(2026, 11, 24, 20),
            "UTC",
            28,
            "Tue 24 Nov 2026, 20:00 – Thu 26 Nov 2026, 00:00 UTC",
        ),
        (
            utc(2026, 11, 24, 23),
            "Europe/London",
            2,
            "Tue 24 Nov 2026, 23:00 – Wed 25 Nov 2026, 01:00 GMT (UTC+0)",
        ),
        (
            utc(2026, 11, 1, 5, 30),
            "America/New_York",
            1,
            "Sun 1 Nov 2026, 01:30 EDT (UTC−4) – 01:30 EST (UTC−5)",
        ),
        (utc(2026, 11, 24, 20), "America/St_Johns", None, "Tue 24 Nov 2026, 16:30 NST (UTC−3:30)"),
    ],
)
def test_describe_writes_span_zone_and_offset(
    start: datetime, zone: str, hours: int | None, text: str
) -> None:
    end = None if hours is None else start + timedelta(hours=hours)
    assert describe(start, zone, ENGLISH, end=end) == text


@pytest.mark.parametrize(
    ("start", "shift", "reader", "words"),
    [
        ("2026-07-07T12:00Z", 60, ENGLISH, ("Tue 7 Jul", "13:00", "12:00")),
        ("2026-07-07T12:00Z", -60, AMERICAN, ("Tue, Jul 7", "1:00 PM", "2:00 PM")),
        ("2026-07-07T23:00Z", 30, ENGLISH, ("Wed 8 Jul", "00:00", "Tue 7 Jul, 23:30")),
    ],
)
def test_a_moved_clock_names_the_day_and_another_date(
    start: str, shift: int, reader: Reader, words: tuple[str, str, str]
) -> None:
    assert moved_clock(datetime.fromisoformat(start), "Europe/London", shift, reader) == words


def test_describe_compact_fits_in_60_characters() -> None:
    assert (
        describe_compact(utc(2026, 11, 24, 20), "America/New_York", ENGLISH)
        == "Tue 24 Nov, 15:00 EST"
    )
    assert (
        describe_compact(utc(2026, 11, 24, 20), "Asia/Kathmandu", ENGLISH)
        == "Wed 25 Nov, 01:45 UTC+5:45"
    )
    assert describe_offset(utc(2026, 11, 24, 20), "America/New_York", ENGLISH) == "EST (UTC−5)"
    assert all(len(describe_compact(NOW, name, ENGLISH)) <= 60 for name in pytz.all_timezones)


def test_full_date_has_weekday_and_year() -> None:
    assert full_date(date(2026, 3, 2), ENGLISH) == "Mon 2 Mar 2026"


@pytest.mark.parametrize(
    ("zone", "label"),
    [
        ("Asia/Kolkata", "Kolkata · India · now 20:04 IST (UTC+5:30)"),
        ("Europe/London", "London · United Kingdom · now 14:34 GMT (UTC+0)"),
        ("America/Juneau", "Juneau · United States · now 05:34 AKST (UTC−9)"),
        ("Etc/GMT+5", "UTC−5 · the same all year · now 09:34 UTC−5"),
        ("UTC", "UTC · the same all year · now 14:34 UTC"),
    ],
)
def test_zone_label_has_country_and_current_time(zone: str, label: str) -> None:
    assert zone_label(zone, NOW, ENGLISH) == label
    assert resolve(label, now=NOW).zone == zone


@pytest.mark.parametrize(
    ("start", "hours", "text"),
    [
        (utc(2026, 11, 24, 20), None, "Tue, Nov 24, 2026, 3:00 PM EST (UTC−5)"),
        (utc(2026, 11, 24, 14, 5), 3, "Tue, Nov 24, 2026, 9:05 AM–12:05 PM EST (UTC−5)"),
        (utc(2026, 11, 25, 4), 1, "Tue, Nov 24, 2026, 11:00 PM–12:00 AM EST (UTC−5)"),
        (utc(2026, 11, 25, 5, 30), None, "Wed, Nov 25, 2026, 12:30 AM EST (UTC−5)"),
    ],
)
def test_describe_in_the_american_style(start: datetime, hours: int | None, text: str) -> None:
    end = None if hours is None else start + timedelta(hours=hours)
    assert describe(start, "America/New_York", AMERICAN, end=end) == text


def test_times_of_day_in_both_styles() -> None:
    minutes = [0, 5, 720, 779, 1080, 1439, 1440]
    assert [time_of_day(minute, AMERICAN) for minute in minutes] == [
        *("12:00 AM", "12:05 AM", "12:00 PM", "12:59 PM", "6:00 PM", "11:59 PM", "12:00 AM")
    ]
    assert [time_of_day(minute, ENGLISH) for minute in minutes] == [
        *("00:00", "00:05", "12:00", "12:59", "18:00", "23:59", "24:00")
    ]


@given(
    st.sampled_from(pytz.common_timezones),
    st.integers(1, 60 * 24 * 4),
    st.datetimes(datetime(2020, 1, 1), datetime(2036, 1, 1)),  # noqa: DTZ001
    st.sampled_from(STYLES),
    st.sampled_from(LOCALES),
)
@settings(max_examples=1000, deadline=None)
@example("America/New_York", 4 * 24, datetime(2026, 10, 31, 6, 30), AMERICAN, "en-US")  # noqa: DTZ001
@example("America/New_York", 4 * 25, datetime(2026, 10, 31, 6, 30), ENGLISH, "de")  # noqa: DTZ001
def test_labels_of_slots_are_read_back_in_every_style(zone, quarters, moment, style, locale):
    now = moment.replace(tzinfo=UTC, microsecond=0)
    start = now.replace(minute=now.minute // 15 * 15, second=0) + timedelta(minutes=15 * quarters)
    labels = [describe_compact(start, zone, style), describe(start, zone, style)]
    for label in labels:
        time = parse(label, zone=zone, now=now, locale=locale)
        assert time.instant == start, label
    end = start + timedelta(hours=1)
    label = describe(start, zone, style, end=end)
    walls = [to_local(instant, zone).replace(tzinfo=None) for instant in (start, end)]
    is_plain = all(from_wall_clock(wall, zone).kind == "exact" for wall in walls)
    if is_plain and " – " not in label:
        time = parse(label, zone=zone, now=now, locale=locale)
        assert (time.span.start, time.span.end) == (start, end), label
    day = to_local(start, zone).date()
    label = date_range(day, day + timedelta(days=2), style)
    time = parse(label, zone=zone, now=now, locale=locale)
    end = day_bounds(day + timedelta(days=2), zone)[1]
    first = max(day_bounds(day, zone)[0], now)
    assert (time.span.start, time.span.end) == (first, end), label


@pytest.mark.parametrize(
    ("zone", "hours", "british", "american"),
    [
        ("America/New_York", 1, "Tue 24 Nov, 15:00–16:00", "Tue, Nov 24, 3:00 PM–4:00 PM"),
        ("America/New_York", 9, "Tue 24 Nov, 15:00–24:00", "Tue, Nov 24, 3:00 PM–12:00 AM"),
        (
            "America/New_York",
            10,
            "Tue 24 Nov, 15:00 – Wed 25 Nov, 01:00",
            "Tue, Nov 24, 3:00 PM – Wed, Nov 25, 1:00 AM",
        ),
        ("UTC", 1, "Tue 24 Nov, 20:00–21:00 UTC", "Tue, Nov 24, 8:00 PM–9:00 PM UTC"),
        ("Etc/GMT+5", 1, "Tue 24 Nov, 15:00–16:00 UTC−5", "Tue, Nov 24, 3:00 PM–4:00 PM UTC−5"),
    ],
)
def test_a_local_span_has_no_zone_but_one_without_a_place(
    zone: str, hours: int, british: str, american: str
) -> None:
    start = datetime(2026, 11, 24, 20, tzinfo=UTC)
    end = start + timedelta(hours=hours)
    assert describe_local(start, end, zone, Reader.of("en-GB")) == british
    assert describe_local(start, end, zone, Reader.of("en-US")) == american


def test_a_local_span_across_a_clock_change_has_both_abbreviations() -> None:
    start = datetime(2026, 3, 8, 6, 30, tzinfo=UTC)
    end = start + timedelta(hours=1)
    text = describe_local(start, end, "America/New_York", Reader.of("en-GB"))
    assert text == "Sun 8 Mar, 01:30 EST – 03:30 EDT"


@pytest.mark.parametrize("tag", catalogues.tags())
def test_zones_have_the_names_of_the_readers_language_and_are_read_back(tag: str) -> None:
    reader, now = Reader.of(tag), datetime(2026, 3, 1, tzinfo=UTC)
    names = {zone: zone_name(zone, reader) for zone in ("Europe/Rome", "Asia/Kolkata")}
    assert (names["Europe/Rome"] == "Rome") == (tag in ("en", "fr"))
    for zone, name in names.items():
        label = zone_label(zone, now, reader)
        assert label.startswith(f"{name} · ")
        assert resolve(label, now=now, locale=tag).zone == zone
