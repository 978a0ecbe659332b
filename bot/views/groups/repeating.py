"""What a mentor does with a session that repeats: stop it, or cancel all that follow."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import discord
from discord import ui

from bot.actors import actor_of
from bot.components.cards import Accent, Card, action_rows
from bot.components.message_reader import Kept, kept_text
from bot.errors import sentence
from bot.formatting import plain_title
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import respond
from bot.views.groups.items import DETAILS_SCREEN, CountedButton, DetailsButton, GroupButton
from mentorship.errors import NotAllowedNow, TermsChanged
from mentorship.guilds import guild_settings
from mentorship.sessions.groups import group_changes, group_rows, repeats
from mentorship.sessions.groups.group_details import GroupDetails
from wording.points import format_points
from wording.translation import N_, _, ngettext, sentences


def repeating_buttons(details: GroupDetails, now: datetime) -> list[ui.Item[Any]]:
    """Return the mentor's button for a session that repeats."""
    can_stop = details.is_mentor and details.group.repeat_weeks
    return [StopRepeatingButton(details.group.id)] if can_stop else []


class StopRepeatingButton(GroupButton):
    """Creates no further sessions. Those that people can join already take place."""

    key, label = "stop", N_("Stop repeating")

    async def perform(self, interaction: Interaction) -> None:
        db, actor, reader = interaction.client.db, actor_of(interaction), reader_of(interaction)
        try:
            group = await db.run(repeats.stop, actor, self.group_id)
        except NotAllowedNow as error:
            await DETAILS_SCREEN.show(interaction, self.group_id, sentence(error, reader))
            return
        planned = len(await db.read(repeats.list_following, group))
        rest = ""
        if planned > 1:
            rest = ngettext(
                "The {count} session already planned still takes place.",
                "The {count} sessions already planned still take place.",
                planned,
            )
        note = sentences(_("It doesn't repeat any more."), rest)
        await DETAILS_SCREEN.show(interaction, self.group_id, note)


class CancelFollowingButton(GroupButton):
    """Shows what cancelling this session and all that follow means."""

    key, label = "cancel-all", N_("Cancel all that follow")

    async def perform(self, interaction: Interaction) -> None:
        await show_cancelling_all(interaction, self.group_id)


async def show_cancelling_all(interaction: Interaction, group_id: int, note: str = "") -> None:
    """Show how many sessions and seats cancelling all would end."""
    db, reader = interaction.client.db, reader_of(interaction)
    group = await db.read(group_changes.load_cancellable, actor_of(interaction), group_id)
    following = await db.read(repeats.list_following, group)
    seats = sum(each.seats_taken for each in following)
    cancelled = ngettext(
        "This cancels {count} session, and it won't repeat any more.",
        "This cancels {count} sessions, and it won't repeat any more.",
        len(following),
    )
    ended = refund = ""
    if seats:
        ended = ngettext(
            "{count} seat is cancelled, and I'll tell everyone.",
            "{count} seats are cancelled, and I'll tell everyone.",
            seats,
        )
    points = sum([await db.read(group_rows.upcoming_points, each.id) for each in following])
    if points:
        guild = await db.read(guild_settings.load, group.guild_id)
        refund = _(
            "Everyone is refunded in full: {points} in all.",
            points=format_points(points, guild, reader),
        )
    card = Card(
        title=_("Cancel “{title}” and all that follow?", title=plain_title(group.title)),
        text=sentences(cancelled, ended, refund),
        accent=Accent.WAITING,
    )
    reason = kept_text(interaction.message).get(Kept.REASON, "")
    if reason:
        card.add_kept(Kept.REASON, _("Your reason"), reason)
    actions = action_rows(
        ConfirmCancelFollowingButton(group_id, seats), DetailsButton(group_id, _("Keep sessions"))
    )
    await respond(interaction, note or None, card=card, actions=actions)


class ConfirmCancelFollowingButton(CountedButton):
    """Cancels the session and all that follow."""

    key, label, style = "really-cancel-all", N_("Cancel all"), discord.ButtonStyle.danger

    async def perform(self, interaction: Interaction) -> None:
        reason = kept_text(interaction.message).get(Kept.REASON, "")
        try:
            await interaction.client.db.run(
                repeats.cancel_following,
                actor_of(interaction),
                self.group_id,
                reason,
                seats_shown=self.seats,
            )
        except TermsChanged as error:
            note = sentence(error, reader_of(interaction))
            await show_cancelling_all(interaction, self.group_id, note)
            return
        await DETAILS_SCREEN.show(interaction, self.group_id, _("All sessions are cancelled."))
