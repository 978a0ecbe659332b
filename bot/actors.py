"""Who is acting, from what Discord says of them."""

from __future__ import annotations

import discord

from mentorship.actors import Actor


def actor_of(interaction: discord.Interaction, guild_id: int | None = None) -> Actor:
    """The person behind an interaction, as use cases want to know them.

    `guild_id` names the guild that they act on, where what they pressed says so. If they press it
    anywhere else, such as in a direct message, all that is known is who they are.
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
    )
