"""A mentor's time as the data has it: hours, limits, and what is taken already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Label, Row, Select, bindparam, select

from mentorship.availability import slots
from mentorship.availability.opening_hours import DateOverride, Schedule, WeeklyHours
from mentorship.availability.slots import BookingLimits, NotBookableReason
from mentorship.errors import MentorPaused, NotAMentor
from mentorship.mentors.own_profile import select_profiles_with_names
from mentorship.statuses import CALLED_OFF, ProfileStatus
from mentorship.time.intervals import Span
from storage import Transaction
from storage.queries import instant_in_json, json_list
from storage.tables import (
    Commitment,
    DateOverrideRow,
    MentorProfile,
    Session,
    WeeklyHoursRow,
)

REACH = timedelta(days=14)
"""How far around a wanted time the nearest open ones are looked for."""

LONGEST_BUFFER = timedelta(minutes=240)
"""How long after a session its mentor may want to be left alone."""


@dataclass(frozen=True, slots=True)
class MentorCalendar:
    """Everything that decides when a mentor can be booked, as of one transaction.

    `durations` are minutes; `busy` is what the mentor has promised, in whatever guild; `booked`
    are the starts of their own sessions as a mentor here.
    """

    profile_id: int
    guild_id: int
    user_id: int
    name: str
    hourly_rate: int
    paused: bool
    durations: tuple[int, ...]
    instant_booking: bool
    meeting_link: str | None
    schedule: Schedule
    limits: BookingLimits
    busy: tuple[Span, ...]
    booked: tuple[datetime, ...]

    def require_open(self) -> None:
        """Raise `MentorPaused` while the mentor takes no new bookings."""
        if self.paused:
            raise MentorPaused(self.name)

    def slots(
        self,
        now: datetime,
        duration: int,
        *,
        window: tuple[datetime, datetime] | None = None,
        also_busy: Sequence[Span] = (),
    ) -> list[datetime]:
        """The bookable starts in `window` (by default the next `REACH`), sorted.

        `also_busy` is the time of whoever wants to come.
        """
        return slots.bookable_slots(
            self.schedule,
            self.limits,
            now=now,
            busy=(*self.busy, *self._padded(also_busy)),
            booked=self.booked,
            window=window or (now, now + REACH),
            duration=duration,
        )

    def refusal(self, now: datetime, start: datetime, duration: int) -> NotBookableReason | None:
        """Why `start` can't be booked, or None."""
        return slots.why_not_bookable(
            self.schedule,
            self.limits,
            now=now,
            busy=self.busy,
            booked=self.booked,
            start=start,
            duration=duration,
        )

    def sentence_of(self, refusal: NotBookableReason) -> str:
        """A refusal as a sentence for the person who would come."""
        return {
            NotBookableReason.PAST: "That time is already past.",
            NotBookableReason.NOTICE: (
                f"That is too soon: {self.name} wants to know "
                f"{_length(self.limits.minimum_notice)} ahead."
            ),
            NotBookableReason.HORIZON: (
                f"That is too far ahead: {self.name} can be booked "
                f"{self.limits.horizon_days} days ahead at most."
            ),
            NotBookableReason.HOURS: f"{self.name} has no session starting then.",
            NotBookableReason.BUSY: "That slot was just taken.",
            NotBookableReason.DAY_FULL: f"{self.name} takes no more sessions on that day.",
            NotBookableReason.WEEK_FULL: f"{self.name} takes no more sessions in that week.",
        }[refusal]

    def nearest(
        self, now: datetime, start: datetime, duration: int, *, also_busy: Sequence[Span] = ()
    ) -> tuple[datetime, ...]:
        """The five bookable starts that are nearest to a wanted one, the nearest first."""
        begin = max(now, start - REACH / 2)
        slots = self.slots(now, duration, window=(begin, begin + REACH), also_busy=also_busy)
        return tuple(sorted(slots, key=lambda slot: (abs(slot - start), slot))[:5])

    def _padded(self, spans: Sequence[Span]) -> tuple[Span, ...]:
        """The mentee's time less the mentor's buffers, which are the mentor's to keep alone."""
        before = timedelta(minutes=self.limits.buffer_before)
        after = timedelta(minutes=self.limits.buffer_after)
        return tuple(
            Span(span.start + after, span.end - before)
            for span in spans
            if span.start + after < span.end - before
        )


def _length(minutes: int) -> str:
    if minutes % 60:
        return f"{minutes} minutes"
    hours = minutes // 60
    return "an hour" if hours == 1 else f"{hours} hours"


async def load(
    tx: Transaction, guild_id: int, user_id: int, *, leaving_out: int | None = None
) -> MentorCalendar:
    """The calendar of an approved mentor. Raises `NotAMentor`.

    `leaving_out` names a session that is to be moved: it neither takes time nor counts.
    """
    calendar, _ = await load_with(tx, guild_id, user_id, NOBODY, leaving_out=leaving_out)
    return calendar


async def load_with(
    tx: Transaction,
    guild_id: int,
    mentor_id: int,
    person_id: int,
    *,
    leaving_out: int | None = None,
) -> tuple[MentorCalendar, tuple[Span, ...]]:
    """The calendar of an approved mentor beside what a person who would meet them has promised
    (as `commitments` has it), in one look. Raises `NotAMentor`."""
    asked = {
        "guild": guild_id,
        "mentor": mentor_id,
        "person": person_id,
        **_around(tx.now, leaving_out),
    }
    found = await tx.connection.execute(_one_with(tx.dialect), asked)
    row = _of_an_approved(found.one_or_none())
    return _calendar(row, tx.now), _spans(row.promised)


async def load_many(tx: Transaction, profile_ids: Sequence[int]) -> dict[int, MentorCalendar]:
    """The calendars of those among the profiles of a guild who are approved mentors, by profile.

    One statement, as for one of them. By the profiles' own ids, since SQLite has no notion of how
    large a guild is, and would read all of it to find some of its members.
    """
    asked = {"profiles": profile_ids, **_around(tx.now, None)}
    rows = await tx.connection.execute(_many(tx.dialect), asked)
    return {row.id: _calendar(row, tx.now) for row in rows.all()}


async def approved(tx: Transaction, guild_id: int, user_id: int) -> Row[*tuple[Any, ...]]:
    """The profile of an approved mentor, with their name. Raises `NotAMentor`."""
    found = await tx.connection.execute(
        select_profiles_with_names().where(
            MentorProfile.guild_id == guild_id, MentorProfile.user_id == user_id
        )
    )
    return _of_an_approved(found.one_or_none())


async def schedule(tx: Transaction, profile_id: int) -> Schedule:
    """A profile's hours on its own clock, with the dates that differ."""
    asked = _hours(tx.dialect).where(MentorProfile.id == profile_id)
    return _schedule((await tx.connection.execute(asked)).one())


async def commitments(
    tx: Transaction, user_id: int, *, leaving_out: int | None = None
) -> tuple[Span, ...]:
    """What a person has promised, in whatever guild: from now on, and what a buffer may follow."""
    asked = {"person": user_id, **_around(tx.now, leaving_out)}
    rows = await tx.connection.execute(_PROMISED, asked)
    return tuple(Span(start, end) for start, end in rows.all())


# --- The statements, built once: what SQLAlchemy makes of one costs more than the engine's answer.

NOBODY = 0
"""No person's id, and no session's."""


def _around(now: datetime, leaving_out: int | None) -> dict[str, object]:
    """From when on time counts, and which session doesn't."""
    return {
        "since": now - LONGEST_BUFFER,
        # Caps count whole weeks of the mentor's calendar, so the present week from its Monday.
        "this_week": now - timedelta(days=8),
        "leaving_out": leaving_out or NOBODY,
    }


def _promised_by(person: ColumnElement[int]) -> tuple[ColumnElement[bool], ...]:
    return (
        Commitment.user_id == person,
        Commitment.ends_at > bindparam("since"),
        Commitment.session_id != bindparam("leaving_out"),
    )


_PROMISED = select(Commitment.starts_at, Commitment.ends_at).where(
    *_promised_by(bindparam("person"))
)


def _list(dialect: str, name: str, *columns: Any) -> Select[*tuple[Any, ...]]:
    return select(json_list(dialect, *(column.expression for column in columns)).label(name))


def weekly_of(dialect: str) -> Label[Any]:
    """A profile's weekly hours as one column, `weekly`, beside what is selected of it."""
    hours = _list(
        *(dialect, "weekly"),
        WeeklyHoursRow.weekday,
        WeeklyHoursRow.start_minute,
        WeeklyHoursRow.end_minute,
    )
    return (
        hours.where(WeeklyHoursRow.profile_id == MentorProfile.id).scalar_subquery().label("weekly")
    )


def _hours(dialect: str) -> Select[*tuple[Any, ...]]:
    dates = _list(
        *(dialect, "dates"),
        DateOverrideRow.date,
        DateOverrideRow.start_minute,
        DateOverrideRow.end_minute,
    ).where(DateOverrideRow.profile_id == MentorProfile.id)
    return select_profiles_with_names().add_columns(
        weekly_of(dialect), dates.scalar_subquery().label("dates")
    )


def _whole(dialect: str) -> Select[*tuple[Any, ...]]:
    busy = _list(dialect, "busy", Commitment.starts_at, Commitment.ends_at).where(
        *_promised_by(MentorProfile.user_id.expression)
    )
    booked = _list(dialect, "booked", Session.starts_at).where(
        Session.guild_id == MentorProfile.guild_id,
        Session.mentor_id == MentorProfile.user_id,
        Session.starts_at > bindparam("this_week"),
        Session.status.not_in(CALLED_OFF),
        Session.id != bindparam("leaving_out"),
    )
    return _hours(dialect).add_columns(
        busy.scalar_subquery().label("busy"), booked.scalar_subquery().label("booked")
    )


@cache
def _one_with(dialect: str) -> Select[*tuple[Any, ...]]:
    promised = _list(dialect, "promised", Commitment.starts_at, Commitment.ends_at).where(
        *_promised_by(bindparam("person"))
    )
    return (
        _whole(dialect)
        .add_columns(promised.scalar_subquery().label("promised"))
        .where(
            MentorProfile.guild_id == bindparam("guild"),
            MentorProfile.user_id == bindparam("mentor"),
        )
    )


@cache
def _many(dialect: str) -> Select[*tuple[Any, ...]]:
    return _whole(dialect).where(
        MentorProfile.id.in_(bindparam("profiles", expanding=True)),
        MentorProfile.status == ProfileStatus.APPROVED,
    )


# --- What comes back


def _of_an_approved(profile: Row[*tuple[Any, ...]] | None) -> Row[*tuple[Any, ...]]:
    if profile is None or profile.status != ProfileStatus.APPROVED:
        raise NotAMentor(None if profile is None else profile.name)
    return profile


def _calendar(row: Row[*tuple[Any, ...]], now: datetime) -> MentorCalendar:
    return MentorCalendar(
        profile_id=row.id,
        guild_id=row.guild_id,
        user_id=row.user_id,
        name=row.name,
        hourly_rate=row.hourly_rate,
        paused=row.paused and (row.paused_until is None or now < row.paused_until),
        durations=tuple(row.durations),
        instant_booking=row.instant_booking,
        meeting_link=row.meeting_link,
        schedule=_schedule(row),
        limits=BookingLimits(
            step=row.slot_step,
            buffer_before=row.buffer_before,
            buffer_after=row.buffer_after,
            minimum_notice=row.minimum_notice,
            horizon_days=row.horizon_days,
            most_per_day=row.most_per_day,
            most_per_week=row.most_per_week,
        ),
        busy=_spans(row.busy),
        booked=tuple(instant_in_json(start) for start in row.booked),
    )


def _schedule(row: Row[*tuple[Any, ...]]) -> Schedule:
    dates: dict[date, list[tuple[int, int]]] = {}
    for day, start, end in row.dates:
        kept = dates.setdefault(date.fromisoformat(day), [])
        if start is not None and end is not None:
            kept.append((start, end))
    return Schedule(
        row.timezone,
        tuple(sorted(WeeklyHours(*hours) for hours in row.weekly)),
        tuple(DateOverride(day, tuple(kept)) for day, kept in sorted(dates.items())),
    )


def _spans(spans: Sequence[tuple[str, str]]) -> tuple[Span, ...]:
    return tuple(Span(instant_in_json(start), instant_in_json(end)) for start, end in spans)


def usual_duration(durations: Sequence[int]) -> int:
    """The session that people mean when they name no length: the longest of at most an hour."""
    return max((minutes for minutes in durations if minutes <= 60), default=min(durations))
