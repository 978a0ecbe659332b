"""`/setup`: everything that a server can choose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from bot.components.persistent import Interaction
from bot.views.setup.pages import open_setup

if TYPE_CHECKING:
    from bot.client import MentorBot


class Setup(commands.Cog):
    def __init__(self, bot: MentorBot) -> None:
        self.bot = bot

    @app_commands.command(description="Channels, roles, points and rules; and what I lack")
    @app_commands.default_permissions(manage_guild=True)
    async def setup(self, interaction: Interaction) -> None:
        await open_setup(interaction)
