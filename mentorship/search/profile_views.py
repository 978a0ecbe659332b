"""Load a mentor's profile as members see it in Discord."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, exists, func, select, text
from sqlalchemy.orm import aliased

from mentorship.actors import Actor
from mentorship.availability import mentor_calendar
from mentorship.availability.opening_hours import Schedule
from mentorship.availability.travel import Travel
from mentorship.errors import NotAMentor
from mentorship.members import blocks
from mentorship.mentors import own_profile
from mentorship.mentors.track_record import TrackRecord, track_record
from mentorship.search import ranking
from mentorship.statuses import ProfileStatus
from mentorship.time import timezones
from mentorship.time.intervals import Span
from storage import Transaction
from storage.tables import Review


@dataclass(frozen=True, slots=True)
class ReviewView:
    """A mentee's review of a session, and the mentor's reply.

    `reply_is_outdated` tells whether the review was changed after the reply.
    """

    stars: int
    text: str
    reply: str | None
    reply_is_outdated: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ProfileView:
    """A mentor as members see them.

    `rating` is the plain mean, from 1 to 5, or None without reviews. `status` is never applicant.
    `avatar` is as for `mentorship.actors.Actor`. `travel` are the trips that aren't over and begin
    within the mentor's booking window, none if a block keeps the two apart.
    `paused_until` is None for a pause without an end. `available` is False if a block keeps the
    viewer and the mentor apart. `busy` is when a mentor who can be booked is busy, and
    `next_slots` are the next three starts of the shortest session that the viewer can book.
    `rating_count` is the number of people who rated the mentor. `reviews` are the three newest with
    a text, at most one of each person.
    """

    guild_id: int
    user_id: int
    name: str
    avatar: str | None
    status: ProfileStatus
    expertise: tuple[str, ...]
    hourly_rate: int
    bio: str
    rating: float | None
    rating_count: int
    sessions_completed: int
    track_record: TrackRecord
    schedule: Schedule
    travel: tuple[Travel, ...]
    busy: tuple[Span, ...]
    durations: tuple[int, ...]
    paused: bool
    paused_until: datetime | None
    available: bool
    next_slots: tuple[datetime, ...]
    reviews: tuple[ReviewView, ...]

    @property
    def takes_bookings(self) -> bool:
        """Whether the profile's owner can be booked now."""
        return self.can_be_waited_for and not self.paused

    @property
    def can_be_waited_for(self) -> bool:
        """Whether members can be told when the profile's owner has a slot."""
        return self.status == ProfileStatus.APPROVED and self.available


MAX_REVIEWS_EXAMINED = 50
"""How many of a mentor's newest reviews are looked through for those of different people."""

_later = aliased(Review)
_REPLY_IS_OUTDATED = func.coalesce(Review.updated_at > Review.replied_at, False)
_NEWEST_TEXTS = (
    select(Review.id)
    .where(
        Review.profile_id == bindparam("profile"),
        # As in the partial index on texts to show.
        text("reviews.hidden_at IS NULL AND reviews.text <> ''"),
    )
    .order_by(Review.created_at.desc())
    .limit(MAX_REVIEWS_EXAMINED)
)
_NEWEST_REVIEWS = (
    select(
        Review.stars,
        Review.text,
        Review.reply,
        _REPLY_IS_OUTDATED.label("reply_is_outdated"),
        Review.created_at,
    )
    .where(
        Review.id.in_(_NEWEST_TEXTS.subquery().select()),
        ~exists().where(
            _later.profile_id == Review.profile_id,
            _later.author_id == Review.author_id,
            _later.id > Review.id,
            _later.hidden_at.is_(None),
            _later.text != "",
        ),
    )
    .order_by(Review.created_at.desc())
    .limit(3)
)


async def load(tx: Transaction, actor: Actor, user_id: int) -> ProfileView:
    """Load a mentor's profile. Only its owner sees one that is suspended or stopped.

    Raises `NotAMentor`, and `StillAnApplicant` for the owner of an application.
    """
    row = await own_profile.find(tx, actor.guild, user_id)
    own = user_id == actor.user_id
    if own and (row is None or row.status == ProfileStatus.APPLICANT):
        raise await own_profile.why_not_mentoring(tx, row)
    if row is None or (row.status != ProfileStatus.APPROVED and not own):
        raise NotAMentor(None if row is None else row.name)
    available = not await blocks.exists_between(tx, actor.guild, actor.user_id, user_id)
    slots: Sequence[datetime] = ()
    mentor_busy: tuple[Span, ...] = ()
    if row.status != ProfileStatus.APPROVED:
        schedule = await mentor_calendar.load_schedule(tx, row.id)
    else:
        viewer = mentor_calendar.NO_ID if own else actor.user_id
        calendar, busy = await mentor_calendar.load_with_commitments(
            tx, actor.guild, user_id, viewer, until=tx.now + mentor_calendar.DEFAULT_WINDOW
        )
        schedule = calendar.schedule
        if not calendar.paused and available:
            mentor_busy = (*calendar.busy, *calendar.external_busy.spans)
            slots = calendar.slots(tx.now, min(calendar.durations), mentee_busy=busy)[:3]
    reviews = await tx.connection.execute(_NEWEST_REVIEWS, {"profile": row.id})
    return ProfileView(
        guild_id=actor.guild,
        user_id=user_id,
        name=row.name,
        avatar=row.avatar,
        status=ProfileStatus(row.status),
        expertise=await own_profile.load_expertise(tx, row.id),
        hourly_rate=row.hourly_rate,
        bio=row.bio,
        rating=ranking.mean_rating(row.rating_sum, row.rating_count),
        rating_count=row.rating_count,
        sessions_completed=row.sessions_completed,
        track_record=track_record(row),
        schedule=schedule,
        travel=_trips_ahead(schedule, row.horizon_days, tx.now) if available else (),
        busy=mentor_busy,
        durations=tuple(row.durations),
        paused=row.paused and (row.paused_until is None or tx.now < row.paused_until),
        paused_until=row.paused_until,
        available=available,
        next_slots=tuple(slots),
        reviews=tuple(ReviewView(*review) for review in reviews),
    )


def _trips_ahead(schedule: Schedule, days: int, now: datetime) -> tuple[Travel, ...]:
    today = timezones.to_local(now, schedule.zone_at(now)).date()
    last_bookable = today + timedelta(days=days)
    return tuple(trip for trip in schedule.trips_since(now) if trip.first <= last_bookable)
