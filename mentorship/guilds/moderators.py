"""Who moderates a guild, and that nobody decides about themselves. Pure."""

from __future__ import annotations

from mentorship.actors import Actor
from mentorship.errors import NotAModerator, OwnCase
from mentorship.guilds.guild_settings import GuildSettings


def is_moderator(actor: Actor, guild: GuildSettings) -> bool:
    """Return whether the actor moderates the guild.

    By its moderator role, by Discord's Manage Server, or by the main app's word.
    """
    return actor.manages_guild or actor.moderates or guild.moderator_role_id in actor.role_ids


def require_moderator(actor: Actor, guild: GuildSettings) -> None:
    """Raise `NotAModerator` unless the actor is a moderator of the guild."""
    if not is_moderator(actor, guild):
        raise NotAModerator()


def require_impartial(actor: Actor, *concerned: int) -> dict[str, bool]:
    """Raise `OwnCase` if a moderator decides about themselves: `concerned` are user ids.

    Whoever manages the server may, since there may be nobody else. Returns the facts to add to the
    event, so that the audit log says "own case".
    """
    if actor.user_id not in concerned:
        return {}
    if not actor.manages_guild:
        raise OwnCase()
    return {"own_case": True}
