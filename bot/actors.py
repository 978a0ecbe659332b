"""The actor of a use case, from what Discord says about a person."""

from __future__ import annotations

import discord

from bot.languages import locale_of
from mentorship.actors import Actor

PRESENCE = "presence"
"""The key in `Interaction.extras` of the member as Discord returned them when an act asked; None if
Discord didn't answer."""


def actor_of(interaction: discord.Interaction, guild_id: int | None = None) -> Actor:
    """Return the person behind an interaction as the actor of a use case.

    `guild_id` is the guild that the pressed button names, if it names one. In any other place, such
    as a direct message, only the person's id, name and language are known, until an act asks
    Discord whether they are a member (`bot.guilds.presence`).
    """
    user = interaction.user
    is_inside = interaction.guild_id is not None and guild_id in (None, interaction.guild_id)
    if not is_inside:
        checked = PRESENCE in interaction.extras
        member: discord.Member | None = interaction.extras.get(PRESENCE)
        if member is not None and guild_id in (None, member.guild.id):
            return _member_actor(interaction, member)
        return Actor(
            user_id=user.id,
            name=user.display_name,
            guild_id=guild_id,
            language=locale_of(interaction),
            outside_guild=guild_id is not None,
            avatar=avatar_hash(user),
            membership_unchecked=not checked,
        )
    roles = [role.id for role in user.roles] if isinstance(user, discord.Member) else []
    return Actor(
        user_id=user.id,
        name=user.display_name,
        guild_id=interaction.guild_id,
        role_ids=frozenset(roles),
        manages_guild=interaction.permissions.manage_guild,
        language=locale_of(interaction),
        joined_at=user.joined_at if isinstance(user, discord.Member) else None,
        screening_pending=user.pending if isinstance(user, discord.Member) else None,
        avatar=avatar_hash(user),
    )


def avatar_hash(user: discord.User | discord.Member) -> str:
    """Return the hash of somebody's picture, the same in all servers; "" if they have none."""
    return user.avatar.key if user.avatar is not None else ""


def _member_actor(interaction: discord.Interaction, member: discord.Member) -> Actor:
    """Return an actor outside of the guild as the member that Discord has returned."""
    return Actor(
        user_id=member.id,
        name=member.display_name,
        guild_id=member.guild.id,
        role_ids=frozenset(role.id for role in member.roles),
        manages_guild=member.guild_permissions.manage_guild,
        language=locale_of(interaction),
        joined_at=member.joined_at,
        screening_pending=member.pending,
        avatar=avatar_hash(member),
    )
