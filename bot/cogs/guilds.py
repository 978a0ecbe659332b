"""Guild events: the bot joins or leaves a guild, or a channel or role of its settings is
deleted."""

from __future__ import annotations

import asyncio
import logging

import discord
from discord.ext import commands

from bot.interaction import BotClient
from mentorship.administration import setup
from mentorship.errors import DataBeingDeleted
from mentorship.operations import guild_purge
from storage import StorageError
from storage.batches import run_in_batches

log = logging.getLogger(__name__)


class Guilds(commands.Cog):
    """Reports guild events to the use cases.

    Compares the stored state with Discord's at each start, for what happened in the meantime.
    Reporting an event twice has no further effect.
    """

    def __init__(self, bot: BotClient) -> None:
        self.bot = bot
        self.check_lock = asyncio.Lock()

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        try:
            await self._record_join(guild)
        except DataBeingDeleted:
            # The purge has begun at this moment.
            await self._record_join(guild)

    async def _record_join(self, guild: discord.Guild) -> None:
        # If a purge has begun, delete the rest: the server starts without its old data.
        await run_in_batches(self.bot.db, guild_purge.delete_batch, guild.id)
        await self.bot.db.run(
            setup.record_guild_joined, guild.id, guild.name, await _inviter(guild)
        )

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        # Discord may announce a new guild in this way too, and sends no event for what was deleted
        # during an outage.
        await self._check_guild(guild)

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        await self.bot.db.run(setup.record_guild_left, guild.id)

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        await self._report_deleted(channel.guild, channel.id)

    @commands.Cog.listener()
    async def on_guild_role_delete(self, role: discord.Role) -> None:
        await self._report_deleted(role.guild, role.id)

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        # Discord may send "ready" again while the first check is running.
        async with self.check_lock:
            await self._check_all_guilds()

    async def _check_all_guilds(self) -> None:
        db = self.bot.db
        for guild in self.bot.guilds:
            if not guild.unavailable:
                try:
                    await self._check_guild(guild)
                except StorageError:
                    raise
                except Exception:
                    # For example, its settings are broken. The others are still checked.
                    log.exception("can't check a server", extra={"guild": guild.id})
        current_ids = {guild.id for guild in self.bot.guilds}
        for guild_id in await db.read(setup.list_present_guilds):
            if guild_id not in current_ids and self.bot.handles_guild(guild_id):
                await db.run(setup.record_guild_left, guild_id)

    async def _check_guild(self, guild: discord.Guild) -> None:
        settings = await self.bot.db.read(setup.load_if_present, guild.id)
        if settings is None:
            await self.on_guild_join(guild)
            return
        existing_ids = {channel.id for channel in guild.channels} | {
            role.id for role in guild.roles
        }
        await self._report_deleted(guild, *(setup.referenced_ids(settings) - existing_ids))

    async def _report_deleted(self, guild: discord.Guild, *ids: int) -> None:
        if not ids:
            return
        cleared = await self.bot.db.run(
            setup.clear_deleted_settings, guild.id, guild.name, guild.owner_id or 0, ids
        )
        if cleared:
            log.warning(
                "a setting's channel or role was deleted",
                extra={"guild": guild.id, "settings": cleared},
            )


async def _inviter(guild: discord.Guild) -> int:
    """Return the id of the member who invited the bot, or of the owner if that is unknown."""
    me = guild.me
    if me.guild_permissions.view_audit_log:
        try:
            async for audit_entry in guild.audit_logs(
                action=discord.AuditLogAction.bot_add, limit=20
            ):
                if (
                    audit_entry.target is not None
                    and audit_entry.target.id == me.id
                    and audit_entry.user_id
                ):
                    return audit_entry.user_id
        except discord.HTTPException as error:
            log.info(
                "can't read who invited the bot", extra={"guild": guild.id, "problem": str(error)}
            )
    return guild.owner_id or 0
