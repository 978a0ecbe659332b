"""Scheduled events that people change in Discord."""

from __future__ import annotations

import discord
from discord.ext import commands

from bot.guilds.scheduled_events import notice_change
from bot.interaction import BotClient


class DiscordEvents(commands.Cog):
    """Listens to changes of the scheduled events that the bot has created."""

    def __init__(self, bot: BotClient) -> None:
        self.bot = bot

    @commands.Cog.listener()
    async def on_scheduled_event_update(
        self, _before: discord.ScheduledEvent, after: discord.ScheduledEvent
    ) -> None:
        await self._notice(after)

    @commands.Cog.listener()
    async def on_scheduled_event_delete(self, event: discord.ScheduledEvent) -> None:
        await self._notice(event)

    async def _notice(self, event: discord.ScheduledEvent) -> None:
        # Others' events never matter.
        if self.bot.user is not None and event.creator_id == self.bot.user.id:
            await notice_change(self.bot, self.bot.db, event.guild_id, event.id)
