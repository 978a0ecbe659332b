"""The button that sends a session as a calendar file."""

from __future__ import annotations

import re
from typing import Self

from discord import ui

from bot.actors import actor_of
from bot.components.cards import ActionRows, action_rows
from bot.components.persistent import PersistentButton
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import send_file
from mentorship.calendars import agenda
from mentorship.calendars.agenda import AgendaEntry
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.session_views import SessionView
from wording.icalendar import calendar_links
from wording.icalendar.calendar_file import calendar_file, file_name, removes_entry
from wording.translation import N_, _

_ADD, _REMOVE = N_("Add to calendar"), N_("Remove from calendar")
_TEXT = N_(
    "Open this file to add the session to your calendar. If the session changes, "
    "download it again from its card to update the same entry. With Google Calendar "
    "or Outlook in your browser, use the buttons instead. What they add doesn't "
    "change later."
)
_REMOVAL_TEXT = N_("Open this file to remove the session from your calendar.")
_ONLINE_CALENDARS = (
    (N_("Add to Google Calendar"), calendar_links.google_event),
    (N_("Add to Outlook"), calendar_links.outlook_event),
)


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
        super().__init__(f"session:{session_id}:calendar", _(label))

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]))

    async def on_press(self, interaction: Interaction) -> None:
        entry = await interaction.client.db.read(
            agenda.load_session, actor_of(interaction), self.session_id
        )
        await _send(interaction, entry)


class GroupCalendarButton(PersistentButton, template=r"group:(?P<id>\d{1,18}):calendar"):
    """Sends a group session as an .ics file to its mentor."""

    @classmethod
    def of(cls, group: GroupView) -> Self:
        """Return the button of a group session as it is now."""
        return cls(group.id, _REMOVE if removes_entry(group) else _ADD)

    def __init__(self, group_id: int, label: str = _ADD) -> None:
        self.group_id = group_id
        super().__init__(f"group:{group_id}:calendar", _(label))

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]))

    async def on_press(self, interaction: Interaction) -> None:
        entry = await interaction.client.db.read(
            agenda.load_group, actor_of(interaction), self.group_id
        )
        await _send(interaction, entry)


async def _send(interaction: Interaction, entry: AgendaEntry) -> None:
    reader = reader_of(interaction)
    content = calendar_file(entry, interaction.client.db.now(), reader)
    file = (file_name(entry.span.start), content)
    if entry.is_removed:
        await send_file(interaction, _(_REMOVAL_TEXT), file)
        return
    links = (
        ui.Button[ui.LayoutView](label=_(label), url=link(entry, reader))
        for label, link in _ONLINE_CALENDARS
    )
    await send_file(interaction, _(_TEXT), file, action_rows(*links))
