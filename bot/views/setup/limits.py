"""The page of `/setup` for limits: what one member may do, and how often."""

from __future__ import annotations

from typing import Any

from discord import ui

from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import respond_with_layout
from bot.views.setup.forms import GROUPS, LIMIT_GROUPS
from bot.views.setup.overview import SetupPageButton, back_button, build_page, load_setup
from wording.administration import settings as settings_text
from wording.translation import _


async def show_limits(interaction: Interaction) -> None:
    """Show all limits, with a button to the form of each group."""
    context, reader = await load_setup(interaction), reader_of(interaction)
    heading, purpose = (
        _("Limits"),
        _(
            "Limits keep one member from taking up everyone's time. Anyone who reaches a limit "
            "sees when it ends."
        ),
    )
    parts: list[ui.Item[Any]] = [ui.TextDisplay(f"## {heading}\n{purpose}")]
    for group in LIMIT_GROUPS:
        title, questions = GROUPS[group]
        values = {
            question: settings_text.value(name, getattr(context.settings, name), reader)
            for name, question in questions.items()
        }
        # Translators: a limit and its current value, "Slot alerts of one member: **10**".
        lines = [
            _("{limit}: **{value}**", limit=_(question), value=value)
            for question, value in values.items()
        ]
        text: ui.TextDisplay[Any] = ui.TextDisplay("\n".join((f"**{_(title)}**", *lines)))
        parts += [ui.Separator(), ui.Section(text, accessory=SetupPageButton(group))]
    parts += [ui.Separator(), ui.ActionRow(back_button())]
    await respond_with_layout(interaction, build_page(*parts))
