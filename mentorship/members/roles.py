"""What a person is in a guild, for faces that offer each what they can do."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from mentorship.actors import Actor
from mentorship.guilds import guild_settings
from storage import Transaction
from storage.tables import MentorProfile


@dataclass(frozen=True, slots=True)
class Standing:
    """`mentors` covers those who have stopped or are suspended; `guild_ready` says that people can
    apply."""

    mentors: bool
    moderates: bool
    manages: bool
    guild_ready: bool


async def look(tx: Transaction, actor: Actor) -> Standing:
    """What the actor is in their guild, without writing anything."""
    guild = await guild_settings.settings(tx, actor.guild)
    status = await tx.connection.scalar(
        select(MentorProfile.status).where(
            MentorProfile.guild_id == actor.guild, MentorProfile.user_id == actor.user_id
        )
    )
    return Standing(
        mentors=status not in (None, "applicant"),
        moderates=guild_settings.is_moderator(actor, guild),
        manages=actor.manages_guild,
        guild_ready=guild.review_channel_id is not None,
    )
