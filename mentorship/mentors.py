"""Mentors as members see them: who there is, and when they are free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rapidfuzz import fuzz, process
from sqlalchemy import Row, func, select

from mentorship import calendars, phrases
from mentorship.actors import Actor
from mentorship.errors import UnreadableTime
from storage import Transaction
from storage.tables import Member, MentorProfile, ProfileTag, Tag


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
class OpenSlots:
    """A mentor's bookable starts for sessions of `minutes`."""

    mentor_id: int
    mentor_name: str
    minutes: int
    hourly_rate: int
    starts: tuple[datetime, ...]


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
            text,
            zone=await zone_of(tx, actor, calendar.schedule.zone),
            now=tx.now,
            locale=actor.language,
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
