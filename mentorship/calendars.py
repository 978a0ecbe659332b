"""A mentor's time as the data has it: hours, limits, and what is taken already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, select

from mentorship import availability
from mentorship.availability import (
    BookingLimits,
    DateOverride,
    Refusal,
    Schedule,
    Span,
    WeeklyHours,
)
from mentorship.errors import MentorPaused, NotAMentor
from storage import Transaction
from storage.tables import (
    Commitment,
    DateOverrideRow,
    Member,
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
        return availability.bookable_slots(
            self.schedule,
            self.limits,
            now=now,
            busy=(*self.busy, *self._padded(also_busy)),
            booked=self.booked,
            window=window or (now, now + REACH),
            duration=duration,
        )

    def refusal(self, now: datetime, start: datetime, duration: int) -> Refusal | None:
        """Why `start` can't be booked, or None."""
        return availability.why_not_bookable(
            self.schedule,
            self.limits,
            now=now,
            busy=self.busy,
            booked=self.booked,
            start=start,
            duration=duration,
        )

    def sentence_of(self, refusal: Refusal) -> str:
        """A refusal as a sentence for the person who would come."""
        return {
            Refusal.PAST: "That time is already past.",
            Refusal.NOTICE: (
                f"That is too soon: {self.name} wants to know "
                f"{_length(self.limits.minimum_notice)} ahead."
            ),
            Refusal.HORIZON: (
                f"That is too far ahead: {self.name} can be booked "
                f"{self.limits.horizon_days} days ahead at most."
            ),
            Refusal.HOURS: f"{self.name} has no session starting then.",
            Refusal.BUSY: "That slot was just taken.",
            Refusal.DAY_FULL: f"{self.name} takes no more sessions on that day.",
            Refusal.WEEK_FULL: f"{self.name} takes no more sessions in that week.",
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
    profile = await approved(tx, guild_id, user_id)
    promised = await _commitments(tx, [user_id], leaving_out)
    return (await _calendars(tx, [profile], promised, leaving_out))[profile.id]


async def load_with(
    tx: Transaction, guild_id: int, mentor_id: int, person_id: int
) -> tuple[MentorCalendar, tuple[Span, ...]]:
    """The calendar of an approved mentor beside what a person who would meet them has promised
    (as `commitments` has it). Raises `NotAMentor`."""
    profile = await approved(tx, guild_id, mentor_id)
    promised = await _commitments(tx, [mentor_id, person_id], None)
    calendar = (await _calendars(tx, [profile], promised))[profile.id]
    return calendar, tuple(promised[person_id])


async def approved(tx: Transaction, guild_id: int, user_id: int) -> Row[*tuple[Any, ...]]:
    """The profile of an approved mentor, with their name. Raises `NotAMentor`."""
    profile = (
        await tx.connection.execute(
            profiles_with_names().where(
                MentorProfile.guild_id == guild_id, MentorProfile.user_id == user_id
            )
        )
    ).one_or_none()
    if profile is None or profile.status != "approved":
        raise NotAMentor("This member" if profile is None else profile.name)
    return profile


async def load_many(tx: Transaction, profile_ids: Sequence[int]) -> dict[int, MentorCalendar]:
    """The calendars of those among the profiles of a guild who are approved mentors, by profile.

    As many statements as for one of them. By the profiles' own ids, since SQLite has no notion of
    how large a guild is, and would read all of it to find some of its members.
    """
    rows = await tx.connection.execute(
        profiles_with_names().where(
            MentorProfile.id.in_(profile_ids), MentorProfile.status == "approved"
        )
    )
    profiles = rows.all()
    promised = await _commitments(tx, [profile.user_id for profile in profiles], None)
    return await _calendars(tx, profiles, promised)


def profiles_with_names() -> Select[*tuple[Any, ...]]:
    """Whole profiles, each with what its owner is called; a condition is added by whoever asks."""
    return select(*MentorProfile.__table__.c, Member.name).join(Member)


async def _calendars(
    tx: Transaction,
    profiles: Sequence[Row[*tuple[Any, ...]]],
    promised: Mapping[int, Sequence[Span]],
    leaving_out: int | None = None,
) -> dict[int, MentorCalendar]:
    """The calendars of mentors whose commitments are at hand."""
    if not profiles:
        return {}
    schedules = await _schedules(tx, {profile.id: profile.timezone for profile in profiles})
    people = [profile.user_id for profile in profiles]
    booked = await _booked(tx, profiles[0].guild_id, people, leaving_out)
    return {
        profile.id: MentorCalendar(
            profile_id=profile.id,
            guild_id=profile.guild_id,
            user_id=profile.user_id,
            name=profile.name,
            hourly_rate=profile.hourly_rate,
            paused=profile.paused
            and (profile.paused_until is None or tx.now < profile.paused_until),
            durations=tuple(profile.durations),
            instant_booking=profile.instant_booking,
            meeting_link=profile.meeting_link,
            schedule=schedules[profile.id],
            limits=BookingLimits(
                step=profile.slot_step,
                buffer_before=profile.buffer_before,
                buffer_after=profile.buffer_after,
                minimum_notice=profile.minimum_notice,
                horizon_days=profile.horizon_days,
                most_per_day=profile.most_per_day,
                most_per_week=profile.most_per_week,
            ),
            busy=tuple(promised[profile.user_id]),
            booked=tuple(booked[profile.user_id]),
        )
        for profile in profiles
    }


async def schedule(tx: Transaction, profile_id: int, zone: str) -> Schedule:
    """A profile's hours on the clock of `zone`, with the dates that differ."""
    return (await _schedules(tx, {profile_id: zone}))[profile_id]


async def _schedules(tx: Transaction, zones: Mapping[int, str]) -> dict[int, Schedule]:
    """The hours of profiles, each on the clock of its zone."""
    weekly: dict[int, list[WeeklyHours]] = {profile_id: [] for profile_id in zones}
    rows = await tx.connection.execute(
        select(
            WeeklyHoursRow.profile_id,
            WeeklyHoursRow.weekday,
            WeeklyHoursRow.start_minute,
            WeeklyHoursRow.end_minute,
        ).where(WeeklyHoursRow.profile_id.in_(zones))
    )
    for profile_id, *hours in rows:
        weekly[profile_id].append(WeeklyHours(*hours))
    overrides: dict[int, dict[date, list[tuple[int, int]]]] = defaultdict(dict)
    dates = await tx.connection.execute(
        select(
            DateOverrideRow.profile_id,
            DateOverrideRow.date,
            DateOverrideRow.start_minute,
            DateOverrideRow.end_minute,
        ).where(DateOverrideRow.profile_id.in_(zones))
    )
    for profile_id, day, start, end in dates:
        kept = overrides[profile_id].setdefault(day, [])
        if start is not None and end is not None:
            kept.append((start, end))
    return {
        profile_id: Schedule(
            zone,
            tuple(sorted(weekly[profile_id])),
            tuple(
                DateOverride(day, tuple(kept))
                for day, kept in sorted(overrides[profile_id].items())
            ),
        )
        for profile_id, zone in zones.items()
    }


async def commitments(
    tx: Transaction, user_id: int, *, leaving_out: int | None = None
) -> tuple[Span, ...]:
    """What a person has promised, in whatever guild: from now on, and what a buffer may follow."""
    return tuple((await _commitments(tx, [user_id], leaving_out))[user_id])


async def _commitments(
    tx: Transaction, user_ids: Sequence[int], leaving_out: int | None
) -> dict[int, list[Span]]:
    promised: dict[int, list[Span]] = defaultdict(list)
    rows = await tx.connection.execute(
        select(Commitment.user_id, Commitment.starts_at, Commitment.ends_at).where(
            Commitment.user_id.in_(user_ids),
            Commitment.ends_at > tx.now - LONGEST_BUFFER,
            *([] if leaving_out is None else [Commitment.session_id != leaving_out]),
        )
    )
    for user_id, start, end in rows:
        promised[user_id].append(Span(start, end))
    return promised


async def _booked(
    tx: Transaction, guild_id: int, user_ids: Sequence[int], leaving_out: int | None
) -> dict[int, list[datetime]]:
    # Caps count whole weeks of the mentor's calendar, so the present week counts from its Monday.
    booked: dict[int, list[datetime]] = defaultdict(list)
    rows = await tx.connection.execute(
        select(Session.mentor_id, Session.starts_at).where(
            Session.guild_id == guild_id,
            Session.mentor_id.in_(user_ids),
            Session.starts_at > tx.now - timedelta(days=8),
            Session.status.not_in(("declined", "expired", "cancelled")),
            *([] if leaving_out is None else [Session.id != leaving_out]),
        )
    )
    for user_id, start in rows:
        booked[user_id].append(start)
    return booked
