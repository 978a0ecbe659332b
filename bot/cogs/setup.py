"""`/setup`: the few things that a server has to choose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.buttons import Interaction
from bot.people import actor_of
from bot.replies import show
from bot.views.setup import setup_card
from mentorship import setting_up

if TYPE_CHECKING:
    from bot.client import MentorBot


class Setup(commands.Cog):
    def __init__(self, bot: MentorBot) -> None:
        self.bot = bot

    @app_commands.command(description="Choose the channels, roles and points of this server")
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.describe(
        review_channel="Where moderators decide on applications; the one thing that is needed",
        moderator_role="Who may decide, besides those with Manage Server",
        mentor_role="A role that approved mentors get",
        notices_channel="Where I mention people whose direct messages are closed",
        currency="What this server calls its points",
        starting_balance="How many points everybody starts with",
    )
    async def setup(
        self,
        interaction: Interaction,
        review_channel: discord.TextChannel | None = None,
        moderator_role: discord.Role | None = None,
        mentor_role: discord.Role | None = None,
        notices_channel: discord.TextChannel | None = None,
        currency: app_commands.Range[str, 1, 20] | None = None,
        starting_balance: app_commands.Range[int, 0, 1_000_000] | None = None,
    ) -> None:
        chosen: dict[str, Any] = {
            "review_channel_id": review_channel and review_channel.id,
            "moderator_role_id": moderator_role and moderator_role.id,
            "mentor_role_id": mentor_role and mentor_role.id,
            "notices_channel_id": notices_channel and notices_channel.id,
            "currency_name": currency,
            "starting_balance": starting_balance,
        }
        settings = await self.bot.db.run(
            setting_up.configure,
            actor_of(interaction),
            **{name: value for name, value in chosen.items() if value is not None},
        )
        assert interaction.guild is not None
        await show(interaction, embed=setup_card(settings, interaction.guild))
