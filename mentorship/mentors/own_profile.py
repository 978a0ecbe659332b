"""A person's own mentor profile, and what they hear who can't act on theirs."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, Select, bindparam, select

from mentorship.actors import Actor
from mentorship.errors import (
    MentorshipError,
    NotAMentor,
    StillAnApplicant,
    StoppedMentoring,
    Suspended,
)
from storage import Transaction
from storage.tables import (
    Member,
    MentorProfile,
    ProfileRevision,
    ProfileTag,
    Tag,
)


def profiles_with_names() -> Select[*tuple[Any, ...]]:
    """Whole profiles, each with what its owner is called; a condition is added by whoever asks."""
    return select(*MentorProfile.__table__.c, Member.name).join(Member)


_ONE = profiles_with_names().where(
    MentorProfile.guild_id == bindparam("guild"), MentorProfile.user_id == bindparam("user")
)
_EXPERTISE = (
    select(Tag.name)
    .join(ProfileTag, ProfileTag.tag_id == Tag.id)
    .where(ProfileTag.profile_id == bindparam("profile"))
    .order_by(Tag.name)
)
_LAST_ANSWER = (
    select(ProfileRevision.status)
    .where(ProfileRevision.profile_id == bindparam("profile"))
    .order_by(ProfileRevision.id.desc())
    .limit(1)
)


async def find(tx: Transaction, guild_id: int, user_id: int) -> Row[*tuple[Any, ...]] | None:
    """A person's profile with their name, in whatever status, or None."""
    asked = {"guild": guild_id, "user": user_id}
    return (await tx.connection.execute(_ONE, asked)).one_or_none()


async def approved(tx: Transaction, actor: Actor) -> Row[*tuple[Any, ...]]:
    """The actor's profile, with which they mentor at present. Raises what `refusal` gives."""
    profile = await find(tx, actor.guild, actor.user_id)
    if profile is None or profile.status != "approved":
        raise await refusal(tx, profile)
    return profile


async def expertise(tx: Transaction, profile_id: int) -> tuple[str, ...]:
    """The approved tags of a profile, by name."""
    return tuple(await tx.connection.scalars(_EXPERTISE, {"profile": profile_id}))


async def refusal(tx: Transaction, profile: Row[*tuple[Any, ...]] | None) -> MentorshipError:
    """Why its owner can't mentor with this profile: `Suspended`, `StoppedMentoring`,
    `StillAnApplicant`, or `NotAMentor` for whoever has none and nothing before the moderators."""
    if profile is None:
        return NotAMentor()
    if profile.status == "suspended":
        return Suspended()
    if profile.status == "stopped":
        return StoppedMentoring()
    answer = await tx.connection.scalar(_LAST_ANSWER, {"profile": profile.id})
    return NotAMentor() if answer in (None, "withdrawn") else StillAnApplicant(answer)
