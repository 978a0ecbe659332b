"""The button back to the first page of the availability panel."""

from __future__ import annotations

from bot.components.persistent import PersistentButton
from bot.components.screens import Screen
from bot.interaction import Interaction
from mentorship.availability.editor import AvailabilityView
from wording.translation import _

WEEK_SCREEN: Screen[Interaction, AvailabilityView | None, str | None] = Screen()
"""The first page of the panel, with a note above it; `bot.views.availability.panel` shows it."""


class BackToWeekButton(PersistentButton, template=r"hours:back"):
    """Shows the first page of the panel."""

    def __init__(self) -> None:
        super().__init__("hours:back", _("Back to the week"))

    async def on_press(self, interaction: Interaction) -> None:
        await WEEK_SCREEN.show(interaction, None, None)
