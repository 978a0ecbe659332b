"""The buttons to the first card of `/calendar`."""

from __future__ import annotations

from bot.components.persistent import PersistentButton
from bot.components.screens import Screen
from bot.interaction import Interaction
from wording.translation import _

CALENDARS_SCREEN: Screen[Interaction, str | None] = Screen()
"""The first card, with a note above it; `bot.views.calendar.overview` shows it."""


class OpenCalendarsButton(PersistentButton, template=r"calendar:open"):
    """Shows the person's calendars."""

    def __init__(self, label: str | None = None) -> None:
        super().__init__("calendar:open", label or _("Calendars"))

    async def on_press(self, interaction: Interaction) -> None:
        await CALENDARS_SCREEN.show(interaction, None)
