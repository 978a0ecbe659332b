"""Names of zones, and conversion between instants and wall-clock times."""

import zoneinfo
from datetime import UTC, date, datetime, timedelta

import pytest
import pytz
from hypothesis import given, settings
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
    to_local,
)
from tests.mentorship.availability import oracle

NOW = datetime(2026, 11, 24, 14, 34, tzinfo=UTC)
ZONES = st.sampled_from(pytz.all_timezones)
WALLS = st.datetimes(datetime(1972, 2, 1), datetime(2037, 12, 20))  # noqa: DTZ001


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


# --- Names ----------------------------------------------------------------------------------------


def test_every_pytz_name_has_one_current_name():
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
def test_any_case_and_old_aliases_become_current_names(typed, current):
    assert canonical(typed) == current
    assert is_known(typed)


def test_unknown_names_raise_with_similar_names():
    with pytest.raises(UnknownTimezone) as raised:
        canonical("Asia/Kolkatta")
    assert raised.value.nearest[0] == "Asia/Kolkata"
    assert not is_known("Asia/Kolkatta")


# --- Wall clocks and instants ---------------------------------------------------------------------


@given(WALLS, ZONES)
@settings(max_examples=500, deadline=None)
def test_wall_clock_times_convert_as_in_zoneinfo(wall, name):
    zone = zoneinfo.ZoneInfo(name)
    first, last = oracle._passes(wall, name)
    meaning = from_wall_clock(wall, name)
    assert (meaning.first, meaning.last) == (first, last)
    exists = first.astimezone(zone).replace(tzinfo=None) == wall
    assert meaning.kind == ("gap" if not exists else "exact" if first == last else "repeated")


@given(WALLS, ZONES)
@settings(max_examples=500, deadline=None)
def test_instants_convert_as_in_zoneinfo(moment, name):
    instant = moment.replace(tzinfo=UTC)
    expected = instant.astimezone(zoneinfo.ZoneInfo(name))
    local = to_local(instant, name)
    assert local == instant
    assert local.replace(tzinfo=None) == expected.replace(tzinfo=None)
    assert local.tzname() == expected.tzname()


def test_every_offset_change_of_every_zone_is_that_of_zoneinfo():
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
def test_gaps_and_repeated_times_are_reported(zone, wall, meaning):
    assert from_wall_clock(datetime(*wall), zone) == meaning  # noqa: DTZ001


def test_gaps_and_repeated_times_are_those_of_pytz():
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


def test_day_bounds_follow_clock_changes_and_skipped_dates():
    assert day_bounds(date(2026, 3, 8), "America/New_York") == (
        utc(2026, 3, 8, 5),
        utc(2026, 3, 9, 4),
    )
    start, end = day_bounds(date(2011, 12, 30), "Pacific/Apia")
    assert start == end


def test_naive_instants_and_aware_wall_clock_times_raise():
    naive = datetime(2026, 11, 24)  # noqa: DTZ001
    with pytest.raises(ValueError, match="aware"):
        to_local(naive, "UTC")
    with pytest.raises(ValueError, match="naive"):
        from_wall_clock(NOW, "UTC")


def test_clock_change_between_two_instants():
    before, after = utc(2026, 10, 31, 12), utc(2026, 11, 1, 12)
    assert clock_change_between(before, after, "America/New_York")
    assert not clock_change_between(before, after, "Asia/Kolkata")


def test_a_stored_zone_that_is_unknown_is_read_as_utc_and_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    for _ in range(2):
        assert timezones.to_local(noon, "Mars/Olympus_Mons").isoformat() == noon.isoformat()
        assert timezones.offset_at(noon, "Mars/Olympus_Mons") == 0
    (logged,) = caplog.records
    assert (logged.levelname, logged.__dict__["zone"]) == ("ERROR", "Mars/Olympus_Mons")
    assert not timezones.is_known("Mars/Olympus_Mons")
