"""The button that sends a session as a calendar file."""

from __future__ import annotations

import io
import re
from typing import Self

import discord

from bot.actors import actor_of
from bot.components.cards import ActionRows, action_rows
from bot.components.persistent import PersistentButton
from bot.interaction import Interaction
from bot.readers import reader_of
from mentorship.sessions import session_views
from mentorship.sessions.session_views import SessionView
from wording.calendar_file import calendar_file, file_name, removes_entry

_ADD = "Add to calendar"


def removal_view(session: SessionView) -> ActionRows:
    """Return the button whose file takes the session out of the calendar, None if it took place."""
    return action_rows(CalendarFileButton.of(session)) if removes_entry(session) else ()


class CalendarFileButton(PersistentButton, template=r"session:(?P<id>\d{1,18}):calendar"):
    """Sends the session as an .ics file that only the person sees."""

    @classmethod
    def of(cls, session: SessionView) -> Self:
        """Return the button of a session as it is now, labelled with what its file does."""
        return cls(session.id, "Remove from calendar" if removes_entry(session) else _ADD)

    def __init__(self, session_id: int, label: str = _ADD) -> None:
        self.session_id = session_id
        super().__init__(f"session:{session_id}:calendar", label)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]))

    async def on_press(self, interaction: Interaction) -> None:
        db, actor = interaction.client.db, actor_of(interaction)
        session = await db.read(session_views.load_for_participant, actor, self.session_id)
        content = calendar_file(session, actor.user_id, db.now(), reader_of(interaction))
        text = (
            "Open this file to remove the session from your calendar."
            if removes_entry(session)
            else "Open this file to add the session to your calendar. If the session changes, "
            "download it again from its card to update the same entry."
        )
        await interaction.response.send_message(
            text,
            file=discord.File(io.BytesIO(content), file_name(session)),
            ephemeral=True,
        )
