"""The roles of a member in their guild: what the bot offers depends on them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from mentorship.actors import Actor
from mentorship.guilds import guild_settings, moderators
from mentorship.statuses import ProfileStatus
from storage import Transaction
from storage.tables import MentorProfile


@dataclass(frozen=True, slots=True)
class MemberRoles:
    """The roles of a member, and whether their guild is set up.

    `is_mentor` includes mentors who have stopped or are suspended. `is_guild_set_up` means that
    members can apply to become mentors.
    """

    is_mentor: bool
    is_moderator: bool
    manages_guild: bool
    is_guild_set_up: bool


async def load(tx: Transaction, actor: Actor) -> MemberRoles:
    """Load the actor's roles in their guild. Writes nothing."""
    guild = await guild_settings.load(tx, actor.guild)
    status = await tx.connection.scalar(
        select(MentorProfile.status).where(
            MentorProfile.guild_id == actor.guild, MentorProfile.user_id == actor.user_id
        )
    )
    return MemberRoles(
        is_mentor=status not in (None, ProfileStatus.APPLICANT),
        is_moderator=moderators.is_moderator(actor, guild),
        manages_guild=actor.manages_guild,
        is_guild_set_up=guild.review_channel_id is not None,
    )
