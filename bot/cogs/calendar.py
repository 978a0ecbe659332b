"""`/calendar`: a person's sessions in their calendar, and their calendars in mentorbot."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.interaction import BotClient, Interaction
from bot.views.calendar.overview import show_calendars


class Calendar(commands.Cog):
    def __init__(self, bot: BotClient) -> None:
        self.bot = bot

    @app_commands.command(
        description="See your sessions in your own calendar, and keep slots free of appointments"
    )
    async def calendar(self, interaction: Interaction) -> None:
        await show_calendars(interaction)
