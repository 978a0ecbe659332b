"""Booking: what a session would be, and the one transaction that makes it so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert

from mentorship import idempotency
from mentorship.actors import Actor
from mentorship.availability import mentor_calendar
from mentorship.availability.mentor_calendar import MentorCalendar
from mentorship.availability.slots import NotBookableReason
from mentorship.errors import (
    Busy,
    Field,
    InvalidField,
    NotEnoughPoints,
    OwnProfile,
    PriceChanged,
    Problem,
    SlotTaken,
    SlotUnavailable,
    WrongDuration,
)
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.members import members
from mentorship.notifications import writing
from mentorship.notifications.publishing import publish
from mentorship.points import ledger, pricing
from mentorship.sessions import booking_context, lifecycle, session_views, transitions
from mentorship.sessions.booking_context import Mentee
from mentorship.sessions.session_views import Person, SessionView
from mentorship.statuses import SessionStatus
from mentorship.time import timezones
from mentorship.time.intervals import Span
from storage import Transaction
from storage.tables import Participant, Session

LONGEST_TOPIC = 300


@dataclass(frozen=True, slots=True)
class BookingRequest:
    """What a mentee wants. `starts_at` is an instant, `minutes` the elapsed length.

    `price_shown` is what the mentee agreed to; another price is asked again. `key` makes the
    booking idempotent: the same key and request give the same session once more.
    """

    mentor_id: int
    starts_at: datetime
    minutes: int
    topic: str = ""
    price_shown: int | None = None
    key: str | None = None

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def digest(self) -> str:
        """The digest of this request for its idempotency key."""
        return idempotency.digest(
            self.mentor_id, self.starts_at.timestamp(), self.minutes, self.topic
        )


@dataclass(frozen=True, slots=True)
class Quote:
    """What is agreed to by confirming: the confirmation card's content. Nothing is held by it.

    `zone` is the mentee's. `balance` is before the booking. `clock_change`: the clocks of one of
    the two change between the start and the end. `free_cancellation_until` is None when the time
    for that is over already.
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


async def quote(tx: Transaction, actor: Actor, request: BookingRequest) -> Quote:
    """Check everything that booking would check, and say what it comes to. Writes nothing.

    Raises `NotAMember`, `TimezoneNeeded`, `OwnProfile`, `NotAMentor`, `MentorPaused`,
    `WrongDuration`, `SlotUnavailable` (`SlotTaken`, `Busy`) with the nearest open starts,
    `NotEnoughPoints`, `InvalidField`.
    """
    mentee = await booking_context.load(tx, actor, request.key)
    guild, zone, balance = mentee.guild, mentee.require_timezone(), mentee.balance
    calendar = await _checked(tx, actor, request)
    price = pricing.price(calendar.hourly_rate, request.minutes)
    if balance < price:
        raise NotEnoughPoints(balance=balance, needed=price, currency=guild.currency_name)
    mentor_zone = calendar.schedule.zone
    free_until = request.starts_at - timedelta(minutes=guild.free_cancellation_until)
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
        free_cancellation_until=free_until if free_until > tx.now else None,
        late_refund_percent=guild.late_refund_percent,
    )


async def book(tx: Transaction, actor: Actor, request: BookingRequest) -> SessionView:
    """Book a session: the points go into escrow, the mentor is told.

    Raises what `quote` does, `PriceChanged`, and `KeyReused` when the key came
    before with another request.
    """
    mentee = await booking_context.load(tx, actor, request.key)
    guild = mentee.guild
    if mentee.stored_request is not None:
        return await session_views.load(tx, mentee.stored_request.session_for(request.digest))
    mentee.require_timezone()
    if not mentee.up_to_date:
        await members.record(tx, actor)
    calendar = await _checked(tx, actor, request)
    price = pricing.price(calendar.hourly_rate, request.minutes)
    if request.price_shown is not None and price != request.price_shown:
        raise PriceChanged(shown=request.price_shown, price=price)
    session = await _write(tx, request, mentee, actor.user_id, calendar, price)
    await ledger.hold(
        tx,
        guild,
        session_id=session.id,
        mentee_id=actor.user_id,
        amount=price,
        account=mentee.account,
    )
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
    return session


async def _checked(tx: Transaction, actor: Actor, request: BookingRequest) -> MentorCalendar:
    """The mentor's calendar, if it lets the actor book what is asked."""
    if request.mentor_id == actor.user_id:
        raise OwnProfile()
    if len(request.topic) > LONGEST_TOPIC:
        raise InvalidField(Field.TOPIC, Problem.TOO_LONG, most=LONGEST_TOPIC)
    calendar, mine = await mentor_calendar.load_with_commitments(
        tx, actor.guild, request.mentor_id, actor.user_id
    )
    calendar.require_not_paused()
    if request.minutes not in calendar.durations:
        raise WrongDuration(calendar.durations)
    refusal = calendar.why_not_bookable(tx.now, request.starts_at, request.minutes)
    wanted = Span(request.starts_at, request.ends_at)
    clash = any(span.start < wanted.end and wanted.start < span.end for span in mine)
    if refusal is None and not clash:
        return calendar
    nearest = calendar.nearest_slots(tx.now, request.starts_at, request.minutes, mentee_busy=mine)
    if refusal is NotBookableReason.BUSY:
        raise SlotTaken(nearest=nearest)
    if refusal is None:
        raise Busy(nearest=nearest)
    raise SlotUnavailable(calendar.sentence_of(refusal), nearest)


async def _write(
    tx: Transaction,
    request: BookingRequest,
    mentee: Mentee,
    mentee_id: int,
    calendar: MentorCalendar,
    price: int,
) -> SessionView:
    """Write the session, its two people and their time. Returns what `sessions.load` would."""
    instant, guild = calendar.instant_booking, mentee.guild
    row: dict[str, Any] = {
        "guild_id": guild.id,
        "profile_id": calendar.profile_id,
        "mentor_id": calendar.user_id,
        "starts_at": request.starts_at,
        "ends_at": request.ends_at,
        "timezone": calendar.schedule.zone,
        "status": SessionStatus.CONFIRMED if instant else SessionStatus.SCHEDULED,
        "topic": request.topic.strip(),
        "price": price,
        "fee_percent": guild.fee_percent,
        "next_at": request.starts_at
        if instant
        else lifecycle.answer_deadline(tx.now, request.starts_at, guild.confirm_within),
        "meeting_link": calendar.meeting_link,
        "created_at": tx.now,
    }
    session_id: int = (await tx.connection.execute(_NEW_SESSION, row)).scalar_one()
    people = {calendar.user_id: "mentor", mentee_id: "mentee"}
    await tx.connection.execute(
        _NEW_PARTICIPANT,
        [
            {
                "session_id": session_id,
                "user_id": person,
                "guild_id": guild.id,
                "role": role,
                "paid": price if role == "mentee" else 0,
            }
            for person, role in people.items()
        ],
    )
    await transitions.write_commitments(
        tx, session_id, people, Span(request.starts_at, request.ends_at)
    )
    return SessionView(
        id=session_id,
        guild_id=guild.id,
        # A mentor's hours are on their own clock, so that is the zone that they live in.
        mentor=Person(calendar.user_id, calendar.name, calendar.schedule.zone),
        mentee=Person(mentee_id, mentee.name, mentee.timezone),
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        timezone=row["timezone"],
        status=row["status"],
        topic=row["topic"],
        price=price,
        fee_percent=row["fee_percent"],
        created_at=row["created_at"],
        next_at=row["next_at"],
        meeting_link=row["meeting_link"],
    )


_NEW_SESSION = insert(Session).returning(Session.id)
_NEW_PARTICIPANT = insert(Participant)
