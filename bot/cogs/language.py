"""`/language`: the language in which a member is written to."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.interaction import BotClient, Interaction
from bot.views.members.language import AS_IN_DISCORD, change_language
from wording import languages
from wording.translation import _

Choice = app_commands.Choice[str]


class Language(commands.Cog):
    def __init__(self, bot: BotClient) -> None:
        self.bot = bot

    @app_commands.command(description="Choose the language I use with you")
    @app_commands.describe(language="A language, or your Discord client's")
    async def language(
        self, interaction: Interaction, language: app_commands.Range[str, 1, 40]
    ) -> None:
        await change_language(interaction, language)

    @language.autocomplete("language")
    async def options(self, interaction: Interaction, typed: str) -> list[Choice]:
        names = {AS_IN_DISCORD: _("The language of your Discord")} | languages.names()
        text = typed.casefold().strip()
        return [
            app_commands.Choice(name=name, value=tag)
            for tag, name in names.items()
            if text in name.casefold() or text == tag.casefold()
        ][:25]
