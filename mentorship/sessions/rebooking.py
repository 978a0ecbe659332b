"""Booking again after a session: the same mentor, length and time of the week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mentorship.actors import Actor
from mentorship.availability import slot_queries
from mentorship.errors import NotYours, Subject
from mentorship.sessions import session_views
from mentorship.time import timezones
from mentorship.time.timezones import ZoneName
from storage import Transaction

_WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class NextSlot:
    """The slot with which a mentee can book a session's mentor again.

    `repeated_at` is the session's weekday and time, a week later or more, in UTC. `starts_at` is
    the open slot nearest to it, None if no slot is open. `minutes` are those of the session, or the
    mentor's default length if they don't offer that one any more.
    """

    mentor_id: int
    mentor_name: str
    minutes: int
    is_same_length: bool
    repeated_at: datetime
    starts_at: datetime | None


async def find_next_slot(tx: Transaction, actor: Actor, session_id: int) -> NextSlot:
    """Find the slot for booking a session's mentor again, as the session's mentee.

    Raises `NotFound`, `NotYours` for the mentor, and what `slot_queries.list_bookable_slots` does.
    """
    session = await session_views.load_for_participant(tx, actor, session_id)
    if actor.user_id != session.mentee.user_id:
        raise NotYours(Subject.SESSION)
    slots = await slot_queries.list_bookable_slots(
        tx, actor, session.mentor.user_id, session.minutes
    )
    repeated_at = next_occurrence(session.starts_at, session.timezone, tx.now)
    return NextSlot(
        mentor_id=slots.mentor_id,
        mentor_name=slots.mentor_name,
        minutes=slots.minutes,
        is_same_length=slots.minutes == session.minutes,
        repeated_at=repeated_at,
        starts_at=min(
            slots.starts, key=lambda start: (abs(start - repeated_at), start), default=None
        ),
    )


def next_occurrence(start: datetime, zone: ZoneName, now: datetime) -> datetime:
    """Return the first time after `now` with the weekday and wall-clock time of `start` in `zone`.

    It is a week after `start` or more. A wall-clock time that the zone skips moves forward by the
    gap; of one that it repeats, the first counts.
    """
    local = timezones.to_local(start, zone).replace(tzinfo=None)
    weeks = max(1, (now - start) // _WEEK)
    while (occurrence := timezones.from_wall_clock(local + weeks * _WEEK, zone).first) <= now:
        weeks += 1
    return occurrence
