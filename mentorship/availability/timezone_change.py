"""Setting a member's time zone, and what that does to a mentor's hours."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, auto

from sqlalchemy import bindparam, update

from mentorship.actors import Actor
from mentorship.availability import editor
from mentorship.guilds import guild_settings
from mentorship.members.members import _THEIRS, ensure
from mentorship.time import timezones
from storage import Transaction
from storage.tables import Member, MentorProfile


class MentorHours(StrEnum):
    """What becomes of the weekly hours of a mentor who changes zone."""

    ON_THE_CLOCK = auto()
    AT_THE_SAME_INSTANTS = auto()


@dataclass(frozen=True, slots=True)
class TimezoneChange:
    """A zone that was just set. `hours_moved`: the person's mentor hours now follow this clock."""

    zone: str
    hours_moved: bool


_SET_ZONE = update(Member).where(*_THEIRS).values(timezone=bindparam("zone"))


_SET_ZONE_OF_HOURS = (
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
    """Store the actor's zone under its current IANA name. Raises `UnknownTimezone`.

    A mentor's hours go along in one of two ways. Sessions that are booked keep their instants.
    """
    name = timezones.canonical(zone)
    await guild_settings.ensure(tx, actor.guild)
    await ensure(tx, actor)
    if hours is MentorHours.AT_THE_SAME_INSTANTS:
        await editor.move_at_same_instants(tx, actor, name)
    said = {"guild": actor.guild, "user": actor.user_id, "zone": name}
    await tx.connection.execute(_SET_ZONE, said)
    moved = await tx.connection.execute(_SET_ZONE_OF_HOURS, said)
    return TimezoneChange(name, hours_moved=moved.rowcount > 0)
