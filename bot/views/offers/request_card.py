"""A request for help as mentors and its member see it, and a mentor's answers to it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Self

import discord

from bot.actors import actor_of
from bot.components.cards import Accent, ActionRows, Card, action_rows
from bot.components.persistent import Form, PersistentButton
from bot.errors import sentence
from bot.formatting import discord_timestamp, plain, quoted
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import edit_card, respond, send_ephemeral
from bot.views.offers.invitation_buttons import current_invitation
from bot.views.offers.invitation_form import InvitationDraft, minutes_hint, when_hint
from bot.views.sessions.people import short_name
from mentorship.errors import HelpRequestEnded
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.sessions.offers import help_requests
from mentorship.sessions.offers.invitations import LONGEST_NOTE, InvitationDefaults
from mentorship.sessions.offers.request_views import HelpRequestView
from mentorship.statuses import HelpRequestStatus
from wording import examples, times
from wording.cldr import format_number
from wording.lists import enumerated
from wording.names import first_name
from wording.offers.help_requests import describe_times
from wording.points import format_points
from wording.reader import Reader
from wording.translation import _, pgettext, sentences

_ACCENTS = {
    HelpRequestStatus.OPEN: Accent.WAITING,
    HelpRequestStatus.OFFERED: Accent.WAITING,
    HelpRequestStatus.BOOKED: Accent.AGREED,
}


def request_card(
    request: HelpRequestView, guild: GuildSettings, reader: Reader, text: str = ""
) -> Card:
    """Return the card of a request, with `text` below its title."""
    accent = _ACCENTS.get(request.status, Accent.OVER)
    card = Card(
        # Translators: the title of a request for help; {expertise} is such as "python"
        title=_("Help with {expertise}", expertise=plain(request.tag)),
        text=text or None,
        accent=accent,
    )
    card.add_long_fact(pgettext("before the topic of a request", "About"), quoted(request.text))
    card.add_fact(_("When"), describe_times(request.times, reader))
    if request.most_points is not None:
        card.add_fact(
            pgettext("before a price", "At most"), format_points(request.most_points, guild, reader)
        )
    return card


def card_for_mentor(
    request: HelpRequestView, guild: GuildSettings, reader: Reader, now: datetime
) -> tuple[Card, ActionRows]:
    """Return what a mentor to whom a request was shown sees of it now."""
    name = short_name(request.member)
    if request.is_open(now):
        text = _("The first mentor who offers {name} a time gets to help.", name=name)
        actions = action_rows(OfferTimeButton(request.id), PassOnButton(request.id))
        return request_card(request, guild, reader, text), actions
    text = {
        HelpRequestStatus.OFFERED: _("Another mentor has offered a time."),
        HelpRequestStatus.BOOKED: _("{name} has found a mentor.", name=name),
        HelpRequestStatus.WITHDRAWN: _("{name} withdrew this request.", name=name),
    }.get(request.status, _("This request has expired."))
    return request_card(request, guild, reader, text), ()


async def refresh_for_mentor(interaction: Interaction, request_id: int) -> None:
    """Replace the pressed card by the request as it is now."""
    db = interaction.client.db
    request = await db.read(help_requests.load_for_mentor, actor_of(interaction), request_id)
    guild = await db.read(guild_settings.load, request.guild_id)
    card, actions = card_for_mentor(request, guild, reader_of(interaction), db.now())
    await edit_card(interaction, card=card, actions=actions)


class OfferTimeButton(PersistentButton, template=r"ask:offer:(?P<id>\d{1,18})"):
    """Opens the form with which a mentor offers a time."""

    def __init__(self, request_id: int) -> None:
        self.request_id = request_id
        super().__init__(f"ask:offer:{request_id}", _("Offer a time"), discord.ButtonStyle.success)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]))

    async def on_press(self, interaction: Interaction) -> None:
        db = interaction.client.db
        request = await db.read(
            help_requests.load_for_mentor, actor_of(interaction), self.request_id
        )
        actor = actor_of(interaction, request.guild_id)
        try:
            _request, defaults = await db.read(help_requests.load_form_defaults, actor, request.id)
        except HelpRequestEnded as error:
            await refresh_for_mentor(interaction, request.id)
            await send_ephemeral(interaction, sentence(error, reader_of(interaction)))
            return
        draft = InvitationDraft(request.member.user_id, request.member.name)
        form = OfferForm(request, draft, defaults, reader_of(interaction))
        await interaction.response.send_modal(form)


class OfferForm(Form):
    """When, how long, for how much, and a note. Sends the offer.

    `is_in_channel` is whether it was opened from a card that others see, too: the answer is a new
    message that only the mentor sees.
    """

    def __init__(
        self,
        request: HelpRequestView,
        draft: InvitationDraft,
        defaults: InvitationDefaults,
        reader: Reader,
        *,
        is_in_channel: bool = False,
    ) -> None:
        super().__init__(title=_("Offer a time"))
        self.is_in_channel = is_in_channel
        self.draft_flow = f"offer-{request.id}"
        self.request, self.draft, self.defaults, self.reader = request, draft, defaults, reader
        zone = times.zone_name(defaults.zone, reader)
        self.when = self.add_line(
            "when",
            _("When?"),
            when_hint(zone),
            default=draft.when or None,
            placeholder=enumerated(examples.exact_times(reader), reader),
            max_length=100,
        )
        minutes = draft.minutes or str(defaults.minutes)
        self.minutes = self.add_line(
            "minutes", _("Minutes"), minutes_hint(), default=minutes, max_length=4
        )
        most = request.most_points
        # Translators: {points} is a number
        usual = _(
            "Empty for your usual rate ({points} an hour).",
            points=format_number(defaults.hourly_rate, reader.formats),
        )
        limit = ""
        if most is not None:
            # Translators: {points} is a number
            limit = _(
                "{name} can pay up to {points}.",
                name=first_name(request.member.name),
                points=format_number(most, reader.formats),
            )
        self.price = self.add_line(
            "price",
            _("Points"),
            sentences(limit, usual),
            default=draft.price or None,
            max_length=20,
            required=False,
        )
        self.note = self.add_text_area(
            "note",
            pgettext("a text that somebody writes", "Note"),
            _("The member reads it with your offer"),
            max_length=LONGEST_NOTE,
            required=False,
            default=draft.note or None,
        )

    @property
    def typed(self) -> InvitationDraft:
        """What the form holds now."""
        return InvitationDraft(
            self.draft.member_id,
            self.draft.name,
            when=self.when.value,
            minutes=self.minutes.value,
            price=self.price.value,
            note=self.note.value,
        )

    def reopened(self) -> OfferForm:
        return OfferForm(
            self.request,
            self.typed,
            self.defaults,
            self.reader,
            is_in_channel=self.is_in_channel,
        )

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        db, request = interaction.client.db, self.request
        actor = actor_of(interaction, request.guild_id)
        terms = self.typed.read(self.defaults, db.now(), actor.language)
        try:
            invitation = await db.run(help_requests.offer, actor, request.id, terms)
        except HelpRequestEnded as error:
            text = sentence(error, reader_of(interaction))
            if self.is_in_channel:
                await respond(interaction, text)
                return
            await refresh_for_mentor(interaction, request.id)
            await send_ephemeral(interaction, text)
            return
        guild = await db.read(guild_settings.load, request.guild_id)
        card, actions = current_invitation(
            invitation, actor.user_id, guild, reader_of(interaction), db.now()
        )
        answer = respond if self.is_in_channel else edit_card
        await answer(interaction, _("Offer sent."), card=card, actions=actions)


class PassOnButton(PersistentButton, template=r"ask:pass:(?P<id>\d{1,18})"):
    """Dismisses the request, for this mentor only."""

    def __init__(self, request_id: int) -> None:
        self.request_id = request_id
        super().__init__(f"ask:pass:{request_id}", _("Not for me"))

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]))

    async def on_press(self, interaction: Interaction) -> None:
        db = interaction.client.db
        request = await db.run(help_requests.pass_on, actor_of(interaction), self.request_id)
        guild = await db.read(guild_settings.load, request.guild_id)
        text = _("You passed on this request. Other mentors can still answer it.")
        await edit_card(
            interaction, card=request_card(request, guild, reader_of(interaction), text)
        )


def own_text(request: HelpRequestView, reader: Reader) -> str:
    """Return what its member reads about an open request."""
    if request.offered_by is not None:
        return _(
            "{name} has offered you a time: see `/invitations`.",
            name=short_name(request.offered_by),
        )
    return _(
        "Mentors are being asked, a few at a time. I'll send you a direct message "
        "when one offers a time. The request expires {time}.",
        time=discord_timestamp(request.expires_at),
    )
