"""Buttons of the questions to a mentor whose scheduled event was changed in Discord."""

from __future__ import annotations

import discord

from bot.actors import actor_of
from bot.components.message_reader import Kept, kept_text
from bot.errors import sentence
from bot.formatting import discord_timestamp, plain_title
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.views.groups.items import DETAILS_SCREEN, GroupButton
from mentorship.errors import MembershipUnknown, MentorshipError
from mentorship.sessions.groups import group_changes
from mentorship.sessions.groups.discord_events import changes, sync
from mentorship.sessions.groups.group_changes import GroupEdit
from wording.translation import N_, _


class RenameGroupButton(GroupButton):
    """Gives the session the title that its card shows, which the event has."""

    key, label, style = "rename", N_("Rename session"), discord.ButtonStyle.primary

    async def perform(self, interaction: Interaction) -> None:
        title = kept_text(interaction.message).get(Kept.GROUP_TITLE, "")
        try:
            group = await interaction.client.db.run(
                group_changes.edit, actor_of(interaction), self.group_id, GroupEdit(title=title)
            )
        except MembershipUnknown:
            # It is tried again once Discord was asked.
            raise
        except MentorshipError as error:
            note = sentence(error, reader_of(interaction))
        else:
            note = _("The session is now called “{title}”.", title=plain_title(group.title))
        await DETAILS_SCREEN.show(interaction, self.group_id, note)


class RestoreEventButton(GroupButton):
    """Sets the event back to what the session says."""

    key, label = "restore-event", N_("Keep current time")

    async def perform(self, interaction: Interaction) -> None:
        group = await interaction.client.db.run(
            changes.restore, actor_of(interaction), self.group_id
        )
        note = _(
            "“{title}” still starts {time}. I'm setting the Discord event back.",
            title=plain_title(group.title),
            time=discord_timestamp(group.starts_at),
        )
        await DETAILS_SCREEN.show(interaction, self.group_id, note)


class RetryEventButton(GroupButton):
    """Lets the bot create or edit the event again, once it may."""

    key, label = "retry-event", N_("Try again")

    async def perform(self, interaction: Interaction) -> None:
        await interaction.client.db.run(sync.resume, actor_of(interaction), self.group_id)
        await DETAILS_SCREEN.show(
            interaction,
            self.group_id,
            _("I'm trying again. If I'm still not allowed to, I'll message you."),
        )
