"""`/privacy`: export or erase a person's data in a guild."""

from __future__ import annotations

import io
import json

import discord
from discord import app_commands
from discord.ext import commands

from bot.actors import actor_of
from bot.interaction import BotClient, Interaction
from bot.replies import defer_command
from bot.views.members.privacy import show_erasure_preview
from mentorship.operations import data_export, own_data


class Privacy(commands.GroupCog, group_name="privacy", group_description="Your data"):
    def __init__(self, bot: BotClient) -> None:
        self.bot = bot

    @app_commands.command(description="Get everything that I keep about you here, as a file")
    async def export(self, interaction: Interaction) -> None:
        actor = actor_of(interaction)
        await self.bot.db.run(own_data.record_export, actor)
        data = await self.bot.db.read(data_export.export, actor)
        encoded = json.dumps(data, ensure_ascii=False, indent=2).encode()
        await interaction.response.send_message(
            "This is all that I keep about you in this server. Only you can see it.",
            file=discord.File(io.BytesIO(encoded), "mentorbot-my-data.json"),
            ephemeral=True,
        )

    @app_commands.command(description="Erase your data in this server, after asking once")
    async def forget(self, interaction: Interaction) -> None:
        await defer_command(interaction)
        await show_erasure_preview(interaction)
