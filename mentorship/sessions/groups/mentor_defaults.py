"""What a mentor's form for a group session starts with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mentorship.actors import Actor
from mentorship.availability import mentor_calendar
from mentorship.errors import Field, InvalidField, Problem
from mentorship.members import members
from mentorship.mentors import own_profile
from storage import Transaction


@dataclass(frozen=True, slots=True)
class MentorDefaults:
    """The zone in which a mentor reads times, and their usual length of a session in minutes."""

    zone: str
    minutes: int


async def load(tx: Transaction, actor: Actor) -> MentorDefaults:
    """Load the defaults of an approved mentor. Raises what `own_profile.load_approved` does."""
    await own_profile.load_approved(tx, actor)
    calendar = await mentor_calendar.load(tx, actor.guild, actor.user_id)
    zone = await members.load_timezone(tx, actor, calendar.schedule.zone)
    return MentorDefaults(zone, mentor_calendar.default_duration(calendar.durations))


async def find_next_slot(tx: Transaction, actor: Actor, minutes: int) -> datetime:
    """Find the start of the mentor's next open slot of that length, in UTC.

    Raises `InvalidField` if there is none in the next weeks.
    """
    calendar = await mentor_calendar.load(tx, actor.guild, actor.user_id)
    starts = calendar.slots(tx.now, minutes)
    if not starts:
        raise InvalidField(Field.GROUP_START, Problem.MISSING)
    return starts[0]
