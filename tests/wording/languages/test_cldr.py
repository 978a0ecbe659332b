"""Numbers, dates, times and lists of each language, compared with Babel's own functions."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from babel import Locale
from babel.dates import format_skeleton
from babel.lists import format_list
from babel.numbers import format_decimal as babel_decimal
from babel.numbers import format_percent as babel_percent

from wording import catalogues, cldr

LANGUAGES = sorted(
    {
        "ar",
        "de",
        "es",
        "es-419",
        "es-ES",
        "fr",
        "it",
        "ja",
        "pt-BR",
        "da",
        "hi",
        "pl",
        "tr",
        "zh-TW",
    }
    | set(catalogues.tags()) - {"en"}
)
"""The languages that have a catalogue or are meant to, some regions, and some others."""

DAYS = [date(2026, 1, 1) + timedelta(days=13 * number) for number in range(29)]
"""Days of each month and weekday."""

ITEMS = ["a", "b", "c", "d", "e"]


def locale(tag: str) -> Locale:
    return Locale.parse(tag, sep="-")


@pytest.mark.parametrize("tag", LANGUAGES)
def test_numbers_are_written_as_in_cldr(tag: str) -> None:
    formats = cldr.load(tag)
    for number in (0, 7, 999, 10_000, 12_345, 999_999, 1_234_567, -12_345):
        expected = babel_decimal(number, locale=locale(tag)).replace("\u200e", "")
        assert cldr.format_number(number, formats) == expected
    four_digits = "1200" if tag in ("es", "es-ES") else babel_decimal(1_200, locale=locale(tag))
    assert cldr.format_number(1_200, formats) == four_digits
    assert cldr.format_decimal(4.8, 1, formats) == babel_decimal(4.8, locale=locale(tag))
    assert cldr.format_decimal(4, 1, formats) == babel_decimal(4, "0.0", locale=locale(tag))


@pytest.mark.parametrize("tag", LANGUAGES)
def test_percentages_are_written_as_in_cldr(tag: str) -> None:
    for share in (0, 0.05, 0.5, 1):
        expected = babel_percent(share, locale=locale(tag))
        assert cldr.format_percent(share, cldr.load(tag)) == expected


@pytest.mark.parametrize("tag", LANGUAGES)
def test_dates_are_written_as_in_cldr(tag: str) -> None:
    formats = cldr.load(tag)
    for day in DAYS:
        for skeleton, pattern in (
            ("MMMEd", formats.day),
            ("yMMMEd", formats.date),
            ("yMMM", formats.month),
        ):
            expected = format_skeleton(skeleton, day, locale=locale(tag))
            assert cldr.write_date(pattern, formats, day) == expected, skeleton


@pytest.mark.parametrize("tag", LANGUAGES)
def test_times_of_day_are_written_as_in_cldr(tag: str) -> None:
    formats = cldr.load(tag)
    for hour in range(24):
        time = datetime(2026, 3, 2, hour, 5, tzinfo=UTC)
        # Hours have two digits everywhere, so that hours below each other are as wide.
        expected = format_skeleton("Hm", time, locale=locale(tag)).rjust(5, "0")
        assert cldr.write_clock(formats.clock, formats, hour, 5) == expected
        twelve = format_skeleton("hm", time, locale=locale(tag))
        if "B" not in formats.twelve_hour_clock:  # Parts of the day; am and pm are written instead.
            assert cldr.write_clock(formats.twelve_hour_clock, formats, hour, 5) == twelve


@pytest.mark.parametrize("tag", LANGUAGES)
@pytest.mark.parametrize("count", range(1, 6))
def test_lists_are_joined_as_in_cldr(tag: str, count: int) -> None:
    formats, items = cldr.load(tag), ITEMS[:count]
    assert cldr.join(items, formats.lists) == format_list(items, "standard", locale(tag))
    assert cldr.join(items, formats.alternatives) == format_list(items, "or", locale(tag))


@pytest.mark.parametrize("tag", LANGUAGES)
def test_names_of_days_and_months_are_cldrs(tag: str) -> None:
    formats, found = cldr.load(tag), locale(tag)
    assert list(formats.long_weekdays) == [found.days["format"]["wide"][day] for day in range(7)]
    assert len(set(formats.lone_months)) == len(formats.narrow_weekdays) + 5 == 12


@pytest.mark.parametrize(
    ("tag", "number", "share", "day"),
    [
        ("en", "12,345", "50%", "Mon 2 Mar"),
        ("en-US", "12,345", "50%", "Mon, Mar 2"),
        ("de", "12.345", "50\xa0%", "Mo., 2. März"),
        ("fr", "12\u202f345", "50\xa0%", "lun. 2 mars"),
        ("ja", "12,345", "50%", "3月2日(月)"),
    ],
)
def test_what_readers_of_some_languages_see(tag: str, number: str, share: str, day: str) -> None:
    formats = cldr.load(tag)
    assert cldr.format_number(12_345, formats) == number
    assert cldr.format_percent(0.5, formats) == share
    assert cldr.write_date(formats.day, formats, date(2026, 3, 2)) == day


def test_digits_are_latin_in_arabic() -> None:
    formats = cldr.load("ar")
    assert cldr.format_number(12_345, formats) == "12,345"
    assert "2" in cldr.write_date(formats.date, formats, date(2026, 3, 2))


def test_english_has_its_two_habits() -> None:
    british, american = cldr.load("en-GB"), cldr.load("en-US")
    assert british is cldr.ENGLISH
    assert american is cldr.AMERICAN
    assert cldr.write_date(british.date, british, date(2026, 3, 2)) == "Mon 2 Mar 2026"
    assert cldr.write_date(american.date, american, date(2026, 3, 2)) == "Mon, Mar 2, 2026"
    assert cldr.write_clock(american.twelve_hour_clock, american, 0, 5) == "12:05 AM"
    assert cldr.write_clock(american.twelve_hour_clock, american, 12, 5) == "12:05 PM"
    assert cldr.join(ITEMS[:3], british.lists) == "a, b and c"
    assert cldr.join(ITEMS[:2], british.alternatives) == "a or b"


@pytest.mark.parametrize(("tag", "space"), [("en", " "), ("de", " "), ("ja", ""), ("zh-TW", "")])
def test_sentences_have_a_space_between_where_words_do(tag: str, space: str) -> None:
    assert cldr.load(tag).sentence_space == space
