"""`/points`: what a person has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from bot.buttons import Interaction
from bot.people import actor_of
from bot.replies import show
from mentorship import guilds, ledger

if TYPE_CHECKING:
    from bot.client import MentorBot


class Points(commands.GroupCog, group_name="points", group_description="Your points"):
    def __init__(self, bot: MentorBot) -> None:
        self.bot = bot

    @app_commands.command(description="How many points you have")
    async def balance(self, interaction: Interaction) -> None:
        actor = actor_of(interaction)
        points = await self.bot.db.read(ledger.balance, actor)
        guild = await self.bot.db.read(guilds.settings, actor.guild)
        await show(interaction, f"You have **{guild.amount(points)}** {guild.currency_name}.")
