"""`/notifications`: which notifications a member gets, and when."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.interaction import BotClient, Interaction
from bot.views.members.notification_settings import show_settings


class Notifications(commands.Cog):
    def __init__(self, bot: BotClient) -> None:
        self.bot = bot

    @app_commands.command(description="Choose your notifications, reminders and quiet hours")
    async def notifications(self, interaction: Interaction) -> None:
        await show_settings(interaction)
