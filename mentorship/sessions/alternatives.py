"""Similar mentors with an open slot near the time of a session that won't take place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from mentorship.actors import Actor
from mentorship.availability import mentor_calendar
from mentorship.availability.mentor_calendar import default_duration
from mentorship.search import index
from mentorship.search.filters import Filters, Order
from mentorship.sessions.session_views import SessionView
from storage import Transaction
from storage.tables import MentorProfile, ProfileTag

MAX_TIME_SHIFT = timedelta(days=3)
"""How far an alternative may start from the session's start."""

MAX_CANDIDATES = 12
"""Maximum number of mentors whose slots are computed."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """An open slot of another mentor. `minutes` is a session length that they offer."""

    mentor_id: int
    mentor_name: str
    starts_at: datetime
    minutes: int


async def find_alternatives(
    tx: Transaction, session: SessionView, limit: int = 3
) -> tuple[Alternative, ...]:
    """Find mentors similar to a session's mentor, who have an open slot near its start.

    Mentors who share more tags come first, and of those the better rated. Each alternative starts
    within `MAX_TIME_SHIFT` of the session, at a time when the mentee is free. The session's own
    mentor and mentee are never among them. The number of statements doesn't depend on the number
    of mentors.
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
    similar_ids = await _list_similar_mentors(tx, mentee, session.mentor.user_id, tags)
    until = max(session.starts_at, tx.now) + mentor_calendar.DEFAULT_WINDOW
    calendars = await mentor_calendar.load_many(tx, similar_ids, until)
    mentee_commitments = await mentor_calendar.load_commitments(tx, mentee.user_id)
    alternatives: list[Alternative] = []
    for calendar in (calendars[id_] for id_ in similar_ids if id_ in calendars):
        minutes = (
            session.minutes
            if session.minutes in calendar.durations
            else default_duration(calendar.durations)
        )
        starts = calendar.nearest_slots(
            tx.now, session.starts_at, minutes, mentee_busy=mentee_commitments
        )
        if starts and abs(starts[0] - session.starts_at) <= MAX_TIME_SHIFT:
            alternatives.append(Alternative(calendar.user_id, calendar.name, starts[0], minutes))
        if len(alternatives) == limit:
            break
    return tuple(alternatives)


async def _list_similar_mentors(
    tx: Transaction, mentee: Actor, mentor_id: int, tags: tuple[int, ...]
) -> list[int]:
    """Return the profile ids of the mentors with the most tags in common, the most first."""
    # One more than needed, since the mentor may be among them.
    indexed = await index.scan(
        tx, mentee, Filters(tags=tags), Order.RATING, limit=MAX_CANDIDATES + 1
    )
    profile_ids = [mentor.profile_id for mentor in indexed if mentor.user_id != mentor_id]
    shared_tags = {
        row.profile_id: row.shared
        for row in await tx.connection.execute(
            select(ProfileTag.profile_id, func.count().label("shared"))
            .where(ProfileTag.profile_id.in_(profile_ids), ProfileTag.tag_id.in_(tags))
            .group_by(ProfileTag.profile_id)
        )
    }
    # The index lists the best rated first, and sorting is stable.
    return sorted(
        profile_ids[:MAX_CANDIDATES], key=lambda profile_id: -shared_tags.get(profile_id, 0)
    )
