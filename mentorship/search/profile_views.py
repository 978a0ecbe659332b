"""A mentor's profile as others see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from mentorship.actors import Actor
from mentorship.availability import mentor_calendar
from mentorship.availability.opening_hours import Schedule
from mentorship.errors import NotAMentor
from mentorship.mentors import own_profile
from mentorship.statuses import ProfileStatus
from storage import Transaction
from storage.tables import Review


@dataclass(frozen=True, slots=True)
class ReviewView:
    """What a mentee wrote of a session, and the mentor's answer."""

    stars: int
    text: str
    reply: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ProfileView:
    """A mentor as others see them. `rating` is a mean of 1 to 5, None without one.

    `status` is approved, suspended or stopped. `paused_until` is None for a pause without an end.
    `next_slots` are bookable starts for the shortest session, less the viewer's own commitments.
    """

    guild_id: int
    user_id: int
    name: str
    status: str
    expertise: tuple[str, ...]
    hourly_rate: int
    bio: str
    rating: float | None
    rating_count: int
    sessions_completed: int
    schedule: Schedule
    durations: tuple[int, ...]
    paused: bool
    paused_until: datetime | None
    next_slots: tuple[datetime, ...]
    reviews: tuple[ReviewView, ...]

    @property
    def takes_bookings(self) -> bool:
        return self.status == ProfileStatus.APPROVED and not self.paused


async def show(tx: Transaction, actor: Actor, user_id: int) -> ProfileView:
    """A mentor's profile; one that is suspended or stopped only to its owner.

    Raises `NotAMentor`, and `StillAnApplicant` to its owner.
    """
    row = await own_profile.find(tx, actor.guild, user_id)
    own = user_id == actor.user_id
    if own and (row is None or row.status == ProfileStatus.APPLICANT):
        raise await own_profile.why_not_mentoring(tx, row)
    if row is None or (row.status != ProfileStatus.APPROVED and not own):
        raise NotAMentor(None if row is None else row.name)
    slots: Sequence[datetime] = ()
    if row.status != ProfileStatus.APPROVED:
        schedule = await mentor_calendar.schedule(tx, row.id)
    else:
        viewer = mentor_calendar.NOBODY if own else actor.user_id
        calendar, busy = await mentor_calendar.load_with(tx, actor.guild, user_id, viewer)
        schedule = calendar.schedule
        if not calendar.paused:
            slots = calendar.slots(tx.now, min(calendar.durations), also_busy=busy)[:3]
    reviews = await tx.connection.execute(
        select(Review.stars, Review.text, Review.reply, Review.created_at)
        .where(Review.profile_id == row.id, Review.hidden_at.is_(None), Review.text != "")
        .order_by(Review.created_at.desc())
        .limit(3)
    )
    return ProfileView(
        guild_id=actor.guild,
        user_id=user_id,
        name=row.name,
        status=row.status,
        expertise=await own_profile.load_expertise(tx, row.id),
        hourly_rate=row.hourly_rate,
        bio=row.bio,
        rating=row.rating_sum / row.rating_count if row.rating_count else None,
        rating_count=row.rating_count,
        sessions_completed=row.sessions_completed,
        schedule=schedule,
        durations=tuple(row.durations),
        paused=row.paused and (row.paused_until is None or tx.now < row.paused_until),
        paused_until=row.paused_until,
        next_slots=tuple(slots),
        reviews=tuple(ReviewView(*review) for review in reviews),
    )
