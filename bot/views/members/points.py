"""The balance, the history in pages, and gifts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Self

import discord

from bot.actors import actor_of
from bot.components.cards import Accent, Card, action_rows
from bot.components.message_reader import Kept, kept_text
from bot.components.persistent import PersistentButton
from bot.formatting import discord_timestamp, plain, relative, shortened
from bot.guilds.membership import MembershipUnknown, fetch_member
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import defer, press_key, respond
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.points import transfers
from mentorship.points.ledger import Cause
from mentorship.points.transfers import Recipient
from mentorship.sessions import points_history
from mentorship.sessions.points_history import (
    PointsHistoryEntry,
    PointsHistoryPage,
    PriceBreakdown,
)
from wording import refunds
from wording.names import first_name
from wording.points import currency_name, format_points
from wording.reader import Reader
from wording.translation import N_, _, pgettext, sentences

PAGE_SIZE = 8
"""Transfers on a page: what a phone shows without much scrolling."""


def recipient_of(person: discord.Member | discord.User) -> Recipient:
    """Return the person whom a command names; they may have left the guild."""
    is_member = isinstance(person, discord.Member)
    return Recipient(person.id, person.display_name, is_bot=person.bot, is_member=is_member)


async def fetch_recipient(
    interaction: Interaction, user_id: int, name: str | None = None
) -> Recipient:
    """Return the recipient on a card as Discord knows them now: they may have left since.

    `name` is the one on the card. If Discord can't say, the database decides.
    """
    try:
        member = await fetch_member(interaction.client, actor_of(interaction).guild, user_id)
    except MembershipUnknown:
        return Recipient(user_id, name)
    if member is None:
        return Recipient(user_id, name, is_member=False)
    return recipient_of(member)


async def show_balance(interaction: Interaction) -> None:
    """Show the balance, and the points on hold for sessions."""
    db, actor = interaction.client.db, actor_of(interaction)
    wallet = await db.read(points_history.load_wallet, actor)
    guild = await db.read(guild_settings.load, actor.guild)
    reader = reader_of(interaction)
    await respond(
        interaction,
        sentences(
            _(
                "You have **{points}** {currency}.",
                points=format_points(wallet.balance, guild, reader),
                currency=currency_name(guild.currency_name),
            ),
            _(
                "Another {points} is on hold for sessions you booked.",
                points=format_points(wallet.held, guild, reader),
            )
            if wallet.held
            else "",
            _("To see each change, use `/points history`."),
        ),
    )


async def show_history(interaction: Interaction, cursor: str | None = None) -> None:
    """Show a page of the person's transfers, the newest first."""
    db, actor = interaction.client.db, actor_of(interaction)
    guild = await db.read(guild_settings.load, actor.guild)
    page = await db.read(points_history.list_page, actor, cursor, PAGE_SIZE)
    card = history_card(page, guild, reader_of(interaction))
    buttons = [
        button_class(cursor)
        for button_class, cursor in (
            (NewerTransfersButton, page.newer),
            (OlderTransfersButton, page.older),
        )
        if cursor is not None
    ]
    await respond(interaction, card=card, actions=action_rows(*buttons))


def history_card(page: PointsHistoryPage, guild: GuildSettings, reader: Reader) -> Card:
    """Return the card of a page of transfers."""
    lines = (_line(transfer, guild, reader) for transfer in page.entries)
    return Card(
        title=_("Your points"),
        text="\n".join(lines)
        or _(
            "No changes yet. Earn {currency} by mentoring, and spend them with `/book`.",
            currency=currency_name(guild.currency_name),
        ),
        accent=Accent.NEUTRAL,
    )


def _line(transfer: PointsHistoryEntry, guild: GuildSettings, reader: Reader) -> str:
    sign = "+" if transfer.amount > 0 else "−"
    description = _describe(transfer, guild, reader)
    amount = format_points(abs(transfer.amount), guild, reader)
    balance = format_points(transfer.balance, guild, reader)
    # Translators: somebody's balance after a change of their points
    afterwards = _("{points} afterwards", points=balance)
    return f"**{sign}{amount}** {description}\n-# {relative(transfer.created_at)} · {afterwards}"


def _name(transfer: PointsHistoryEntry) -> str:
    if transfer.partner is not None:
        return plain(transfer.partner.name)
    # Translators: a name in other texts, of somebody who has left the server
    return pgettext("in place of a name", "someone who left")


def _of_session(transfer: PointsHistoryEntry, dated: str, undated: str) -> str:
    """Return one of two texts, which differ in the date of the session."""
    if transfer.session_starts_at is None:
        return _(undated, name=_name(transfer))
    time = discord_timestamp(transfer.session_starts_at)
    return _(dated, name=_name(transfer), time=time)


def _by_moderators(transfer: PointsHistoryEntry, reasoned: str, unreasoned: str) -> str:
    """Return one of two texts, which differ in the reason."""
    if not transfer.reason:
        return _(unreasoned)
    reason = plain(shortened(transfer.reason, 120)).replace("\n", " ")
    return _(reasoned, reason=reason)


def _describe(transfer: PointsHistoryEntry, guild: GuildSettings, reader: Reader) -> str:
    """Describe a transfer to one of its two members."""
    if transfer.outcome is not None:
        return _hold(transfer, transfer.outcome, guild, reader)
    return _WHAT[transfer.cause](transfer)


def _hold(
    transfer: PointsHistoryEntry, outcome: PriceBreakdown, guild: GuildSettings, reader: Reader
) -> str:
    """Describe to the mentee what has become of the points that a booking put on hold."""
    if outcome.is_on_hold:
        return _of_session(
            transfer,
            # Translators: after a number of points in a list
            N_("on hold for your session with {name} on {time}"),
            N_("on hold for your session with {name}"),
        )
    if not outcome.refunded:
        if outcome.paid:
            return _of_session(
                transfer,
                # Translators: after a number of points in a list
                N_("paid to {name} for your session on {time}"),
                N_("paid to {name} for your session"),
            )
        return _of_session(
            transfer,
            # Translators: after a number of points in a list
            N_("paid for your session on {time}"),
            N_("paid for your session"),
        )
    if not outcome.paid and not outcome.fee:
        return _of_session(
            transfer,
            # Translators: after a number of points in a list
            N_("held for your session with {name} on {time}, and refunded"),
            N_("held for your session with {name}, and refunded"),
        )
    name = _name(transfer)
    mentor = first_name(name) if transfer.partner is not None else name
    shares = refunds.breakdown(outcome, mentor, guild, reader, is_mentor=False)
    if transfer.session_starts_at is None:
        # Translators: {shares} is "🪙 30 refunded to you · 🪙 3 server fee"
        return _("held for your session with {name}: {shares}", name=name, shares=shares)
    # Translators: {shares} is "🪙 30 refunded to you · 🪙 3 server fee"
    return _(
        "held for your session with {name} on {time}: {shares}",
        name=name,
        time=discord_timestamp(transfer.session_starts_at),
        shares=shares,
    )


_WHAT: dict[Cause, Callable[[PointsHistoryEntry], str]] = {
    Cause.STARTING_BALANCE: lambda transfer: pgettext("a change of points", "starting balance"),
    Cause.GRANT: lambda transfer: _by_moderators(
        transfer,
        # Translators: after a number of points in a list
        N_("granted by the moderators: {reason}"),
        N_("granted by the moderators"),
    ),
    Cause.DEDUCTION: lambda transfer: _by_moderators(
        transfer,
        # Translators: after a number of points in a list
        N_("deducted by the moderators: {reason}"),
        N_("deducted by the moderators"),
    ),
    Cause.GIFT: lambda transfer: (
        _("a gift from {name}", name=_name(transfer))
        if transfer.amount > 0
        else _("your gift to {name}", name=_name(transfer))
    ),
    Cause.TIP: lambda transfer: (
        _of_session(
            transfer,
            # Translators: after a number of points in a list
            N_("a tip from {name} for your session on {time}"),
            N_("a tip from {name} for your session"),
        )
        if transfer.amount > 0
        else _of_session(
            transfer,
            # Translators: after a number of points in a list
            N_("your tip to {name} for your session on {time}"),
            N_("your tip to {name} for your session"),
        )
    ),
    Cause.REFUND: lambda transfer: _of_session(
        transfer,
        # Translators: after a number of points in a list
        N_("refunded for your session with {name} on {time}"),
        N_("refunded for your session with {name}"),
    ),
    Cause.PAYMENT: lambda transfer: _of_session(
        transfer,
        # Translators: after a number of points in a list
        N_("earned from your session with {name} on {time}"),
        N_("earned from your session with {name}"),
    ),
}
"""What each cause means for one of the two members. Fees don't appear in anyone's history."""


class NewerTransfersButton(
    PersistentButton, template=r"points:newer:(?P<cursor>[ab][0-9a-z.]{1,55})"
):
    """Shows the page of newer transfers."""

    def __init__(self, cursor: str) -> None:
        self.cursor = cursor
        super().__init__(f"points:newer:{cursor}", pgettext("button", "Newer"))

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(match["cursor"])

    async def on_press(self, interaction: Interaction) -> None:
        await show_history(interaction, self.cursor)


class OlderTransfersButton(
    PersistentButton, template=r"points:older:(?P<cursor>[ab][0-9a-z.]{1,55})"
):
    """Shows the page of older transfers."""

    def __init__(self, cursor: str) -> None:
        self.cursor = cursor
        super().__init__(f"points:older:{cursor}", pgettext("button", "Older"))

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(match["cursor"])

    async def on_press(self, interaction: Interaction) -> None:
        await show_history(interaction, self.cursor)


async def show_gift_preview(interaction: Interaction, recipient: Recipient, amount: int) -> None:
    """Show the balance after a gift, and ask for confirmation. Nothing is transferred."""
    db, actor = interaction.client.db, actor_of(interaction)
    quote = await db.read(transfers.before_give, actor, recipient, amount)
    guild = await db.read(guild_settings.load, actor.guild)
    reader = reader_of(interaction)
    # Translators: a name in other texts
    name = recipient.name or pgettext("in place of a name", "The member")
    card = Card(
        title=_(
            "Give {points} to {name}?",
            points=format_points(amount, guild, reader),
            name=plain(name),
        ),
        text=_(
            "{name} is notified. You can't undo a gift.",
            name=plain(first_name(name) if recipient.name else name),
        ),
        accent=Accent.NEUTRAL,
    )
    # Translators: "To: Oliver", who gets points
    to = pgettext("a recipient", "To")
    if recipient.name:
        card.add_kept(Kept.RECIPIENT, to, recipient.name)
    else:
        card.add_fact(to, name)
    card.add_fact(_("Your balance"), format_points(quote.balance, guild, reader))
    card.add_fact(_("Balance after"), format_points(quote.balance_after, guild, reader))
    await respond(
        interaction,
        card=card,
        actions=action_rows(GivePointsButton(recipient.user_id, amount), DismissGiftButton()),
    )


class GivePointsButton(
    PersistentButton, template=r"points:give:(?P<user>\d{1,20}):(?P<amount>\d{1,16})"
):
    """Gives the points that the card shows. Pressing it twice makes one gift."""

    def __init__(self, user_id: int, amount: int) -> None:
        self.user_id, self.amount = user_id, amount
        super().__init__(
            f"points:give:{user_id}:{amount}",
            pgettext("button", "Give"),
            discord.ButtonStyle.success,
        )

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["user"]), int(match["amount"]))

    async def on_press(self, interaction: Interaction) -> None:
        db, actor = interaction.client.db, actor_of(interaction)
        card = interaction.message
        name = kept_text(card).get(Kept.RECIPIENT)
        # Asking Discord about the recipient may take longer than three seconds.
        await defer(interaction)
        recipient = await fetch_recipient(interaction, self.user_id, name)
        receipt = await db.run(
            transfers.give,
            actor,
            recipient,
            self.amount,
            # A card makes at most one gift, however often its button is pressed.
            key=press_key(card, self.item.custom_id),
        )
        guild = await db.read(guild_settings.load, actor.guild)
        reader = reader_of(interaction)
        await respond(
            interaction,
            sentences(
                _(
                    "You gave <@{user_id}> {points}, and they're notified.",
                    user_id=self.user_id,
                    points=format_points(self.amount, guild, reader),
                ),
                _("You have {points} left.", points=format_points(receipt.balance, guild, reader)),
            ),
        )


class DismissGiftButton(PersistentButton, template=r"points:not-now"):
    """Leaves the card without a gift."""

    def __init__(self) -> None:
        super().__init__("points:not-now", pgettext("button", "Cancel"))

    async def on_press(self, interaction: Interaction) -> None:
        await respond(interaction, _("No points were given."))
