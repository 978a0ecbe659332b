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
from wording.points import format_points
from wording.reader import Reader

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
    text = f"You have **{format_points(wallet.balance, guild, reader)}** {guild.currency_name}."
    if wallet.held:
        held = format_points(wallet.held, guild, reader)
        text += f" Another {held} is on hold for sessions you booked."
    await respond(interaction, f"{text} To see each change, use `/points history`.")


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
        title="Your points",
        text="\n".join(lines)
        or f"No changes yet. Earn {guild.currency_name} by mentoring, and spend them with `/book`.",
        accent=Accent.NEUTRAL,
    )


def _line(transfer: PointsHistoryEntry, guild: GuildSettings, reader: Reader) -> str:
    sign = "+" if transfer.amount > 0 else "−"
    description = _describe(transfer, guild, reader)
    amount = format_points(abs(transfer.amount), guild, reader)
    balance = format_points(transfer.balance, guild, reader)
    return (
        f"**{sign}{amount}** {description}\n"
        f"-# {relative(transfer.created_at)} · {balance} afterwards"
    )


def _name(transfer: PointsHistoryEntry) -> str:
    return plain(transfer.partner.name) if transfer.partner is not None else "someone who left"


def _session(transfer: PointsHistoryEntry) -> str:
    return f"your session with {_name(transfer)}{_date(transfer)}"


def _date(transfer: PointsHistoryEntry) -> str:
    if transfer.session_starts_at is None:
        return ""
    return f" on {discord_timestamp(transfer.session_starts_at)}"


def _by_moderators(transfer: PointsHistoryEntry) -> str:
    reason = f": {plain(shortened(transfer.reason, 120))}" if transfer.reason else ""
    return f"by the moderators{reason}".replace("\n", " ")


def _describe(transfer: PointsHistoryEntry, guild: GuildSettings, reader: Reader) -> str:
    """Describe a transfer to one of its two members."""
    if transfer.outcome is not None:
        return _hold(transfer, transfer.outcome, guild, reader)
    return _WHAT[transfer.cause](transfer)


def _hold(
    transfer: PointsHistoryEntry, outcome: PriceBreakdown, guild: GuildSettings, reader: Reader
) -> str:
    """Describe to the mentee what has become of the points that a booking put on hold."""
    session = _session(transfer)
    if outcome.is_on_hold:
        return f"on hold for {session}"
    if not outcome.refunded:
        receiver = f"paid to {_name(transfer)}" if outcome.paid else "paid"
        return f"{receiver} for your session{_date(transfer)}"
    if not outcome.paid and not outcome.fee:
        return f"held for {session}, and refunded"
    mentor = first_name(_name(transfer))
    shares = refunds.breakdown(outcome, mentor, guild, reader, is_mentor=False)
    return f"held for {session}: {shares}"


_WHAT: dict[Cause, Callable[[PointsHistoryEntry], str]] = {
    Cause.STARTING_BALANCE: lambda _: "starting balance",
    Cause.GRANT: lambda transfer: f"granted {_by_moderators(transfer)}",
    Cause.DEDUCTION: lambda transfer: f"deducted {_by_moderators(transfer)}",
    Cause.GIFT: lambda transfer: (
        f"a gift from {_name(transfer)}"
        if transfer.amount > 0
        else f"your gift to {_name(transfer)}"
    ),
    Cause.TIP: lambda transfer: (
        f"a tip from {_name(transfer)} for your session{_date(transfer)}"
        if transfer.amount > 0
        else f"your tip to {_name(transfer)} for your session{_date(transfer)}"
    ),
    Cause.REFUND: lambda transfer: f"refunded for {_session(transfer)}",
    Cause.PAYMENT: lambda transfer: f"earned from {_session(transfer)}",
}
"""What each cause means for one of the two members. Fees don't appear in anyone's history."""


class NewerTransfersButton(
    PersistentButton, template=r"points:newer:(?P<cursor>[ab][0-9a-z.]{1,55})"
):
    """Shows the page of newer transfers."""

    def __init__(self, cursor: str) -> None:
        self.cursor = cursor
        super().__init__(f"points:newer:{cursor}", "Newer")

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
        super().__init__(f"points:older:{cursor}", "Older")

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
    name = plain(recipient.name or "The member")
    card = Card(
        title=f"Give {format_points(amount, guild, reader)} to {name}?",
        text=f"{first_name(name)} is notified. You can't undo a gift.",
        accent=Accent.NEUTRAL,
    )
    card.add_kept(Kept.RECIPIENT, "To", recipient.name or "The member")
    card.add_fact("Your balance", format_points(quote.balance, guild, reader))
    card.add_fact("Balance after", format_points(quote.balance_after, guild, reader))
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
        super().__init__(f"points:give:{user_id}:{amount}", "Give", discord.ButtonStyle.success)

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
            f"You gave <@{self.user_id}> {format_points(self.amount, guild, reader)}, and they're "
            "notified. "
            f"You have {format_points(receipt.balance, guild, reader)} left.",
        )


class DismissGiftButton(PersistentButton, template=r"points:not-now"):
    """Leaves the card without a gift."""

    def __init__(self) -> None:
        super().__init__("points:not-now", "Cancel")

    async def on_press(self, interaction: Interaction) -> None:
        await respond(interaction, "No points were given.")
