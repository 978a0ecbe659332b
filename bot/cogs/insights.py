"""`/insights` and `/leaderboard`: figures of a mentor and of the server."""

from __future__ import annotations

from discord import app_commands
from discord.app_commands import Choice
from discord.ext import commands

from bot.interaction import BotClient, Interaction
from bot.views.insights.card import show_insights
from bot.views.recognition.leaderboard import show_leaderboard
from mentorship.recognition.leaderboard import Measure, Period
from wording.mentoring import recognition


class Insights(commands.Cog):
    def __init__(self, bot: BotClient) -> None:
        self.bot = bot

    @app_commands.command(description="Your figures as a mentor, or the server's for moderators")
    @app_commands.guild_only()
    async def insights(self, interaction: Interaction) -> None:
        await show_insights(interaction)

    @app_commands.command(description="The mentors here who help most")
    @app_commands.describe(period="Of which time", measure="Ranked by what")
    @app_commands.choices(
        period=[Choice(name=name, value=key) for key, name in recognition.PERIODS.items()],
        measure=[Choice(name=name, value=key) for key, name in recognition.MEASURES.items()],
    )
    @app_commands.guild_only()
    async def leaderboard(
        self, interaction: Interaction, period: str | None = None, measure: str | None = None
    ) -> None:
        await show_leaderboard(
            interaction, Period(period or Period.MONTH), Measure(measure or Measure.HOURS)
        )
