"""The page of `/setup` for the language of messages that everyone in the server sees."""

from __future__ import annotations

from typing import Any

import discord
from discord import ui

from bot.components.persistent import PersistentSelect
from bot.interaction import Interaction
from bot.replies import respond_with_layout
from bot.views.setup.overview import SetupContext, back_button, build_page, load_setup
from mentorship.administration import setup
from mentorship.errors import Field, InvalidField, Problem
from wording import languages
from wording.translation import _

_AS_IN_DISCORD = "discord"
"""Stands for the language of the server in Discord."""


async def show_server_language(
    interaction: Interaction, context: SetupContext | None = None, note: str = ""
) -> None:
    """Show the language of the server, with a menu to change it. Raises `NotAManager`."""
    context = context or await load_setup(interaction)
    title = _("Language of messages that everyone sees")
    purpose = _(
        "Announcements, meeting rooms and messages to moderators are in this language. Each member "
        "reads everything else in the language of their own Discord, or what they chose with "
        "`/language`."
    )
    text = "\n".join(filter(None, (f"## {title}", purpose, note)))
    parts: list[ui.Item[Any]] = [
        ui.TextDisplay(text),
        ui.ActionRow(ServerLanguageMenu(context.settings.language)),
        ui.ActionRow(back_button()),
    ]
    await respond_with_layout(interaction, build_page(*parts))


class ServerLanguageMenu(PersistentSelect, template=r"setup:language"):
    """All languages that there are texts in, after the one of the server in Discord."""

    def __init__(self, current: str | None = None) -> None:
        choices = {_AS_IN_DISCORD: _("As in Discord's settings")} | languages.names()
        super().__init__(
            "setup:language",
            _("Choose a language"),
            [
                discord.SelectOption(
                    label=name, value=tag, default=tag == (current or _AS_IN_DISCORD)
                )
                for tag, name in choices.items()
            ],
        )

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        (tag,) = values
        if tag != _AS_IN_DISCORD and tag not in languages.names():
            raise InvalidField(Field.LANGUAGE, Problem.NOT_AN_OPTION)
        context = await load_setup(interaction)
        chosen = None if tag == _AS_IN_DISCORD else tag
        settings = await interaction.client.db.run(setup.configure, context.actor, language=chosen)
        note = _("✅ Saved. Messages from now on are in this language.")
        await show_server_language(interaction, context._replace(settings=settings), note)
