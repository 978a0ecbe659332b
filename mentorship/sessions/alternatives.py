"""Somebody else for a session that came to nothing: like the mentor, and free near the time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from mentorship.actors import Actor
from mentorship.availability import mentor_calendar
from mentorship.availability.mentor_calendar import default_duration
from mentorship.search import index
from mentorship.search.index import Filters, Order
from mentorship.sessions.session_views import SessionView
from storage import Transaction
from storage.tables import MentorProfile, ProfileTag

NEAR = timedelta(days=3)
"""How far from the time that was wanted another one may be, and still be near it."""

CANDIDATES = 12
"""So many mentors have their slots worked out, at most."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """A mentor who could be met instead, and when. `minutes` is a length that they offer."""

    mentor_id: int
    mentor_name: str
    starts_at: datetime
    minutes: int


async def near(tx: Transaction, session: SessionView, limit: int = 3) -> tuple[Alternative, ...]:
    """Who could stand in for the mentor of a session, for its mentee: those with the most of the
    mentor's tags first, the best rated of each first.

    Each has an open slot within `NEAR` of the session's start, at which the mentee is free too.
    Never the mentor, never the mentee. A handful of statements, however many mentors there are.
    """
    tags = tuple(
        await tx.connection.scalars(
            select(ProfileTag.tag_id)
            .join(MentorProfile, MentorProfile.id == ProfileTag.profile_id)
            .where(
                MentorProfile.guild_id == session.guild_id,
                MentorProfile.user_id == session.mentor.user_id,
            )
        )
    )
    mentee = Actor(session.mentee.user_id, session.mentee.name, session.guild_id)
    similar = await _similar(tx, mentee, session.mentor.user_id, tags)
    known = await mentor_calendar.load_many(tx, similar)
    mine = await mentor_calendar.load_commitments(tx, mentee.user_id)
    found: list[Alternative] = []
    for calendar in (known[profile_id] for profile_id in similar if profile_id in known):
        minutes = (
            session.minutes
            if session.minutes in calendar.durations
            else default_duration(calendar.durations)
        )
        starts = calendar.nearest_slots(tx.now, session.starts_at, minutes, mentee_busy=mine)
        if starts and abs(starts[0] - session.starts_at) <= NEAR:
            found.append(Alternative(calendar.user_id, calendar.name, starts[0], minutes))
        if len(found) == limit:
            break
    return tuple(found)


async def _similar(
    tx: Transaction, mentee: Actor, mentor_id: int, tags: tuple[int, ...]
) -> list[int]:
    """The profiles of those who share most with a mentor, the likeliest first."""
    # One more than are looked at, since the mentor may be among them.
    walked = await index.scan(tx, mentee, Filters(tags=tags), Order.RATING, limit=CANDIDATES + 1)
    standing = [listed.profile_id for listed in walked if listed.user_id != mentor_id]
    shared = {
        row.profile_id: row.number
        for row in await tx.connection.execute(
            select(ProfileTag.profile_id, func.count().label("number"))
            .where(ProfileTag.profile_id.in_(standing), ProfileTag.tag_id.in_(tags))
            .group_by(ProfileTag.profile_id)
        )
    }
    # The order of the walk is that of standing, and sorting keeps it among equals.
    return sorted(standing[:CANDIDATES], key=lambda profile_id: -shared[profile_id])
