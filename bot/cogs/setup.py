"""`/setup`: the guild's settings."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.interaction import BotClient, Interaction
from bot.views.setup.pages import show_setup


class Setup(commands.Cog):
    def __init__(self, bot: BotClient) -> None:
        self.bot = bot

    @app_commands.command(description="Set up channels, roles, points and rules; check permissions")
    @app_commands.default_permissions(manage_guild=True)
    async def setup(self, interaction: Interaction) -> None:
        await show_setup(interaction)
