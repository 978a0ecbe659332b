"""Cancelling all sessions of a series that remain: the count and refund first, then the act."""

from __future__ import annotations

import re
from typing import Self

import discord

from bot.actors import actor_of
from bot.components.cards import Accent, Card, action_rows
from bot.components.message_reader import Kept, kept_text
from bot.components.persistent import Form
from bot.errors import sentence
from bot.formatting import plain
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import defer, edit_card
from bot.views.series.card import series_message, session_lines
from bot.views.series.items import (
    SERIES_CANCELLATION,
    SERIES_CARD,
    SeriesButton,
    current_series_if_refused,
)
from bot.views.sessions.people import short_name
from mentorship.errors import TermsChanged
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.sessions import transitions
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.series import changes, views
from mentorship.sessions.series.changes import CancellationPreview
from mentorship.sessions.series.views import SeriesView
from wording.names import first_name
from wording.points import format_points
from wording.reader import Reader
from wording.translation import N_, _, ngettext, sentences

_SHOWN = r":(?P<refund>\d{1,16}):(?P<terms>[0-9a-f]{8})"


async def show_cancellation(
    interaction: Interaction, series_id: int, *, note: str = "", reason: str = ""
) -> None:
    """Show what cancelling all that remain would refund, with the buttons to confirm.

    `note` says why the card is shown again, and `reason` is what was typed by then. Raises
    `NotFound`, `NotAllowedNow`.
    """
    db, actor, reader = interaction.client.db, actor_of(interaction), reader_of(interaction)
    preview = await db.read(changes.preview_cancellation, actor, series_id)
    title = ngettext(
        "Cancel {count} session with {name}?",
        "Cancel {count} sessions with {name}?",
        len(preview.sessions),
        name=plain(preview.series.other(actor.user_id).name),
    )
    card = Card(title=title, accent=Accent.WAITING)
    card.add_text(session_lines(preview.sessions, actor.user_id, reader, db.now()))
    if preview.price:
        text = refund_text(
            preview.series,
            preview.refund,
            preview.price,
            actor.user_id,
            preview.guild,
            reader,
        )
        card.add_text(f"**{text}**")
    if reason:
        card.add_kept(Kept.REASON, _("Your reason"), reason)
    await edit_card(
        interaction,
        note or None,
        card=card,
        actions=action_rows(
            ConfirmSeriesCancellationButton.of(preview, reader),
            CancelSeriesWithReasonButton.of(preview, reader),
            KeepSeriesButton(series_id),
        ),
    )


def refund_text(
    series: SeriesView,
    refund: int,
    price: int,
    reader_id: int,
    guild: GuildSettings,
    reader: Reader,
) -> str:
    """Return what cancelling sessions of `price` points in all refunds and pays.

    For one of the participants. The sessions aren't free.
    """
    name = short_name(series.other(reader_id))
    points = format_points(refund, guild, reader)
    if series.party(reader_id) is Party.MENTOR:
        # Translators: {points} is such as "🪙 60", here and in what follows.
        return _("{name} is refunded in full: {points}.", name=name, points=points)
    if refund == price:
        return _("You're refunded in full: {points}.", points=points)
    # The guild takes no fee from a cancellation.
    paid = format_points(price - refund, guild, reader)
    if not refund:
        # Translators: {paid} is such as "🪙 60".
        return _("You get no refund: {name} is paid {paid}.", name=name, paid=paid)
    # Translators: {points} and {paid} are such as "🪙 60".
    return _(
        "You're refunded {points}, and {name} is paid {paid}.", points=points, name=name, paid=paid
    )


class _ShownTermsButton(SeriesButton):
    """A button of the card that shows the refund. It carries the refund and the sessions shown."""

    def __init__(self, series_id: int, refund: int, terms: str, label: str | None = None) -> None:
        super().__init__(series_id, refund, terms, label=label)
        self.refund, self.terms = refund, terms

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]), int(match["refund"]), match["terms"])

    @classmethod
    def of(cls, preview: CancellationPreview, reader: Reader) -> Self:
        """Return the button of the card that shows the preview."""
        return cls(preview.series.id, preview.refund, preview.terms)


class ConfirmSeriesCancellationButton(_ShownTermsButton, arguments=_SHOWN):
    """Cancels all sessions that remain."""

    key, label, style = "really-cancel", N_("Cancel sessions"), discord.ButtonStyle.danger

    @classmethod
    def of(cls, preview: CancellationPreview, reader: Reader) -> Self:
        label = ngettext("Cancel {count} session", "Cancel {count} sessions", len(preview.sessions))
        return cls(preview.series.id, preview.refund, preview.terms, label)

    async def perform(self, interaction: Interaction) -> None:
        reason = kept_text(interaction.message).get(Kept.REASON, "")
        await defer(interaction)
        await _cancel(interaction, self.series_id, self.refund, self.terms, reason)


class CancelSeriesWithReasonButton(_ShownTermsButton, arguments=_SHOWN):
    """Opens the form that cancels them with a reason."""

    key, label = "cancel-why", N_("Cancel with a reason")

    async def perform(self, interaction: Interaction) -> None:
        preview = await interaction.client.db.read(
            changes.preview_cancellation, actor_of(interaction), self.series_id
        )
        reason = kept_text(interaction.message).get(Kept.REASON, "")
        name = first_name(preview.series.other(interaction.user.id).name)
        await interaction.response.send_modal(
            CancelSeriesForm(self.series_id, self.refund, self.terms, name, reason)
        )


class CancelSeriesForm(Form):
    """Cancels all sessions that remain with a reason, which the other participant reads."""

    def __init__(
        self, series_id: int, refund: int, terms: str, other_name: str, reason: str
    ) -> None:
        # Translators: the sessions of a series.
        super().__init__(title=_("Cancel all that remain"))
        self.series_id, self.refund, self.terms = series_id, refund, terms
        self.reason = self.add_text_area(
            "reason",
            _("Why?"),
            _("{name} will read it", name=other_name),
            max_length=transitions.LONGEST_REASON,
            default=reason or None,
        )

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        async with current_series_if_refused(interaction, self.series_id):
            await defer(interaction)
            await _cancel(interaction, self.series_id, self.refund, self.terms, self.reason.value)


async def _cancel(
    interaction: Interaction, series_id: int, refund: int, terms: str, reason: str
) -> None:
    """Cancel what remains, and show the refund in place of the confirmation card.

    If the refund or the sessions aren't what was shown, show the card again instead.
    """
    db, actor, reader = interaction.client.db, actor_of(interaction), reader_of(interaction)
    try:
        change = await db.run(
            changes.cancel_series,
            actor,
            series_id,
            reason,
            refund_shown=refund,
            terms_shown=terms,
        )
    except TermsChanged as error:
        note = sentence(error, reader)
        await show_cancellation(interaction, series_id, note=note, reason=reason)
        return
    series, name = change.series, short_name(change.series.other(actor.user_id))
    details = await db.read(views.load_details, actor, series_id)
    content, card, actions = series_message(details, actor.user_id, reader, db.now())
    card.text = _("I'll let {name} know.", name=name)
    price = change.refund + change.earned
    if price:
        outcome = refund_text(series, change.refund, price, actor.user_id, change.guild, reader)
        card.text = sentences(outcome, card.text)
    await edit_card(interaction, content, card=card, actions=actions)


class KeepSeriesButton(SeriesButton):
    """Leaves the confirmation card and shows the series again."""

    key, label = "keep", N_("Keep sessions")

    async def perform(self, interaction: Interaction) -> None:
        await SERIES_CARD.show(interaction, self.series_id)


async def _show_in_place(interaction: Interaction, series_id: int) -> None:
    await show_cancellation(interaction, series_id)


SERIES_CANCELLATION.register(_show_in_place)
