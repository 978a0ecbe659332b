"""Convert a mentor's hours from one zone's clock to another's. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from mentorship.availability.opening_hours import (
    DateOverride,
    Interval,
    Schedule,
    WeeklyHours,
    intervals_of_date,
    open_intervals_around,
    override_hours,
)
from mentorship.time.intervals import from_epoch, merge, to_epoch
from mentorship.time.timezones import offset_at, offset_spans

_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_MINUTE = 60
_DAY = 86_400
_DAY_MINUTES = 1440


def convert_to_zone(schedule: Schedule, zone: str, *, at: datetime) -> Schedule:
    """Convert the schedule to another zone so that it stays open at the same instants.

    Weekly hours move by the difference of the offsets at `at`, and date overrides by those of their
    own dates. Overrides of dates that are over at `at` are left out. Trips stay as they are, with
    the overrides of their dates, which are on a third clock.
    """
    shift = (offset_at(at, zone) - offset_at(at, schedule.zone)) // _MINUTE
    weekly = []
    for hours in schedule.weekly:
        days, start = divmod(hours.start + shift, _DAY_MINUTES)
        end = (hours.end + shift) % _DAY_MINUTES or _DAY_MINUTES
        weekly.append(WeeklyHours((hours.weekday + days) % 7, start, end))
    converted = Schedule(zone, tuple(sorted(weekly)), travel=schedule.travel)
    away = [override for override in schedule.overrides if _is_away(schedule, override)]
    at_home = replace(
        schedule.on_clock(schedule.zone),
        overrides=tuple(override for override in schedule.overrides if override not in away),
    )
    moved = _convert_overrides(at_home, converted.on_clock(zone), to_epoch(at))
    kept = [override for override in moved if not _is_away(schedule, override)]
    return replace(converted, overrides=tuple(sorted([*kept, *away])))


def _is_away(schedule: Schedule, override: DateOverride) -> bool:
    return any(trip.first <= override.date <= trip.last for trip in schedule.travel)


def _convert_overrides(old: Schedule, new: Schedule, now: float) -> tuple[DateOverride, ...]:
    """Return the overrides with which `new` is open when `old` is, on the dates of its overrides.

    A date of the old zone reaches two dates of the new one, which get all hours of `old` on them.
    The date with the smaller part keeps its weekly hours if they say the same.
    """
    governed = _governed_seconds(old, new.zone, now)
    overrides = {day: _local_hours(old, day, new.zone) for day in governed}
    for day in sorted(governed):
        length = sum(end - begin for begin, end in _date_intervals(day, new.zone))
        if 2 * governed[day] >= length:
            continue
        near = {other: overrides[other] for other in range(day - 3, day + 4) if other in overrides}
        del near[day]
        without = replace(new, overrides=_as_overrides(near))
        if _local_hours(without, day, new.zone) == overrides[day]:
            del overrides[day]
    for day, hours in overrides.items():
        # An override replaces the hours that would run on into the next date.
        if day + 1 not in overrides and hours and hours[-1][1] == _DAY_MINUTES:
            run_on = _minutes_past_midnight(old, day + 1, new.zone)
            overrides[day] = (*hours, *([(_DAY_MINUTES - 1, run_on)] if run_on else []))
    return _as_overrides(overrides)


def _governed_seconds(old: Schedule, zone: str, now: float) -> dict[int, int]:
    """Return how many seconds of each date of `zone` the overrides of `old` govern.

    Dates are day numbers. Those that only hours past midnight reach are included, with 0 seconds;
    overrides that are over `now` are left out.
    """
    governed: dict[int, int] = {}
    for old_day, hours in override_hours(old.overrides).items():
        overrun = max([0, *(closes - _DAY for _, closes in hours)])
        for begin, end in _date_intervals(old_day, old.zone):
            if end + overrun <= now:
                continue
            for day in range(old_day - 2, old_day + 4):
                for opens, closes in _date_intervals(day, zone):
                    if begin < closes and opens < end + overrun:
                        seconds = max(0, min(end, closes) - max(begin, opens))
                        governed[day] = governed.get(day, 0) + seconds
    return governed


def _local_hours(schedule: Schedule, day: int, zone: str) -> tuple[tuple[int, int], ...]:
    """Return the hours in which `schedule` is open on the date `day` of `zone`, in its minutes.

    Hours that the clock, as it is set back, would show in the wrong order are left out.
    """
    hours = []
    for begin, end in _date_intervals(day, zone):
        for opens, closes in open_intervals_around(schedule, begin, end).intervals:
            start, last = max(opens, begin), min(closes, end) - 1
            minutes = [
                (instant + offset_at(from_epoch(instant), zone)) // _MINUTE - day * _DAY_MINUTES
                for instant in (start, last)
            ]
            if minutes[0] <= minutes[1]:
                hours.append((minutes[0], minutes[1] + 1))
    return tuple(merge(hours))


def _minutes_past_midnight(schedule: Schedule, day: int, zone: str) -> int:
    """Return how long `schedule` stays open from before the date `day` of `zone` into it.

    At most 23:59 hours, as hours past midnight can last.
    """
    for begin, _ in _date_intervals(day, zone)[:1]:
        for opens, closes in open_intervals_around(schedule, begin, begin + _DAY).intervals:
            if opens < begin < closes:
                return min((closes - begin) // _MINUTE, _DAY_MINUTES - 1)
    return 0


def _date_intervals(day: int, zone: str) -> list[Interval]:
    """Return the intervals in which the zone's clock shows the date `day`; none if it skips it."""
    return intervals_of_date(offset_spans(zone, (day - 1) * _DAY, (day + 2) * _DAY), day)


def _as_overrides(
    hours_by_day: Mapping[int, tuple[tuple[int, int], ...]],
) -> tuple[DateOverride, ...]:
    return tuple(
        DateOverride(date.fromordinal(day + _EPOCH_ORDINAL), hours_by_day[day])
        for day in sorted(hours_by_day)
    )
