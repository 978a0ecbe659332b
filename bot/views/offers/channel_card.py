"""The card of a request for help in the guild's channel for them."""

from __future__ import annotations

import re
from typing import Self

import discord

from bot.actors import actor_of
from bot.components.cards import Accent, ActionRows, Card, action_rows
from bot.components.persistent import PersistentButton
from bot.formatting import plain, quoted, relative
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.views.offers.invitation_form import InvitationDraft
from bot.views.offers.request_card import OfferForm
from bot.views.sessions.people import short_name
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.sessions.offers import help_requests
from mentorship.sessions.offers.request_views import HelpRequestView
from mentorship.statuses import HelpRequestStatus
from wording.offers.help_requests import describe_times
from wording.points import format_points
from wording.reader import Reader
from wording.translation import N_, _, pgettext

_STATES = {
    HelpRequestStatus.OFFERED: (Accent.NEUTRAL, N_("A mentor has offered a time.")),
    HelpRequestStatus.BOOKED: (Accent.AGREED, N_("A mentor was found, and a session is booked.")),
    HelpRequestStatus.WITHDRAWN: (Accent.OVER, N_("This request was withdrawn.")),
    HelpRequestStatus.EXPIRED: (Accent.OVER, N_("This request has expired.")),
}


def channel_card(
    request: HelpRequestView, guild: GuildSettings, reader: Reader
) -> tuple[Card, ActionRows]:
    """Return what everybody who sees the channel reads about a request now.

    Once it has ended, that is only how: neither who asked nor what about.
    """
    # An erased person's request has no expertise any more.
    title = _("Request for help")
    if request.tag:
        # Translators: the title of a request for help; {expertise} is such as "python"
        title = _("Help with {expertise}", expertise=plain(request.tag))
    if request.status in _STATES:
        accent, state = _STATES[request.status]
        text = _(state)
    else:
        accent = Accent.WAITING
        text = _("{name} is looking for a mentor.", name=short_name(request.member))
    card = Card(title=title, text=text, accent=accent)
    if request.status.is_over:
        return card, ()
    card.add_long_fact(pgettext("before the topic of a request", "About"), quoted(request.text))
    card.add_fact(_("When"), describe_times(request.times, reader))
    if request.most_points is not None:
        card.add_fact(
            pgettext("before a price", "At most"), format_points(request.most_points, guild, reader)
        )
    card.add_fact(
        pgettext("before the time of a request for help", "Asked"), relative(request.created_at)
    )
    if request.status is not HelpRequestStatus.OPEN:
        return card, ()
    return card, action_rows(OfferFromChannelButton(request.id))


class OfferFromChannelButton(PersistentButton, template=r"ask:card:(?P<id>\d{1,18})"):
    """Opens the form with which a mentor of the expertise offers a time.

    Everybody else who presses it is told why they can't.
    """

    def __init__(self, request_id: int) -> None:
        self.request_id = request_id
        super().__init__(f"ask:card:{request_id}", _("Offer a time"), discord.ButtonStyle.success)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]))

    async def on_press(self, interaction: Interaction) -> None:
        actor, reader = actor_of(interaction), reader_of(interaction)
        request, defaults = await interaction.client.db.read(
            help_requests.load_form_defaults, actor, self.request_id
        )
        draft = InvitationDraft(request.member.user_id, request.member.name)
        await interaction.response.send_modal(
            OfferForm(request, draft, defaults, reader, is_in_channel=True)
        )
