"""Cancelling a group session, as its mentor or a moderator: seats and refunds are counted first."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import discord
from discord import ui

from bot.actors import actor_of
from bot.components.cards import Accent, Card, action_rows
from bot.components.message_reader import Kept, kept_text
from bot.components.persistent import Form
from bot.errors import sentence
from bot.formatting import discord_timestamp, plain_title
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import respond
from bot.views.groups.items import (
    DETAILS_SCREEN,
    CountedButton,
    DetailsButton,
    GroupButton,
    acknowledge,
)
from bot.views.groups.repeating import CancelFollowingButton
from mentorship.errors import TermsChanged
from mentorship.guilds import guild_settings
from mentorship.sessions.groups import group_changes, group_rows, repeats
from mentorship.sessions.groups.group_details import GroupDetails
from mentorship.sessions.lifecycle import Action, Party
from mentorship.sessions.transitions import LONGEST_REASON
from wording.points import format_points
from wording.translation import N_, _, ngettext, sentences


def cancel_buttons(details: GroupDetails, now: datetime) -> list[ui.Item[Any]]:
    """Return the button for cancelling a session that hasn't started, for those who may do that."""
    if not (details.is_mentor or details.moderates):
        return []
    party = Party.MENTOR if details.is_mentor else Party.MODERATOR
    can_cancel = Action.CANCEL in details.group.actions(party, now)
    return [CancelGroupButton(details.group.id)] if can_cancel else []


class CancelGroupButton(GroupButton):
    """Shows what cancelling means, and asks for confirmation."""

    key, label = "cancel", N_("Cancel session")

    async def perform(self, interaction: Interaction) -> None:
        await show_cancelling(interaction, self.group_id)


async def show_cancelling(
    interaction: Interaction, group_id: int, note: str = "", reason: str = ""
) -> None:
    """Show how many seats cancelling would end, and what it would refund."""
    db, reader = interaction.client.db, reader_of(interaction)
    group = await db.read(group_changes.load_cancellable, actor_of(interaction), group_id)
    points = await db.read(group_rows.upcoming_points, group_id)
    guild = await db.read(guild_settings.load, group.guild_id)
    card = Card(
        title=_("Cancel “{title}”?", title=plain_title(group.title)),
        text=discord_timestamp(group.starts_at),
        accent=Accent.WAITING,
    )
    if group.seats_taken:
        seats = ngettext(
            "{count} seat is cancelled, and I'll tell everyone.",
            "{count} seats are cancelled, and I'll tell everyone.",
            group.seats_taken,
        )
        refund = ""
        if points:
            refund = _(
                "Everyone is refunded in full: {points} in all.",
                points=format_points(points, guild, reader),
            )
        card.add_text(sentences(seats, refund))
    else:
        card.add_text(_("Nobody has a seat yet."))
    if reason:
        card.add_kept(Kept.REASON, _("Your reason"), reason)
    shown = group.seats_taken
    has_following = len(await db.read(repeats.list_following, group)) > 1
    following = [CancelFollowingButton(group_id)] if has_following else []
    actions = action_rows(
        ConfirmCancelGroupButton(group_id, shown),
        CancelGroupWithReasonButton(group_id, shown),
        *following,
        DetailsButton(group_id, _("Keep session")),
    )
    await respond(interaction, note or None, card=card, actions=actions)


class ConfirmCancelGroupButton(CountedButton):
    """Cancels the session."""

    key, label, style = "really-cancel", N_("Cancel session"), discord.ButtonStyle.danger

    async def perform(self, interaction: Interaction) -> None:
        reason = kept_text(interaction.message).get(Kept.REASON, "")
        await _cancel(interaction, self.group_id, self.seats, reason)


class CancelGroupWithReasonButton(CountedButton):
    """Opens the form that cancels the session with a reason."""

    key, label = "cancel-why", N_("Cancel with a reason")

    async def on_press(self, interaction: Interaction) -> None:
        reason = kept_text(interaction.message).get(Kept.REASON, "")
        await interaction.response.send_modal(CancelGroupForm(self.group_id, self.seats, reason))


class CancelGroupForm(Form):
    """Cancels the session with a reason that everyone with a seat reads."""

    def __init__(self, group_id: int, seats: int, reason: str = "") -> None:
        super().__init__(title=_("Cancel session"))
        self.group_id, self.seats = group_id, seats
        self.draft_flow = f"groupcancel-{group_id}"
        self.reason = self.add_text_area(
            "reason",
            _("Why?"),
            _("Everyone can read it on the announcement."),
            max_length=LONGEST_REASON,
            default=reason or None,
        )

    def reopened(self) -> CancelGroupForm:
        return CancelGroupForm(self.group_id, self.seats, self.reason.value)

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        await acknowledge(interaction)
        await _cancel(interaction, self.group_id, self.seats, self.reason.value)


async def _cancel(interaction: Interaction, group_id: int, seats: int, reason: str) -> None:
    """Cancel the session, or show the card again if somebody has joined or left meanwhile."""
    try:
        group = await interaction.client.db.run(
            group_changes.cancel, actor_of(interaction), group_id, reason, seats_shown=seats
        )
    except TermsChanged as error:
        note = sentence(error, reader_of(interaction))
        await show_cancelling(interaction, group_id, note, reason)
        return
    cancelled = _("“{title}” is cancelled.", title=plain_title(group.title))
    notified = _("I'm telling everyone who had a seat.") if seats else ""
    await DETAILS_SCREEN.show(interaction, group.id, sentences(cancelled, notified))
