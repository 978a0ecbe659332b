"""A mentor's calendar: hours, limits, commitments and booked sessions, and what they leave open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam

from mentorship import faults
from mentorship.availability import calendar_statements, external_busy, slots
from mentorship.availability.busy_times import NO_BUSY_TIMES, BusyTimes
from mentorship.availability.opening_hours import DateOverride, Schedule, WeeklyHours
from mentorship.availability.slots import BookingLimits
from mentorship.availability.travel import Travel
from mentorship.errors import (
    Busy,
    MentorPaused,
    NotAMentor,
    NotBookableReason,
    SlotTaken,
    SlotUnavailable,
    UnknownTimezone,
)
from mentorship.faults import FaultKind
from mentorship.mentors.own_profile import select_profiles_with_names
from mentorship.statuses import ProfileStatus
from mentorship.time import timezones
from mentorship.time.intervals import Span, to_epoch
from storage import Transaction
from storage.queries import instant_in_json
from storage.tables import MentorProfile

DEFAULT_WINDOW = timedelta(days=14)
"""How far ahead, or around a requested time, slots are listed if a caller names no window."""

NO_ID = 0
"""An id that no person and no session has."""

FURTHEST_PROPOSAL = timedelta(days=365)
"""How far ahead a mentor can propose another time, whatever their booking window is."""

_ALL_WEEK = tuple(WeeklyHours(weekday, 0, 1440) for weekday in range(7))


@dataclass(frozen=True, slots=True)
class MentorCalendar:
    """Everything that decides when a mentor can be booked, as of one transaction.

    `durations` are minutes. `busy` are the mentor's commitments in all guilds, `booked` the starts
    of their sessions as a mentor in this guild and of their open invitations there, and `proposed`
    the current and proposed starts of sessions with an open reschedule request. `external_busy`
    are the busy spans of the mentor's own calendars, which keep others from choosing a time, but
    not the mentor.
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
    meeting_place: str | None
    schedule: Schedule
    limits: BookingLimits
    busy: tuple[Span, ...]
    booked: tuple[datetime, ...]
    proposed: tuple[tuple[datetime, datetime], ...] = ()
    external_busy: BusyTimes = NO_BUSY_TIMES

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
            external_busy=self.external_busy,
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

        That is any whole minute, in their hours or not, at which both are free. The mentor's own
        calendars don't count: `has_appointment` tells them. Raises what `require_bookable` does.
        """
        own = self.for_own_proposals()
        anytime = replace(
            own,
            schedule=Schedule(self.schedule.zone, _ALL_WEEK, travel=self.schedule.travel),
            limits=replace(own.limits, step=1),
            external_busy=NO_BUSY_TIMES,
        )
        own._require(
            anytime,
            now=now,
            start=start,
            duration=duration,
            mentee_busy=mentee_busy,
            is_reschedule=True,
            by_mentor=True,
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
        by_mentor: bool = False,
    ) -> None:
        """Raise an error with the nearest slots of this calendar unless `rules` allow `start`."""
        reason = slots.why_not_bookable(
            rules.schedule,
            rules.limits,
            now=now,
            busy=rules.busy,
            external_busy=rules.external_busy,
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
            raise SlotTaken(nearest=nearest, by_mentor=by_mentor)
        raise SlotUnavailable(
            reason,
            nearest,
            mentor_name=self.name,
            minimum_notice=self.limits.minimum_notice,
            horizon_days=self.limits.horizon_days,
            by_mentor=by_mentor,
        )

    def has_appointment(self, span: Span) -> bool:
        """Return whether the mentor is busy then by one of their own calendars."""
        return self.external_busy.overlaps(to_epoch(span.start), to_epoch(span.end))

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
    tx: Transaction, guild_id: int, mentor_id: int, mentee_id: int, until: datetime | None = None
) -> tuple[MentorCalendar, tuple[Span, ...]]:
    """Load the calendar of an approved mentor, and the mentee's commitments, in one statement.

    With `until`, only slots that end by then are right: a person's own calendars may go on for
    years. See `load` and `load_commitments`. Raises `NotAMentor`.
    """
    row = _require_approved(await _find(tx, guild_id, mentor_id, mentee_id, NO_ID, until))
    return _calendar(row, tx.now), _spans(row.mentee_busy)


async def load_for_reschedule(
    tx: Transaction, guild_id: int, mentor_id: int, mentee_id: int, session_id: int
) -> tuple[MentorCalendar, tuple[Span, ...]]:
    """Load the calendar of a session's mentor, and the mentee's commitments, to move the session.

    The session's own time is free, and it doesn't count towards the limits. The mentor may have
    stopped or be suspended: their sessions can still be moved.
    """
    row = await _find(tx, guild_id, mentor_id, mentee_id, session_id)
    assert row is not None  # A session refers to its mentor's profile.
    return _calendar(row, tx.now), _spans(row.mentee_busy)


async def load_many(
    tx: Transaction, profile_ids: Sequence[int], until: datetime
) -> dict[int, MentorCalendar]:
    """Load the calendars of those profiles that are approved mentors, by profile id.

    Their slots are right until the instant `until`: date overrides far beyond it aren't loaded.
    By profile id rather than by guild and user, since SQLite would read the whole guild otherwise.
    A calendar that can't be read is left out, so that it doesn't hide the others.
    """
    params = {
        "profiles": profile_ids,
        **calendar_statements.override_params(tx.now, until),
        **calendar_statements.commitment_params(tx.now, NO_ID),
        **external_busy.params(tx.now, until),
    }
    rows = await tx.connection.execute(calendar_statements.select_many(tx.dialect), params)

    def build(row: Row[*tuple[Any, ...]]) -> MentorCalendar:
        for zone in _unknown_zones(row):
            faults.note(tx, FaultKind.CALENDAR, row.id, UnknownTimezone(zone))
        return _calendar(row, tx.now)

    calendars = faults.readable(tx, FaultKind.CALENDAR, rows.all(), build, lambda row: row.id)
    return {calendar.profile_id: calendar for calendar in calendars}


async def _find(
    tx: Transaction,
    guild_id: int,
    mentor_id: int,
    mentee_id: int,
    except_session: int,
    until: datetime | None = None,
) -> Row[*tuple[Any, ...]] | None:
    params = {
        "guild": guild_id,
        "mentor": mentor_id,
        "person": mentee_id,
        **calendar_statements.override_params(tx.now),
        **calendar_statements.commitment_params(tx.now, except_session),
        **external_busy.params(tx.now, until),
    }
    result = await tx.connection.execute(
        calendar_statements.select_one_with_commitments(tx.dialect), params
    )
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
    """Load a profile's weekly hours, date overrides and trips."""
    query = calendar_statements.select_with_hours(tx.dialect).where(MentorProfile.id == profile_id)
    params = calendar_statements.override_params(tx.now)
    return _schedule((await tx.connection.execute(query, params)).one())


async def load_schedules(
    tx: Transaction, profile_ids: Sequence[int], first: date, last: date
) -> dict[int, Schedule]:
    """Load the hours of profiles by id, right for all instants of the dates `first` to `last`.

    Those of the past are as they are stored today: past date overrides are deleted after some days.
    A profile whose hours can't be read is left out.
    """
    query = calendar_statements.select_with_hours(tx.dialect).where(
        MentorProfile.id.in_(bindparam("profiles", expanding=True))
    )
    near = timedelta(days=2)
    params = {"profiles": profile_ids, "first_date": first - near, "last_date": last + near}
    rows = (await tx.connection.execute(query, params)).all()

    def build(row: Row[*tuple[Any, ...]]) -> tuple[int, Schedule]:
        return row.id, _schedule(row)

    return dict(faults.readable(tx, FaultKind.CALENDAR, rows, build, lambda row: row.id))


async def load_commitments(tx: Transaction, user_id: int) -> tuple[Span, ...]:
    """Load a person's commitments in all guilds, but those that can no longer matter."""
    params = {"person": user_id, **calendar_statements.commitment_params(tx.now, NO_ID)}
    rows = await tx.connection.execute(calendar_statements.SELECT_COMMITMENTS, params)
    return tuple(Span(start, end) for start, end in rows.all())


# --- Rows


def _require_approved(profile: Row[*tuple[Any, ...]] | None) -> Row[*tuple[Any, ...]]:
    if profile is None or profile.status != ProfileStatus.APPROVED:
        raise NotAMentor(None if profile is None else profile.name)
    return profile


def _calendar(row: Row[*tuple[Any, ...]], now: datetime) -> MentorCalendar:
    if not (min(row.durations, default=0) > 0 and row.slot_step > 0):
        raise ValueError("a mentor's sessions or steps have no length")
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
        meeting_place=row.meeting_place,
        schedule=_schedule(row),
        limits=BookingLimits(
            step=row.slot_step,
            buffer_before=row.buffer_before,
            buffer_after=row.buffer_after,
            minimum_notice=row.minimum_notice,
            horizon_days=row.horizon_days,
            most_per_day=row.most_per_day,
            most_per_week=row.most_per_week,
            fill_gaps=row.fill_gaps,
        ),
        busy=_spans(row.busy),
        external_busy=external_busy.parse(row.external_busy),
        booked=tuple(
            map(
                instant_in_json,
                (*(start for start, _ in row.booked), *row.booked_groups, *row.invited),
            )
        ),
        proposed=tuple(
            (instant_in_json(start), instant_in_json(proposed))
            for start, proposed in row.booked
            if proposed is not None
        ),
    )


def _schedule(row: Row[*tuple[Any, ...]]) -> Schedule:
    if _unknown_zones(row):
        # In another zone, these hours would offer times that the mentor never chose.
        return Schedule(timezones.FALLBACK)
    overrides: dict[date, list[tuple[int, int]]] = {}
    for day, start, end in row.overrides:
        hours = overrides.setdefault(date.fromisoformat(day), [])
        if start is not None and end is not None:
            hours.append((start, end))
    return Schedule(
        row.timezone,
        tuple(sorted(WeeklyHours(*hours) for hours in row.weekly)),
        tuple(DateOverride(day, tuple(hours)) for day, hours in sorted(overrides.items())),
        tuple(
            sorted(
                Travel(date.fromisoformat(first), date.fromisoformat(last), zone)
                for first, last, zone in row.travel
            )
        ),
    )


def _unknown_zones(row: Row[*tuple[Any, ...]]) -> list[str]:
    """Return the zones of a mentor's hours and trips that this tz database lacks."""
    zones = [row.timezone, *(zone for _, _, zone in row.travel)]
    return [zone for zone in zones if not timezones.is_known(zone)]


def _spans(pairs: Sequence[tuple[str, str]]) -> tuple[Span, ...]:
    return tuple(Span(instant_in_json(start), instant_in_json(end)) for start, end in pairs)


def default_duration(durations: Sequence[int]) -> int:
    """Return the duration of a session without a chosen one: the longest of at most an hour."""
    return max((minutes for minutes in durations if minutes <= 60), default=min(durations))
