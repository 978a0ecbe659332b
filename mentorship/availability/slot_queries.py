"""A mentor's open slots in any window of time, for callers that draw a calendar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mentorship.actors import Actor
from mentorship.availability import mentor_calendar
from mentorship.availability.mentor_calendar import usual_duration
from mentorship.errors import Field, InvalidField, Problem, UnreadableTime, WrongDuration
from mentorship.members import members
from mentorship.members.members import load_timezone
from mentorship.points import pricing
from mentorship.time.intervals import Span
from mentorship.time.natural_time import parser
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
    calendar, busy = await mentor_calendar.load_with(tx, actor.guild, mentor_id, actor.user_id)
    calendar.require_open()
    if minutes is not None and minutes not in calendar.durations:
        raise WrongDuration(calendar.durations)
    length = minutes or usual_duration(calendar.durations)
    begin = since or tx.now
    end = until or begin + mentor_calendar.REACH
    if not begin < end <= begin + LONGEST_WINDOW:
        raise InvalidField(Field.WINDOW, Problem.OUT_OF_RANGE, most=LONGEST_WINDOW.days)
    starts = calendar.slots(tx.now, length, window=(begin, end), also_busy=busy)
    return Window(
        mentor_id=mentor_id,
        minutes=length,
        price=pricing.price(calendar.hourly_rate, length),
        timezone=calendar.schedule.zone,
        span=Span(begin, end),
        starts=tuple(starts),
    )


@dataclass(frozen=True, slots=True)
class OpenSlots:
    """A mentor's bookable starts for sessions of `minutes`."""

    mentor_id: int
    mentor_name: str
    minutes: int
    hourly_rate: int
    starts: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class OpenTimes:
    """Every start that a member could book with a mentor from now on, sorted, for sessions of
    `minutes`; `durations` are the lengths that the mentor offers. `zone` is the member's."""

    mentor_id: int
    mentor_name: str
    minutes: int
    durations: tuple[int, ...]
    hourly_rate: int
    horizon_days: int
    zone: str
    starts: tuple[datetime, ...]


async def open_slots(
    tx: Transaction,
    actor: Actor,
    mentor_id: int,
    *,
    minutes: int | None = None,
    text: str = "",
    limit: int = 25,
) -> OpenSlots:
    """When the actor could meet a mentor: the next starts, or those that answer `text` best.

    `minutes` defaults to the mentor's longest session of at most an hour. Words that name no time
    are taken as no wish. Raises `NotAMentor`, `MentorPaused`.
    """
    calendar, mine = await mentor_calendar.load_with(tx, actor.guild, mentor_id, actor.user_id)
    calendar.require_open()
    length = minutes or usual_duration(calendar.durations)
    starts: Sequence[datetime]
    try:
        wish = parser.understand(
            text,
            zone=await load_timezone(tx, actor, calendar.schedule.zone),
            now=tx.now,
            locale=actor.language,
        )
    except UnreadableTime:
        starts = calendar.slots(tx.now, length, also_busy=mine)
    else:
        begin = max(tx.now, wish.span.start - mentor_calendar.REACH / 2)
        window = (begin, max(wish.span.end, begin) + mentor_calendar.REACH)
        starts = parser.nearest(
            calendar.slots(tx.now, length, window=window, also_busy=mine), wish, limit
        )
    return OpenSlots(mentor_id, calendar.name, length, calendar.hourly_rate, tuple(starts[:limit]))


async def open_times(
    tx: Transaction, actor: Actor, mentor_id: int, minutes: int | None = None
) -> OpenTimes:
    """All that the actor could book with a mentor, as far ahead as the mentor lets anybody.

    A length that is not offered (any more) is taken as no wish, as with `open_slots`. Raises
    `TimezoneNeeded`, `NotAMentor`, `MentorPaused`, `NotAMember`.
    """
    zone = (await members.load(tx, actor)).require_timezone()
    calendar, mine = await mentor_calendar.load_with(tx, actor.guild, mentor_id, actor.user_id)
    calendar.require_open()
    length = minutes if minutes in calendar.durations else usual_duration(calendar.durations)
    # To the end of a session that starts at the very last moment.
    reach = timedelta(days=calendar.limits.horizon_days, minutes=length)
    return OpenTimes(
        mentor_id=mentor_id,
        mentor_name=calendar.name,
        minutes=length,
        durations=calendar.durations,
        hourly_rate=calendar.hourly_rate,
        horizon_days=calendar.limits.horizon_days,
        zone=zone,
        starts=tuple(
            calendar.slots(tx.now, length, window=(tx.now, tx.now + reach), also_busy=mine)
        ),
    )


async def durations(tx: Transaction, actor: Actor, mentor_id: int) -> tuple[int, ...]:
    """The lengths of session that a mentor offers, in minutes. Raises `NotAMentor`."""
    return tuple((await mentor_calendar.approved(tx, actor.guild, mentor_id)).durations)
