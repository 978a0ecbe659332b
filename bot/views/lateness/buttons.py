"""The buttons with which a mentor or a mentee says that they will be late."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Self

from discord import ui

from bot.actors import actor_of
from bot.components.cards import Accent, Card, action_rows
from bot.formatting import discord_timestamp, plain
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import respond
from bot.views.groups.items import DETAILS_SCREEN, DismissButton, GroupButton
from bot.views.sessions.session_actions import (
    RefusableButton,
    SessionButton,
    refresh_card,
    show_confirmation,
)
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.lateness import group_notices, notices
from mentorship.sessions.session_views import SessionView
from wording.durations import duration
from wording.names import first_name
from wording.reader import Reader
from wording.translation import N_, _, ngettext, sentences


def late_buttons(session: SessionView, reader_id: int, now: datetime) -> list[ui.Item[Any]]:
    """Return the button that says that the reader will be late, around the start."""
    return [RunningLateButton(session.id)] if notices.choices(session, reader_id, now) else []


def group_late_buttons(group: GroupView, now: datetime) -> list[ui.Item[Any]]:
    """Return the same for the mentor of a group session."""
    return [GroupRunningLateButton(group.id)] if group_notices.choices(group, now) else []


class RunningLateButton(SessionButton):
    """Asks by how many minutes the person will be late."""

    key, label = "late", N_("Running late")

    async def perform(self, interaction: Interaction) -> None:
        options = await interaction.client.db.read(
            notices.load_options, actor_of(interaction), self.session_id
        )
        session = options.session
        other = plain(first_name(session.other(interaction.user.id).name))
        card = _question(session.starts_at, _("I'll tell {name} right away.", name=other))
        reader = reader_of(interaction)
        await show_confirmation(
            interaction,
            card,
            *(DelayButton(session.id, minutes, reader) for minutes in options.choices),
            DismissDelayButton(session.id),
        )


class DelayButton(RefusableButton, template=r"session:(?P<id>\d{1,18}):late:(?P<minutes>\d{1,2})"):
    """Tells the other that the person will be that late."""

    def __init__(self, session_id: int, minutes: int, reader: Reader | None = None) -> None:
        self.session_id, self.minutes = session_id, minutes
        super().__init__(f"session:{session_id}:late:{minutes}", _delay_label(minutes, reader))

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]), int(match["minutes"]))

    async def perform(self, interaction: Interaction) -> None:
        actor = actor_of(interaction)
        await interaction.client.db.run(notices.announce, actor, self.session_id, self.minutes)
        await refresh_card(interaction, self.session_id)


class DismissDelayButton(SessionButton):
    """Leaves the question and shows the session again."""

    key, label = "not-late", N_("Cancel")

    async def perform(self, interaction: Interaction) -> None:
        await refresh_card(interaction, self.session_id)


class GroupRunningLateButton(GroupButton):
    """Asks the mentor of a group session by how many minutes they will be late."""

    key, label = "late", N_("Running late")

    async def perform(self, interaction: Interaction) -> None:
        options = await interaction.client.db.read(
            group_notices.load_options, actor_of(interaction), self.group_id
        )
        group, reader = options.group, reader_of(interaction)
        announcement = ngettext(
            "I'll tell {count} attendee right away.",
            "I'll tell {count} attendees right away.",
            group.seats_taken,
        )
        card = _question(group.starts_at, announcement)
        buttons = [GroupDelayButton(group.id, minutes, reader) for minutes in options.choices]
        await respond(interaction, card=card, actions=action_rows(*buttons, DismissButton()))


class GroupDelayButton(GroupButton, template=r"group:(?P<id>\d{1,18}):late:(?P<minutes>\d{1,2})"):
    """Tells the attendees that their mentor will be that late."""

    key = "late"

    def __init__(self, group_id: int, minutes: int, reader: Reader | None = None) -> None:
        super().__init__(group_id, _delay_label(minutes, reader), minutes)
        self.minutes = minutes

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]), int(match["minutes"]))

    async def perform(self, interaction: Interaction) -> None:
        actor = actor_of(interaction)
        await interaction.client.db.run(group_notices.announce, actor, self.group_id, self.minutes)
        await DETAILS_SCREEN.show(interaction, self.group_id, _("I'm telling the attendees."))


def _question(starts_at: datetime, text: str) -> Card:
    # Translators: {time} is shown by Discord as "in 5 minutes" or "5 minutes ago".
    start = _("The session starts {time}.", time=discord_timestamp(starts_at, "R"))
    return Card(
        title=_("How late will you be?"),
        text=sentences(start, text),
        accent=Accent.WAITING,
    )


def _delay_label(minutes: int, reader: Reader | None) -> str:
    """Return the label of a choice. A button that a press has created again shows none."""
    return str(minutes) if reader is None else duration(minutes, reader)
