"""Moderators grant and deduct points; large amounts are confirmed on a card first."""

from __future__ import annotations

import re
from typing import Self

import discord

from bot.actors import actor_of
from bot.components.cards import Accent, Card, action_rows
from bot.components.message_reader import Kept, kept_text
from bot.components.persistent import PersistentButton
from bot.errors import sentence
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import defer, press_key, respond
from bot.views.members.points import fetch_recipient
from mentorship.errors import TermsChanged
from mentorship.guilds import guild_settings
from mentorship.points import adjustments, grant_requests
from mentorship.points.adjustments import AdjustmentQuote
from mentorship.points.grant_requests import GrantRequestView
from mentorship.points.ledger import Cause
from mentorship.points.transfers import Receipt, Recipient
from wording.points import format_points
from wording.translation import _, pgettext, sentences


async def adjust_balance(
    interaction: Interaction, cause: Cause, recipient: Recipient, amount: int, reason: str
) -> None:
    """Grant or deduct points (`cause`), or show the card on which a large amount is confirmed."""
    quote = await interaction.client.db.read(
        adjustments.before_adjust, actor_of(interaction), cause, recipient, amount, reason
    )
    if quote.needs_confirmation:
        await _show_card(interaction, cause, recipient, quote, reason)
        return
    # Discord may send the same interaction again after a reconnect.
    key = f"interaction:{interaction.id}"
    await _adjust(interaction, cause, recipient, amount, reason, key, None)


async def _show_card(
    interaction: Interaction,
    cause: Cause,
    recipient: Recipient,
    quote: AdjustmentQuote,
    reason: str,
    note: str | None = None,
) -> None:
    guild = await interaction.client.db.read(guild_settings.load, actor_of(interaction).guild)
    reader = reader_of(interaction)
    amount = format_points(abs(quote.amount), guild, reader)
    title = (
        _("Grant {points}?", points=amount)
        if cause is Cause.GRANT
        else _("Deduct {points}?", points=amount)
    )
    description = _("The member is notified and sees the reason.")
    if quote.needs_second_moderator:
        ceiling = format_points(guild.grant_ceiling, guild, reader)
        description = _(
            "One moderator can grant a member up to {points} a day. If you confirm, a second "
            "moderator has to confirm it too.",
            points=ceiling,
        )
    card = Card(title=title, text=description, accent=Accent.NEUTRAL)
    # Translators: "Member: Oliver", whose points are changed
    member = _("Member")
    if recipient.name:
        card.add_kept(Kept.MEMBER, member, recipient.name)
    else:
        card.add_fact(member, pgettext("in place of a name", "The member"))
    card.add_kept(Kept.REASON, _("Reason"), reason.strip())
    card.add_fact(_("Balance now"), format_points(quote.balance, guild, reader))
    card.add_fact(_("Balance after"), format_points(quote.balance_after, guild, reader))
    button = ConfirmAdjustmentButton(cause, quote.user_id, abs(quote.amount), quote.balance)
    await respond(
        interaction, note, card=card, actions=action_rows(button, DismissAdjustmentButton())
    )


async def _adjust(
    interaction: Interaction,
    cause: Cause,
    recipient: Recipient,
    amount: int,
    reason: str,
    key: str | None,
    balance_shown: int | None,
) -> None:
    """Grant or deduct points, and show the moderator the member's balance."""
    db, actor = interaction.client.db, actor_of(interaction)
    use_case = grant_requests.grant_or_request if cause is Cause.GRANT else adjustments.deduct
    result: Receipt | GrantRequestView = await db.run(
        use_case, actor, recipient, amount, reason, key, balance_shown
    )
    guild = await db.read(guild_settings.load, actor.guild)
    reader = reader_of(interaction)
    person = f"<@{result.user_id}>"
    if isinstance(result, GrantRequestView):
        await respond(
            interaction,
            sentences(
                _(
                    "A second moderator has to confirm the {points} for {person}.",
                    points=format_points(amount, guild, reader),
                    person=person,
                ),
                _(
                    "I've asked the moderators. You'll get a message when one of them decides. "
                    "Until then, it's in `/moderation queue`."
                ),
            ),
        )
        return
    points = format_points(abs(result.amount), guild, reader)
    await respond(
        interaction,
        sentences(
            _("{person} got {points} and will be notified.", person=person, points=points)
            if result.amount > 0
            else _("{person} lost {points} and will be notified.", person=person, points=points),
            _(
                "Their balance is now {points}.",
                points=format_points(result.balance, guild, reader),
            ),
        ),
    )


class ConfirmAdjustmentButton(
    PersistentButton,
    template=r"points:(?P<cause>grant|deduction):(?P<user>\d{1,20}):(?P<amount>\d{1,16})"
    r":(?P<balance>\d{1,16})",
):
    """Grants or deducts what the card shows, if the member's balance is still the one on it.

    Pressing it twice makes one transfer.
    """

    def __init__(self, cause: Cause, user_id: int, amount: int, balance: int) -> None:
        self.cause, self.user_id, self.amount, self.balance = cause, user_id, amount, balance
        super().__init__(
            f"points:{cause.value}:{user_id}:{amount}:{balance}",
            pgettext("button", "Confirm"),
            discord.ButtonStyle.success,
        )

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(
            Cause(match["cause"]), int(match["user"]), int(match["amount"]), int(match["balance"])
        )

    async def on_press(self, interaction: Interaction) -> None:
        card = interaction.message
        kept = kept_text(card)
        name, reason = kept.get(Kept.MEMBER), kept.get(Kept.REASON, "")
        # Asking Discord about the member may take longer than three seconds.
        await defer(interaction)
        recipient = await fetch_recipient(interaction, self.user_id, name)
        key = press_key(card, self.item.custom_id)
        try:
            await _adjust(
                interaction, self.cause, recipient, self.amount, reason, key, self.balance
            )
        except TermsChanged as error:
            quote = await interaction.client.db.read(
                adjustments.before_adjust,
                actor_of(interaction),
                self.cause,
                recipient,
                self.amount,
                reason,
            )
            await _show_card(
                interaction,
                self.cause,
                recipient,
                quote,
                reason,
                sentence(error, reader_of(interaction)),
            )


class DismissAdjustmentButton(PersistentButton, template=r"points:dismiss"):
    """Closes the card without changing anything."""

    def __init__(self) -> None:
        super().__init__("points:dismiss", pgettext("button", "Dismiss"))

    async def on_press(self, interaction: Interaction) -> None:
        await respond(interaction, _("Nothing was changed."))
