"""`/timezone`: the clock that a person lives by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from bot.buttons import Interaction
from bot.views.timezone import set_typed_zone
from mentorship import timezones

if TYPE_CHECKING:
    from bot.client import MentorBot


class Timezone(commands.GroupCog, group_name="timezone", group_description="Your time zone"):
    def __init__(self, bot: MentorBot) -> None:
        self.bot = bot

    @app_commands.command(name="set", description="Say which time zone you live in")
    @app_commands.describe(zone="City, country, offset (+5:30), or “it's 14:30 here”")
    async def set_(self, interaction: Interaction, zone: app_commands.Range[str, 1, 100]) -> None:
        await set_typed_zone(interaction, zone)

    @set_.autocomplete("zone")
    async def zones(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        found = timezones.suggest(typed, now=self.bot.db.now(), locale=str(interaction.locale))
        return [app_commands.Choice(name=choice.label, value=choice.name) for choice in found]
