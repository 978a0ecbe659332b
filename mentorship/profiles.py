"""A mentor's profile: what others see of it, and what its owner can do with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select, update

from mentorship import applications, calendars, guilds, own_profile
from mentorship.actors import Actor
from mentorship.applications import ApplicationView
from mentorship.errors import InvalidField, NotAMentor
from mentorship.profile_rules import Application, check
from mentorship.schedules import Schedule
from storage import Transaction
from storage.tables import MentorProfile, Review


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
    """What became of a change: what took effect at once, what waits for the moderators, and
    whether a text that waited was taken back."""

    rate_changed: bool
    waiting: ApplicationView | None
    published: bool
    withdrawn: bool


async def show(tx: Transaction, actor: Actor, user_id: int) -> ProfileView:
    """A mentor's profile; one that is suspended or stopped only to its owner.

    Raises `NotAMentor`, and `StillAnApplicant` to its owner.
    """
    row = await own_profile.find(tx, actor.guild, user_id)
    own = user_id == actor.user_id
    if own and (row is None or row.status == "applicant"):
        raise await own_profile.refusal(tx, row)
    if row is None or (row.status != "approved" and not own):
        raise NotAMentor("This member" if row is None else row.name)
    slots: Sequence[datetime] = ()
    if row.status != "approved":
        schedule = await calendars.schedule(tx, row.id)
    else:
        viewer = calendars.NOBODY if own else actor.user_id
        calendar, busy = await calendars.load_with(tx, actor.guild, user_id, viewer)
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
        expertise=await own_profile.expertise(tx, row.id),
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


async def before_edit(tx: Transaction, actor: Actor) -> Application:
    """What stands in the form in which the actor changes their profile: the text that waits for the
    moderators, if one does, otherwise the one that members see. Raises what `own_profile.refusal`
    gives."""
    row = await own_profile.approved(tx, actor)
    latest = await applications.mine(tx, actor)
    if latest is not None and latest.is_pending:
        return Application(latest.expertise, row.hourly_rate, latest.bio)
    return Application(await own_profile.expertise(tx, row.id), row.hourly_rate, row.bio)


async def edit(tx: Transaction, actor: Actor, wanted: Application) -> Edited:
    """Change the actor's own profile.

    The rate takes effect at once, for new bookings only. Expertise and bio wait for the moderators
    while the approved ones stay visible, unless the guild has switched that off. A text that waits
    already is changed, or taken back by one that is as the approved one.

    Raises what `own_profile.refusal` gives, and `InvalidField`.
    """
    guild = await guilds.settings(tx, actor.guild)
    row = await own_profile.approved(tx, actor)
    tidy = check(wanted, guild.maximum_hourly_rate)
    rate_changed = tidy.hourly_rate != row.hourly_rate
    if rate_changed:
        await tx.connection.execute(
            update(MentorProfile)
            .where(MentorProfile.id == row.id)
            .values(hourly_rate=tidy.hourly_rate)
        )
    as_before = Edited(rate_changed, waiting=None, published=False, withdrawn=False)
    latest = await applications.mine(tx, actor)
    waiting = latest if latest is not None and latest.is_pending else None
    if _same(tidy, await own_profile.expertise(tx, row.id), row.bio):
        if waiting is None:
            return as_before
        await applications.withdraw(tx, actor)
        return replace(as_before, withdrawn=True)
    if waiting is not None:
        if _same(tidy, waiting.expertise, waiting.bio):
            return as_before
        return replace(as_before, waiting=await applications.revise(tx, actor, tidy))
    if guild.approve_profile_changes and guild.review_channel_id is not None:
        changed = await applications.submit(tx, guild, row.id, "change", tidy)
        return replace(as_before, waiting=changed)
    await applications.publish(tx, actor.guild, actor.user_id, tidy, becomes_mentor=False)
    return replace(as_before, published=True)


async def pause(tx: Transaction, actor: Actor, until: datetime | None = None) -> datetime | None:
    """Take no new bookings until then, or until `resume`; existing ones stand.

    Returns `until`. Raises what `own_profile.refusal` gives, and `InvalidField` for a time that is
    over.
    """
    row = await own_profile.approved(tx, actor)
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

    Raises `NotAMentor`, `StillAnApplicant`, `Suspended`.
    """
    row = await own_profile.find(tx, actor.guild, actor.user_id)
    if row is None or row.status not in ("approved", "stopped"):
        raise await own_profile.refusal(tx, row)
    await tx.connection.execute(
        update(MentorProfile)
        .where(MentorProfile.id == row.id)
        .values(status="approved", paused=False, paused_until=None)
    )


async def stop(tx: Transaction, actor: Actor) -> None:
    """Leave the marketplace; what is booked stands. Raises what `own_profile.refusal` gives."""
    row = await own_profile.approved(tx, actor)
    await tx.connection.execute(
        update(MentorProfile).where(MentorProfile.id == row.id).values(status="stopped")
    )


def _same(text: Application, expertise: Sequence[str], bio: str) -> bool:
    """Whether a text says what is there already; the order of its tags is nobody's concern."""
    return set(text.expertise) == set(expertise) and text.bio == bio
