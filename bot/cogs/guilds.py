"""What happens to the servers themselves: the bot comes, goes, and loses a channel or a role."""

from __future__ import annotations

import asyncio
import logging

import discord
from discord.ext import commands

from bot.interaction import BotClient
from mentorship.administration import setup

log = logging.getLogger(__name__)


class Guilds(commands.Cog):
    """Listens, and looks again at each start for what happened meanwhile. A use case that is told
    the same twice says it once."""

    def __init__(self, bot: BotClient) -> None:
        self.bot = bot
        self.looking = asyncio.Lock()

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        await self.bot.db.run(setup.joined, guild.id, guild.name, await _host(guild))

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        # Also how Discord may announce a new server; and what was deleted during an outage was
        # never said.
        await self._look_at(guild)

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        await self.bot.db.run(setup.left, guild.id)

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        await self._gone(channel.guild, channel.id)

    @commands.Cog.listener()
    async def on_guild_role_delete(self, role: discord.Role) -> None:
        await self._gone(role.guild, role.id)

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        # Discord may say "ready" again while the first look is under way.
        async with self.looking:
            await self._look_again()

    async def _look_again(self) -> None:
        db = self.bot.db
        for guild in self.bot.guilds:
            if not guild.unavailable:
                await self._look_at(guild)
        here = {guild.id for guild in self.bot.guilds}
        for guild_id in await db.read(setup.where_present):
            if guild_id not in here and self.bot.handles_guild(guild_id):
                await db.run(setup.left, guild_id)

    async def _look_at(self, guild: discord.Guild) -> None:
        settings = await self.bot.db.read(setup.present, guild.id)
        if settings is None:
            await self.on_guild_join(guild)
            return
        there = {channel.id for channel in guild.channels} | {role.id for role in guild.roles}
        await self._gone(guild, *(setup.named(settings) - there))

    async def _gone(self, guild: discord.Guild, *ids: int) -> None:
        if not ids:
            return
        emptied = await self.bot.db.run(setup.gone, guild.id, guild.name, guild.owner_id or 0, ids)
        if emptied:
            log.warning(
                "what a setting named was deleted", extra={"guild": guild.id, "settings": emptied}
            )


async def _host(guild: discord.Guild) -> int:
    """Whoever invited the bot, as far as it may know; else the owner."""
    me = guild.me
    if me.guild_permissions.view_audit_log:
        try:
            async for entry in guild.audit_logs(action=discord.AuditLogAction.bot_add, limit=20):
                if entry.target is not None and entry.target.id == me.id and entry.user_id:
                    return entry.user_id
        except discord.HTTPException as error:
            log.info(
                "the inviter can't be looked up", extra={"guild": guild.id, "problem": str(error)}
            )
    return guild.owner_id or 0
