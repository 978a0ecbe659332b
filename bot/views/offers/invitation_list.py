"""`/invitations`: what somebody has sent and was sent, and still waits for an answer."""

from __future__ import annotations

import re
from typing import Any, Self

import discord

from bot.actors import actor_of
from bot.components.cards import Accent, Card, action_rows
from bot.components.persistent import PersistentButton, PersistentSelect, cache_buster
from bot.formatting import discord_timestamp, plain, relative, shortened
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import respond
from bot.views.offers.invitation_buttons import show_invitation
from mentorship.members import members
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.offers import invitation_views
from mentorship.sessions.offers.invitation_views import InvitationView
from wording import times
from wording.durations import session_length
from wording.reader import Reader
from wording.translation import _, pgettext

PAGE_SIZE = 8
"""Invitations on a page."""


async def show_invitations(interaction: Interaction, cursor: str | None = None) -> None:
    """Show a page of the person's open invitations, with a menu to open one."""
    db, actor, reader = interaction.client.db, actor_of(interaction), reader_of(interaction)
    page = await db.read(
        invitation_views.list_page, actor, invitation_views.OPEN_INVITATIONS, cursor, PAGE_SIZE
    )
    lines = [_line(each, actor.user_id, reader) for each in page.items]
    card = Card(
        title=_("Open invitations"),
        text="\n".join(lines) or _("No invitations are waiting for an answer."),
        accent=Accent.NEUTRAL,
    )
    items: list[discord.ui.Item[Any]] = []
    if page.items:
        card.add_note(_("Choose an invitation below for its details and actions."))
        zone = await db.read(members.load_timezone, actor, "UTC")
        menu = OpenInvitationMenu(cache_buster(interaction))
        menu.item.options = [
            discord.SelectOption(
                label=shortened(each.other(actor.user_id).name, 100),
                value=str(each.id),
                description=times.describe_compact(each.starts_at, zone, reader),
            )
            for each in page.items
        ]
        items.append(menu)
    if page.previous:
        items.append(InvitationsPageButton(page.previous, pgettext("button", "Newer")))
    if page.next:
        items.append(InvitationsPageButton(page.next, pgettext("button", "Older")))
    await respond(interaction, card=card, actions=action_rows(*items))


def _line(invitation: InvitationView, reader_id: int, reader: Reader) -> str:
    name = plain(invitation.other(reader_id).name)
    is_mentor = invitation.party(reader_id) is Party.MENTOR
    what = (
        _("You invited **{name}**", name=name)
        if is_mentor
        else _("**{name}** invited you", name=name)
    )
    deadline = invitation.answer_deadline
    if deadline is not None:
        # Translators: after "You invited Maya · "; {time} is such as "in 3 days"
        expires = _("expires {time}", time=relative(deadline))
        what = f"{what} · {expires}"
    length = session_length(invitation.minutes, reader)
    return f"{what}\n\u2003{discord_timestamp(invitation.starts_at)} · {length}"


class OpenInvitationMenu(PersistentSelect, template=r"invitations:open:(?P<salt>\d{1,2})"):
    """Opens one of the invitations on the page."""

    def __init__(self, salt: int) -> None:
        super().__init__(f"invitations:open:{salt}", _("View an invitation"))

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["salt"]))

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        (value,) = values
        await show_invitation(interaction, int(value))


class InvitationsPageButton(
    PersistentButton, template=r"invitations:page:(?P<cursor>[ab][0-9a-z.]{1,55})"
):
    """Shows another page of the list."""

    def __init__(self, cursor: str, label: str = "…") -> None:
        self.cursor = cursor
        super().__init__(f"invitations:page:{cursor}", label)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(match["cursor"])

    async def on_press(self, interaction: Interaction) -> None:
        await show_invitations(interaction, self.cursor)
