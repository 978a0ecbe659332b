"""Zones: what people type, and what a wall clock means."""

import zoneinfo
from datetime import UTC, date, datetime, timedelta

import pytest
import pytz
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mentorship.errors import UnknownTimezone
from mentorship.time import timezones
from mentorship.time.timezones import (
    WallClock,
    canonical,
    clock_change_between,
    day_bounds,
    from_wall_clock,
    is_known,
    offset_at,
    resolve,
    suggest,
    to_local,
)
from tests.mentorship.availability import oracle as oracle
from wording.reader import ENGLISH
from wording.times import zone_label

NOW = datetime(2026, 11, 24, 14, 34, tzinfo=UTC)
ZONES = st.sampled_from(pytz.all_timezones)
WALLS = st.datetimes(datetime(1972, 2, 1), datetime(2037, 12, 20))  # noqa: DTZ001


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


def offered(text: str, locale: str | None = None) -> list[str]:
    return suggest(text, now=NOW, locale=locale)


# --- Names ----------------------------------------------------------------------------------------


def test_every_name_that_pytz_knows_has_a_current_name_of_its_own():
    places = {zone for zones in pytz.country_timezones.values() for zone in zones}
    for name in pytz.all_timezones:
        current = canonical(name)
        assert current in places | {"UTC", "GMT"} or current.startswith("Etc/GMT"), name
        assert canonical(current) == current
        if name in places:
            assert current == name


@pytest.mark.parametrize(
    ("typed", "current"),
    [
        ("asia/kolkata", "Asia/Kolkata"),
        ("ASIA/CALCUTTA", "Asia/Kolkata"),
        ("US/Eastern", "America/New_York"),
        ("america/new york", "America/New_York"),
        (" Europe/Kiev ", "Europe/Kyiv"),
        ("Etc/UTC", "UTC"),
        ("Iceland", "Atlantic/Reykjavik"),
        ("Etc/GMT+5", "Etc/GMT+5"),
    ],
)
def test_names_in_any_case_and_old_aliases_become_current_names(typed, current):
    assert canonical(typed) == current
    assert is_known(typed)


def test_an_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(UnknownTimezone) as refusal:
        canonical("Asia/Kolkatta")
    assert refusal.value.nearest[0] == "Asia/Kolkata"
    assert not is_known("Asia/Kolkatta")


# --- What people type -----------------------------------------------------------------------------


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
        ("Asia/Kolkata · India · now 20:04 IST (UTC+5:30)", "Asia/Kolkata"),
    ],
)
def test_what_has_one_meaning_is_understood_in_one_step(typed, zone):
    assert resolve(typed, now=NOW).zone == zone
    assert offered(typed.partition(" · ")[0])[0] == zone


def test_ist_is_india_ireland_or_israel():
    answer = resolve("IST", now=NOW)
    assert answer.zone is None
    assert list(answer.choices) == [
        "Asia/Kolkata",
        "Europe/Dublin",
        "Asia/Jerusalem",
    ]


@pytest.mark.parametrize("typed", ["+5:30", "UTC+5:30", "+0530", "it's 20:04 here", "20:04"])
def test_offsets_and_clocks_lead_to_a_choice_with_india_first(typed):
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
def test_what_the_clock_shows_finds_the_zone(shown, now):
    found = resolve(shown, now=now)
    assert "Asia/Kolkata" in found.choices[:6]


def test_the_clocks_of_both_sides_of_the_date_line_are_found():
    assert {"Pacific/Pago_Pago", "Pacific/Apia"} <= set(offered("it's 3:34am here"))


@pytest.mark.parametrize(
    ("text", "found"),
    [("it's 12:07 here", True), ("it's 12:08 here", False), ("11:53", True), ("11:52", False)],
)
def test_a_clock_may_be_seven_minutes_off(text, found):
    noon = utc(2026, 11, 24, 12)
    names = suggest(text, now=noon, limit=500)
    assert ("Europe/London" in names) is found


@pytest.mark.parametrize("text", ["10:07", "9:53"])
def test_a_clock_a_day_ahead_may_be_seven_minutes_off_as_well(text):
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
def test_the_clients_language_comes_first_among_equal_clocks(text):
    for locale, zone in (("de", "Europe/Berlin"), ("fr", "Europe/Paris"), ("it", "Europe/Rome")):
        assert offered(text, locale)[0] == zone
        assert resolve(text, now=NOW, locale=locale).choices[0] == zone


def test_three_letters_are_enough_to_begin_a_name():
    names = set(resolve("dub", now=NOW).choices)
    assert {"Europe/Dublin", "Asia/Dubai"} <= names
    with pytest.raises(UnknownTimezone) as refused:
        resolve("du", now=NOW)
    assert refused.value.text == "du"


def test_an_abbreviation_means_the_zones_that_use_it_now():
    # The tz database's own EST is a leftover without summer time.
    assert resolve("EST", now=NOW, locale="en-US").choices[0] == "America/New_York"


def test_one_meaning_is_also_the_one_choice():
    answer = resolve("uk", now=NOW)
    assert list(answer.choices) == [answer.zone]
    assert len(resolve("it's 14 o'clock here", now=NOW).choices) <= 25


@pytest.mark.parametrize("text", ["/", "...", "( )"])
def test_punctuation_alone_suggests_nothing(text):
    assert suggest(text, now=NOW) == []


def test_a_country_of_many_clocks_gives_one_zone_of_each_first():
    first = list(resolve("USA", now=NOW).choices[:4])
    assert first == [
        "America/New_York",
        "America/Chicago",
        "America/Denver",
        "America/Los_Angeles",
    ]


def test_two_places_of_one_name_are_a_choice():
    names = set(resolve("Georgia", now=NOW).choices)
    assert names == {"America/New_York", "Asia/Tbilisi"}


@pytest.mark.parametrize("typed", ["kolkatta", "amsterdma", "berlln"])
def test_a_slip_is_offered_but_not_taken(typed):
    assert offered(typed)
    with pytest.raises(UnknownTimezone) as refusal:
        resolve(typed, now=NOW)
    assert refusal.value.nearest


@pytest.mark.parametrize(
    "typed", ["", "   ", "/", "+", "+99", "25:99", "\x00", "x" * 500, "🕐", "5"]
)
def test_nonsense_is_refused_and_never_an_accident(typed):
    with pytest.raises(UnknownTimezone):
        resolve(typed, now=NOW)
    suggest(typed, now=NOW)


def test_nothing_typed_gives_the_clients_language_first():
    assert offered("", "hi")[0] == "Asia/Kolkata"
    assert offered("", "de")[:3] == ["Europe/Berlin", "Europe/Vienna", "Europe/Zurich"]
    assert offered("", "xx")[0] == "America/New_York"
    assert len(offered("")) == 25


@given(st.text(max_size=40), st.sampled_from([None, "en-US", "de", "hi"]))
@settings(max_examples=300, deadline=None)
@example("it's 14:30", None)
@example("+5:", None)
@example("a", None)
def test_suggestions_fit_discord_and_are_zones(text, locale):
    choices = suggest(text, now=NOW, locale=locale)
    assert len(choices) <= 25
    assert len(set(choices)) == len(choices)
    for zone in choices:
        assert 0 < len(zone_label(zone, NOW, ENGLISH)) <= 100
        assert canonical(zone) == zone


def test_every_zone_is_found_by_its_own_name_and_city():
    for name in sorted({canonical(name) for name in pytz.all_timezones}):
        assert resolve(name, now=NOW).zone in (name, None)
        if "/" in name:
            assert resolve(name, now=NOW).zone == name


# --- Wall clocks and instants ---------------------------------------------------------------------


@given(WALLS, ZONES)
@settings(max_examples=500, deadline=None)
def test_a_wall_clock_means_what_zoneinfo_says(wall, name):
    zone = zoneinfo.ZoneInfo(name)
    first, last = oracle._passes(wall, name)
    found = from_wall_clock(wall, name)
    assert (found.first, found.last) == (first, last)
    shown = first.astimezone(zone).replace(tzinfo=None) == wall
    assert found.kind == ("gap" if not shown else "exact" if first == last else "repeated")


@given(WALLS, ZONES)
@settings(max_examples=500, deadline=None)
def test_an_instant_shows_what_zoneinfo_shows(moment, name):
    instant = moment.replace(tzinfo=UTC)
    expected = instant.astimezone(zoneinfo.ZoneInfo(name))
    local = to_local(instant, name)
    assert local == instant
    assert local.replace(tzinfo=None) == expected.replace(tzinfo=None)
    assert local.tzname() == expected.tzname()


def test_every_offset_of_every_zone_is_zoneinfos_at_and_around_each_change():
    for name in pytz.all_timezones:
        zone = zoneinfo.ZoneInfo(name)
        for span in timezones.offset_spans(name, 65_000_000, 2_140_000_000):
            for at in (span.start - 1, span.start, span.end - 1):
                if 65_000_000 < at < 2_140_000_000:
                    instant = datetime.fromtimestamp(at, UTC)
                    offset = instant.astimezone(zone).utcoffset()
                    assert timedelta(seconds=offset_at(instant, name)) == offset, (name, instant)


@pytest.mark.parametrize(
    ("zone", "wall", "meaning"),
    [
        (
            "America/New_York",
            (2026, 3, 8, 2, 30),
            WallClock("gap", utc(2026, 3, 8, 7, 30), utc(2026, 3, 8, 7, 30)),
        ),
        (
            "America/New_York",
            (2026, 11, 1, 1, 30),
            WallClock("repeated", utc(2026, 11, 1, 5, 30), utc(2026, 11, 1, 6, 30)),
        ),
        (
            "Australia/Lord_Howe",
            (2026, 4, 5, 1, 45),
            WallClock("repeated", utc(2026, 4, 4, 14, 45), utc(2026, 4, 4, 15, 15)),
        ),
        (
            "Pacific/Apia",
            (2011, 12, 30, 12, 0),
            WallClock("gap", utc(2011, 12, 30, 22), utc(2011, 12, 30, 22)),
        ),
        (
            "America/Sao_Paulo",
            (2018, 11, 4, 0, 0),
            WallClock("gap", utc(2018, 11, 4, 3), utc(2018, 11, 4, 3)),
        ),
        (
            "Europe/Dublin",
            (2026, 10, 25, 1, 30),
            WallClock("repeated", utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 1, 30)),
        ),
    ],
)
def test_gaps_and_repeats_are_said(zone, wall, meaning):
    assert from_wall_clock(datetime(*wall), zone) == meaning  # noqa: DTZ001


def test_gaps_and_repeats_are_those_that_pytz_refuses_to_localize():
    zone = pytz.timezone("Europe/Berlin")
    wall = datetime(2026, 1, 1)  # noqa: DTZ001
    while wall.year == 2026:
        try:
            expected = "exact"
            zone.localize(wall, is_dst=None)
        except pytz.NonExistentTimeError:
            expected = "gap"
        except pytz.AmbiguousTimeError:
            expected = "repeated"
        assert from_wall_clock(wall, "Europe/Berlin").kind == expected
        wall += timedelta(minutes=30)


def test_a_local_date_has_the_hours_that_its_clock_gives_it():
    assert day_bounds(date(2026, 3, 8), "America/New_York") == (
        utc(2026, 3, 8, 5),
        utc(2026, 3, 9, 4),
    )
    start, end = day_bounds(date(2011, 12, 30), "Pacific/Apia")
    assert start == end


def test_naive_and_aware_are_not_mixed_up():
    naive = datetime(2026, 11, 24)  # noqa: DTZ001
    with pytest.raises(ValueError, match="aware"):
        to_local(naive, "UTC")
    with pytest.raises(ValueError, match="naive"):
        from_wall_clock(NOW, "UTC")


def test_a_change_of_clocks_between_two_instants_is_seen():
    before, after = utc(2026, 10, 31, 12), utc(2026, 11, 1, 12)
    assert clock_change_between(before, after, "America/New_York")
    assert not clock_change_between(before, after, "Asia/Kolkata")
