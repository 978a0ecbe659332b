"""Gifts of points between members, and grants and deductions by moderators."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import select

from mentorship import idempotency
from mentorship.actors import Actor
from mentorship.errors import (
    BalanceTooLow,
    BotsHaveNoPoints,
    Field,
    GiftToOneself,
    InvalidField,
    Problem,
    TooManyPoints,
)
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.guilds import guild_settings, moderators
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.members import members
from mentorship.notifications.publishing import publish
from mentorship.points import ledger
from mentorship.points.ledger import MAX_POINTS, Cause
from storage import Transaction
from storage.queries import upsert
from storage.tables import Member

MAX_REASON_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Recipient:
    """The person whose points change. `name` is None if the caller only knows the id."""

    user_id: int
    name: str | None = None
    is_bot: bool = False


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
    _require_gift(guild, actor, to, amount, points)
    return GiftQuote(to.user_id, amount, points)


async def give(
    tx: Transaction, actor: Actor, to: Recipient, amount: int, key: str | None = None
) -> Receipt:
    """Give points to another member, who is notified. The receipt is the giver's.

    A repeated key with the same request returns the first receipt. Raises `InvalidField`,
    `GiftToOneself`, `BotsHaveNoPoints`, `BalanceTooLow`, `KeyReused`.
    """
    digest = idempotency.digest("give", to.user_id, amount)
    response = await idempotency.find_response(tx, actor, key, digest)
    if response is not None:
        return Receipt(**response)
    guild = await guild_settings.load_or_create(tx, actor.guild)
    # The lower id first, so that two members who give to each other can't deadlock.
    if actor.user_id < to.user_id:
        await members.record(tx, actor)
        await _record_recipient(tx, guild, to)
    else:
        await _record_recipient(tx, guild, to)
        await members.record(tx, actor)
    giver_account, points = await ledger.load_or_open_account(tx, guild, actor.user_id)
    _require_gift(guild, actor, to, amount, points)
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


async def grant(
    tx: Transaction, actor: Actor, to: Recipient, amount: int, reason: str, key: str | None = None
) -> Receipt:
    """Grant newly issued points to a person, as a moderator. They are notified.

    A repeated key with the same request returns the first receipt. Raises `NotAModerator`,
    `InvalidField`, `BotsHaveNoPoints`, `TooManyPoints`, `KeyReused`.
    """
    return await _adjust(tx, actor, Cause.GRANT, to, amount, reason, key)


async def deduct(
    tx: Transaction, actor: Actor, to: Recipient, amount: int, reason: str, key: str | None = None
) -> Receipt:
    """Deduct points from a person, as a moderator. They are notified.

    A repeated key with the same request returns the first receipt. Raises `NotAModerator`,
    `InvalidField`, `BotsHaveNoPoints`, `BalanceTooLow`, `KeyReused`.
    """
    return await _adjust(tx, actor, Cause.DEDUCTION, to, amount, reason, key)


_AMOUNT = {
    Cause.GIFT: Field.GIFT_AMOUNT,
    Cause.GRANT: Field.GRANT_AMOUNT,
    Cause.DEDUCTION: Field.DEDUCTION_AMOUNT,
}


async def _adjust(
    tx: Transaction,
    actor: Actor,
    cause: Cause,
    to: Recipient,
    amount: int,
    reason: str,
    key: str | None,
) -> Receipt:
    guild = await guild_settings.load(tx, actor.guild)
    moderators.require_moderator(actor, guild)
    digest = idempotency.digest(cause.value, to.user_id, amount, reason)
    response = await idempotency.find_response(tx, actor, key, digest)
    if response is not None:
        return Receipt(**response)
    _require_amount(cause, amount)
    reason = _validate_reason(reason)
    if to.is_bot:
        raise BotsHaveNoPoints()
    await guild_settings.load_or_create(tx, actor.guild)
    name = await _record_recipient(tx, guild, to)
    account, points = await ledger.load_or_open_account(tx, guild, to.user_id)
    issuance, issuable = await ledger.load_issuance(tx, guild.id)
    if cause is Cause.GRANT and amount > issuable:
        raise TooManyPoints(issuable)
    if cause is Cause.DEDUCTION and amount > points:
        raise BalanceTooLow(balance=points, amount=amount, currency=guild.currency_name, name=name)
    debit, credit = (issuance, account) if cause is Cause.GRANT else (account, issuance)
    transfer_id = await ledger.transfer(
        tx,
        guild.id,
        debit=debit,
        credit=credit,
        amount=amount,
        cause=cause,
        made_by=actor.user_id,
        reason=reason,
    )
    change = amount if cause is Cause.GRANT else -amount
    event = Event(
        EventType.POINTS_GRANTED if cause is Cause.GRANT else EventType.POINTS_DEDUCTED,
        guild.id,
        actor.user_id,
        subject_id=to.user_id,
        note=reason,
        facts={"transfer": transfer_id, "amount": amount, "currency": guild.currency_name},
    )
    await publish(tx, event)
    receipt = Receipt(transfer_id, to.user_id, change, points + change)
    await idempotency.store_response(tx, actor, key, digest, asdict(receipt))
    return receipt


def _require_gift(
    guild: GuildSettings, actor: Actor, to: Recipient, amount: int, balance: int
) -> None:
    if to.user_id == actor.user_id:
        raise GiftToOneself()
    if to.is_bot:
        raise BotsHaveNoPoints()
    _require_amount(Cause.GIFT, amount)
    if amount > balance:
        raise BalanceTooLow(balance=balance, amount=amount, currency=guild.currency_name)


def _require_amount(cause: Cause, amount: int) -> None:
    field = _AMOUNT[cause]
    if amount == 0:
        raise InvalidField(field, Problem.ZERO)
    if amount < 0:
        raise InvalidField(field, Problem.NEGATIVE)
    if amount > MAX_POINTS:
        raise InvalidField(field, Problem.TOO_LARGE, most=MAX_POINTS)


def _validate_reason(text: str) -> str:
    reason = text.strip()
    if not reason:
        raise InvalidField(Field.ADJUSTMENT_REASON, Problem.MISSING)
    if len(reason) > MAX_REASON_LENGTH:
        raise InvalidField(Field.ADJUSTMENT_REASON, Problem.TOO_LONG, most=MAX_REASON_LENGTH)
    return reason


async def _record_recipient(tx: Transaction, guild: GuildSettings, to: Recipient) -> str:
    """Insert the recipient's row if there is none, update their name, and return it.

    Unlike `members.record` this doesn't mark them as present: they haven't acted.
    """
    statement = upsert(tx.dialect, Member).values(
        guild_id=guild.id, user_id=to.user_id, name=to.name or "A member", created_at=tx.now
    )
    keys = ["guild_id", "user_id"]
    await tx.connection.execute(
        statement.on_conflict_do_nothing(index_elements=keys)
        if to.name is None
        else statement.on_conflict_do_update(index_elements=keys, set_={"name": to.name})
    )
    name: str = (
        await tx.connection.execute(
            select(Member.name).where(Member.guild_id == guild.id, Member.user_id == to.user_id)
        )
    ).scalar_one()
    return name
