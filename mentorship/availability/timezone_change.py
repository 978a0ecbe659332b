"""Set a member's time zone, and the clock of a mentor's hours with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum, auto

from sqlalchemy import bindparam, exists, select, update

from mentorship import events
from mentorship.actors import Actor
from mentorship.availability import hours_storage, travel_storage
from mentorship.availability.opening_hours import Schedule
from mentorship.availability.zone_conversion import convert_to_zone
from mentorship.errors import NotAMentor
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.guilds import guild_settings
from mentorship.members import members
from mentorship.mentors import own_profile
from mentorship.time import timezones
from storage import Transaction
from storage.tables import DateOverrideRow, MentorProfile, TravelRow, WeeklyHoursRow


class MentorHours(StrEnum):
    """What happens to a mentor's hours and date overrides when they change their time zone.

    `ON_THE_CLOCK` keeps the wall-clock times, `AT_THE_SAME_INSTANTS` keeps the instants.
    """

    ON_THE_CLOCK = auto()
    AT_THE_SAME_INSTANTS = auto()


@dataclass(frozen=True, slots=True)
class HoursClock:
    """The zone of a mentor's weekly hours and date overrides.

    `has_trips` says that on some dates ahead they follow another zone's clock.
    """

    zone: str
    has_trips: bool


@dataclass(frozen=True, slots=True)
class TimezoneChange:
    """A time zone that was set. `hours_moved` says that the member's mentor hours follow it now."""

    zone: str
    hours_moved: bool


_UPDATE_PROFILE = (
    update(MentorProfile)
    .where(
        MentorProfile.guild_id == bindparam("guild"),
        MentorProfile.user_id == bindparam("user"),
        MentorProfile.timezone != bindparam("zone"),
    )
    .values(
        timezone=bindparam("zone"),
        availability_version=MentorProfile.availability_version + 1,
    )
)


async def find_hours_clock_other_than(
    tx: Transaction, actor: Actor, zone: str
) -> HoursClock | None:
    """Load the clock of the actor's weekly hours and date overrides if it isn't `zone`'s, or None.

    Also for mentors who are suspended or have stopped: their hours are kept for their return.
    """
    yesterday = (tx.now - timedelta(days=1)).date()
    has_trips = exists().where(
        TravelRow.profile_id == MentorProfile.id, TravelRow.last_date >= yesterday
    )
    rows = await tx.connection.execute(
        select(MentorProfile.timezone, has_trips).where(
            MentorProfile.guild_id == actor.guild,
            MentorProfile.user_id == actor.user_id,
            MentorProfile.timezone != timezones.canonical(zone),
            exists().where(WeeklyHoursRow.profile_id == MentorProfile.id)
            | exists().where(
                DateOverrideRow.profile_id == MentorProfile.id,
                DateOverrideRow.date >= yesterday,
            ),
        )
    )
    row = rows.one_or_none()
    return None if row is None else HoursClock(row[0], row[1])


async def set_timezone(
    tx: Transaction, actor: Actor, zone: str, hours: MentorHours = MentorHours.ON_THE_CLOCK
) -> TimezoneChange:
    """Set the actor's time zone, stored under its current IANA name.

    A mentor's weekly hours and date overrides follow as `hours` says. Booked sessions keep their
    instants. Raises `UnknownTimezone`, and `NotAMentor` for an actor
    without a profile whose hours should keep their instants.
    """
    name = timezones.canonical(zone)
    await guild_settings.load_or_create(tx, actor.guild)
    await members.record(tx, actor)
    if hours is MentorHours.AT_THE_SAME_INSTANTS:
        await _convert_hours(tx, actor, name)
    await members.write_timezone(tx, actor, name)
    params = {"guild": actor.guild, "user": actor.user_id, "zone": name}
    updated = await tx.connection.execute(_UPDATE_PROFILE, params)
    event = Event(EventType.TIMEZONE_CHANGED, actor.guild, actor.user_id, facts={"timezone": name})
    await events.record(tx, event)
    return TimezoneChange(name, hours_moved=updated.rowcount > 0)


async def _convert_hours(tx: Transaction, actor: Actor, zone: str) -> None:
    """Convert weekly hours and date overrides to another clock, whatever the profile's status."""
    profile = await own_profile.find(tx, actor.guild, actor.user_id)
    if profile is None:
        raise NotAMentor(is_actor=True)
    schedule = Schedule(
        profile.timezone,
        tuple(await hours_storage.load_weekly(tx, profile.id)),
        tuple(await hours_storage.load_overrides(tx, profile.id)),
        await travel_storage.load(tx, profile.id),
    )
    converted = convert_to_zone(schedule, zone, at=tx.now)
    await hours_storage.replace_weekly(tx, profile.id, converted.weekly)
    await hours_storage.replace_overrides(tx, profile.id, converted.overrides)
