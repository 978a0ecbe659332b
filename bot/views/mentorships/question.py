"""The button of the question about goals with which its reader leaves it."""

from __future__ import annotations

from bot.components.persistent import PersistentButton
from bot.interaction import Interaction
from bot.replies import edit_card
from wording.translation import _, pgettext


class DismissQuestionButton(PersistentButton, template=r"goals:dismiss"):
    """Leaves the question unanswered, until the next one."""

    def __init__(self) -> None:
        super().__init__("goals:dismiss", pgettext("button", "Dismiss"))

    async def on_press(self, interaction: Interaction) -> None:
        await edit_card(interaction, _("All right. You can always open `/mentorship`."))
