"""Set a member's time zone, and the clock of a mentor's hours with it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, auto

from sqlalchemy import bindparam, update

from mentorship import events
from mentorship.actors import Actor
from mentorship.availability import editor
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.guilds import guild_settings
from mentorship.members import members
from mentorship.time import timezones
from storage import Transaction
from storage.tables import MentorProfile


class MentorHours(StrEnum):
    """What happens to a mentor's weekly hours when they change their time zone.

    `ON_THE_CLOCK` keeps the wall-clock times, `AT_THE_SAME_INSTANTS` keeps the instants.
    """

    ON_THE_CLOCK = auto()
    AT_THE_SAME_INSTANTS = auto()


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


async def set_timezone(
    tx: Transaction, actor: Actor, zone: str, hours: MentorHours = MentorHours.ON_THE_CLOCK
) -> TimezoneChange:
    """Set the actor's time zone, stored under its current IANA name.

    A mentor's weekly hours follow as `hours` says; date overrides keep their wall-clock times.
    Booked sessions keep their instants. Raises `UnknownTimezone`.
    """
    name = timezones.canonical(zone)
    await guild_settings.load_or_create(tx, actor.guild)
    await members.record(tx, actor)
    if hours is MentorHours.AT_THE_SAME_INSTANTS:
        await editor.move_at_same_instants(tx, actor, name)
    await members.write_timezone(tx, actor, name)
    params = {"guild": actor.guild, "user": actor.user_id, "zone": name}
    updated = await tx.connection.execute(_UPDATE_PROFILE, params)
    event = Event(EventType.TIMEZONE_CHANGED, actor.guild, actor.user_id, facts={"timezone": name})
    await events.record(tx, event)
    return TimezoneChange(name, hours_moved=updated.rowcount > 0)
