"""The button that keeps a session whose entry somebody changed in their own calendar."""

from __future__ import annotations

import re
from typing import Self

from bot.actors import actor_of
from bot.components.persistent import PersistentButton
from bot.interaction import Interaction
from bot.replies import respond
from mentorship.calendars import entries
from wording.translation import _


class KeepEntryButton(PersistentButton, template=r"entry:(?P<id>\d{1,18}):keep"):
    """Leaves the session as it is, and writes it into the calendar again."""

    def __init__(self, entry_id: int, label: str | None = None) -> None:
        self.entry_id = entry_id
        super().__init__(f"entry:{entry_id}:keep", label or _("Keep session"))

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]))

    async def on_press(self, interaction: Interaction) -> None:
        await interaction.client.db.run(entries.keep, actor_of(interaction), self.entry_id)
        await respond(
            interaction, _("Nothing has changed. I'm putting the session back into your calendar.")
        )
