"""Load and change the availability of the actor as a mentor: hours, overrides and limits.

The bot changes one piece at a time; the API replaces all of it (`replace`), by the version that the
client has seen. A change takes effect at once, never touches booked sessions, and returns the whole
availability with the booked sessions that now lie outside the hours. Every function raises what
`own_profile.why_not_mentoring` returns for an actor who isn't an approved mentor.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, update

from mentorship.actors import Actor
from mentorship.availability import (
    hours_limits,
    hours_storage,
    mentor_calendar,
    travel_storage,
)
from mentorship.availability.opening_hours import (
    DateOverride,
    Schedule,
    WeeklyHours,
    sessions_outside_hours,
)
from mentorship.availability.slots import BookingLimits
from mentorship.availability.travel import Travel
from mentorship.availability.weekly_hours import merge_weekly, parse_hours
from mentorship.errors import ChangedMeanwhile, Field, InvalidField, Problem
from mentorship.mentors import own_profile
from mentorship.mentors.profile_rules import MAX_DURATION, MIN_DURATION
from mentorship.statuses import UPCOMING
from mentorship.time import timezones
from mentorship.time.intervals import Span
from storage import Transaction
from storage.tables import MentorProfile, Session

MAX_OVERRIDE_RANGE = timedelta(days=366)
"""The longest range of dates that one override may cover."""

_LIMITS = {
    "slot_step": (5, 240),
    "buffer_before": (0, 240),
    "buffer_after": (0, 240),
    "minimum_notice": (0, 20_160),
    "horizon_days": (1, 365),
    "most_per_day": (1, 48),
    "most_per_week": (1, 200),
}
"""The least and the greatest value of each limit, by its column."""

_DAY = 1_440


@dataclass(frozen=True, slots=True)
class AvailabilityView:
    """When a mentor can be booked, and within which limits.

    `zone` is the clock of `weekly` and `overrides`, except on the dates of `travel`. Of
    `overrides`, those from today on are listed, and of `travel` those that aren't over. `durations`
    are minutes. `next_slots` are the next five slots of the shortest session. `sessions_outside`
    are the starts of upcoming sessions outside the hours, which stay booked. `version` changes with
    every change. `schedule` has the weekly hours and the overrides of the dates that can be booked,
    `busy` are the mentor's commitments in all guilds, and `external_busy` is when they are busy by
    their own calendars. While `is_paused`, none of the slots can be booked; `paused_until` is None
    for a pause without an end.
    """

    zone: str
    weekly: tuple[WeeklyHours, ...]
    overrides: tuple[DateOverride, ...]
    travel: tuple[Travel, ...]
    durations: tuple[int, ...]
    limits: BookingLimits
    instant_booking: bool
    next_slots: tuple[datetime, ...]
    sessions_outside: tuple[datetime, ...]
    version: int
    schedule: Schedule
    busy: tuple[Span, ...]
    external_busy: tuple[Span, ...]
    is_paused: bool
    paused_until: datetime | None


@dataclass(frozen=True, slots=True)
class AvailabilityChange:
    """A change of the whole availability. None, or an absent limit, leaves a part as it is.

    `zone`, a canonical IANA name, is the clock of `weekly` and `overrides`, except on the dates of
    `travel`. `limits` are those of `set_limits`, by name.
    """

    zone: str | None = None
    weekly: tuple[WeeklyHours, ...] | None = None
    overrides: tuple[DateOverride, ...] | None = None
    travel: tuple[Travel, ...] | None = None
    limits: Mapping[str, Any] = field(default_factory=dict)


async def load(tx: Transaction, actor: Actor) -> AvailabilityView:
    """Load the actor's availability."""
    profile = await own_profile.load_approved(tx, actor)
    calendar = await mentor_calendar.load(tx, actor.guild, actor.user_id)
    today = _today(tx, calendar.schedule)
    # All of them, while the calendar has those of the dates that can be booked.
    overrides = await hours_storage.load_overrides(tx, profile.id)
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
    sessions = [Span(start, end) for start, end in rows]
    outside = sessions_outside_hours(calendar.schedule, sessions)
    return AvailabilityView(
        zone=calendar.schedule.zone,
        weekly=calendar.schedule.weekly,
        overrides=tuple(day for day in overrides if day.date >= today),
        travel=calendar.schedule.trips_since(tx.now),
        durations=calendar.durations,
        limits=calendar.limits,
        instant_booking=calendar.instant_booking,
        next_slots=tuple(calendar.slots(tx.now, min(calendar.durations))[:5]),
        sessions_outside=tuple(session.start for session in outside),
        version=profile.availability_version,
        schedule=calendar.schedule,
        busy=calendar.busy,
        external_busy=calendar.external_busy.spans,
        is_paused=calendar.paused,
        paused_until=profile.paused_until if calendar.paused else None,
    )


async def replace(
    tx: Transaction,
    actor: Actor,
    change: AvailabilityChange,
    versions: Collection[int] | None = None,
) -> AvailabilityView:
    """Change the whole availability; with `versions`, only if the current one is among them.

    Raises `ChangedMeanwhile` and `InvalidField`.
    """
    profile = await _load_version(tx, actor, versions)
    changes = _validate_limits(change.limits)
    if change.zone is not None:
        changes["timezone"] = change.zone
    await _update_profile(tx, profile.id, changes)
    if change.weekly is not None:
        weekly = merge_weekly(change.weekly)
        hours_limits.require_few_ranges(weekly)
        await hours_storage.replace_weekly(tx, profile.id, weekly)
    if change.travel is not None:
        first_date = hours_limits.first_date_read(tx.now)
        trips = [trip for trip in change.travel if trip.last >= first_date]
        hours_limits.require_possible_travel(trips, tx.now)
        await travel_storage.remove(tx, profile.id)
        await travel_storage.add(tx, profile.id, trips)
    if change.overrides is not None:
        today = await _load_today(tx, profile.id, change.zone or profile.timezone)
        overrides = [override for override in change.overrides if override.date >= today]
        hours_limits.require_few_ranges(overrides)
        hours_limits.require_few_dates(len({override.date for override in overrides}))
        await hours_storage.replace_overrides(tx, profile.id, overrides)
    await hours_storage.record_change(tx, profile.id)
    return await load(tx, actor)


async def set_weekly(
    tx: Transaction, actor: Actor, text: str, version: int | None = None
) -> AvailabilityView:
    """Replace the weekly hours by typed ones, such as `mon-fri 18-21:30; sat 10-14`.

    With the `version` that the mentor has seen, only if it is still the current one. Raises
    `UnreadableHours` and `ChangedMeanwhile`.
    """
    profile = await _load_version(tx, actor, None if version is None else (version,))
    return await _replace_weekly(tx, actor, profile.id, parse_hours(text, actor.language))


async def add_weekly(
    tx: Transaction, actor: Actor, text: str, version: int | None = None
) -> AvailabilityView:
    """Add typed hours to the weekly hours. Otherwise as `set_weekly`."""
    profile = await _load_version(tx, actor, None if version is None else (version,))
    weekly = await hours_storage.load_weekly(tx, profile.id)
    together = merge_weekly([*weekly, *parse_hours(text, actor.language)])
    return await _replace_weekly(tx, actor, profile.id, together)


async def add_hours(
    tx: Transaction, actor: Actor, weekdays: Sequence[int], start: int, end: int
) -> AvailabilityView:
    """Add hours on each of `weekdays` (0 is Monday), in minutes on the mentor's clock.

    They are merged with hours that they touch or overlap.
    """
    profile = await own_profile.load_approved(tx, actor)
    weekly = await hours_storage.load_weekly(tx, profile.id)
    added = [WeeklyHours(weekday, start, end) for weekday in weekdays]
    return await _replace_weekly(tx, actor, profile.id, merge_weekly([*weekly, *added]))


async def remove_hours(
    tx: Transaction, actor: Actor, weekday: int, start: int | None = None
) -> AvailabilityView:
    """Remove the hours of a weekday that start at minute `start`, or all hours of the weekday."""
    profile = await own_profile.load_approved(tx, actor)
    rest = [
        hours
        for hours in await hours_storage.load_weekly(tx, profile.id)
        if hours.weekday != weekday or (start is not None and hours.start != start)
    ]
    return await _replace_weekly(tx, actor, profile.id, rest)


async def copy_day(
    tx: Transaction, actor: Actor, weekday: int, to: Sequence[int]
) -> AvailabilityView:
    """Replace the hours of each weekday in `to` by those of `weekday`."""
    profile = await own_profile.load_approved(tx, actor)
    weekly = await hours_storage.load_weekly(tx, profile.id)
    source = [hours for hours in weekly if hours.weekday == weekday]
    targets = set(to) - {weekday}
    copies = [WeeklyHours(target, hours.start, hours.end) for target in targets for hours in source]
    others = [hours for hours in weekly if hours.weekday not in targets]
    return await _replace_weekly(tx, actor, profile.id, merge_weekly([*others, *copies]))


async def set_overrides(
    tx: Transaction, actor: Actor, first: date, last: date, hours: Sequence[tuple[int, int]]
) -> AvailabilityView:
    """Give the dates from `first` to `last` hours of their own; none make them days off.

    Dates that are over are left out. Raises `InvalidField`, also above
    `hours_limits.MAX_OVERRIDE_DATES` and `MAX_RANGES_A_DAY`.
    """
    profile = await own_profile.load_approved(tx, actor)
    if last < first:
        raise InvalidField(Field.LAST_DATE, Problem.TOO_EARLY)
    if last - first > MAX_OVERRIDE_RANGE:
        raise InvalidField(Field.LAST_DATE, Problem.TOO_LATE)
    today = await _load_today(tx, profile.id, profile.timezone)
    if last < today:
        raise InvalidField(Field.DATE, Problem.PAST, date=last)
    hours_limits.require_few_ranges([DateOverride(last, tuple(hours))])
    first = max(first, today)
    await hours_storage.replace_overrides_between(tx, profile.id, first, last, hours)
    dates = await hours_storage.count_override_dates(tx, profile.id, today)
    hours_limits.require_few_dates(dates)
    await hours_storage.record_change(tx, profile.id)
    return await load(tx, actor)


async def clear_overrides(
    tx: Transaction, actor: Actor, first: date, last: date
) -> AvailabilityView:
    """Delete the overrides of the dates from `first` to `last`: the weekly hours apply again."""
    profile = await own_profile.load_approved(tx, actor)
    await hours_storage.delete_overrides_between(tx, profile.id, first, last)
    await hours_storage.record_change(tx, profile.id)
    return await load(tx, actor)


async def set_limits(
    tx: Transaction, actor: Actor, seen: Mapping[str, Any] | None = None, /, **limits: Any
) -> AvailabilityView:
    """Change limits on bookings, by column.

    They are `durations`, `instant_booking`, `fill_gaps`, and those of `_LIMITS`.

    `seen` are the limits that the form showed. Raises `InvalidField`, and `ChangedMeanwhile` if one
    of `limits` has neither the value that was seen nor the new one.
    """
    profile = await own_profile.load_approved(tx, actor)
    if seen:
        current = (await mentor_calendar.load(tx, actor.guild, actor.user_id)).limits
        if any(getattr(current, name) not in (seen[name], limits[name]) for name in limits):
            raise ChangedMeanwhile()
    await _update_profile(tx, profile.id, _validate_limits(limits))
    await hours_storage.record_change(tx, profile.id)
    return await load(tx, actor)


async def change_durations(
    tx: Transaction, actor: Actor, add: Iterable[int], remove: Iterable[int]
) -> AvailabilityView:
    """Add lengths of sessions that the mentor offers, and remove others, in minutes.

    Raises `InvalidField`, also if no length is left.
    """
    profile = await own_profile.load_approved(tx, actor)
    durations = {*profile.durations, *add}.difference(remove)
    return await set_limits(tx, actor, durations=sorted(durations))


def _validate_limits(limits: Mapping[str, Any]) -> dict[str, Any]:
    """Return the limits with sorted durations. Raises `InvalidField`."""
    validated = dict(limits)
    for name, value in limits.items():
        if name == "durations":
            validated[name] = sorted(set(value))
            if not value or not all(MIN_DURATION <= each <= MAX_DURATION for each in value):
                raise InvalidField(
                    Field.DURATIONS, Problem.OUT_OF_RANGE, least=MIN_DURATION, most=MAX_DURATION
                )
        elif name in _LIMITS and not (name.startswith("most_") and value is None):
            least, most = _LIMITS[name]
            if not least <= value <= most:
                raise InvalidField(Field(name), Problem.OUT_OF_RANGE, least=least, most=most)
    return validated


async def _load_today(tx: Transaction, profile_id: int, zone: str) -> date:
    """Load a mentor's trips, and return today's date where they are; `zone` is that at home."""
    return _today(tx, Schedule(zone, travel=await travel_storage.load(tx, profile_id)))


def _today(tx: Transaction, schedule: Schedule) -> date:
    return timezones.to_local(tx.now, schedule.zone_at(tx.now)).date()


async def _update_profile(tx: Transaction, profile_id: int, changes: Mapping[str, Any]) -> None:
    if changes:
        await tx.connection.execute(
            update(MentorProfile).where(MentorProfile.id == profile_id).values(**changes)
        )


async def _load_version(
    tx: Transaction, actor: Actor, versions: Collection[int] | None
) -> Row[*tuple[Any, ...]]:
    """Load the profile. Raises `ChangedMeanwhile` if its availability has none of the versions."""
    profile = await own_profile.load_approved(tx, actor)
    if versions is not None and profile.availability_version not in versions:
        raise ChangedMeanwhile()
    return profile


async def _replace_weekly(
    tx: Transaction, actor: Actor, profile_id: int, weekly: Sequence[WeeklyHours]
) -> AvailabilityView:
    hours_limits.require_few_ranges(weekly)
    await hours_storage.replace_weekly(tx, profile_id, weekly)
    await hours_storage.record_change(tx, profile_id)
    return await load(tx, actor)
