"""Queries for a mentor's bookable slots: in a window, by typed words, or all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mentorship.actors import Actor
from mentorship.availability import mentor_calendar
from mentorship.availability.mentor_calendar import default_duration
from mentorship.errors import Field, InvalidField, Problem, WrongDuration
from mentorship.members import blocks, members
from mentorship.points import pricing
from mentorship.time.intervals import Span
from mentorship.time.natural_time import parser
from mentorship.time.natural_time.matching import best_matches
from storage import Transaction

MAX_WINDOW = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class SlotWindow:
    """The bookable starts within `span` for sessions of `minutes`, and the price of each.

    `timezone` is the mentor's.
    """

    mentor_id: int
    minutes: int
    price: int
    timezone: str
    span: Span
    starts: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class SlotSuggestions:
    """Some bookable starts for sessions of `minutes` with a mentor."""

    mentor_id: int
    mentor_name: str
    minutes: int
    hourly_rate: int
    starts: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class BookableSlots:
    """All bookable starts, sorted, for sessions of `minutes` with a mentor.

    `durations` are those that the mentor offers. `zone` is the mentee's.
    """

    mentor_id: int
    mentor_name: str
    minutes: int
    durations: tuple[int, ...]
    hourly_rate: int
    horizon_days: int
    zone: str
    starts: tuple[datetime, ...]


async def list_slots_in_window(
    tx: Transaction,
    actor: Actor,
    mentor_id: int,
    since: datetime | None = None,
    until: datetime | None = None,
    minutes: int | None = None,
) -> SlotWindow:
    """List the slots that the actor can book in a window, by default the next two weeks.

    `minutes` defaults to the mentor's longest session of at most an hour. Raises `NotAMentor`,
    `NotAvailable`, `BlockedByYou`, `MentorPaused`, `WrongDuration`, and `InvalidField` for a window
    longer than `MAX_WINDOW`.
    """
    begin = since or tx.now
    end = until or begin + mentor_calendar.DEFAULT_WINDOW
    calendar, busy = await mentor_calendar.load_with_commitments(
        tx, actor.guild, mentor_id, actor.user_id, until=end
    )
    await blocks.require_not_blocked(tx, actor.guild, actor.user_id, mentor_id)
    calendar.require_not_paused()
    if minutes is not None and minutes not in calendar.durations:
        raise WrongDuration(calendar.durations)
    duration = minutes or default_duration(calendar.durations)
    if not begin < end <= begin + MAX_WINDOW:
        raise InvalidField(Field.WINDOW, Problem.OUT_OF_RANGE, most=MAX_WINDOW.days)
    starts = calendar.slots(tx.now, duration, window=(begin, end), mentee_busy=busy)
    return SlotWindow(
        mentor_id=mentor_id,
        minutes=duration,
        price=pricing.price(calendar.hourly_rate, duration),
        timezone=calendar.schedule.zone,
        span=Span(begin, end),
        starts=tuple(starts),
    )


async def suggest_slots(
    tx: Transaction,
    actor: Actor,
    mentor_id: int,
    *,
    minutes: int | None = None,
    text: str = "",
    limit: int = 25,
) -> SlotSuggestions:
    """Suggest at most `limit` slots that the actor can book: those that match `text` best.

    Text that names no time gets the next slots. `minutes` defaults to the mentor's longest session
    of at most an hour. Raises `NotAMentor`, `NotAvailable`, `BlockedByYou`, `MentorPaused`.
    """
    # The zone is only known once the calendar is loaded; without a time there's nothing to parse.
    until = None if text.strip() else tx.now + mentor_calendar.DEFAULT_WINDOW
    calendar, busy = await mentor_calendar.load_with_commitments(
        tx, actor.guild, mentor_id, actor.user_id, until=until
    )
    await blocks.require_not_blocked(tx, actor.guild, actor.user_id, mentor_id)
    calendar.require_not_paused()
    duration = minutes or default_duration(calendar.durations)
    starts: Sequence[datetime]
    time = parser.parse_suggestions(
        text,
        zone=await members.load_timezone(tx, actor, calendar.schedule.zone),
        now=tx.now,
        locale=actor.language,
    )
    if time is None:
        starts = calendar.slots(tx.now, duration, mentee_busy=busy)
    else:
        window = mentor_calendar.window_around(time.span, tx.now)
        slots = calendar.slots(tx.now, duration, window=window, mentee_busy=busy)
        starts = best_matches(slots, time, limit)
    return SlotSuggestions(
        mentor_id, calendar.name, duration, calendar.hourly_rate, tuple(starts[:limit])
    )


async def list_bookable_slots(
    tx: Transaction, actor: Actor, mentor_id: int, minutes: int | None = None
) -> BookableSlots:
    """List all slots that the actor can book with a mentor, to the end of the booking window.

    `minutes` that the mentor doesn't offer (any more) give the default duration, as in
    `suggest_slots`. Raises `TimezoneNeeded`, `NotAMentor`, `NotAvailable`,
    `BlockedByYou`, `MentorPaused`, `NotAMember`.
    """
    zone = (await members.load(tx, actor)).require_timezone()
    calendar, busy = await mentor_calendar.load_with_commitments(
        tx, actor.guild, mentor_id, actor.user_id
    )
    await blocks.require_not_blocked(tx, actor.guild, actor.user_id, mentor_id)
    calendar.require_not_paused()
    duration = minutes if minutes in calendar.durations else default_duration(calendar.durations)
    # A slot must end within the window, and the last session starts at the end of the booking
    # window.
    length = timedelta(days=calendar.limits.horizon_days, minutes=duration)
    window = (tx.now, tx.now + length)
    return BookableSlots(
        mentor_id=mentor_id,
        mentor_name=calendar.name,
        minutes=duration,
        durations=calendar.durations,
        hourly_rate=calendar.hourly_rate,
        horizon_days=calendar.limits.horizon_days,
        zone=zone,
        starts=tuple(calendar.slots(tx.now, duration, window=window, mentee_busy=busy)),
    )


async def load_durations(tx: Transaction, actor: Actor, mentor_id: int) -> tuple[int, ...]:
    """Load the durations of sessions that a mentor offers, in minutes. Raises `NotAMentor`."""
    profile = await mentor_calendar.load_approved_profile(tx, actor.guild, mentor_id)
    return tuple(profile.durations)
