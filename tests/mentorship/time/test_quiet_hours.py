"""Quiet hours, on a person's own clock and through its changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorship.time import timezones
from mentorship.time.quiet_hours import QuietHours

NIGHT = QuietHours(22 * 60, 7 * 60)
ZONES = (
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Europe/London",
    "Pacific/Apia",
    "Pacific/Chatham",
    "UTC",
)

instants = st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1)).map(  # noqa: DTZ001
    lambda naive: naive.replace(tzinfo=UTC)
)
minutes = st.integers(0, 1_439)
quiet_hours = st.builds(QuietHours, minutes, minutes).filter(lambda each: each.start != each.end)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-03-02 21:59:59", None),
        ("2026-03-02 22:00", "2026-03-03 07:00"),
        ("2026-03-03 00:00", "2026-03-03 07:00"),
        ("2026-03-03 06:59:59", "2026-03-03 07:00"),
        ("2026-03-03 07:00", None),
    ],
)
def test_a_night(now: str, until: str | None) -> None:
    assert NIGHT.ends(at(now), "UTC") == (at(until) if until else None)


def test_it_is_the_person_s_own_night() -> None:
    assert NIGHT.ends(at("2026-03-02 12:00"), "UTC") is None
    assert NIGHT.ends(at("2026-03-02 20:00"), "Asia/Kolkata") == at("2026-03-03 01:30")


def test_within_a_day() -> None:
    nap = QuietHours(13 * 60, 15 * 60)
    assert nap.ends(at("2026-03-02 14:00"), "UTC") == at("2026-03-02 15:00")
    assert nap.ends(at("2026-03-02 15:00"), "UTC") is None


@pytest.mark.parametrize(
    ("now", "until"),
    [
        # America's clocks go from 2:00 to 3:00 on 8 March: the night is an hour shorter.
        ("2026-03-08 03:00", "2026-03-08 11:00"),
        # And from 2:00 back to 1:00 on 1 November: an hour longer.
        ("2026-11-01 02:00", "2026-11-01 12:00"),
    ],
)
def test_the_night_of_a_change_of_clocks_ends_by_the_new_clock(now: str, until: str) -> None:
    assert NIGHT.ends(at(now), "America/New_York") == at(until)


def test_a_time_that_comes_twice_begins_with_its_first_and_ends_with_its_last_pass() -> None:
    late = QuietHours(90, 120)
    assert late.ends(at("2026-11-01 05:30"), "America/New_York") == at("2026-11-01 07:00")
    until_half_past_one = QuietHours(0, 90)
    assert until_half_past_one.ends(at("2026-11-01 04:00"), "America/New_York") == (
        at("2026-11-01 06:30")
    )


def test_a_date_begun_twice_is_quiet_from_its_first_midnight() -> None:
    """St. John's set its clocks back from 0:01 on 7 November 2010 to 23:01 on the 6th."""
    from_midnight = QuietHours(0, 60)
    second_evening = at("2010-11-07 03:00")  # 23:30 on the 6th, for the second time
    assert timezones.to_local(second_evening, "America/St_Johns").day == 6
    assert from_midnight.ends(at("2010-11-07 02:29"), "America/St_Johns") is None
    assert from_midnight.ends(second_evening, "America/St_Johns") == at("2010-11-07 04:30")


def test_an_end_that_the_clock_skips_moves_forward_by_the_gap() -> None:
    """Half past two is half past three on that night, as for every wall-clock time."""
    early = QuietHours(0, 150)
    assert early.ends(at("2026-03-08 06:00"), "America/New_York") == at("2026-03-08 07:30")


@given(quiet_hours, instants, st.sampled_from(ZONES))
def test_they_end_soon_and_at_their_end(hours: QuietHours, now: datetime, zone: str) -> None:
    until = hours.ends(now, zone)
    if until is None:
        return
    assert now < until <= now + timedelta(hours=26)
    assert hours.ends(until - timedelta(microseconds=1), zone) == until
    local = timezones.to_local(until, zone)
    if (local.hour * 60 + local.minute) != hours.end:
        # The clock skips that minute, or the whole day that it would be in.
        wall = timezones.from_wall_clock(local.replace(tzinfo=None), zone)
        skipped = timezones.offset_at(until, zone) - timezones.offset_at(
            until - timedelta(days=1, hours=2), zone
        )
        assert wall.kind == "exact"
        assert skipped > 0


@given(quiet_hours, instants, st.sampled_from(ZONES))
def test_on_a_day_without_a_change_they_are_what_the_clock_shows(
    hours: QuietHours, now: datetime, zone: str
) -> None:
    days = timedelta(days=2)
    if timezones.clock_change_between(now - days, now + days, zone):
        return
    if timezones.clock_change_between(now - days, now, zone):
        return
    local = timezones.to_local(now, zone)
    shown = local.hour * 60 + local.minute
    if hours.start < hours.end:
        is_quiet = hours.start <= shown < hours.end
    else:
        is_quiet = shown >= hours.start or shown < hours.end
    assert (hours.ends(now, zone) is not None) == is_quiet
