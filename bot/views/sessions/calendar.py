"""The button that sends a session as a calendar file."""

from __future__ import annotations

import io
import re
from datetime import datetime
from typing import Self

import discord

from bot.actors import actor_of
from bot.components.cards import ActionRows, action_rows
from bot.components.persistent import PersistentButton
from bot.interaction import Interaction
from bot.readers import reader_of
from mentorship.sessions import session_views
from mentorship.sessions.groups import group_views
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.session_views import SessionView
from wording.calendar_file import (
    calendar_file,
    file_name,
    group_calendar_file,
    group_removes_entry,
    removes_entry,
)

_ADD, _REMOVE = "Add to calendar", "Remove from calendar"
_TEXT = (
    "Open this file to add the session to your calendar. If the session changes, download it again "
    "from its card to update the same entry."
)
_REMOVAL_TEXT = "Open this file to remove the session from your calendar."


def removal_view(session: SessionView) -> ActionRows:
    """Return the button whose file takes the session out of the calendar, None if it took place."""
    return action_rows(CalendarFileButton.of(session)) if removes_entry(session) else ()


class CalendarFileButton(PersistentButton, template=r"session:(?P<id>\d{1,18}):calendar"):
    """Sends the session as an .ics file that only the person sees."""

    @classmethod
    def of(cls, session: SessionView) -> Self:
        """Return the button of a session as it is now, labelled with what its file does."""
        return cls(session.id, _REMOVE if removes_entry(session) else _ADD)

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
        text = _REMOVAL_TEXT if removes_entry(session) else _TEXT
        await _send(interaction, text, content, session.starts_at)


class GroupCalendarButton(PersistentButton, template=r"group:(?P<id>\d{1,18}):calendar"):
    """Sends a group session as an .ics file to its mentor."""

    @classmethod
    def of(cls, group: GroupView) -> Self:
        """Return the button of a group session as it is now."""
        return cls(group.id, _REMOVE if group_removes_entry(group) else _ADD)

    def __init__(self, group_id: int, label: str = _ADD) -> None:
        self.group_id = group_id
        super().__init__(f"group:{group_id}:calendar", label)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]))

    async def on_press(self, interaction: Interaction) -> None:
        db, actor = interaction.client.db, actor_of(interaction)
        group = await db.read(group_views.load_for, actor, self.group_id)
        group.party(actor.user_id)
        content = group_calendar_file(group, db.now(), reader_of(interaction))
        text = _REMOVAL_TEXT if group_removes_entry(group) else _TEXT
        await _send(interaction, text, content, group.starts_at)


async def _send(interaction: Interaction, text: str, content: bytes, starts_at: datetime) -> None:
    await interaction.response.send_message(
        text,
        file=discord.File(io.BytesIO(content), file_name(starts_at)),
        ephemeral=True,
    )
