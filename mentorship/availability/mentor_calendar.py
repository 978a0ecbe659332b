"""Load a mentor's calendar: hours, limits, commitments and booked sessions.

The statements are built once, since building one in SQLAlchemy takes longer than running it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Label, Row, Select, bindparam, select

from mentorship.availability import slots
from mentorship.availability.opening_hours import DateOverride, Schedule, WeeklyHours
from mentorship.availability.slots import BookingLimits
from mentorship.errors import (
    Busy,
    MentorPaused,
    NotAMentor,
    NotBookableReason,
    SlotTaken,
    SlotUnavailable,
)
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

DEFAULT_WINDOW = timedelta(days=14)
"""How far ahead, or around a requested time, slots are listed if a caller names no window."""

MAX_BUFFER = timedelta(minutes=240)
"""The longest buffer after a session: commitments that ended earlier can't matter."""

FURTHEST_PROPOSAL = timedelta(days=365)
"""How far ahead a mentor can propose another time, whatever their booking window is."""

_ALL_WEEK = tuple(WeeklyHours(weekday, 0, 1440) for weekday in range(7))


@dataclass(frozen=True, slots=True)
class MentorCalendar:
    """Everything that decides when a mentor can be booked, as of one transaction.

    `durations` are minutes. `busy` are the mentor's commitments in all guilds, `booked` the starts
    of their sessions as a mentor in this guild, and `proposed` the current and proposed starts of
    those with an open reschedule request.
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
    proposed: tuple[tuple[datetime, datetime], ...] = ()

    def require_not_paused(self) -> None:
        """Raise `MentorPaused` while the mentor takes no new bookings."""
        if self.paused:
            raise MentorPaused(self.name)

    def slots(
        self,
        now: datetime,
        duration: int,
        *,
        window: tuple[datetime, datetime] | None = None,
        mentee_busy: Sequence[Span] = (),
    ) -> list[datetime]:
        """Return the bookable starts in `window`, by default the next `DEFAULT_WINDOW`, sorted.

        `mentee_busy` are the commitments of the person who would book.
        """
        return slots.bookable_slots(
            self.schedule,
            self.limits,
            now=now,
            busy=self.busy,
            mentee_busy=mentee_busy,
            booked=self.booked,
            proposed=self.proposed,
            window=window or (now, now + DEFAULT_WINDOW),
            duration=duration,
        )

    def require_bookable(
        self,
        now: datetime,
        start: datetime,
        duration: int,
        *,
        mentee_busy: Sequence[Span],
        is_reschedule: bool = False,
    ) -> None:
        """Raise an error with the nearest open starts unless `start` can be booked.

        `start` can be booked exactly if `slots` has it. `SlotTaken` if the mentor is busy, `Busy`
        if the mentee is, and `SlotUnavailable` for any other `NotBookableReason`. `mentee_busy` are
        the mentee's commitments.
        """
        self._require(
            self,
            now=now,
            start=start,
            duration=duration,
            mentee_busy=mentee_busy,
            is_reschedule=is_reschedule,
        )

    def for_own_proposals(self) -> MentorCalendar:
        """Return the calendar with the slots that the mentor can choose for a session themselves.

        Minimum notice, booking window and buffers say when others may choose a time. The daily and
        weekly limits say how much is too much, so they still count.
        """
        limits = replace(
            self.limits,
            buffer_before=0,
            buffer_after=0,
            minimum_notice=0,
            horizon_days=FURTHEST_PROPOSAL.days,
        )
        return replace(self, limits=limits)

    def require_proposable_by_mentor(
        self, now: datetime, start: datetime, duration: int, *, mentee_busy: Sequence[Span]
    ) -> None:
        """Raise an error with the nearest open starts unless the mentor can propose `start`.

        That is any whole minute, in their hours or not, at which both are free. Raises what
        `require_bookable` does.
        """
        own = self.for_own_proposals()
        anytime = replace(
            own,
            schedule=Schedule(self.schedule.zone, _ALL_WEEK),
            limits=replace(own.limits, step=1),
        )
        own._require(
            anytime,
            now=now,
            start=start,
            duration=duration,
            mentee_busy=mentee_busy,
            is_reschedule=True,
        )

    def _require(
        self,
        rules: MentorCalendar,
        *,
        now: datetime,
        start: datetime,
        duration: int,
        mentee_busy: Sequence[Span],
        is_reschedule: bool,
    ) -> None:
        """Raise an error with the nearest slots of this calendar unless `rules` allow `start`."""
        reason = slots.why_not_bookable(
            rules.schedule,
            rules.limits,
            now=now,
            busy=rules.busy,
            mentee_busy=mentee_busy,
            booked=rules.booked,
            proposed=rules.proposed,
            start=start,
            duration=duration,
        )
        if reason is None:
            return
        nearest = self.nearest_slots(now, start, duration, mentee_busy=mentee_busy)
        if reason is NotBookableReason.MENTEE_BUSY:
            raise Busy(nearest=nearest, is_reschedule=is_reschedule)
        if reason is NotBookableReason.BUSY:
            raise SlotTaken(nearest=nearest)
        raise SlotUnavailable(
            reason,
            nearest,
            mentor_name=self.name,
            minimum_notice=self.limits.minimum_notice,
            horizon_days=self.limits.horizon_days,
        )

    def nearest_slots(
        self, now: datetime, start: datetime, duration: int, *, mentee_busy: Sequence[Span] = ()
    ) -> tuple[datetime, ...]:
        """Return the five bookable starts nearest to `start`, the nearest first."""
        near = min(max(start, now), now + FURTHEST_PROPOSAL)
        begin = max(now, near - DEFAULT_WINDOW / 2)
        window = (begin, begin + DEFAULT_WINDOW)
        slots = self.slots(now, duration, window=window, mentee_busy=mentee_busy)
        return tuple(sorted(slots, key=lambda slot: (abs(slot - start), slot))[:5])


def window_around(span: Span, now: datetime) -> tuple[datetime, datetime]:
    """Return the window in which to look for slots near a requested time, from `now` on.

    People may name any year; nobody can be booked further ahead than `FURTHEST_PROPOSAL`.
    """
    furthest = now + FURTHEST_PROPOSAL
    start, end = (min(max(instant, now), furthest) for instant in (span.start, span.end))
    begin = max(now, start - DEFAULT_WINDOW / 2)
    return begin, max(end, begin) + DEFAULT_WINDOW


async def load(tx: Transaction, guild_id: int, user_id: int) -> MentorCalendar:
    """Load the calendar of an approved mentor. Raises `NotAMentor`."""
    calendar, _ = await load_with_commitments(tx, guild_id, user_id, NO_ID)
    return calendar


async def load_with_commitments(
    tx: Transaction, guild_id: int, mentor_id: int, mentee_id: int
) -> tuple[MentorCalendar, tuple[Span, ...]]:
    """Load the calendar of an approved mentor, and the mentee's commitments, in one statement.

    See `load` and `load_commitments`. Raises `NotAMentor`.
    """
    row = _require_approved(await _find(tx, guild_id, mentor_id, mentee_id, NO_ID))
    return _calendar(row, tx.now), _spans(row.mentee_busy)


async def load_for_reschedule(
    tx: Transaction, guild_id: int, mentor_id: int, mentee_id: int, session_id: int
) -> tuple[MentorCalendar, tuple[Span, ...]]:
    """Load the calendar of a session's mentor, and the mentee's commitments, to move the session.

    The session's own time is free, and it doesn't count towards the limits. The mentor may have
    stopped or be suspended: what is booked can still be moved.
    """
    row = await _find(tx, guild_id, mentor_id, mentee_id, session_id)
    assert row is not None  # A session refers to its mentor's profile.
    return _calendar(row, tx.now), _spans(row.mentee_busy)


async def load_many(tx: Transaction, profile_ids: Sequence[int]) -> dict[int, MentorCalendar]:
    """Load the calendars of those profiles that are approved mentors, by profile id.

    By profile id rather than by guild and user, since SQLite would read the whole guild otherwise.
    """
    params = {"profiles": profile_ids, **_commitment_params(tx.now, NO_ID)}
    rows = await tx.connection.execute(_select_many(tx.dialect), params)
    return {row.id: _calendar(row, tx.now) for row in rows.all()}


async def _find(
    tx: Transaction, guild_id: int, mentor_id: int, mentee_id: int, except_session: int
) -> Row[*tuple[Any, ...]] | None:
    params = {
        "guild": guild_id,
        "mentor": mentor_id,
        "person": mentee_id,
        **_commitment_params(tx.now, except_session),
    }
    result = await tx.connection.execute(_select_one_with_commitments(tx.dialect), params)
    return result.one_or_none()


async def load_approved_profile(
    tx: Transaction, guild_id: int, user_id: int
) -> Row[*tuple[Any, ...]]:
    """Load the profile of an approved mentor, with their name. Raises `NotAMentor`."""
    result = await tx.connection.execute(
        select_profiles_with_names().where(
            MentorProfile.guild_id == guild_id, MentorProfile.user_id == user_id
        )
    )
    return _require_approved(result.one_or_none())


async def load_schedule(tx: Transaction, profile_id: int) -> Schedule:
    """Load a profile's weekly hours and date overrides."""
    query = _select_with_hours(tx.dialect).where(MentorProfile.id == profile_id)
    return _schedule((await tx.connection.execute(query)).one())


async def load_commitments(tx: Transaction, user_id: int) -> tuple[Span, ...]:
    """Load a person's commitments in all guilds, but those over for longer than `MAX_BUFFER`."""
    params = {"person": user_id, **_commitment_params(tx.now, NO_ID)}
    rows = await tx.connection.execute(_SELECT_COMMITMENTS, params)
    return tuple(Span(start, end) for start, end in rows.all())


# --- Statements


NO_ID = 0
"""An id that no person and no session has."""


def _commitment_params(now: datetime, except_session: int) -> dict[str, object]:
    return {
        "since": now - MAX_BUFFER,
        # Weekly limits count from Monday on the mentor's clock, so up to eight days back in UTC.
        "week_start": now - timedelta(days=8),
        "except_session": except_session,
    }


def _commitments_of(person: ColumnElement[int]) -> tuple[ColumnElement[bool], ...]:
    return (
        Commitment.user_id == person,
        Commitment.ends_at > bindparam("since"),
        Commitment.session_id != bindparam("except_session"),
    )


_SELECT_COMMITMENTS = select(Commitment.starts_at, Commitment.ends_at).where(
    *_commitments_of(bindparam("person"))
)


def _select_list(dialect: str, name: str, *columns: Any) -> Select[*tuple[Any, ...]]:
    return select(json_list(dialect, *(column.expression for column in columns)).label(name))


def weekly_hours_column(dialect: str) -> Label[Any]:
    """A profile's weekly hours as one JSON column, `weekly`, for a query of profiles."""
    hours = _select_list(
        *(dialect, "weekly"),
        WeeklyHoursRow.weekday,
        WeeklyHoursRow.start_minute,
        WeeklyHoursRow.end_minute,
    )
    return (
        hours.where(WeeklyHoursRow.profile_id == MentorProfile.id).scalar_subquery().label("weekly")
    )


def _select_with_hours(dialect: str) -> Select[*tuple[Any, ...]]:
    overrides = _select_list(
        *(dialect, "overrides"),
        DateOverrideRow.date,
        DateOverrideRow.start_minute,
        DateOverrideRow.end_minute,
    ).where(DateOverrideRow.profile_id == MentorProfile.id)
    return select_profiles_with_names().add_columns(
        weekly_hours_column(dialect), overrides.scalar_subquery().label("overrides")
    )


def _select_calendars(dialect: str) -> Select[*tuple[Any, ...]]:
    busy = _select_list(dialect, "busy", Commitment.starts_at, Commitment.ends_at).where(
        *_commitments_of(MentorProfile.user_id.expression)
    )
    booked = _select_list(dialect, "booked", Session.starts_at, Session.proposed_starts_at).where(
        Session.guild_id == MentorProfile.guild_id,
        Session.mentor_id == MentorProfile.user_id,
        Session.starts_at > bindparam("week_start"),
        Session.status.not_in(CALLED_OFF),
        Session.id != bindparam("except_session"),
    )
    return _select_with_hours(dialect).add_columns(
        busy.scalar_subquery().label("busy"), booked.scalar_subquery().label("booked")
    )


@cache
def _select_one_with_commitments(dialect: str) -> Select[*tuple[Any, ...]]:
    mentee_busy = _select_list(
        dialect, "mentee_busy", Commitment.starts_at, Commitment.ends_at
    ).where(*_commitments_of(bindparam("person")))
    return (
        _select_calendars(dialect)
        .add_columns(mentee_busy.scalar_subquery().label("mentee_busy"))
        .where(
            MentorProfile.guild_id == bindparam("guild"),
            MentorProfile.user_id == bindparam("mentor"),
        )
    )


@cache
def _select_many(dialect: str) -> Select[*tuple[Any, ...]]:
    return _select_calendars(dialect).where(
        MentorProfile.id.in_(bindparam("profiles", expanding=True)),
        MentorProfile.status == ProfileStatus.APPROVED,
    )


# --- Rows


def _require_approved(profile: Row[*tuple[Any, ...]] | None) -> Row[*tuple[Any, ...]]:
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
        booked=tuple(instant_in_json(start) for start, _ in row.booked),
        proposed=tuple(
            (instant_in_json(start), instant_in_json(proposed))
            for start, proposed in row.booked
            if proposed is not None
        ),
    )


def _schedule(row: Row[*tuple[Any, ...]]) -> Schedule:
    overrides: dict[date, list[tuple[int, int]]] = {}
    for day, start, end in row.overrides:
        hours = overrides.setdefault(date.fromisoformat(day), [])
        if start is not None and end is not None:
            hours.append((start, end))
    return Schedule(
        row.timezone,
        tuple(sorted(WeeklyHours(*hours) for hours in row.weekly)),
        tuple(DateOverride(day, tuple(hours)) for day, hours in sorted(overrides.items())),
    )


def _spans(pairs: Sequence[tuple[str, str]]) -> tuple[Span, ...]:
    return tuple(Span(instant_in_json(start), instant_in_json(end)) for start, end in pairs)


def default_duration(durations: Sequence[int]) -> int:
    """Return the duration of a session without a chosen one: the longest of at most an hour."""
    return max((minutes for minutes in durations if minutes <= 60), default=min(durations))
