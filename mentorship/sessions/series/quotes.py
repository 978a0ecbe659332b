"""A series before it is booked: its dates, which of them fit, and the terms. Writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from mentorship import idempotency
from mentorship.actors import Actor
from mentorship.availability.mentor_calendar import FURTHEST_PROPOSAL, MentorCalendar
from mentorship.errors import Field, InvalidField, Problem, SlotUnavailable
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.mentors import booking_questions
from mentorship.mentors.question_rules import GivenAnswer, Question
from mentorship.points import ledger, pricing
from mentorship.sessions import booking, booking_context, lifecycle
from mentorship.sessions.series import dates
from mentorship.time.intervals import Span
from storage import Transaction

MAX_ALTERNATIVES = 20
"""Open slots that are offered in place of one date."""


@dataclass(frozen=True, slots=True)
class SeriesRequest:
    """A mentee's request for a series: `count` sessions, one every `every_weeks` weeks.

    `starts_at` (UTC) is the first date. Dates are numbered from 1. Those in `skipped` are left out,
    and those in `moved` start at another time. `price_shown` is the price of all sessions in points
    that the mentee agreed to, and `terms_shown` the `terms` of the quote; None accepts any.
    `key` is the idempotency key, `timezone` the mentee's, and `answers` are kept with each of the
    sessions, as for `booking.BookingRequest`.
    """

    mentor_id: int
    starts_at: datetime
    minutes: int
    every_weeks: int
    count: int
    topic: str = ""
    skipped: frozenset[int] = frozenset()
    moved: Mapping[int, datetime] = field(default_factory=dict)
    price_shown: int | None = None
    terms_shown: str | None = None
    key: str | None = None
    timezone: str | None = None
    answers: tuple[GivenAnswer, ...] = ()

    @property
    def digest(self) -> str:
        """The digest that tells whether a repeated key came with the same request.

        As for `booking.BookingRequest`.
        """
        moved = sorted((number, start.timestamp()) for number, start in self.moved.items())
        return idempotency.digest(
            *("series", self.mentor_id, self.starts_at.timestamp(), self.minutes),
            *(self.every_weeks, self.count, self.topic, sorted(self.skipped), moved),
        )

    def require_valid(self) -> None:
        """Raise `InvalidField` for an interval, a count or a number of a date out of range."""
        if self.every_weeks not in dates.INTERVALS:
            raise InvalidField(Field.EVERY_WEEKS, Problem.NOT_AN_OPTION)
        least, most = dates.FEWEST_SESSIONS, dates.MOST_SESSIONS
        if not least <= self.count <= most:
            raise InvalidField(Field.SERIES_COUNT, Problem.OUT_OF_RANGE, least=least, most=most)
        numbers = range(1, self.count + 1)
        if not all(number in numbers for number in (*self.skipped, *self.moved)):
            raise InvalidField(Field.SERIES_DATES, Problem.OUT_OF_RANGE, least=1, most=self.count)


@dataclass(frozen=True, slots=True)
class SeriesDate:
    """One date of a series, numbered from 1. Instants are UTC.

    `planned_at` is the time that the series gives it, and `starts_at` the one that the mentee
    chose. `problem` says why it can't be booked; None if it fits, or is skipped. `alternatives` are
    open slots near the planned time, sorted. `mentor_zone` is the zone of the mentor's clock.
    """

    number: int
    planned_at: datetime
    starts_at: datetime
    mentor_zone: str
    is_skipped: bool = False
    problem: SlotUnavailable | None = None
    alternatives: tuple[datetime, ...] = ()

    @property
    def is_moved(self) -> bool:
        """Whether the mentee chose another time than the series gives."""
        return self.starts_at != self.planned_at

    @property
    def is_bookable(self) -> bool:
        """Whether booking the series would book this date."""
        return not self.is_skipped and self.problem is None


@dataclass(frozen=True, slots=True)
class SeriesQuote:
    """The dates of a series and the terms of booking those that fit. A quote reserves nothing.

    `price` is that of one session, `total` that of all that fit, and `balance` the mentee's before
    the booking, all in points. `zone` is the mentee's. The other fields are those of
    `booking.Quote`. `terms` stands for the dates that fit and all terms but the price.
    """

    mentor_id: int
    mentor_name: str
    minutes: int
    every_weeks: int
    topic: str
    dates: tuple[SeriesDate, ...]
    price: int
    balance: int
    zone: str
    mentor_zone: str
    confirmed_at_once: bool
    answer_deadline: datetime | None
    free_cancellation_until: int
    late_refund_percent: int
    cancellation_grace: int
    terms: str
    questions: tuple[Question, ...] = ()

    @property
    def bookable(self) -> tuple[SeriesDate, ...]:
        """The dates that booking the series would book."""
        return tuple(each for each in self.dates if each.is_bookable)

    @property
    def total(self) -> int:
        """The price of all sessions that fit, in points."""
        return self.price * len(self.bookable)


async def quote_series(tx: Transaction, actor: Actor, request: SeriesRequest) -> SeriesQuote:
    """Return the dates of a series, why some can't be booked, and the terms. Writes nothing.

    Raises `InvalidField`, and what `booking.quote` does, except about single times and the balance.
    """
    request.require_valid()
    context = await booking_context.load(tx, actor, request.mentor_id, request.key)
    zone = context.require_timezone()
    calendar, own_commitments = await booking.load_calendar(
        tx, actor, context, request.mentor_id, request.minutes, request.topic
    )
    balance = (
        await ledger.load_starting_balance(tx, context.guild, actor.user_id)
        if context.account is None
        else context.account[1]
    )
    each = check_dates(tx, request, calendar, own_commitments, with_alternatives=True)
    price = pricing.price(calendar.hourly_rate, request.minutes)
    starts = [date.starts_at for date in each if date.is_bookable]
    guild = context.guild
    return SeriesQuote(
        mentor_id=request.mentor_id,
        mentor_name=calendar.name,
        minutes=request.minutes,
        every_weeks=request.every_weeks,
        topic=request.topic,
        dates=each,
        price=price,
        balance=balance,
        zone=zone,
        mentor_zone=calendar.schedule.zone_at(request.starts_at),
        confirmed_at_once=calendar.instant_booking,
        answer_deadline=lifecycle.answer_deadline(tx.now, starts[0], guild.confirm_within)
        if starts
        else None,
        free_cancellation_until=guild.free_cancellation_until,
        late_refund_percent=guild.late_refund_percent,
        cancellation_grace=guild.cancellation_grace,
        terms=terms(guild, calendar, price, starts),
        questions=await booking_questions.list_of_profile(tx, calendar.profile_id),
    )


def terms(
    guild: GuildSettings, calendar: MentorCalendar, price: int, starts: list[datetime]
) -> str:
    """Return eight characters that change with the dates and the terms beside the price."""
    return idempotency.digest(
        booking.terms(guild, calendar, price), [start.timestamp() for start in starts]
    )[:8]


def check_dates(
    tx: Transaction,
    request: SeriesRequest,
    calendar: MentorCalendar,
    own_commitments: tuple[Span, ...],
    *,
    with_alternatives: bool = False,
) -> tuple[SeriesDate, ...]:
    """Return the dates of a series, in order, and which of them can be booked together.

    Each date is checked with the earlier ones as if they were booked. The first that is booked has
    to be in the mentor's booking window; the others may lie beyond it, up to `FURTHEST_PROPOSAL`
    from now. Raises `InvalidField` for a date that is moved too far.
    """
    planned = dates.series_dates(
        calendar.schedule, request.starts_at, request.every_weeks, request.count
    )
    length = timedelta(minutes=request.minutes)
    busy, checked = own_commitments, list[SeriesDate]()
    for number, planned_at in enumerate(planned, 1):
        start = request.moved.get(number, planned_at)
        if not dates.can_be_moved_to(planned_at, start, request.every_weeks):
            raise InvalidField(Field.SERIES_DATES, Problem.TOO_LARGE, count=number)
        date = SeriesDate(
            number,
            planned_at,
            start,
            calendar.schedule.zone_at(start),
            is_skipped=number in request.skipped,
        )
        problem = None
        if not date.is_skipped:
            problem = _why_not_bookable(tx, calendar, start, request.minutes, busy)
        if with_alternatives:
            reach = timedelta(weeks=request.every_weeks) / 2
            near = calendar.slots(
                tx.now,
                request.minutes,
                window=(planned_at - reach, planned_at + reach + length),
                mentee_busy=busy,
            )
            nearest = sorted(near, key=lambda slot: (abs(slot - planned_at), slot))
            date = replace(date, alternatives=tuple(sorted(nearest[:MAX_ALTERNATIVES])))
        date = replace(date, problem=problem)
        checked.append(date)
        if date.is_bookable:
            session = Span(start, start + length)
            busy = (*busy, session)
            calendar = _with_session(calendar, session)
    return tuple(checked)


def _with_session(calendar: MentorCalendar, session: Span) -> MentorCalendar:
    """Return the calendar once a date is booked: it has no booking window for the others."""
    return replace(
        calendar,
        busy=(*calendar.busy, session),
        booked=(*calendar.booked, session.start),
        limits=replace(calendar.limits, horizon_days=FURTHEST_PROPOSAL.days),
    )


def _why_not_bookable(
    tx: Transaction,
    calendar: MentorCalendar,
    start: datetime,
    minutes: int,
    own_commitments: tuple[Span, ...],
) -> SlotUnavailable | None:
    try:
        calendar.require_bookable(tx.now, start, minutes, mentee_busy=own_commitments)
    except SlotUnavailable as error:
        return error
    return None
