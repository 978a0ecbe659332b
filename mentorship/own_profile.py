"""A person's own mentor profile, and what they hear who can't act on theirs."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

from mentorship import calendars
from mentorship.actors import Actor
from mentorship.errors import (
    MentorshipError,
    NotAMentor,
    StillAnApplicant,
    StoppedMentoring,
    Suspended,
)
from storage import Transaction
from storage.tables import MentorProfile, ProfileRevision, ProfileTag, Tag


async def find(tx: Transaction, guild_id: int, user_id: int) -> Row[*tuple[Any, ...]] | None:
    """A person's profile with their name, in whatever status, or None."""
    return (
        await tx.connection.execute(
            calendars.profiles_with_names().where(
                MentorProfile.guild_id == guild_id, MentorProfile.user_id == user_id
            )
        )
    ).one_or_none()


async def approved(tx: Transaction, actor: Actor) -> Row[*tuple[Any, ...]]:
    """The actor's profile, with which they mentor at present. Raises what `refusal` gives."""
    profile = await find(tx, actor.guild, actor.user_id)
    if profile is None or profile.status != "approved":
        raise await refusal(tx, profile)
    return profile


async def expertise(tx: Transaction, profile_id: int) -> tuple[str, ...]:
    """The approved tags of a profile, by name."""
    tags = await tx.connection.scalars(
        select(Tag.name)
        .join(ProfileTag, ProfileTag.tag_id == Tag.id)
        .where(ProfileTag.profile_id == profile_id)
        .order_by(Tag.name)
    )
    return tuple(tags)


async def refusal(tx: Transaction, profile: Row[*tuple[Any, ...]] | None) -> MentorshipError:
    """Why its owner can't mentor with this profile: `Suspended`, `StoppedMentoring`,
    `StillAnApplicant`, or `NotAMentor` for whoever has none and nothing before the moderators."""
    if profile is None:
        return NotAMentor()
    if profile.status == "suspended":
        return Suspended()
    if profile.status == "stopped":
        return StoppedMentoring()
    answer = await tx.connection.scalar(
        select(ProfileRevision.status)
        .where(ProfileRevision.profile_id == profile.id)
        .order_by(ProfileRevision.id.desc())
        .limit(1)
    )
    return NotAMentor() if answer in (None, "withdrawn") else StillAnApplicant(answer)
