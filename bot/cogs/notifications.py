"""`/notifications`: what a member is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from bot.components.persistent import Interaction
from bot.views.members.notification_settings import open_panel

if TYPE_CHECKING:
    from bot.client import MentorBot


class Notifications(commands.Cog):
    def __init__(self, bot: MentorBot) -> None:
        self.bot = bot

    @app_commands.command(description="Choose what I tell you, how early, and your quiet hours")
    async def notifications(self, interaction: Interaction) -> None:
        await open_panel(interaction)
