"""The actor of a use case, from what Discord says about a person."""

from __future__ import annotations

import discord

from mentorship.actors import Actor


def actor_of(interaction: discord.Interaction, guild_id: int | None = None) -> Actor:
    """Return the person behind an interaction as the actor of a use case.

    `guild_id` is the guild that the pressed button names, if it names one. In any other place, such
    as a direct message, only the person's id, name and language are known: roles and permissions
    are not.
    """
    user = interaction.user
    if guild_id is not None and guild_id != interaction.guild_id:
        return Actor(
            user_id=user.id,
            name=user.display_name,
            guild_id=guild_id,
            language=str(interaction.locale),
            outside_guild=True,
        )
    roles = [role.id for role in user.roles] if isinstance(user, discord.Member) else []
    return Actor(
        user_id=user.id,
        name=user.display_name,
        guild_id=interaction.guild_id,
        role_ids=frozenset(roles),
        manages_guild=interaction.guild_id is not None and interaction.permissions.manage_guild,
        language=str(interaction.locale),
        joined_at=user.joined_at if isinstance(user, discord.Member) else None,
        screening_pending=user.pending if isinstance(user, discord.Member) else None,
    )
