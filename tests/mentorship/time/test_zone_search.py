"""Searching time zones by what people type."""

from datetime import UTC, datetime

import pytest
import pytz
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mentorship.errors import UnknownTimezone, ZoneProblem
from mentorship.time.timezones import canonical
from mentorship.time.zone_search import resolve, suggest
from wording.reader import ENGLISH, Reader
from wording.times import zone_label

NOW = datetime(2026, 11, 24, 14, 34, tzinfo=UTC)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


def suggested(text: str, locale: str | None = None) -> list[str]:
    return suggest(text, now=NOW, locale=locale)


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Kolkata", "Asia/Kolkata"),
        ("calcutta", "Asia/Kolkata"),
        ("India", "Asia/Kolkata"),
        ("bengaluru", "Asia/Kolkata"),
        ("भारत", "Asia/Kolkata"),
        ("münchen", "Europe/Berlin"),
        ("Germany", "Europe/Berlin"),
        ("uk", "Europe/London"),
        ("sao paulo", "America/Sao_Paulo"),
        ("+5:45", "Asia/Kathmandu"),
        ("MSK", "Europe/Moscow"),
        ("JST", "Asia/Tokyo"),
        ("amsterd", "Europe/Amsterdam"),
        ("UTC", "UTC"),
        ("Kolkata · India · now 20:04 IST (UTC+5:30)", "Asia/Kolkata"),
    ],
)
def test_text_with_one_meaning_resolves_to_its_zone(typed, zone):
    assert resolve(typed, now=NOW).zone == zone
    assert suggested(typed.partition(" · ")[0])[0] == zone


@pytest.mark.parametrize("code", ["US", "us", "AU", "BR", "RU", "CA", "ID"])
def test_a_country_code_suggests_the_zones_of_that_country_first(code):
    zones = set(pytz.country_timezones[code])
    clocks = {canonical(zone) for zone in zones}
    first = suggested(code)[: min(len(clocks), 25)]
    assert set(first) <= clocks
    resolution = resolve(code, now=NOW)
    assert resolution.zone is None
    assert set(resolution.choices) <= clocks


@pytest.mark.parametrize(("code", "zone"), [("DE", "Europe/Berlin"), ("jp", "Asia/Tokyo")])
def test_the_code_of_a_country_with_one_clock_is_its_zone(code, zone):
    assert resolve(code, now=NOW).zone == zone


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("it's 14:30 here", ZoneProblem.NO_SUCH_CLOCK),
        ("+13:37", ZoneProblem.NO_SUCH_OFFSET),
        ("Nowhereville Heights", ZoneProblem.UNKNOWN_NAME),
    ],
)
def test_an_impossible_clock_or_offset_is_not_an_unknown_name(typed, problem):
    now = utc(2026, 3, 2, 15, 0)
    with pytest.raises(UnknownTimezone) as raised:
        resolve(typed, now=now)
    assert raised.value.problem is problem


def test_ist_is_india_ireland_or_israel():
    resolution = resolve("IST", now=NOW)
    assert resolution.zone is None
    assert list(resolution.choices) == [
        "Asia/Kolkata",
        "Europe/Dublin",
        "Asia/Jerusalem",
    ]


@pytest.mark.parametrize("typed", ["+5:30", "UTC+5:30", "+0530", "it's 20:04 here", "20:04"])
def test_offsets_and_clock_readings_offer_zones_by_population(typed):
    assert list(resolve(typed, now=NOW).choices) == [
        "Asia/Kolkata",
        "Asia/Colombo",
    ]


@pytest.mark.parametrize(
    ("shown", "now"),
    [
        ("it's 3pm here", utc(2026, 11, 24, 9, 30)),
        ("it's 3pm here", utc(2026, 11, 24, 9, 50)),
        ("its 3 pm", utc(2026, 11, 24, 9, 20)),
        ("3:05 pm", utc(2026, 11, 24, 9, 34)),
        ("it is 15:00", utc(2026, 11, 24, 9, 33)),
        ("it's 3:02 here", utc(2026, 11, 24, 9, 30)),
    ],
)
def test_a_clock_reading_finds_the_zone(shown, now):
    assert "Asia/Kolkata" in resolve(shown, now=now).choices[:6]


@pytest.mark.parametrize("typed", ["5:30", "5.30"])
def test_an_offset_without_its_sign_is_not_taken_for_a_clock_alone(typed):
    """At 15:00 UTC, clocks in the Marquesas show 5:30, but many more people are 5:30 ahead."""
    three = NOW.replace(hour=15, minute=0)
    resolution = resolve(typed, now=three)
    assert resolution.zone is None
    assert {"Asia/Kolkata", "Pacific/Marquesas"} <= set(resolution.choices)
    assert resolve(f"it's {typed} here", now=three).zone == "Pacific/Marquesas"


def test_a_clock_reading_finds_both_sides_of_the_date_line():
    assert {"Pacific/Pago_Pago", "Pacific/Apia"} <= set(suggested("it's 3:34am here"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("it's 12:07 here", True), ("it's 12:08 here", False), ("11:53", True), ("11:52", False)],
)
def test_a_clock_reading_may_be_seven_minutes_off(text, expected):
    noon = utc(2026, 11, 24, 12)
    names = suggest(text, now=noon, limit=500)
    assert ("Europe/London" in names) is expected


@pytest.mark.parametrize("text", ["10:07", "9:53"])
def test_a_clock_reading_may_be_off_across_midnight(text):
    evening = utc(2026, 11, 24, 20)
    names = suggest(f"it's {text} here", now=evening, limit=500)
    assert "Pacific/Kiritimati" in names


@pytest.mark.parametrize(
    ("offset", "fixed"),
    [
        ("+14", "Etc/GMT-14"),
        ("-12", "Etc/GMT+12"),
        ("+1", "Etc/GMT-1"),
        ("-13", None),
        ("+5:30", None),
        ("+0", None),
    ],
)
def test_a_whole_offset_offers_its_fixed_zone_last(offset, fixed):
    names = suggest(offset, now=NOW, limit=500)
    assert [name for name in names if name.startswith("Etc/")] == ([fixed] if fixed else [])
    assert fixed is None or names[-1] == fixed


@pytest.mark.parametrize("text", ["+1", "it's 15:34 here", "CET"])
def test_zones_of_the_clients_language_come_first(text):
    for locale, zone in (("de", "Europe/Berlin"), ("fr", "Europe/Paris"), ("it", "Europe/Rome")):
        assert suggested(text, locale)[0] == zone
        assert resolve(text, now=NOW, locale=locale).choices[0] == zone


def test_a_prefix_needs_three_letters_to_resolve():
    names = set(resolve("dub", now=NOW).choices)
    assert {"Europe/Dublin", "Asia/Dubai"} <= names
    with pytest.raises(UnknownTimezone) as raised:
        resolve("du", now=NOW)
    assert raised.value.text == "du"


def test_abbreviations_mean_the_zones_that_use_them_now():
    # The tz database's own EST is a fixed zone without summer time.
    assert resolve("EST", now=NOW, locale="en-US").choices[0] == "America/New_York"


def test_one_meaning_is_the_only_choice():
    resolution = resolve("uk", now=NOW)
    assert list(resolution.choices) == [resolution.zone]
    assert len(resolve("it's 14 o'clock here", now=NOW).choices) <= 25


@pytest.mark.parametrize("text", ["/", "...", "( )"])
def test_punctuation_alone_suggests_nothing(text):
    assert suggest(text, now=NOW) == []


def test_a_country_offers_one_zone_of_each_clock_first():
    first = list(resolve("USA", now=NOW).choices[:4])
    assert first == [
        "America/New_York",
        "America/Chicago",
        "America/Denver",
        "America/Los_Angeles",
    ]


def test_two_places_with_one_name_are_a_choice():
    names = set(resolve("Georgia", now=NOW).choices)
    assert names == {"America/New_York", "Asia/Tbilisi"}


@pytest.mark.parametrize("typed", ["kolkatta", "amsterdma", "berlln"])
def test_misspelled_names_are_suggested_but_do_not_resolve(typed):
    assert suggested(typed)
    with pytest.raises(UnknownTimezone) as raised:
        resolve(typed, now=NOW)
    assert raised.value.nearest


@pytest.mark.parametrize(
    "typed", ["", "   ", "/", "+", "+99", "25:99", "\x00", "x" * 500, "🕐", "5"]
)
def test_nonsense_does_not_resolve(typed):
    with pytest.raises(UnknownTimezone):
        resolve(typed, now=NOW)
    suggest(typed, now=NOW)


def test_empty_text_suggests_zones_of_the_clients_language():
    assert suggested("", "hi")[0] == "Asia/Kolkata"
    assert suggested("", "de")[:3] == ["Europe/Berlin", "Europe/Vienna", "Europe/Zurich"]
    assert suggested("", "xx")[0] == "America/New_York"
    assert len(suggested("")) == 25


@given(st.text(max_size=40), st.sampled_from([None, "en-US", "de", "hi"]))
@settings(max_examples=300, deadline=None)
@example("it's 14:30", None)
@example("+5:", None)
@example("a", None)
def test_suggestions_are_zones_with_labels_that_fit_discord(text, locale):
    choices = suggest(text, now=NOW, locale=locale)
    assert len(choices) <= 25
    assert len(set(choices)) == len(choices)
    for zone in choices:
        assert 0 < len(zone_label(zone, NOW, ENGLISH)) <= 100
        assert canonical(zone) == zone


def test_every_zone_is_found_by_its_name():
    for name in sorted({canonical(name) for name in pytz.all_timezones}):
        assert resolve(name, now=NOW).zone in (name, None)
        if "/" in name:
            assert resolve(name, now=NOW).zone == name
            for reader in (ENGLISH, Reader.of("en-US")):
                assert resolve(zone_label(name, NOW, reader), now=NOW).zone == name


@pytest.mark.parametrize(
    ("locale", "text", "zone"),
    [
        ("de", "Wien", "Europe/Vienna"),
        ("de", "schweiz", "Europe/Zurich"),
        ("fr", "Londres", "Europe/London"),
        ("fr", "etats unis", None),
        ("es-419", "Nueva York", "America/New_York"),
        ("es-ES", "Alemania", "Europe/Berlin"),
        ("it", "Parigi", "Europe/Paris"),
        ("pt-BR", "toquio", "Asia/Tokyo"),
        ("ja", "東京", "Asia/Tokyo"),
        ("ja", "ニューヨーク", "America/New_York"),
        ("ar", "القاهرة", "Africa/Cairo"),
        ("ar", "القاهره", "Africa/Cairo"),
        ("ar", "السعودية", "Asia/Riyadh"),
        ("ja", "London", "Europe/London"),
    ],
)
def test_places_are_found_by_their_names_in_the_members_language(locale, text, zone):
    resolution = resolve(text, now=NOW, locale=locale)
    assert resolution.zone == zone
    assert resolution.is_exact
    assert resolution.choices[0] in suggest(text, now=NOW, locale=locale)


def test_names_of_a_language_are_not_guessed_for_others():
    with pytest.raises(UnknownTimezone):
        resolve("Parigi", now=NOW, locale="en-US")
    with pytest.raises(UnknownTimezone):
        resolve("東京", now=NOW, locale="xx")
