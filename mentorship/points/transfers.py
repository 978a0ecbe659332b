"""Gifts of points between members, and what all changes of a person's points have in common.

Grants and deductions by moderators are in `mentorship.points.adjustments`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from mentorship import idempotency
from mentorship.actors import Actor
from mentorship.errors import (
    BalanceTooLow,
    BotsHaveNoPoints,
    Field,
    GiftToOneself,
    InvalidField,
    Problem,
    RecipientNotAMember,
)
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.members import members
from mentorship.members.members import Presence
from mentorship.notifications.publishing import publish
from mentorship.points import gift_limits, ledger
from mentorship.points.ledger import MAX_POINTS, Cause
from storage import Transaction


@dataclass(frozen=True, slots=True)
class Recipient:
    """The person whose points change. `name` is None if the caller only knows the id.

    `is_member` says whether Discord lists them as a member of the guild at this moment, None if it
    wasn't asked. Then the database decides.
    """

    user_id: int
    name: str | None = None
    is_bot: bool = False
    is_member: bool | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """A transfer that was made.

    `amount` is the change of the balance of `user_id`, negative for a loss; `balance` the result.
    """

    transfer_id: int
    user_id: int
    amount: int
    balance: int


@dataclass(frozen=True, slots=True)
class GiftQuote:
    """A gift to be confirmed. Nothing is put on hold."""

    user_id: int
    amount: int
    balance: int

    @property
    def balance_after(self) -> int:
        """The giver's balance after the gift."""
        return self.balance - self.amount


async def before_give(tx: Transaction, actor: Actor, to: Recipient, amount: int) -> GiftQuote:
    """Check a gift without making it. Raises what `give` does, except `KeyReused`."""
    points = await ledger.load_balance(tx, actor)
    guild = await guild_settings.load(tx, actor.guild)
    await _require_recipient_of_gift(tx, actor, to)
    await gift_limits.require_allowed(tx, guild, actor, to.user_id)
    _require_affordable(guild, amount, points)
    return GiftQuote(to.user_id, amount, points)


async def give(
    tx: Transaction, actor: Actor, to: Recipient, amount: int, key: str | None = None
) -> Receipt:
    """Give points to another member, who is notified. The receipt is the giver's.

    A repeated key with the same request returns the first receipt. Raises `InvalidField`,
    `GiftToOneself`, `BotsHaveNoPoints`, `RecipientNotAMember`, `NotAvailable`, `BlockedByYou`,
    `LimitReached`, `BalanceTooLow`, `KeyReused`.
    """
    digest = idempotency.digest("give", to.user_id, amount)
    response = await idempotency.find_response(tx, actor, key, digest)
    if response is not None:
        return Receipt(**response)
    guild = await guild_settings.load_or_create(tx, actor.guild)
    await _require_recipient_of_gift(tx, actor, to)
    # The lower id first, so that two members who give to each other can't deadlock.
    if actor.user_id < to.user_id:
        await members.record(tx, actor)
        await members.record_named(tx, guild.id, to.user_id, to.name)
    else:
        await members.record_named(tx, guild.id, to.user_id, to.name)
        await members.record(tx, actor)
    # After that, because a giver who was erased before is recognized by it.
    await gift_limits.require_allowed(tx, guild, actor, to.user_id)
    giver_account, points = await ledger.load_or_open_account(tx, guild, actor.user_id)
    _require_affordable(guild, amount, points)
    recipient_account, _ = await ledger.load_or_open_account(tx, guild, to.user_id)
    transfer_id = await ledger.transfer(
        tx,
        guild.id,
        debit=giver_account,
        credit=recipient_account,
        amount=amount,
        cause=Cause.GIFT,
        made_by=actor.user_id,
    )
    event = Event(
        EventType.POINTS_GIVEN,
        guild.id,
        actor.user_id,
        subject_id=to.user_id,
        facts={"transfer": transfer_id, "amount": amount},
    )
    await publish(tx, event)
    receipt = Receipt(transfer_id, actor.user_id, -amount, points - amount)
    await idempotency.store_response(tx, actor, key, digest, asdict(receipt))
    return receipt


async def require_recipient(tx: Transaction, actor: Actor, to: Recipient) -> None:
    """Raise `RecipientNotAMember` for somebody who shouldn't get points, since nobody would.

    The main app may grant points to its own users before they use the bot.
    """
    if to.is_member:
        return
    if to.is_member is None:
        presence = await members.find_presence(tx, actor.guild, to.user_id)
        if presence is Presence.PRESENT or (presence is Presence.UNKNOWN and actor.is_main_app):
            return
    raise RecipientNotAMember(to.name)


_AMOUNT = {
    Cause.GIFT: Field.GIFT_AMOUNT,
    Cause.GRANT: Field.GRANT_AMOUNT,
    Cause.DEDUCTION: Field.DEDUCTION_AMOUNT,
}


def require_amount(cause: Cause, amount: int) -> None:
    """Raise `InvalidField` for an amount that can't be given, granted or deducted (`cause`)."""
    field = _AMOUNT[cause]
    if amount == 0:
        raise InvalidField(field, Problem.ZERO)
    if amount < 0:
        raise InvalidField(field, Problem.NEGATIVE)
    if amount > MAX_POINTS:
        raise InvalidField(field, Problem.TOO_LARGE, most=MAX_POINTS)


async def _require_recipient_of_gift(tx: Transaction, actor: Actor, to: Recipient) -> None:
    if to.user_id == actor.user_id:
        raise GiftToOneself()
    if to.is_bot:
        raise BotsHaveNoPoints()
    await require_recipient(tx, actor, to)


def _require_affordable(guild: GuildSettings, amount: int, balance: int) -> None:
    require_amount(Cause.GIFT, amount)
    if amount > balance:
        raise BalanceTooLow(balance=balance, amount=amount, currency=guild.currency_name)
