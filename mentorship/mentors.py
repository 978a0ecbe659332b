"""Mentors as members see them, and the hours that they offer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rapidfuzz import fuzz, process
from sqlalchemy import Row, delete, func, insert, select, update

from mentorship import availability, calendars, phrases
from mentorship.actors import Actor
from mentorship.availability import Span, WeeklyHours
from mentorship.errors import NotAMentor, UnreadableTime
from mentorship.hours import parse_hours
from storage import Transaction
from storage.tables import Member, MentorProfile, ProfileTag, Session, Tag, WeeklyHoursRow


@dataclass(frozen=True, slots=True)
class MentorView:
    """A mentor in a list: what one needs to choose. `rating` is a mean of 1 to 5, or None."""

    user_id: int
    name: str
    expertise: tuple[str, ...]
    hourly_rate: int
    timezone: str
    rating_count: int
    rating: float | None


@dataclass(frozen=True, slots=True)
class HoursView:
    """A mentor's weekly hours and what they come to.

    `outside` are starts of booked sessions that no longer lie within the hours; they stand.
    """

    zone: str
    weekly: tuple[WeeklyHours, ...]
    next_slots: tuple[datetime, ...]
    outside: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenSlots:
    """A mentor's bookable starts for sessions of `minutes`."""

    mentor_id: int
    mentor_name: str
    minutes: int
    hourly_rate: int
    starts: tuple[datetime, ...]


async def set_hours(tx: Transaction, actor: Actor, text: str) -> HoursView:
    """Replace the actor's weekly hours by typed ones, such as `mon-fri 18-21:30; sat 10-14`.

    Raises `NotAMentor` and `UnreadableHours`.
    """
    profile = await _own_profile(tx, actor)
    weekly = parse_hours(text)
    await tx.connection.execute(
        delete(WeeklyHoursRow).where(WeeklyHoursRow.profile_id == profile.id)
    )
    if weekly:
        await tx.connection.execute(
            insert(WeeklyHoursRow),
            [
                {
                    "profile_id": profile.id,
                    "weekday": hours.weekday,
                    "start_minute": hours.start,
                    "end_minute": hours.end,
                }
                for hours in weekly
            ],
        )
    await tx.connection.execute(
        update(MentorProfile)
        .where(MentorProfile.id == profile.id)
        .values(availability_version=MentorProfile.availability_version + 1)
    )
    return await _hours(tx, actor, profile)


async def hours(tx: Transaction, actor: Actor) -> HoursView:
    """The actor's own weekly hours. Raises `NotAMentor`."""
    return await _hours(tx, actor, await _own_profile(tx, actor))


async def _hours(tx: Transaction, actor: Actor, profile: Row[*tuple[Any, ...]]) -> HoursView:
    schedule = await calendars.schedule(tx, profile.id, profile.timezone)
    rows = await tx.connection.execute(
        select(Session.starts_at, Session.ends_at)
        .where(
            Session.guild_id == actor.guild,
            Session.mentor_id == actor.user_id,
            Session.status.in_(("scheduled", "confirmed")),
            Session.starts_at > tx.now,
        )
        .order_by(Session.starts_at)
    )
    booked = [Span(start, end) for start, end in rows]
    outside = availability.outside_hours(schedule, booked)
    calendar = await calendars.load(tx, actor.guild, actor.user_id)
    slots = calendar.slots(tx.now, min(calendar.durations))
    return HoursView(
        zone=profile.timezone,
        weekly=schedule.weekly,
        next_slots=tuple(slots[:5]),
        outside=tuple(span.start for span in outside),
    )


async def find(tx: Transaction, actor: Actor, text: str, limit: int = 25) -> list[MentorView]:
    """Mentors who can be booked and whose name or expertise resembles `text`, the best first.

    Without a text: the best rated first. The actor is never among them. Spelling is forgiven
    (`pyton` finds python).
    """
    rows = await tx.connection.execute(
        select(
            MentorProfile.user_id,
            Member.name,
            MentorProfile.hourly_rate,
            MentorProfile.timezone,
            MentorProfile.rating_sum,
            MentorProfile.rating_count,
            func.group_concat(Tag.name).label("tags")
            if tx.connection.dialect.name == "sqlite"
            else func.string_agg(Tag.name, ",").label("tags"),
        )
        .join(
            Member,
            (Member.guild_id == MentorProfile.guild_id) & (Member.user_id == MentorProfile.user_id),
        )
        .join(ProfileTag, ProfileTag.profile_id == MentorProfile.id)
        .join(Tag, Tag.id == ProfileTag.tag_id)
        .where(
            MentorProfile.guild_id == actor.guild,
            MentorProfile.status == "approved",
            MentorProfile.user_id != actor.user_id,
            MentorProfile.paused.is_(False) | (MentorProfile.paused_until <= tx.now),
        )
        .group_by(MentorProfile.id, Member.name)
    )
    found = sorted(map(_view, rows), key=_standing)
    wanted = text.strip().casefold()
    if not wanted:
        return found[:limit]
    ranked = process.extract(
        wanted,
        [" ".join((mentor.name.casefold(), *mentor.expertise)) for mentor in found],
        scorer=fuzz.partial_ratio,
        score_cutoff=70,
        limit=limit,
    )
    return [found[index] for _, _, index in ranked]


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
    calendar = await calendars.load(tx, actor.guild, mentor_id)
    calendar.require_open()
    length = minutes or usual_duration(calendar.durations)
    mine = await calendars.commitments(tx, actor.user_id)
    starts: Sequence[datetime]
    try:
        wish = phrases.understand(
            text, zone=await zone_of(tx, actor, calendar.schedule.zone), now=tx.now
        )
    except UnreadableTime:
        starts = calendar.slots(tx.now, length, also_busy=mine)
    else:
        begin = max(tx.now, wish.span.start - calendars.REACH / 2)
        window = (begin, max(wish.span.end, begin) + calendars.REACH)
        starts = phrases.nearest(
            calendar.slots(tx.now, length, window=window, also_busy=mine), wish, limit
        )
    return OpenSlots(mentor_id, calendar.name, length, calendar.hourly_rate, tuple(starts[:limit]))


async def durations(tx: Transaction, actor: Actor, mentor_id: int) -> tuple[int, ...]:
    """The lengths of session that a mentor offers, in minutes. Raises `NotAMentor`."""
    return (await calendars.load(tx, actor.guild, mentor_id)).durations


def usual_duration(durations: Sequence[int]) -> int:
    """The session that people mean when they name no length: the longest of at most an hour."""
    return max((minutes for minutes in durations if minutes <= 60), default=min(durations))


async def zone_of(tx: Transaction, actor: Actor, otherwise: str) -> str:
    """The actor's zone, or `otherwise` for whoever has not said theirs."""
    found = await tx.connection.scalar(
        select(Member.timezone).where(
            Member.guild_id == actor.guild, Member.user_id == actor.user_id
        )
    )
    return found or otherwise


def _view(row: Row[*tuple[Any, ...]]) -> MentorView:
    return MentorView(
        user_id=row.user_id,
        name=row.name,
        expertise=tuple(sorted(row.tags.split(","))),
        hourly_rate=row.hourly_rate,
        timezone=row.timezone,
        rating_count=row.rating_count,
        rating=row.rating_sum / row.rating_count if row.rating_count else None,
    )


def _standing(mentor: MentorView) -> tuple[float, str]:
    """Best first: a mean that one lone review can't lift above many good ones.

    Bayesian: five reviews' worth of a plain 4 stand beside the mentor's own.
    """
    stars = (mentor.rating or 0) * mentor.rating_count
    return (-(stars + 5 * 4) / (mentor.rating_count + 5), mentor.name.casefold())


async def _own_profile(tx: Transaction, actor: Actor) -> Row[*tuple[Any, ...]]:
    profile = (
        await tx.connection.execute(
            select(MentorProfile.id, MentorProfile.status, MentorProfile.timezone).where(
                MentorProfile.guild_id == actor.guild, MentorProfile.user_id == actor.user_id
            )
        )
    ).one_or_none()
    if profile is None or profile.status != "approved":
        raise NotAMentor(pending=profile is not None and profile.status == "applicant")
    return profile
