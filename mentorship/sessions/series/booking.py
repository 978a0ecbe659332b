"""Booking a series: all of its sessions in one transaction, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert

from mentorship import consent, events, idempotency
from mentorship.actors import Actor
from mentorship.errors import (
    Field,
    InvalidField,
    NotEnoughPoints,
    PriceChanged,
    Problem,
    SeriesUnavailable,
    Term,
    UnavailableDate,
)
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.idempotency import StoredRequest
from mentorship.members import members
from mentorship.mentors.question_rules import Answer
from mentorship.notifications import writing
from mentorship.notifications.publishing import publish
from mentorship.points import ledger, pricing
from mentorship.sessions import (
    booking,
    booking_answers,
    booking_context,
    insertion,
    lifecycle,
    session_views,
    transitions,
)
from mentorship.sessions.series import dates, quotes, views
from mentorship.sessions.series.quotes import SeriesDate, SeriesRequest
from mentorship.sessions.series.views import SeriesView
from mentorship.sessions.session_views import Person, SessionView
from mentorship.time.intervals import Span
from storage import Transaction
from storage.tables import Series


@dataclass(frozen=True, slots=True)
class SeriesBooking:
    """A series that was booked, the settings of its guild, and the answers that it keeps."""

    series: SeriesView
    guild: GuildSettings
    answers: tuple[Answer, ...] = ()


async def book_series(tx: Transaction, actor: Actor, request: SeriesRequest) -> SeriesBooking:
    """Book all dates of a series that aren't skipped, or none of them.

    Each session holds its own price in escrow. The mentor is notified once, and, unless they accept
    bookings at once, has one deadline to answer all of them, counted from the first start.

    Raises what `quotes.quote_series` does, `SeriesUnavailable` if a date can't be booked,
    `NotEnoughPoints` for the price of all, `PriceChanged`, `TermsChanged`, `AnswersNeeded`,
    `QuestionsChanged`, `UnknownTimezone`, and `KeyReused` for a key that was used before with
    another request.
    """
    request.require_valid()
    context = await booking_context.load(tx, actor, request.mentor_id, request.key)
    guild = context.guild
    if context.stored_request is not None:
        return await _find_booked(tx, guild, context.stored_request, request.digest)
    context.require_timezone()
    if not context.is_recorded:
        await members.record(tx, actor)
    calendar, own_commitments = await booking.load_calendar(
        tx, actor, context, request.mentor_id, request.minutes, request.topic
    )
    starts = _require_bookable(quotes.check_dates(tx, request, calendar, own_commitments))
    price = pricing.price(calendar.hourly_rate, request.minutes)
    total = price * len(starts)
    if request.price_shown is not None and total != request.price_shown:
        raise PriceChanged(shown=request.price_shown, price=total)
    current_terms = quotes.terms(guild, calendar, price, starts)
    consent.require(Term.SERIES, request.terms_shown, current_terms)
    answers = await booking_answers.check(tx, calendar, request.answers)
    account = context.account or await ledger.load_or_open_account(tx, guild, actor.user_id)
    if account[1] < total:
        raise NotEnoughPoints(balance=account[1], needed=total, currency=guild.currency_name)
    row = {
        "guild_id": guild.id,
        "profile_id": calendar.profile_id,
        "mentee_id": actor.user_id,
        "every_weeks": request.every_weeks,
        "created_at": tx.now,
    }
    series_id: int = (await tx.connection.execute(_INSERT_SERIES, row)).scalar_one()
    first, length = min(starts), timedelta(minutes=request.minutes)
    deadline = None
    if not calendar.instant_booking:
        deadline = lifecycle.answer_deadline(tx.now, first, guild.confirm_within)
    sessions = []
    for start in sorted(starts):
        new = booking.new_session(
            calendar,
            Person(actor.user_id, context.name, context.timezone),
            Span(start, start + length),
            topic=request.topic,
            price=price,
            answer_deadline=deadline,
            series_id=series_id,
            timezone=request.timezone,
        )
        sessions.append(await insertion.insert_session(tx, guild, new, account))
        account = (account[0], account[1] - price)
    await booking_answers.store(tx, [session.id for session in sessions], answers)
    await idempotency.store_session(tx, actor, request.key, request.digest, sessions[0].id)
    await _publish(tx, sessions, series_id)
    if calendar.instant_booking:
        for session in sessions:
            await writing.write(tx, await transitions.scheduled_notifications(tx, session, guild))
    return SeriesBooking(await views.load(tx, series_id), guild, answers)


_INSERT_SERIES = insert(Series).returning(Series.id)


async def _find_booked(
    tx: Transaction, guild: GuildSettings, stored: StoredRequest, digest: str
) -> SeriesBooking:
    """Return the series that was booked under the same key before. Raises `KeyReused`."""
    session = await session_views.load(tx, stored.session_for(digest))
    assert session.series_id is not None  # The digest is that of a series.
    answers = await booking_answers.load(tx, session)
    return SeriesBooking(await views.load(tx, session.series_id), guild, answers)


def _require_bookable(checked: Sequence[SeriesDate]) -> list[datetime]:
    """Return the starts of the dates that aren't skipped.

    Raises `InvalidField` if they are too few for a series, and `SeriesUnavailable`.
    """
    chosen = [date for date in checked if not date.is_skipped]
    if len(chosen) < dates.FEWEST_SESSIONS:
        raise InvalidField(
            Field.SERIES_DATES,
            Problem.WRONG_COUNT,
            least=dates.FEWEST_SESSIONS,
            most=dates.MOST_SESSIONS,
        )
    unavailable = tuple(
        UnavailableDate(date.number, date.starts_at, date.problem.reason)
        for date in chosen
        if date.problem is not None
    )
    if unavailable:
        raise SeriesUnavailable(unavailable)
    return [date.starts_at for date in chosen]


async def _publish(tx: Transaction, sessions: Sequence[SessionView], series_id: int) -> None:
    """Record the booking of each session, and notify the mentor of the series as a whole."""
    first = sessions[0]
    guild_id, mentee_id, mentor_id = first.guild_id, first.mentee.user_id, first.mentor.user_id
    for session in sessions:
        facts = {"to": session.status, "price": session.price, "series": series_id}
        event = Event(
            EventType.SESSION_BOOKED,
            guild_id,
            mentee_id,
            subject_id=mentor_id,
            session_id=session.id,
            facts=facts,
        )
        await events.record(tx, event)
    event = Event(
        EventType.SERIES_BOOKED,
        guild_id,
        mentee_id,
        subject_id=mentor_id,
        session_id=first.id,
        facts={"to": first.status, "series": series_id, "sessions": len(sessions)},
    )
    await publish(tx, event, participants=[mentor_id], useful_until=first.starts_at)
