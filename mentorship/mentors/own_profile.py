"""Load a person's own mentor profile, and say why they can't mentor with it."""

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
from mentorship.statuses import ProfileStatus, RevisionStatus
from storage import Transaction
from storage.tables import (
    Member,
    MentorProfile,
    ProfileRevision,
    ProfileTag,
    Tag,
)


def select_profiles_with_names() -> Select[*tuple[Any, ...]]:
    """Select whole profiles with their owners' names and avatars, to add conditions to."""
    return select(*MentorProfile.__table__.c, Member.name, Member.avatar).join(Member)


_SELECT_ONE = select_profiles_with_names().where(
    MentorProfile.guild_id == bindparam("guild"), MentorProfile.user_id == bindparam("user")
)
_SELECT_EXPERTISE = (
    select(Tag.name)
    .join(ProfileTag, ProfileTag.tag_id == Tag.id)
    .where(ProfileTag.profile_id == bindparam("profile"))
    .order_by(Tag.name)
)
_SELECT_LATEST_STATUS = (
    select(ProfileRevision.status)
    .where(ProfileRevision.profile_id == bindparam("profile"))
    .order_by(ProfileRevision.id.desc())
    .limit(1)
)


async def find(tx: Transaction, guild_id: int, user_id: int) -> Row[*tuple[Any, ...]] | None:
    """Load a person's profile in any status, with their name, or return None without one."""
    params = {"guild": guild_id, "user": user_id}
    return (await tx.connection.execute(_SELECT_ONE, params)).one_or_none()


async def load_approved(tx: Transaction, actor: Actor) -> Row[*tuple[Any, ...]]:
    """Load the actor's approved profile. Raises what `why_not_mentoring` returns."""
    profile = await find(tx, actor.guild, actor.user_id)
    if profile is None or profile.status != ProfileStatus.APPROVED:
        raise await why_not_mentoring(tx, profile)
    return profile


async def load_expertise(tx: Transaction, profile_id: int) -> tuple[str, ...]:
    """Load the names of a profile's approved tags, in alphabetical order."""
    return tuple(await tx.connection.scalars(_SELECT_EXPERTISE, {"profile": profile_id}))


async def why_not_mentoring(
    tx: Transaction, profile: Row[*tuple[Any, ...]] | None
) -> MentorshipError:
    """Return the error that tells the owner of a profile why they can't mentor with it.

    `Suspended`, `StoppedMentoring` or `StillAnApplicant`; `NotAMentor` without a profile, and for
    an applicant who withdrew.
    """
    if profile is None:
        return NotAMentor(is_actor=True)
    if profile.status == ProfileStatus.SUSPENDED:
        return Suspended()
    if profile.status == ProfileStatus.STOPPED:
        return StoppedMentoring()
    latest = await tx.connection.scalar(_SELECT_LATEST_STATUS, {"profile": profile.id})
    if latest in (None, RevisionStatus.WITHDRAWN):
        return NotAMentor(is_actor=True)
    return StillAnApplicant(RevisionStatus(latest))
