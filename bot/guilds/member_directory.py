"""Loads members of a guild from Discord, for callers of the REST API who are known by id alone."""

from __future__ import annotations

import discord

from bot.guilds.membership import is_gone
from mentorship.actors import Actor


class MemberDirectory:
    """Loads members from Discord at each call.

    Without the privileged intent for members the bot's cache of them is not kept up to date.
    """

    def __init__(self, bot: discord.Client) -> None:
        self._bot = bot

    async def __call__(self, guild_id: int, user_id: int) -> Actor | None:
        """Return the person as a member of the guild, None if they or this bot are not in it.

        None for bots, too: they call nothing and have no points.
        Raises `ConnectionError` if Discord can't be reached.
        """
        if not self._bot.is_ready():
            raise ConnectionError("the bot is not connected to Discord")
        guild = self._bot.get_guild(guild_id)
        if guild is None:
            return None
        try:
            member = await guild.fetch_member(user_id)
        except (discord.HTTPException, OSError) as error:
            if is_gone(error):
                return None
            raise ConnectionError(f"Discord can't say who is in the guild: {error}") from error
        if member.bot:
            return None
        return Actor(
            user_id=member.id,
            name=member.display_name,
            guild_id=guild_id,
            role_ids=frozenset(role.id for role in member.roles),
            manages_guild=member.guild_permissions.manage_guild,
            joined_at=member.joined_at,
            screening_pending=member.pending,
        )
