"""The position in `/sessions` that buttons carry, and the buttons to a page of the list."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Self

from bot.components.message_reader import custom_ids_of
from bot.components.persistent import PersistentButton
from bot.components.screens import Screen
from bot.interaction import Interaction
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.session_views import PAST_SESSIONS, UPCOMING_SESSIONS, SessionFilter
from wording.translation import _

ROLES = {"b": None, "r": Party.MENTOR, "e": Party.MENTEE}
"""The person's role in a session, None for both, by its letter in a custom id."""

POSITION_PATTERN = r"(?P<when>[up])(?P<role>[bre]):(?P<cursor>[0-9a-z.]{0,56})"

SESSION_LIST: Screen[Interaction, ListPosition] = Screen()
"""The list at a position; `bot.views.sessions.session_list` shows it."""

_BACK_NUMBER = 2
"""Tells the button back to the list from the page buttons, which are 0 and 1."""


@dataclass(frozen=True, slots=True)
class ListPosition:
    """A page of one of the lists, as its buttons carry it.

    `when` is `u` for upcoming or `p` for past sessions, `role` a key of `ROLES`.
    """

    when: str = "u"
    role: str = "b"
    cursor: str = ""

    @property
    def filter(self) -> SessionFilter:
        """The sessions on the list."""
        sessions = UPCOMING_SESSIONS if self.when == "u" else PAST_SESSIONS
        return replace(sessions, party=ROLES[self.role])

    @property
    def encoded(self) -> str:
        """The position for a custom id; `decode` reads it."""
        return f"{self.when}{self.role}:{self.cursor}"

    @classmethod
    def decode(cls, match: re.Match[str]) -> Self:
        """Return the position in a custom id that matches `POSITION_PATTERN`."""
        return cls(match["when"], match["role"], match["cursor"])


class ListPageButton(
    PersistentButton, template=rf"sessions:page:{POSITION_PATTERN}:(?P<number>\d)"
):
    """Shows a page of the list. `number` distinguishes the buttons of one message."""

    def __init__(self, position: ListPosition, label: str = "…", number: int = 0) -> None:
        self.position = position
        super().__init__(f"sessions:page:{position.encoded}:{number}", label)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(ListPosition.decode(match))

    async def on_press(self, interaction: Interaction) -> None:
        await SESSION_LIST.show(interaction, self.position)


def back_button(position: ListPosition) -> ListPageButton:
    """Return the button back to a page of the list."""
    return ListPageButton(position, _("Back to list"), _BACK_NUMBER)


def back_to_list(interaction: Interaction) -> list[PersistentButton]:
    """Return the button back to the list if the pressed card has one, or nothing."""
    pattern = rf"sessions:page:{POSITION_PATTERN}:{_BACK_NUMBER}"
    matches = (re.fullmatch(pattern, custom_id) for custom_id in custom_ids_of(interaction.message))
    return [back_button(ListPosition.decode(match)) for match in matches if match is not None]
