"""Suspend and reinstate mentors, and hide reviews. Each decision is in the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select, update

from mentorship import events
from mentorship.actors import Actor
from mentorship.errors import (
    Field,
    InvalidField,
    NotAllowedNow,
    NotAMentor,
    NotFound,
    Obstacle,
    Problem,
    ProfileAction,
    ReviewAction,
    Subject,
)
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.guilds import guild_settings, moderators
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.members import returning
from mentorship.mentors import own_profile
from mentorship.notifications.publishing import publish
from mentorship.sessions import transitions
from mentorship.sessions.lifecycle import EndReason
from mentorship.statuses import ProfileStatus
from storage import Transaction
from storage.tables import Member, MentorProfile, Review


@dataclass(frozen=True, slots=True)
class MentorRow:
    """A mentor in a moderator's list."""

    user_id: int
    name: str
    status: str


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A review in a moderator's list."""

    id: int
    mentor_name: str
    author_id: int
    stars: int
    text: str
    hidden: bool
    created_at: datetime


async def suspend(
    tx: Transaction, actor: Actor, user_id: int, reason: str, *, cancel_sessions: bool
) -> int:
    """Suspend a mentor, and cancel their upcoming sessions if `cancel_sessions`.

    Returns how many sessions were cancelled and refunded. Raises `NotAModerator`, `NotAMentor`,
    `NotAllowedNow`, `InvalidField` without a reason.
    """
    guild = await _load_as_moderator(tx, actor)
    if not reason.strip():
        raise InvalidField(Field.SUSPENSION_REASON, Problem.MISSING)
    mentor = await _load_mentor(tx, actor.guild, user_id)
    if mentor.status == ProfileStatus.SUSPENDED:
        raise NotAllowedNow(
            ProfileAction.SUSPEND, Obstacle.ALREADY_SUSPENDED, subject=Subject.MENTOR_PROFILE
        )
    await _set_status(tx, actor.guild, user_id, ProfileStatus.SUSPENDED)
    cancelled = 0
    if cancel_sessions:
        cancelled = await transitions.cancel_upcoming_of_mentor(
            tx, guild, actor, user_id, EndReason.MENTOR_UNAVAILABLE
        )
    event = Event(
        EventType.MENTOR_SUSPENDED,
        guild.id,
        actor.user_id,
        subject_id=user_id,
        note=reason.strip(),
        facts={"cancelled": cancelled, "kept": not cancel_sessions},
    )
    await publish(tx, event)
    return cancelled


async def reinstate(tx: Transaction, actor: Actor, user_id: int) -> None:
    """Reinstate a suspended mentor. Raises `NotAModerator`, `NotAMentor`, `NotAllowedNow`.

    Somebody whose profile was erased while it was suspended can apply again.
    """
    guild = await _load_as_moderator(tx, actor)
    if await returning.lift_suspension(tx, actor.guild, user_id):
        event = Event(EventType.MENTOR_REINSTATED, guild.id, actor.user_id, subject_id=user_id)
        await events.record(tx, event)
        return
    mentor = await _load_mentor(tx, actor.guild, user_id)
    if mentor.status != ProfileStatus.SUSPENDED:
        raise NotAllowedNow(
            ProfileAction.REINSTATE, Obstacle.NOT_SUSPENDED, subject=Subject.MENTOR_PROFILE
        )
    await _set_status(tx, actor.guild, user_id, ProfileStatus.APPROVED)
    event = Event(EventType.MENTOR_REINSTATED, guild.id, actor.user_id, subject_id=user_id)
    await publish(tx, event)


async def hide_review(tx: Transaction, actor: Actor, review_id: int, reason: str) -> ReviewRow:
    """Hide a review, and exclude it from the mentor's rating.

    Returns the review as it was. Raises `NotAModerator`, `NotFound`, or `NotAllowedNow` if it is
    hidden already.
    """
    guild = await _load_as_moderator(tx, actor)
    row = (
        await tx.connection.execute(_select_reviews(actor.guild).where(Review.id == review_id))
    ).one_or_none()
    if row is None:
        raise NotFound(Subject.REVIEW)
    review = _review(row)
    if review.hidden:
        raise NotAllowedNow(ReviewAction.HIDE, Obstacle.ALREADY_HIDDEN, subject=Subject.REVIEW)
    profile_id = (
        await tx.connection.execute(
            update(Review)
            .where(Review.id == review_id)
            .values(hidden_at=tx.now, hidden_by=actor.user_id)
            .returning(Review.profile_id)
        )
    ).scalar_one()
    await tx.connection.execute(
        update(MentorProfile)
        .where(MentorProfile.id == profile_id)
        .values(
            rating_sum=MentorProfile.rating_sum - review.stars,
            rating_count=MentorProfile.rating_count - 1,
        )
    )
    event = Event(
        EventType.REVIEW_HIDDEN,
        guild.id,
        actor.user_id,
        subject_id=review.author_id,
        note=reason.strip() or None,
        facts={"review": review_id},
    )
    await publish(tx, event)
    return review


async def list_reviews(
    tx: Transaction, actor: Actor, typed: str = "", limit: int = 25
) -> Sequence[ReviewRow]:
    """List the guild's visible reviews, the latest first.

    `typed` filters by the mentor's name or the review's text. Raises `NotAModerator`.
    """
    await _load_as_moderator(tx, actor)
    query = _select_reviews(actor.guild).where(Review.hidden_at.is_(None))
    if typed:
        query = query.where(
            Member.name.icontains(typed, autoescape=True)
            | Review.text.icontains(typed, autoescape=True)
        )
    rows = await tx.connection.execute(query.order_by(Review.id.desc()).limit(limit))
    return [_review(row) for row in rows]


async def list_mentors(tx: Transaction, actor: Actor, *statuses: str) -> Sequence[MentorRow]:
    """List the guild's mentors in one of `statuses`, by name. Raises `NotAModerator`."""
    await _load_as_moderator(tx, actor)
    rows = await tx.connection.execute(
        select(MentorProfile.user_id, Member.name, MentorProfile.status)
        .join(Member)
        .where(MentorProfile.guild_id == actor.guild, MentorProfile.status.in_(statuses))
        .order_by(Member.name)
    )
    return [MentorRow(*row) for row in rows]


def _select_reviews(guild_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(*Review.__table__.c, Member.name)
        .join(MentorProfile, MentorProfile.id == Review.profile_id)
        .join(Member)
        .where(MentorProfile.guild_id == guild_id)
    )


def _review(row: Row[*tuple[Any, ...]]) -> ReviewRow:
    return ReviewRow(
        row.id,
        row.name,
        row.author_id,
        row.stars,
        row.text,
        row.hidden_at is not None,
        row.created_at,
    )


async def _load_as_moderator(tx: Transaction, actor: Actor) -> GuildSettings:
    guild = await guild_settings.load(tx, actor.guild)
    moderators.require_moderator(actor, guild)
    return guild


async def _load_mentor(tx: Transaction, guild_id: int, user_id: int) -> MentorRow:
    row = await own_profile.find(tx, guild_id, user_id)
    if row is None or row.status == ProfileStatus.APPLICANT:
        raise NotAMentor(None if row is None else row.name)
    return MentorRow(user_id, row.name, row.status)


async def _set_status(tx: Transaction, guild_id: int, user_id: int, status: ProfileStatus) -> None:
    await tx.connection.execute(
        update(MentorProfile)
        .where(MentorProfile.guild_id == guild_id, MentorProfile.user_id == user_id)
        .values(status=status)
    )
