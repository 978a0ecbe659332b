"""`/mentor`: applying, and offering time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from bot.buttons import Interaction
from bot.people import actor_of
from bot.views import application
from bot.views.hours import open_panel
from bot.views.timezone import with_timezone
from mentorship import timetable

if TYPE_CHECKING:
    from bot.client import MentorBot


class Mentor(commands.GroupCog, group_name="mentor", group_description="Mentor others"):
    def __init__(self, bot: MentorBot) -> None:
        self.bot = bot

    @app_commands.command(description="Apply to become a mentor in this server")
    async def apply(self, interaction: Interaction) -> None:
        await with_timezone(interaction, application.open_form)

    @app_commands.command(description="Show or set the weekly hours in which you can be booked")
    @app_commands.describe(hours="Such as: mon-fri 18:00-21:30; sat 10-14. Leave out for the panel")
    async def hours(
        self, interaction: Interaction, hours: app_commands.Range[str, 1, 500] | None = None
    ) -> None:
        table = None
        if hours is not None:
            table = await self.bot.db.run(timetable.set_weekly, actor_of(interaction), hours)
        await open_panel(interaction, table)
