"""A mentor's profile: what others see of it, and what its owner can do with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update

from mentorship import applications, calendars, guilds
from mentorship.actors import Actor
from mentorship.applications import ApplicationView
from mentorship.errors import AlreadyApplied, InvalidField, NotAMentor, Suspended
from mentorship.profile_rules import Application, check
from mentorship.schedules import Schedule
from storage import Transaction
from storage.tables import MentorProfile, ProfileTag, Review, Tag


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
        return self.status == "approved" and not self.paused


@dataclass(frozen=True, slots=True)
class Edited:
    """What became of a change: what took effect at once, and what waits for the moderators."""

    rate_changed: bool
    waiting: ApplicationView | None
    published: bool


async def show(tx: Transaction, actor: Actor, user_id: int) -> ProfileView:
    """A mentor's profile; one that is suspended or stopped only to its owner.

    Raises `NotAMentor`.
    """
    row = await row_of(tx, actor.guild, user_id)
    own = user_id == actor.user_id
    if row is None or row.status == "applicant" or (row.status != "approved" and not own):
        raise NotAMentor(
            None if own else (row.name if row is not None else "This member"),
            pending=own and row is not None and row.status == "applicant",
        )
    schedule = await calendars.schedule(tx, row.id, row.timezone)
    slots: Sequence[datetime] = ()
    if row.status == "approved":
        calendar = await calendars.load(tx, actor.guild, user_id)
        busy = () if own else await calendars.commitments(tx, actor.user_id)
        if not calendar.paused:
            slots = calendar.slots(tx.now, min(calendar.durations), also_busy=busy)[:3]
    tags = await tx.connection.scalars(
        select(Tag.name)
        .join(ProfileTag, ProfileTag.tag_id == Tag.id)
        .where(ProfileTag.profile_id == row.id)
        .order_by(Tag.name)
    )
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
        expertise=tuple(tags),
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


async def edit(tx: Transaction, actor: Actor, wanted: Application) -> Edited:
    """Change the actor's own profile.

    The rate takes effect at once, for new bookings only. Expertise and bio wait for the moderators
    while the approved ones stay visible, unless the guild has switched that off.

    Raises `NotAMentor`, `Suspended`, `InvalidField`, and `AlreadyApplied` while a change waits.
    """
    guild = await guilds.settings(tx, actor.guild)
    row = await _own(tx, actor)
    tidy = check(wanted, guild.maximum_hourly_rate)
    before = await show(tx, actor, actor.user_id)
    rate_changed = tidy.hourly_rate != before.hourly_rate
    if rate_changed:
        await tx.connection.execute(
            update(MentorProfile)
            .where(MentorProfile.id == row.id)
            .values(hourly_rate=tidy.hourly_rate)
        )
    if set(tidy.expertise) == set(before.expertise) and tidy.bio == before.bio:
        return Edited(rate_changed, waiting=None, published=False)
    latest = await applications.mine(tx, actor)
    if latest is not None and latest.is_pending:
        raise AlreadyApplied()
    if guild.approve_profile_changes and guild.review_channel_id is not None:
        waiting = await applications.submit(tx, guild, row.id, "change", tidy)
        return Edited(rate_changed, waiting=waiting, published=False)
    await applications.publish(tx, actor.guild, actor.user_id, tidy, becomes_mentor=False)
    return Edited(rate_changed, waiting=None, published=True)


async def pause(tx: Transaction, actor: Actor, until: datetime | None = None) -> datetime | None:
    """Take no new bookings until then, or until `resume`; existing ones stand.

    Returns `until`. Raises `NotAMentor`, `Suspended`, `InvalidField` for a time that is over.
    """
    row = await _own(tx, actor)
    if until is not None and until <= tx.now:
        raise InvalidField("the end of the pause", "is past already. Name a time to come.")
    await tx.connection.execute(
        update(MentorProfile)
        .where(MentorProfile.id == row.id)
        .values(paused=True, paused_until=until)
    )
    return until


async def resume(tx: Transaction, actor: Actor) -> None:
    """Take bookings again, after a pause or after having stopped.

    Raises `NotAMentor`, `Suspended`.
    """
    row = await _own(tx, actor, stopped_too=True)
    await tx.connection.execute(
        update(MentorProfile)
        .where(MentorProfile.id == row.id)
        .values(status="approved", paused=False, paused_until=None)
    )


async def stop(tx: Transaction, actor: Actor) -> None:
    """Leave the marketplace; what is booked stands. Raises `NotAMentor`, `Suspended`."""
    row = await _own(tx, actor)
    await tx.connection.execute(
        update(MentorProfile).where(MentorProfile.id == row.id).values(status="stopped")
    )


async def row_of(tx: Transaction, guild_id: int, user_id: int) -> Row[*tuple[Any, ...]] | None:
    """A person's profile with their name, in whatever status, or None."""
    return (
        await tx.connection.execute(
            calendars.profiles_with_names().where(
                MentorProfile.guild_id == guild_id, MentorProfile.user_id == user_id
            )
        )
    ).one_or_none()


async def _own(
    tx: Transaction, actor: Actor, *, stopped_too: bool = False
) -> Row[*tuple[Any, ...]]:
    row = await row_of(tx, actor.guild, actor.user_id)
    if row is not None and row.status == "suspended":
        raise Suspended()
    if row is None or not (row.status == "approved" or (stopped_too and row.status == "stopped")):
        raise NotAMentor(pending=row is not None and row.status == "applicant")
    return row
