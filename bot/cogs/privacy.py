"""`/privacy`: export or erase a person's data in a guild."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.actors import actor_of
from bot.interaction import BotClient, Interaction
from bot.replies import defer_command
from bot.views.members.privacy import show_erasure_preview
from mentorship.operations import export_file, own_data
from wording.translation import _, sentences


class Privacy(commands.GroupCog, group_name="privacy", group_description="Your data"):
    def __init__(self, bot: BotClient) -> None:
        self.bot = bot

    @app_commands.command(description="Download everything I keep about you in this server")
    async def export(self, interaction: Interaction) -> None:
        db, actor = self.bot.db, actor_of(interaction)
        await defer_command(interaction)
        await db.run(own_data.record_export, actor)
        limit = interaction.filesize_limit
        async with export_file.archives(db, actor, limit) as files:
            for number, file in enumerate(files, 1):
                part, name = "", "mentorbot-my-data.zip"
                if len(files) > 1:
                    part = _("File {number} of {count}.", number=number, count=len(files))
                    name = f"mentorbot-my-data-{number}.zip"
                intro = _("Here's all I keep about you in this server. Only you can see it.")
                await interaction.followup.send(
                    sentences(intro, part),
                    file=discord.File(file, name),
                    ephemeral=True,
                )

    @app_commands.command(description="Erase your data in this server; you see what is lost first")
    async def forget(self, interaction: Interaction) -> None:
        await defer_command(interaction)
        await show_erasure_preview(interaction)
