"""Who is acting, from what Discord says of them."""

from __future__ import annotations

import discord

from mentorship.actors import Actor


def actor_of(interaction: discord.Interaction) -> Actor:
    """The person behind an interaction, as use cases want to know them."""
    user = interaction.user
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
