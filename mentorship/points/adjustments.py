"""Grants and deductions of points by moderators and the main app.

Grants above the guild's ceiling need a second moderator: `mentorship.points.grant_requests`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, func, literal_column, select

from mentorship import consent, idempotency
from mentorship.actors import Actor
from mentorship.errors import (
    BalanceTooLow,
    BotsHaveNoPoints,
    Field,
    GrantAboveCeiling,
    InvalidField,
    Problem,
    Term,
    TooManyPoints,
)
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.guilds import guild_settings, moderators
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.members import members
from mentorship.notifications.publishing import publish
from mentorship.points import ledger
from mentorship.points.ledger import Cause
from mentorship.points.transfers import Receipt, Recipient, require_amount, require_recipient
from storage import Transaction
from storage.tables import Account, GrantRequest, Transfer

MAX_REASON_LENGTH = 300

CONFIRM_ABOVE = 1_000
"""The most points that a moderator grants or deducts without confirming it on a card."""

CEILING_PERIOD = timedelta(hours=24)
"""How long a moderator's grants to one person are added up, so that parts of a large grant count as
one."""


@dataclass(frozen=True, slots=True)
class AdjustmentQuote:
    """A grant or deduction that a moderator could make now.

    `amount` is the change of the balance, negative for a deduction. `needs_confirmation` means that
    the moderator should see this first; `needs_second_moderator`, that another one has to confirm
    it.
    """

    user_id: int
    amount: int
    balance: int
    needs_confirmation: bool
    needs_second_moderator: bool

    @property
    def balance_after(self) -> int:
        """The person's balance after it."""
        return self.balance + self.amount


async def before_adjust(
    tx: Transaction, actor: Actor, cause: Cause, to: Recipient, amount: int, reason: str
) -> AdjustmentQuote:
    """Check a grant or deduction (`cause`) without making it.

    Raises what `grant` and `deduct` do, except `GrantAboveCeiling`, `TermsChanged` and `KeyReused`.
    """
    guild = await guild_settings.load(tx, actor.guild)
    await require_adjustable(tx, actor, guild, cause, to, amount)
    validate_reason(reason)
    points = await ledger.load_balance(tx, replace(actor, user_id=to.user_id))
    if cause is Cause.DEDUCTION:
        _require_deductible(guild, amount, points, to.name or "A member")
    above_ceiling = cause is Cause.GRANT and await is_above_ceiling(
        tx, actor, guild, to.user_id, amount
    )
    return AdjustmentQuote(
        to.user_id,
        amount if cause is Cause.GRANT else -amount,
        points,
        needs_confirmation=amount > CONFIRM_ABOVE or above_ceiling,
        needs_second_moderator=above_ceiling,
    )


async def grant(
    tx: Transaction,
    actor: Actor,
    to: Recipient,
    amount: int,
    reason: str,
    key: str | None = None,
    balance_shown: int | None = None,
) -> Receipt:
    """Grant newly issued points to a person, as a moderator. They are notified.

    A repeated key with the same request returns the first receipt. `balance_shown` is the person's
    balance that the moderator saw, None if they saw none. Raises `NotAModerator`, `OwnCase`,
    `InvalidField`, `BotsHaveNoPoints`, `RecipientNotAMember`, `TermsChanged`, `TooManyPoints`,
    `KeyReused`, and `GrantAboveCeiling` if a second moderator has to confirm it.
    """
    return await _adjust(tx, actor, Cause.GRANT, to, amount, reason, key, balance_shown)


async def deduct(
    tx: Transaction,
    actor: Actor,
    to: Recipient,
    amount: int,
    reason: str,
    key: str | None = None,
    balance_shown: int | None = None,
) -> Receipt:
    """Deduct points from a person, as a moderator. They are notified.

    As `grant`, without a ceiling. Raises `BalanceTooLow`, too.
    """
    return await _adjust(tx, actor, Cause.DEDUCTION, to, amount, reason, key, balance_shown)


async def require_adjustable(
    tx: Transaction, actor: Actor, guild: GuildSettings, cause: Cause, to: Recipient, amount: int
) -> dict[str, bool]:
    """Check who grants or deducts how much to whom, and return facts for the event.

    Raises `NotAModerator`, `OwnCase`, `BotsHaveNoPoints`, `RecipientNotAMember` or `InvalidField`.
    """
    moderators.require_moderator(actor, guild)
    facts = {} if actor.is_main_app else moderators.require_impartial(actor, to.user_id)
    if to.is_bot:
        raise BotsHaveNoPoints()
    # People who left can lose the points that they have, but can't be given more.
    if cause is Cause.GRANT:
        await require_recipient(tx, actor, to)
    require_amount(cause, amount)
    return facts


_SUM_GRANTS = (
    select(func.coalesce(func.sum(Transfer.amount), 0))
    .join(Account, Account.id == Transfer.credit_account_id)
    .where(
        Account.guild_id == bindparam("guild"),
        Account.user_id == bindparam("user"),
        # Literals, so that the partial indexes on members' accounts and grants apply.
        Account.kind == literal_column("'member'"),
        Transfer.cause == literal_column("'grant'"),
        # A moderator who was erased may be this one, who has returned.
        (Transfer.made_by == bindparam("moderator")) | Transfer.made_by.is_(None),
        Transfer.created_at > bindparam("since"),
        # Those that a second moderator has confirmed don't count.
        ~select(GrantRequest.id).where(GrantRequest.transfer_id == Transfer.id).exists(),
    )
)


async def is_above_ceiling(
    tx: Transaction, actor: Actor, guild: GuildSettings, user_id: int, amount: int
) -> bool:
    """Return whether a second moderator has to confirm a grant.

    A moderator's grants to the same person within `CEILING_PERIOD` count as one, and so do those of
    moderators whose data was erased since. Those of the main app are judged one by one, since it
    grants by its own rules.
    """
    if amount > guild.grant_ceiling or actor.is_main_app:
        return amount > guild.grant_ceiling
    params = {
        "guild": guild.id,
        "user": user_id,
        "moderator": actor.user_id,
        "since": tx.now - CEILING_PERIOD,
    }
    earlier = (await tx.connection.execute(_SUM_GRANTS, params)).scalar_one()
    return amount + int(earlier) > guild.grant_ceiling


async def issue(
    tx: Transaction,
    guild: GuildSettings,
    to: Recipient,
    amount: int,
    reason: str,
    made_by: int,
    facts: Mapping[str, Any],
) -> Receipt:
    """Grant points without asking who may, and notify the person. Raises `TooManyPoints`.

    `facts` are added to those of the event.
    """
    return await _move(tx, guild, Cause.GRANT, to, amount, reason, made_by, facts)


async def _adjust(
    tx: Transaction,
    actor: Actor,
    cause: Cause,
    to: Recipient,
    amount: int,
    reason: str,
    key: str | None,
    balance_shown: int | None,
) -> Receipt:
    guild = await guild_settings.load(tx, actor.guild)
    moderators.require_moderator(actor, guild)
    digest = idempotency.digest(cause.value, to.user_id, amount, reason)
    response = await idempotency.find_response(tx, actor, key, digest)
    if response is not None:
        return Receipt(**response)
    own_case = await require_adjustable(tx, actor, guild, cause, to, amount)
    reason = validate_reason(reason)
    await require_balance_shown(tx, guild, to, balance_shown)
    if cause is Cause.GRANT and await is_above_ceiling(tx, actor, guild, to.user_id, amount):
        raise GrantAboveCeiling(guild.grant_ceiling)
    await guild_settings.load_or_create(tx, actor.guild)
    receipt = await _move(tx, guild, cause, to, amount, reason, actor.user_id, own_case)
    await idempotency.store_response(tx, actor, key, digest, asdict(receipt), to.user_id)
    return receipt


async def require_balance_shown(
    tx: Transaction, guild: GuildSettings, to: Recipient, balance_shown: int | None
) -> None:
    """Raise `TermsChanged` if the balance isn't the one that a moderator saw."""
    if balance_shown is not None:
        points = await ledger.load_balance(tx, Actor(to.user_id, "", guild.id))
        consent.require(Term.BALANCE, balance_shown, points)


async def _move(
    tx: Transaction,
    guild: GuildSettings,
    cause: Cause,
    to: Recipient,
    amount: int,
    reason: str,
    made_by: int,
    facts: Mapping[str, Any],
) -> Receipt:
    """Move points between the issuance and a person's account, and publish the event."""
    name = await members.record_named(tx, guild.id, to.user_id, to.name)
    account, points = await ledger.load_or_open_account(tx, guild, to.user_id)
    issuance, issuable = await ledger.load_issuance(tx, guild.id)
    if cause is Cause.GRANT and amount > issuable:
        raise TooManyPoints(issuable)
    if cause is Cause.DEDUCTION:
        _require_deductible(guild, amount, points, name)
    debit, credit = (issuance, account) if cause is Cause.GRANT else (account, issuance)
    transfer_id = await ledger.transfer(
        tx,
        guild.id,
        debit=debit,
        credit=credit,
        amount=amount,
        cause=cause,
        made_by=made_by,
        reason=reason,
    )
    change = amount if cause is Cause.GRANT else -amount
    event = Event(
        EventType.POINTS_GRANTED if cause is Cause.GRANT else EventType.POINTS_DEDUCTED,
        guild.id,
        made_by,
        subject_id=to.user_id,
        note=reason,
        facts={
            "transfer": transfer_id,
            "amount": amount,
            "currency": guild.currency_name,
            **facts,
        },
    )
    await publish(tx, event)
    return Receipt(transfer_id, to.user_id, change, points + change)


def _require_deductible(guild: GuildSettings, amount: int, balance: int, name: str) -> None:
    if amount > balance:
        raise BalanceTooLow(balance=balance, amount=amount, currency=guild.currency_name, name=name)


def validate_reason(text: str) -> str:
    """Return the reason without spaces around it. Raises `InvalidField`."""
    reason = text.strip()
    if not reason:
        raise InvalidField(Field.ADJUSTMENT_REASON, Problem.MISSING)
    if len(reason) > MAX_REASON_LENGTH:
        raise InvalidField(Field.ADJUSTMENT_REASON, Problem.TOO_LONG, most=MAX_REASON_LENGTH)
    return reason
