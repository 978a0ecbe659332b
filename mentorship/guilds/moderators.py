"""Who moderates a guild."""

from __future__ import annotations

from mentorship.actors import Actor
from mentorship.errors import NotAModerator
from mentorship.guilds.guild_settings import GuildSettings


def is_moderator(actor: Actor, guild: GuildSettings) -> bool:
    """Return whether the actor has the guild's moderator role or Discord's Manage Server."""
    return actor.manages_guild or guild.moderator_role_id in actor.role_ids


def require_moderator(actor: Actor, guild: GuildSettings) -> None:
    """Raise `NotAModerator` unless the actor is a moderator of the guild."""
    if not is_moderator(actor, guild):
        raise NotAModerator()
