"""`/session create` and `/session list`."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.interaction import BotClient, Interaction
from bot.views.groups.form import open_form
from bot.views.groups.listing import show_page


@app_commands.guild_only()
class Groups(
    commands.GroupCog, group_name="session", group_description="Sessions for more than two"
):
    def __init__(self, bot: BotClient) -> None:
        self.bot = bot

    @app_commands.command(description="Offer a session that several members can join")
    async def create(self, interaction: Interaction) -> None:
        await open_form(interaction)

    @app_commands.command(name="list", description="Upcoming group sessions in this server")
    async def list_(self, interaction: Interaction) -> None:
        await show_page(interaction)
