"""The preview of an invitation, and the buttons below it.

They carry the time, length and price; the card keeps what was written. So each works after a
restart.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Self

import discord

from bot.actors import actor_of
from bot.components.cards import Accent, Card, action_rows
from bot.components.message_reader import Kept, kept_text
from bot.components.persistent import PersistentButton
from bot.errors import not_bookable
from bot.formatting import clock, discord_timestamp, plain
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import defer, press_key, respond
from bot.views.booking.slot_menus import parse_instant
from bot.views.offers.invitation_buttons import current_invitation
from bot.views.offers.invitation_card import price_text
from bot.views.offers.invitation_form import (
    PREVIEW_SCREEN,
    InvitationDraft,
    InvitationForm,
    fetch_invitee,
)
from mentorship.errors import (
    SlotUnavailable,
)
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.sessions.offers import invitations
from mentorship.sessions.offers.invitations import (
    InvitationPreview,
    InvitationRequest,
    Invitee,
)
from wording import times
from wording.durations import session_length
from wording.integrations import calendars
from wording.names import first_name
from wording.reader import Reader
from wording.translation import _, pgettext


async def show_preview(
    interaction: Interaction, invitee: Invitee, request: InvitationRequest, note: str = ""
) -> None:
    """Show what sending would do, and the buttons to send or edit. Nothing is held by it.

    If the time doesn't suit both, show the nearest open slots instead.
    """
    db, actor = interaction.client.db, actor_of(interaction)
    reader = reader_of(interaction)
    try:
        preview = await db.read(invitations.preview, actor, invitee, request)
    except SlotUnavailable as error:
        await _show_nearest(interaction, invitee, request, error)
        return
    guild = await db.read(guild_settings.load, actor.guild)
    request = replace(request, price=preview.price)
    await respond(
        interaction,
        note,
        card=preview_card(preview, guild, reader),
        actions=action_rows(
            SendInvitationButton(invitee.user_id, request),
            EditInvitationButton(invitee.user_id, request),
            DismissInvitationButton(),
        ),
    )


def preview_card(preview: InvitationPreview, guild: GuildSettings, reader: Reader) -> Card:
    """Return the card that shows the mentor what they would send."""
    name = plain(first_name(preview.mentee_name))
    card = Card(
        title=_("Invite {name}?", name=plain(preview.mentee_name)),
        text=f"## {discord_timestamp(preview.starts_at)}",
    )
    if preview.mentee_zone is not None and preview.mentee_zone != preview.zone:
        span = (preview.starts_at, preview.ends_at)
        label = times.clock_label(name, preview.mentee_zone)
        card.add_fact(label, clock(*span, preview.mentee_zone, reader))
    price = price_text(preview.price, guild, reader, for_mentor=True)
    if preview.price != preview.usual_price:
        # Translators: two prices, such as "🪙 30 instead of 🪙 60"
        price = _(
            "{price} instead of {usual_price}",
            price=price,
            usual_price=price_text(preview.usual_price, guild, reader),
        )
    length = session_length(preview.minutes, reader)
    # Translators: the length and price of a session: "60 minutes, free"
    terms = _("{length}, {price}", length=length, price=price)
    card.add_fact(_("Length and price"), terms)
    _add_typed_text(card, preview.mentee_name, preview.topic, preview.note)
    if preview.has_appointment:
        card.add_text(_(calendars.OWN_APPOINTMENT))
    card.add_text(
        _(
            "{name} can accept until {time}. Your time is reserved until then.",
            name=name,
            time=discord_timestamp(preview.answer_deadline),
        )
    )
    return card


def _add_typed_text(card: Card, name: str, topic: str, note: str) -> None:
    """Add what the buttons read again."""
    card.add_kept(Kept.MEMBER, pgettext("a recipient", "To"), name)
    if topic:
        card.add_kept(Kept.TOPIC, _("Topic"), topic)
    if note:
        card.add_kept(Kept.NOTE, pgettext("a text that somebody writes", "Note"), note)


async def _show_nearest(
    interaction: Interaction, invitee: Invitee, request: InvitationRequest, error: SlotUnavailable
) -> None:
    """Show why the time can't be offered, and the nearest open slots as buttons."""
    db, actor, reader = interaction.client.db, actor_of(interaction), reader_of(interaction)
    defaults = await db.read(invitations.load_defaults, actor)
    near = _("These are the nearest open slots, in your time:")
    card = Card(
        title=not_bookable(error, reader),
        text=near if error.nearest else _("Choose another time."),
        accent=Accent.WAITING,
    )
    _add_typed_text(card, invitee.name or "", request.topic, request.note)
    slots = [
        PickInvitationSlotButton(
            invitee.user_id,
            replace(request, starts_at=start),
            times.describe_compact(start, defaults.zone, reader),
        )
        for start in sorted(error.nearest)
    ]
    edit = EditInvitationButton(invitee.user_id, request)
    await respond(
        interaction, card=card, actions=action_rows(*slots, edit, DismissInvitationButton())
    )


class _DraftButton(PersistentButton, template="unused"):
    """A button that carries the member, time, length and price. `key` is in its custom id."""

    key = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(
            template=rf"invite:{cls.key}:(?P<user>\d{{1,20}}):(?P<start>\d{{1,11}})"
            r":(?P<minutes>\d{1,4}):(?P<price>\d{0,16})",
            **kwargs,
        )

    def __init__(
        self,
        user_id: int,
        request: InvitationRequest,
        label: str,
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    ) -> None:
        self.user_id, self.request = user_id, request
        price = "" if request.price is None else request.price
        start = int(request.starts_at.timestamp())
        custom_id = f"invite:{self.key}:{user_id}:{start}:{request.minutes}:{price}"
        super().__init__(custom_id, label, style)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        request = InvitationRequest(
            parse_instant(match["start"]),
            int(match["minutes"]),
            price=int(match["price"]) if match["price"] else None,
        )
        return cls(int(match["user"]), request)  # type: ignore[call-arg]  # labels have defaults

    def complete(self, interaction: Interaction) -> tuple[str, InvitationRequest]:
        """Return the member's name and the request, with what the card keeps."""
        kept = kept_text(interaction.message)
        topic, note = kept.get(Kept.TOPIC, ""), kept.get(Kept.NOTE, "")
        return kept.get(Kept.MEMBER, ""), replace(self.request, topic=topic, note=note)

    async def fetch_invitee(self, interaction: Interaction, name: str) -> Invitee:
        """Return the member as Discord knows them now. The press is acknowledged first."""
        await defer(interaction)
        return await fetch_invitee(interaction, self.user_id, name or None)


class SendInvitationButton(_DraftButton):
    """Sends the invitation that the card shows. Pressing it twice sends one."""

    key = "send"

    def __init__(self, user_id: int, request: InvitationRequest) -> None:
        super().__init__(user_id, request, _("Send invitation"), discord.ButtonStyle.success)

    async def on_press(self, interaction: Interaction) -> None:
        db, actor = interaction.client.db, actor_of(interaction)
        name, request = self.complete(interaction)
        key = press_key(interaction.message, self.item.custom_id)
        invitee = await self.fetch_invitee(interaction, name)
        try:
            invitation = await db.run(invitations.send, actor, invitee, request, key=key)
        except SlotUnavailable as error:
            await _show_nearest(interaction, invitee, request, error)
            return
        guild = await db.read(guild_settings.load, invitation.guild_id)
        card, actions = current_invitation(
            invitation, actor.user_id, guild, reader_of(interaction), db.now()
        )
        await respond(interaction, _("Invitation sent."), card=card, actions=actions)


class EditInvitationButton(_DraftButton):
    """Opens the form again, filled in with what the card shows."""

    key = "edit"

    def __init__(self, user_id: int, request: InvitationRequest) -> None:
        super().__init__(user_id, request, pgettext("button", "Edit"))

    async def on_press(self, interaction: Interaction) -> None:
        db, actor, reader = interaction.client.db, actor_of(interaction), reader_of(interaction)
        name, request = self.complete(interaction)
        defaults = await db.read(invitations.load_defaults, actor)
        draft = InvitationDraft(
            self.user_id,
            name,
            when=times.describe_compact(request.starts_at, defaults.zone, reader),
            minutes=str(request.minutes),
            price="" if request.price is None else str(request.price),
            topic=request.topic,
            note=request.note,
        )
        await interaction.response.send_modal(InvitationForm(draft, defaults, reader))


class PickInvitationSlotButton(_DraftButton):
    """Shows the preview of the invitation at an open slot near the chosen time."""

    key = "pick"

    def __init__(self, user_id: int, request: InvitationRequest, label: str = "…") -> None:
        super().__init__(user_id, request, label)

    async def on_press(self, interaction: Interaction) -> None:
        name, request = self.complete(interaction)
        invitee = await self.fetch_invitee(interaction, name)
        await show_preview(interaction, invitee, request)


class DismissInvitationButton(PersistentButton, template=r"invite:dismiss"):
    """Leaves the preview without an invitation."""

    def __init__(self) -> None:
        super().__init__("invite:dismiss", pgettext("button", "Cancel"))

    async def on_press(self, interaction: Interaction) -> None:
        await respond(interaction, _("No invitation was sent."))


PREVIEW_SCREEN.register(show_preview)
