"""Leaving a group session: the refund first, or giving up a place in line."""

from __future__ import annotations

from bot.actors import actor_of
from bot.components.cards import Accent, Card, action_rows
from bot.formatting import plain_title
from bot.interaction import Interaction
from bot.replies import respond
from bot.views.groups.items import LEAVE_SCREEN, DetailsButton, DismissButton, GroupButton
from bot.views.sessions.cancellation import show_cancellation_preview
from mentorship.sessions.groups import group_views, waitlist
from wording import groups
from wording.translation import N_, _


async def show_leaving(interaction: Interaction, group_id: int) -> None:
    """Show what leaving means for the person: for their seat, or for their place in line."""
    db, actor = interaction.client.db, actor_of(interaction)
    group = await db.read(group_views.load_for, actor, group_id)
    own = await db.read(group_views.find_own_place, group_id, actor.user_id)
    if own.session_id is not None:
        await show_cancellation_preview(interaction, own.session_id)
    elif own.place_in_line is not None:
        card = Card(
            title=_("Leave the waitlist of “{title}”?", title=plain_title(group.title)),
            # Translators: {ordinal} is "3rd" in English, the bare number "3" elsewhere
            text=_(
                "You're {ordinal} in line. If you join again later, you start at the end.",
                ordinal=groups.ordinal(own.place_in_line),
            ),
            accent=Accent.WAITING,
        )
        actions = action_rows(LeaveWaitlistButton(group_id), DismissButton(_("Keep my place")))
        await respond(interaction, card=card, actions=actions)
    else:
        await respond(
            interaction,
            card=Card(text=_("You don't have a seat in this session."), accent=Accent.OVER),
            actions=action_rows(DetailsButton(group_id)),
        )


class LeaveWaitlistButton(GroupButton):
    """Gives up the person's place in line."""

    key, label = "unwait", N_("Leave waitlist")

    async def perform(self, interaction: Interaction) -> None:
        db, actor = interaction.client.db, actor_of(interaction)
        group = await db.run(waitlist.leave, actor, self.group_id)
        await respond(
            interaction, _("You left the waitlist of “{title}”.", title=plain_title(group.title))
        )


LEAVE_SCREEN.register(show_leaving)
