"""A mentor's open slots in any window of time, for callers that draw a calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mentorship import calendars, pricing
from mentorship.actors import Actor
from mentorship.errors import InvalidField, WrongDuration
from mentorship.mentors import usual_duration
from mentorship.schedules import Span
from storage import Transaction

LONGEST_WINDOW = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Window:
    """The bookable starts in `span` for sessions of `minutes`, and what each costs. `timezone` is
    the mentor's."""

    mentor_id: int
    minutes: int
    price: int
    timezone: str
    span: Span
    starts: tuple[datetime, ...]


async def slots(
    tx: Transaction,
    actor: Actor,
    mentor_id: int,
    since: datetime | None = None,
    until: datetime | None = None,
    minutes: int | None = None,
) -> Window:
    """When the actor could meet a mentor between two instants: by default in the next two weeks.

    `minutes` defaults to the mentor's longest session of at most an hour. Raises `NotAMentor`,
    `MentorPaused`, `WrongDuration`, `InvalidField`.
    """
    calendar, busy = await calendars.load_with(tx, actor.guild, mentor_id, actor.user_id)
    calendar.require_open()
    if minutes is not None and minutes not in calendar.durations:
        raise WrongDuration(calendar.durations)
    length = minutes or usual_duration(calendar.durations)
    begin = since or tx.now
    end = until or begin + calendars.REACH
    if not begin < end <= begin + LONGEST_WINDOW:
        raise InvalidField(
            "the window", f"ends after it begins, and within {LONGEST_WINDOW.days} days."
        )
    starts = calendar.slots(tx.now, length, window=(begin, end), also_busy=busy)
    return Window(
        mentor_id=mentor_id,
        minutes=length,
        price=pricing.price(calendar.hourly_rate, length),
        timezone=calendar.schedule.zone,
        span=Span(begin, end),
        starts=tuple(starts),
    )
