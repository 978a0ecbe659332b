"""Cancelling a session: a card that shows the refund first, then the confirmation.

The buttons of that card carry the refund and the start that it shows. If one of them has changed
when a button is pressed, nothing is cancelled, and the card is shown again.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Self

import discord

from bot.actors import actor_of
from bot.components.cards import Accent, Card
from bot.components.message_reader import Kept, kept_text
from bot.components.persistent import Form
from bot.errors import sentence
from bot.formatting import discord_timestamp, plain, plain_title
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import edit_card
from bot.views.booking.slot_menus import parse_instant
from bot.views.sessions.people import other_name
from bot.views.sessions.session_actions import (
    SessionButton,
    current_card_if_refused,
    refresh_card,
    session_view,
    show_confirmation,
)
from bot.views.sessions.session_card import session_card
from bot.views.sessions.status_texts import headline
from mentorship.errors import TermsChanged
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.sessions import session_details, transitions
from mentorship.sessions.lifecycle import Action, Party, Unit
from mentorship.sessions.session_views import SessionView
from mentorship.sessions.transitions import TransitionResult
from wording.names import first_name
from wording.points import format_points
from wording.reader import Reader
from wording.translation import N_, _, sentences


class CancelSessionButton(SessionButton):
    """Shows what cancelling would refund, and asks for confirmation."""

    action = Action.CANCEL
    key, label = "cancel", N_("Cancel session")

    async def perform(self, interaction: Interaction) -> None:
        await show_cancellation_preview(interaction, self.session_id)


async def show_cancellation_preview(
    interaction: Interaction, session_id: int, *, note: str = "", reason: str = ""
) -> None:
    """Show the refund of cancelling now, with the buttons to confirm.

    `note` says why the card is shown again, and `reason` is what was typed by then. Raises
    `NotFound`, `NotAllowedNow`.
    """
    db = interaction.client.db
    actor = actor_of(interaction)
    preview = await db.read(transitions.preview_cancellation, actor, session_id)
    session = preview.session
    guild = await db.read(guild_settings.load, session.guild_id)
    card = Card(
        title=_question(session, actor.user_id),
        text=discord_timestamp(session.starts_at),
        accent=Accent.WAITING,
    )
    if session.price:
        refund = _refund_text(preview, actor.user_id, guild, reader_of(interaction))
        can_move = session.party(actor.user_id) is Party.MENTEE and session.unit is Unit.SESSION
        costs_less = can_move and preview.refund < session.price
        alternative = _("Suggesting another time costs nothing.") if costs_less else ""
        card.add_text(sentences(f"**{refund}**", alternative))
    if reason:
        card.add_kept(Kept.REASON, _("Your reason"), reason)
    shown = (preview.refund, session.starts_at)
    buttons = [
        ConfirmCancellationButton(session.id, shown),
        CancelWithReasonButton(session.id, shown),
        KeepSessionButton(session.id),
    ]
    labels = CANCELLATION_LABELS.get((session.unit, session.party(actor.user_id)), ())
    for button, label in zip(buttons, labels, strict=False):
        button.item.label = _(label)
    await show_confirmation(interaction, card, *buttons, note=note)


def _question(session: SessionView, reader_id: int) -> str:
    """Return what the card asks."""
    other = plain(session.other(reader_id).name)
    if session.unit is Unit.SESSION:
        return _("Cancel your session with {name}?", name=other)
    if session.party(reader_id) is Party.MENTEE:
        return _("Leave “{title}”?", title=plain_title(session.topic))
    return _("Remove {name} from “{title}”?", name=other, title=plain_title(session.topic))


CANCELLATION_LABELS = {
    (Unit.SEAT, Party.MENTEE): (N_("Leave session"), N_("Leave with a reason"), N_("Keep my seat")),
    (Unit.SEAT, Party.MENTOR): (
        N_("Remove attendee"),
        N_("Remove with a reason"),
        N_("Keep attendee"),
    ),
}
"""What the buttons say where it isn't a session of two that ends."""


def _refund_text(
    preview: TransitionResult, reader_id: int, guild: GuildSettings, reader: Reader
) -> str:
    """Return what cancelling refunds to the mentee and pays to the mentor, for one of them.

    The session isn't free.
    """
    session, name = preview.session, other_name(preview.session, reader_id)
    refund = format_points(preview.refund, guild, reader)
    if session.party(reader_id) is Party.MENTOR:
        return _("{name} is refunded in full: {refund}.", name=name, refund=refund)
    if preview.refund == session.price:
        return _("You're refunded in full: {refund}.", refund=refund)
    # The guild takes no fee from a cancellation.
    paid = format_points(session.price - preview.refund, guild, reader)
    if preview.refund:
        return _(
            "You're refunded {refund}, and {name} is paid {paid}.",
            refund=refund,
            name=name,
            paid=paid,
        )
    return _("You get no refund: {name} is paid {paid}.", name=name, paid=paid)


class _ShownTermsButton(SessionButton, template="unused"):
    """A button of the card that shows the refund. It carries what the card shows.

    `shown` are the refund in points and the start, None on a card of an older version.
    """

    def __init_subclass__(cls, *, template: str = "", **kwargs: object) -> None:
        super().__init_subclass__(
            template=template
            or rf"session:(?P<id>\d+):{cls.key}(?::(?P<refund>\d{{1,16}}):(?P<start>\d{{1,11}}))?"
        )

    def __init__(self, session_id: int, shown: tuple[int, datetime] | None) -> None:
        super().__init__(session_id)
        self.shown = shown
        if shown is not None:
            refund, start = shown
            self.item.custom_id = f"{self.item.custom_id}:{refund}:{int(start.timestamp())}"

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        shown = (int(match["refund"]), parse_instant(match["start"])) if match["refund"] else None
        return cls(int(match["id"]), shown)


class ConfirmCancellationButton(_ShownTermsButton):
    """Cancels the session."""

    key, label, style = "really-cancel", N_("Cancel session"), discord.ButtonStyle.danger

    async def perform(self, interaction: Interaction) -> None:
        await _cancel(
            interaction,
            self.session_id,
            self.shown,
            kept_text(interaction.message).get(Kept.REASON, ""),
        )


class CancelWithReasonButton(_ShownTermsButton):
    """Opens the form that cancels the session with a reason."""

    key, label = "cancel-why", N_("Cancel with a reason")

    async def perform(self, interaction: Interaction) -> None:
        session = await interaction.client.db.read(
            transitions.load_actionable, actor_of(interaction), self.session_id, Action.CANCEL
        )
        form = CancelForm(
            session,
            interaction.user.id,
            self.shown,
            kept_text(interaction.message).get(Kept.REASON, ""),
        )
        await interaction.response.send_modal(form)


class CancelForm(Form):
    """Cancels the session, or gives up a seat, with a reason that the other participant reads."""

    def __init__(
        self,
        session: SessionView,
        reader_id: int,
        shown: tuple[int, datetime] | None,
        reason: str = "",
    ) -> None:
        labels = CANCELLATION_LABELS.get((session.unit, session.party(reader_id)))
        super().__init__(title=_(labels[0]) if labels else _("Cancel session"))
        self.session_id, self.shown = session.id, shown
        self.reason = self.add_text_area(
            "reason",
            # Translators: the label of a field for the reason of a cancellation.
            _("Why?"),
            # Translators: about the reason that is typed.
            _("{name} will read it", name=first_name(session.other(reader_id).name)),
            max_length=transitions.LONGEST_REASON,
            default=reason or None,
        )

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        async with current_card_if_refused(interaction, self.session_id):
            await _cancel(interaction, self.session_id, self.shown, self.reason.value)


async def _cancel(
    interaction: Interaction, session_id: int, shown: tuple[int, datetime] | None, reason: str
) -> None:
    """Cancel the session, and show the refund in place of the confirmation card.

    If the refund or the start isn't what was shown, show the card again instead.
    """
    db = interaction.client.db
    actor = actor_of(interaction)
    if shown is None:
        note = _("Please check the refund. Nothing is cancelled yet.")
        await show_cancellation_preview(interaction, session_id, note=note, reason=reason)
        return
    refund_shown, start_shown = shown
    try:
        result = await db.run(
            transitions.cancel,
            actor,
            session_id,
            reason,
            refund_shown=refund_shown,
            start_shown=start_shown,
        )
    except TermsChanged as error:
        note = sentence(error, reader_of(interaction))
        await show_cancellation_preview(interaction, session_id, note=note, reason=reason)
        return
    session, reader = result.session, reader_of(interaction)
    details = await db.read(session_details.load, actor, session.id)
    guild = details.guild
    text = _("I'll let {name} know.", name=other_name(session, actor.user_id))
    if session.unit is Unit.SEAT and session.party(actor.user_id) is Party.MENTEE:
        # The mentor follows the session as a whole.
        text = _("Your seat is free for others now.")
    if session.price:
        text = sentences(_refund_text(result, actor.user_id, guild, reader), text)
    card = session_card(session, actor.user_id, guild, reader, db.now(), text, details.answers)
    await edit_card(
        interaction,
        headline(session, actor.user_id, db.now()),
        card=card,
        actions=session_view(session, actor.user_id, db.now()),
    )


class KeepSessionButton(SessionButton):
    """Leaves the confirmation card and shows the session again."""

    key, label = "keep-it", N_("Keep session")

    async def perform(self, interaction: Interaction) -> None:
        await refresh_card(interaction, self.session_id)
