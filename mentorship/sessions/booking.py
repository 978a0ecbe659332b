"""Booking a session: a quote that writes nothing, and the booking itself, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mentorship import consent, idempotency
from mentorship.actors import Actor
from mentorship.availability import mentor_calendar
from mentorship.availability.mentor_calendar import MentorCalendar
from mentorship.errors import (
    Field,
    InvalidField,
    NotEnoughPoints,
    OwnProfile,
    PriceChanged,
    Problem,
    Term,
    WrongDuration,
)
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.members import members
from mentorship.mentors import booking_questions
from mentorship.mentors.question_rules import GivenAnswer, Question
from mentorship.notifications import writing
from mentorship.notifications.publishing import publish
from mentorship.points import ledger, pricing
from mentorship.sessions import (
    booking_answers,
    booking_context,
    insertion,
    lifecycle,
    session_views,
    transitions,
)
from mentorship.sessions.booking_context import BookingContext
from mentorship.sessions.insertion import NewSession
from mentorship.sessions.session_views import Person, SessionView
from mentorship.time import timezones
from mentorship.time.intervals import Span
from storage import Transaction

LONGEST_TOPIC = 300
"""Maximum length of a session's topic, in characters."""


@dataclass(frozen=True, slots=True)
class BookingRequest:
    """A mentee's request for a session. `starts_at` is UTC, `minutes` the elapsed length.

    `price_shown` is the price in points that the mentee agreed to, and `terms_shown` the `terms` of
    the quote; None accepts any. `key` is the idempotency key: the same request under the same key
    returns the session booked before. `timezone` is the zone in which the mentee books, by default
    their own. `answers` are to the mentor's questions.
    """

    mentor_id: int
    starts_at: datetime
    minutes: int
    topic: str = ""
    price_shown: int | None = None
    terms_shown: str | None = None
    key: str | None = None
    timezone: str | None = None
    answers: tuple[GivenAnswer, ...] = ()

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def digest(self) -> str:
        """The digest that tells whether a repeated key came with the same request.

        Without the answers: a form that is sent twice, with other answers, is still one booking.
        """
        return idempotency.digest(
            self.mentor_id, self.starts_at.timestamp(), self.minutes, self.topic
        )


@dataclass(frozen=True, slots=True)
class Quote:
    """The terms that a mentee agrees to by booking. A quote reserves nothing.

    `zone` is the mentee's time zone. `price` and `balance` are points; `balance` is before the
    booking. `clock_change` tells whether the clocks change in either person's zone during the
    session. `free_cancellation_until` is None if it is over before or in the `cancellation_grace`
    minutes after the confirmation, in which cancelling is free of charge in any case.
    `terms` stands for all terms but the price, for `BookingRequest.terms_shown`. `questions` are
    those that the mentor asks at booking.
    """

    mentor_id: int
    mentor_name: str
    starts_at: datetime
    ends_at: datetime
    minutes: int
    topic: str
    price: int
    balance: int
    zone: str
    mentor_zone: str
    clock_change: bool
    confirmed_at_once: bool
    answer_deadline: datetime
    free_cancellation_until: datetime | None
    late_refund_percent: int
    cancellation_grace: int
    terms: str
    questions: tuple[Question, ...] = ()


async def quote(tx: Transaction, actor: Actor, request: BookingRequest) -> Quote:
    """Check everything that booking would check and return the terms. Writes nothing.

    Raises `NotAMember`, `ScreeningPending`, `TimezoneNeeded`, `OwnProfile`, `NotAMentor`,
    `NotAvailable`, `BlockedByYou`, `MentorPaused`, `WrongDuration`, `LimitReached`,
    `SlotUnavailable` (`SlotTaken`, `Busy`) with the nearest open starts, `NotEnoughPoints`,
    `InvalidField`.
    """
    context = await booking_context.load(tx, actor, request.mentor_id, request.key)
    guild, zone = context.guild, context.require_timezone()
    calendar = await _load_bookable_calendar(tx, actor, request, context)
    price = pricing.price(calendar.hourly_rate, request.minutes)
    balance = (
        await ledger.load_starting_balance(tx, guild, actor.user_id)
        if context.account is None
        else context.account[1]
    )
    if balance < price:
        raise NotEnoughPoints(balance=balance, needed=price, currency=guild.currency_name)
    mentor_zone = calendar.schedule.zone_at(request.starts_at)
    free_until = pricing.free_cancellation_end(request.starts_at, guild.free_cancellation_until)
    over = tx.now
    if calendar.instant_booking:
        # The grace period begins with the booking and lasts longer.
        over += timedelta(minutes=guild.cancellation_grace)
    return Quote(
        mentor_id=request.mentor_id,
        mentor_name=calendar.name,
        starts_at=request.starts_at,
        ends_at=request.ends_at,
        minutes=request.minutes,
        topic=request.topic,
        price=price,
        balance=balance,
        zone=zone,
        mentor_zone=mentor_zone,
        clock_change=any(
            timezones.clock_change_between(request.starts_at, request.ends_at, name)
            for name in (zone, mentor_zone)
        ),
        confirmed_at_once=calendar.instant_booking,
        answer_deadline=lifecycle.answer_deadline(tx.now, request.starts_at, guild.confirm_within),
        free_cancellation_until=free_until if free_until > over else None,
        late_refund_percent=guild.late_refund_percent,
        cancellation_grace=guild.cancellation_grace,
        terms=terms(guild, calendar, price),
        questions=await booking_questions.list_of_profile(tx, calendar.profile_id),
    )


@dataclass(frozen=True, slots=True)
class Booking:
    """A session that was booked, and the settings of its guild."""

    session: SessionView
    guild: GuildSettings


async def book(tx: Transaction, actor: Actor, request: BookingRequest) -> SessionView:
    """Book a session: hold the price in escrow and notify the mentor.

    Raises what `quote` does, `PriceChanged`, `TermsChanged`, `AnswersNeeded`, `QuestionsChanged`,
    `UnknownTimezone`, and `KeyReused` for a key that was used before with another request.
    """
    return (await book_with_settings(tx, actor, request)).session


async def book_with_settings(tx: Transaction, actor: Actor, request: BookingRequest) -> Booking:
    """Book a session as `book` does, and return the guild's settings, too, for the answer."""
    context = await booking_context.load(tx, actor, request.mentor_id, request.key)
    guild = context.guild
    if context.stored_request is not None:
        session_id = context.stored_request.session_for(request.digest)
        return Booking(await session_views.load(tx, session_id), guild)
    context.require_timezone()
    if not context.is_recorded:
        await members.record(tx, actor)
    calendar = await _load_bookable_calendar(tx, actor, request, context)
    price = pricing.price(calendar.hourly_rate, request.minutes)
    if request.price_shown is not None and price != request.price_shown:
        raise PriceChanged(shown=request.price_shown, price=price)
    consent.require(Term.POLICY, request.terms_shown, terms(guild, calendar, price))
    answers = await booking_answers.check(tx, calendar, request.answers)
    new = new_session(
        calendar,
        Person(actor.user_id, context.name, context.timezone),
        Span(request.starts_at, request.ends_at),
        topic=request.topic,
        price=price,
        timezone=request.timezone,
        answer_deadline=None
        if calendar.instant_booking
        else lifecycle.answer_deadline(tx.now, request.starts_at, guild.confirm_within),
    )
    session = await insertion.insert_session(tx, guild, new, context.account)
    await booking_answers.store(tx, [session.id], answers)
    await idempotency.store_session(tx, actor, request.key, request.digest, session.id)
    event = Event(
        EventType.SESSION_BOOKED,
        actor.guild,
        actor.user_id,
        subject_id=calendar.user_id,
        session_id=session.id,
        facts={"to": session.status, "price": price},
    )
    await publish(tx, event, participants=[calendar.user_id], useful_until=request.starts_at)
    if calendar.instant_booking:
        await writing.write(tx, await transitions.scheduled_notifications(tx, session, guild))
    return Booking(session, guild)


def new_session(
    calendar: MentorCalendar,
    mentee: Person,
    span: Span,
    *,
    topic: str,
    price: int,
    answer_deadline: datetime | None,
    series_id: int | None = None,
    timezone: str | None = None,
) -> NewSession:
    """Return the session that a mentee books in a mentor's calendar. See `NewSession`.

    `timezone` is the zone in which they book. Raises `UnknownTimezone`.
    """
    return NewSession(
        profile_id=calendar.profile_id,
        # Weekly hours are in the mentor's own time zone.
        mentor=Person(calendar.user_id, calendar.name, calendar.schedule.zone),
        mentee=mentee,
        span=span,
        timezone=calendar.schedule.zone_at(span.start),
        topic=topic,
        price=price,
        answer_deadline=answer_deadline,
        meeting_link=calendar.meeting_link,
        mentor_place=calendar.meeting_place,
        series_id=series_id,
        mentee_timezone=None if timezone is None else timezones.canonical(timezone),
    )


def terms(guild: GuildSettings, calendar: MentorCalendar, price: int) -> str:
    """Return eight characters that change with the terms that a quote shows beside the price."""
    refund = (guild.free_cancellation_until, guild.late_refund_percent, guild.cancellation_grace)
    return idempotency.digest(
        calendar.instant_booking, guild.confirm_within, refund if price else ()
    )[:8]


async def load_calendar(
    tx: Transaction,
    actor: Actor,
    context: BookingContext,
    mentor_id: int,
    minutes: int,
    topic: str,
) -> tuple[MentorCalendar, tuple[Span, ...]]:
    """Load the mentor's calendar and the actor's commitments, if the actor can book the mentor.

    Raises what `quote` does about the mentor, the limits, the length and the topic.
    """
    if mentor_id == actor.user_id:
        raise OwnProfile()
    if len(topic) > LONGEST_TOPIC:
        raise InvalidField(Field.TOPIC, Problem.TOO_LONG, most=LONGEST_TOPIC)
    calendar, own_commitments = await mentor_calendar.load_with_commitments(
        tx, actor.guild, mentor_id, actor.user_id
    )
    context.require_not_blocked(actor.user_id, calendar.name)
    calendar.require_not_paused()
    if minutes not in calendar.durations:
        raise WrongDuration(calendar.durations)
    context.require_within_limits(calendar.user_id, is_request=not calendar.instant_booking)
    return calendar, own_commitments


async def _load_bookable_calendar(
    tx: Transaction, actor: Actor, request: BookingRequest, context: BookingContext
) -> MentorCalendar:
    """Load the mentor's calendar if the actor can book the requested time.

    Raises what `quote` does about the mentor, the limits, the time and the topic.
    """
    calendar, own_commitments = await load_calendar(
        tx, actor, context, request.mentor_id, request.minutes, request.topic
    )
    calendar.require_bookable(
        tx.now, request.starts_at, request.minutes, mentee_busy=own_commitments
    )
    return calendar
