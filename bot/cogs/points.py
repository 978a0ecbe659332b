"""`/points`: balance, history and gifts."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.interaction import BotClient, Interaction
from bot.views.members.points import recipient_of, show_balance, show_gift_preview, show_history


class Points(commands.GroupCog, group_name="points", group_description="Your points"):
    def __init__(self, bot: BotClient) -> None:
        self.bot = bot

    @app_commands.command(description="See how many points you have")
    async def balance(self, interaction: Interaction) -> None:
        await show_balance(interaction)

    @app_commands.command(description="See where your points came from and went")
    async def history(self, interaction: Interaction) -> None:
        await show_history(interaction)

    @app_commands.command(description="Give some of your points to another member")
    @app_commands.describe(member="Who gets them", amount="How many points")
    async def give(
        self, interaction: Interaction, member: discord.Member | discord.User, amount: int
    ) -> None:
        await show_gift_preview(interaction, recipient_of(member), amount)
