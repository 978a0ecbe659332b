"""`/help`: what the person can do in this guild."""

from __future__ import annotations

import logging

import discord
from discord import app_commands
from discord.ext import commands

from bot.actors import actor_of
from bot.interaction import BotClient, Interaction
from bot.replies import respond_with_layout
from bot.views.members.help import help_pages
from mentorship.members import roles

log = logging.getLogger(__name__)


class Help(commands.Cog):
    def __init__(self, bot: BotClient) -> None:
        self.bot = bot
        self.ids: dict[str, int] = {}

    @app_commands.command(description="What you can do here")
    async def help(self, interaction: Interaction) -> None:
        standing = await self.bot.db.read(roles.load, actor_of(interaction))
        leaves = [
            command
            for command in self.bot.tree.walk_commands()
            if isinstance(command, app_commands.Command) and command.name != "help"
        ]
        if not {leaf.qualified_name.split()[0] for leaf in leaves} <= self.ids.keys():
            # Loading them may take longer than the three seconds in which Discord wants an answer.
            await interaction.response.defer(ephemeral=True, thinking=True)
            await self._load_command_ids()
        first, *more = help_pages(standing, leaves, self.ids)
        await respond_with_layout(interaction, first)
        for page in more:
            await interaction.followup.send(view=page, ephemeral=True)

    async def _load_command_ids(self) -> None:
        """Load Discord's ids of the commands; without them the names are shown as plain text."""
        try:
            registered = await self.bot.tree.fetch_commands()
        except discord.HTTPException as error:
            log.warning("can't load the commands' ids", extra={"problem": str(error)})
            return
        self.ids = {
            command.name: command.id
            for command in registered
            if command.type is discord.AppCommandType.chat_input
        }
