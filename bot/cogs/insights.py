"""`/insights`: figures of a mentor, and of the server for its moderators."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.interaction import BotClient, Interaction
from bot.views.insights.card import show_insights


class Insights(commands.Cog):
    def __init__(self, bot: BotClient) -> None:
        self.bot = bot

    @app_commands.command(description="Your figures as a mentor, or the server's for moderators")
    @app_commands.guild_only()
    async def insights(self, interaction: Interaction) -> None:
        await show_insights(interaction)
