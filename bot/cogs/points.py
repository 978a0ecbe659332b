"""`/points`: what a person has, where it came from, and giving some away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.components.persistent import Interaction
from bot.views.members.points import ask_to_give, recipient, show_balance, show_history

if TYPE_CHECKING:
    from bot.client import MentorBot


class Points(commands.GroupCog, group_name="points", group_description="Your points"):
    def __init__(self, bot: MentorBot) -> None:
        self.bot = bot

    @app_commands.command(description="How many points you have")
    async def balance(self, interaction: Interaction) -> None:
        await show_balance(interaction)

    @app_commands.command(description="Where your points came from and went to")
    async def history(self, interaction: Interaction) -> None:
        await show_history(interaction)

    @app_commands.command(description="Give some of your points to another member")
    @app_commands.describe(member="To whom", amount="How many")
    async def give(
        self, interaction: Interaction, member: discord.Member | discord.User, amount: int
    ) -> None:
        await ask_to_give(interaction, recipient(member), amount)
