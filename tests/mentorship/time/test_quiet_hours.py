"""Quiet hours in a person's time zone, and across clock changes."""

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
def test_quiet_hours_across_midnight(now: str, until: str | None) -> None:
    assert NIGHT.ends(at(now), "UTC") == (at(until) if until else None)


def test_quiet_hours_are_on_the_persons_clock() -> None:
    assert NIGHT.ends(at("2026-03-02 12:00"), "UTC") is None
    assert NIGHT.ends(at("2026-03-02 20:00"), "Asia/Kolkata") == at("2026-03-03 01:30")


def test_quiet_hours_within_a_day() -> None:
    nap = QuietHours(13 * 60, 15 * 60)
    assert nap.ends(at("2026-03-02 14:00"), "UTC") == at("2026-03-02 15:00")
    assert nap.ends(at("2026-03-02 15:00"), "UTC") is None


@pytest.mark.parametrize(
    ("now", "until"),
    [
        # New York's clocks go from 2:00 to 3:00 on 8 March: the night is an hour shorter.
        ("2026-03-08 03:00", "2026-03-08 11:00"),
        # And from 2:00 back to 1:00 on 1 November: it is an hour longer.
        ("2026-11-01 02:00", "2026-11-01 12:00"),
    ],
)
def test_quiet_hours_end_by_the_new_offset_after_a_clock_change(now: str, until: str) -> None:
    assert NIGHT.ends(at(now), "America/New_York") == at(until)


def test_repeated_times_start_first_and_end_last() -> None:
    late = QuietHours(90, 120)
    assert late.ends(at("2026-11-01 05:30"), "America/New_York") == at("2026-11-01 07:00")
    until_half_past_one = QuietHours(0, 90)
    assert until_half_past_one.ends(at("2026-11-01 04:00"), "America/New_York") == (
        at("2026-11-01 06:30")
    )


def test_a_repeated_midnight_starts_at_its_first_occurrence() -> None:
    """St. John's set its clocks back from 0:01 on 7 November 2010 to 23:01 on the 6th."""
    from_midnight = QuietHours(0, 60)
    second_evening = at("2010-11-07 03:00")  # 23:30 on the 6th, for the second time
    assert timezones.to_local(second_evening, "America/St_Johns").day == 6
    assert from_midnight.ends(at("2010-11-07 02:29"), "America/St_Johns") is None
    assert from_midnight.ends(second_evening, "America/St_Johns") == at("2010-11-07 04:30")


def test_a_skipped_end_moves_forward_by_the_gap() -> None:
    """2:30 doesn't exist that night and means 3:30, like every skipped wall-clock time."""
    early = QuietHours(0, 150)
    assert early.ends(at("2026-03-08 06:00"), "America/New_York") == at("2026-03-08 07:30")


@given(quiet_hours, instants, st.sampled_from(ZONES))
def test_quiet_hours_end_within_a_day_and_at_their_end(
    hours: QuietHours, now: datetime, zone: str
) -> None:
    until = hours.ends(now, zone)
    if until is None:
        return
    assert now < until <= now + timedelta(hours=26)
    assert hours.ends(until - timedelta(microseconds=1), zone) == until
    local = timezones.to_local(until, zone)
    if (local.hour * 60 + local.minute) != hours.end:
        # The clock skips that minute or its whole day.
        wall = timezones.from_wall_clock(local.replace(tzinfo=None), zone)
        skipped = timezones.offset_at(until, zone) - timezones.offset_at(
            until - timedelta(days=1, hours=2), zone
        )
        assert wall.kind == "exact"
        assert skipped > 0


@given(quiet_hours, instants, st.sampled_from(ZONES))
def test_without_a_clock_change_quiet_hours_are_clock_times(
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
