"""A mentor's own hours and limits: looking at them, and changing them.

Every change takes effect at once, never touches what is booked, and answers with the whole
timetable as it is now, the sessions that fall outside it included. Whoever doesn't mentor is told
so as `own_profile.why_not_mentoring` has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update

from mentorship.actors import Actor
from mentorship.availability import mentor_calendar
from mentorship.availability.opening_hours import (
    DateOverride,
    Schedule,
    WeeklyHours,
    convert_to_zone,
    sessions_outside_hours,
)
from mentorship.availability.slots import BookingLimits
from mentorship.availability.weekly_hours import parse_hours
from mentorship.errors import Field, InvalidField, NotAMentor, Problem
from mentorship.mentors import own_profile
from mentorship.statuses import UPCOMING
from mentorship.time import timezones
from mentorship.time.intervals import Span
from storage import Transaction
from storage.tables import DateOverrideRow, MentorProfile, Session, WeeklyHoursRow

SHORTEST, LONGEST = 15, 240
"""Minutes of a session."""

LONGEST_RANGE = timedelta(days=366)
"""How many dates one vacation may cover."""

_LIMITS = {
    "slot_step": (5, 240),
    "buffer_before": (0, 240),
    "buffer_after": (0, 240),
    "minimum_notice": (0, 20_160),
    "horizon_days": (1, 365),
    "most_per_day": (1, 48),
    "most_per_week": (1, 200),
}


@dataclass(frozen=True, slots=True)
class Timetable:
    """When a mentor can be booked, and by what limits.

    `overrides` are those from today on. `next_slots` are the next bookable starts for the shortest
    session; `outside` the starts of booked sessions that lie outside the hours, and stand.
    """

    zone: str
    weekly: tuple[WeeklyHours, ...]
    overrides: tuple[DateOverride, ...]
    durations: tuple[int, ...]
    limits: BookingLimits
    instant_booking: bool
    next_slots: tuple[datetime, ...]
    outside: tuple[datetime, ...]


def read_day(text: str) -> tuple[tuple[int, int], ...]:
    """The hours of one day, such as `10-14, 18-20`, as minutes; an empty text is a day off.

    Raises `UnreadableHours`.
    """
    if not text.strip():
        return ()
    return tuple((hours.start, hours.end) for hours in parse_hours(f"mon {text}"))


async def look(tx: Transaction, actor: Actor) -> Timetable:
    """The actor's timetable. Raises what `own_profile.why_not_mentoring` gives."""
    await own_profile.load_approved(tx, actor)
    calendar = await mentor_calendar.load(tx, actor.guild, actor.user_id)
    today = timezones.to_local(tx.now, calendar.schedule.zone).date()
    rows = await tx.connection.execute(
        select(Session.starts_at, Session.ends_at)
        .where(
            Session.guild_id == actor.guild,
            Session.mentor_id == actor.user_id,
            Session.status.in_(UPCOMING),
            Session.starts_at > tx.now,
        )
        .order_by(Session.starts_at)
    )
    outside = sessions_outside_hours(calendar.schedule, [Span(start, end) for start, end in rows])
    return Timetable(
        zone=calendar.schedule.zone,
        weekly=calendar.schedule.weekly,
        overrides=tuple(day for day in calendar.schedule.overrides if day.date >= today),
        durations=calendar.durations,
        limits=calendar.limits,
        instant_booking=calendar.instant_booking,
        next_slots=tuple(calendar.slots(tx.now, min(calendar.durations))[:5]),
        outside=tuple(span.start for span in outside),
    )


async def set_weekly(tx: Transaction, actor: Actor, text: str) -> Timetable:
    """Replace the whole week by typed hours, such as `mon-fri 18-21:30; sat 10-14`.

    Raises `UnreadableHours`.
    """
    profile_id = (await own_profile.load_approved(tx, actor)).id
    await _write_week(tx, profile_id, parse_hours(text))
    return await look(tx, actor)


async def add_hours(
    tx: Transaction, actor: Actor, weekdays: Sequence[int], start: int, end: int
) -> Timetable:
    """Open one more stretch on each of `weekdays` (0 is Monday), in minutes on the clock.

    What touches or overlaps is joined.
    """
    profile_id = (await own_profile.load_approved(tx, actor)).id
    week = await _week(tx, profile_id)
    added = [WeeklyHours(weekday, start, end) for weekday in weekdays]
    await _write_week(tx, profile_id, joined([*week, *added]))
    return await look(tx, actor)


async def remove_hours(
    tx: Transaction, actor: Actor, weekday: int, start: int | None = None
) -> Timetable:
    """Close the stretch of a weekday that starts at `start`, or the whole day."""
    profile_id = (await own_profile.load_approved(tx, actor)).id
    kept = [
        hours
        for hours in await _week(tx, profile_id)
        if hours.weekday != weekday or (start is not None and hours.start != start)
    ]
    await _write_week(tx, profile_id, kept)
    return await look(tx, actor)


async def copy_day(tx: Transaction, actor: Actor, weekday: int, to: Sequence[int]) -> Timetable:
    """Give each of the days `to` the hours of `weekday`, instead of their own."""
    profile_id = (await own_profile.load_approved(tx, actor)).id
    week = await _week(tx, profile_id)
    model = [hours for hours in week if hours.weekday == weekday]
    targets = set(to) - {weekday}
    copied = [WeeklyHours(target, hours.start, hours.end) for target in targets for hours in model]
    kept = [hours for hours in week if hours.weekday not in targets]
    await _write_week(tx, profile_id, joined([*kept, *copied]))
    return await look(tx, actor)


async def set_dates(
    tx: Transaction, actor: Actor, first: date, last: date, hours: Sequence[tuple[int, int]]
) -> Timetable:
    """Let the dates from `first` to `last` have hours of their own, or with none be days off.

    Raises `InvalidField`.
    """
    profile_id = (await own_profile.load_approved(tx, actor)).id
    if last < first:
        raise InvalidField(Field.LAST_DATE, Problem.TOO_EARLY)
    if last - first > LONGEST_RANGE:
        raise InvalidField(Field.LAST_DATE, Problem.TOO_LATE)
    await tx.connection.execute(
        delete(DateOverrideRow).where(
            DateOverrideRow.profile_id == profile_id, DateOverrideRow.date.between(first, last)
        )
    )
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    spans: Sequence[tuple[int | None, int | None]] = list(hours) or [(None, None)]
    await tx.connection.execute(
        insert(DateOverrideRow),
        [
            {"profile_id": profile_id, "date": day, "start_minute": start, "end_minute": end}
            for day in days
            for start, end in spans
        ],
    )
    await _changed(tx, profile_id)
    return await look(tx, actor)


async def clear_dates(tx: Transaction, actor: Actor, first: date, last: date) -> Timetable:
    """Let the weekly hours hold again on the dates from `first` to `last`."""
    profile_id = (await own_profile.load_approved(tx, actor)).id
    await tx.connection.execute(
        delete(DateOverrideRow).where(
            DateOverrideRow.profile_id == profile_id, DateOverrideRow.date.between(first, last)
        )
    )
    await _changed(tx, profile_id)
    return await look(tx, actor)


async def set_limits(tx: Transaction, actor: Actor, /, **changes: Any) -> Timetable:
    """Change what is asked of bookings: `durations`, `instant_booking`, or a limit by its name.

    Raises `InvalidField`.
    """
    profile_id = (await own_profile.load_approved(tx, actor)).id
    for name, value in changes.items():
        if name == "durations":
            changes[name] = sorted(set(value))
            if not changes[name] or not all(SHORTEST <= each <= LONGEST for each in value):
                raise InvalidField(
                    Field.DURATIONS, Problem.OUT_OF_RANGE, least=SHORTEST, most=LONGEST
                )
        elif name in _LIMITS and not (name.startswith("most_") and value is None):
            least, most = _LIMITS[name]
            if not least <= value <= most:
                raise InvalidField(Field(name), Problem.OUT_OF_RANGE, least=least, most=most)
    await tx.connection.execute(
        update(MentorProfile).where(MentorProfile.id == profile_id).values(**changes)
    )
    await _changed(tx, profile_id)
    return await look(tx, actor)


async def zone_to_leave(tx: Transaction, actor: Actor, zone: str) -> str | None:
    """The clock that the actor's mentor hours are on, if it is another than that of `zone`; also
    for whoever is suspended or has stopped, since the hours are kept for when they come back."""
    found: str | None = await tx.connection.scalar(
        select(MentorProfile.timezone)
        .join(WeeklyHoursRow, WeeklyHoursRow.profile_id == MentorProfile.id)
        .where(
            MentorProfile.guild_id == actor.guild,
            MentorProfile.user_id == actor.user_id,
            MentorProfile.timezone != timezones.canonical(zone),
        )
        .limit(1)
    )
    return found


async def move_at_same_instants(tx: Transaction, actor: Actor, zone: str) -> None:
    """Rewrite the weekly hours for the clock of `zone` so that they stay where they are in time.

    By the difference of the clocks as it is today; in whatever status the profile is. Raises
    `NotAMentor` for whoever has none.
    """
    profile = await own_profile.find(tx, actor.guild, actor.user_id)
    if profile is None:
        raise NotAMentor(is_actor=True)
    schedule = Schedule(profile.timezone, tuple(await _week(tx, profile.id)))
    moved = convert_to_zone(schedule, timezones.canonical(zone), at=tx.now)
    await _write_week(tx, profile.id, moved.weekly)


async def _week(tx: Transaction, profile_id: int) -> list[WeeklyHours]:
    rows = await tx.connection.execute(
        select(
            WeeklyHoursRow.weekday, WeeklyHoursRow.start_minute, WeeklyHoursRow.end_minute
        ).where(WeeklyHoursRow.profile_id == profile_id)
    )
    return sorted(WeeklyHours(*row) for row in rows)


async def _write_week(tx: Transaction, profile_id: int, weekly: Sequence[WeeklyHours]) -> None:
    await tx.connection.execute(
        delete(WeeklyHoursRow).where(WeeklyHoursRow.profile_id == profile_id)
    )
    if weekly:
        await tx.connection.execute(
            insert(WeeklyHoursRow),
            [
                {
                    "profile_id": profile_id,
                    "weekday": hours.weekday,
                    "start_minute": hours.start,
                    "end_minute": hours.end,
                }
                for hours in weekly
            ],
        )
    await _changed(tx, profile_id)


async def _changed(tx: Transaction, profile_id: int) -> None:
    await tx.connection.execute(
        update(MentorProfile)
        .where(MentorProfile.id == profile_id)
        .values(availability_version=MentorProfile.availability_version + 1)
    )


def joined(weekly: Sequence[WeeklyHours]) -> tuple[WeeklyHours, ...]:
    """The same hours with those of one day joined where they touch or overlap."""
    whole: list[WeeklyHours] = []
    for hours in sorted(weekly):
        last = whole[-1] if whole else None
        # Ends on the day's own line, so that 22:00-02:00 is 1320 to 1560.
        begin, end = hours.start, hours.end + (1_440 if hours.end <= hours.start else 0)
        if last is not None and last.weekday == hours.weekday:
            last_end = last.end + (1_440 if last.end <= last.start else 0)
            if begin <= last_end:
                # A whole day is the most that one stretch can hold.
                until = min(max(end, last_end), last.start + 1_440)
                whole[-1] = WeeklyHours(hours.weekday, last.start, (until - 1) % 1_440 + 1)
                continue
        whole.append(hours)
    return tuple(whole)
