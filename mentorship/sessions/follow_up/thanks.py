"""Thanks: what a mentee writes to their mentor after a session, with a tip in points.

A tip is a gift to somebody whom the giver has met: it has no fee, and the limit of gifts to
strangers doesn't apply. See `docs/decisions/0070-thanks-and-tips.md`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import bindparam, insert, select

from mentorship import consent, idempotency
from mentorship.actors import Actor
from mentorship.errors import (
    BalanceTooLow,
    Field,
    InvalidField,
    NotAllowedNow,
    NotFound,
    NotYours,
    Obstacle,
    Problem,
    SessionAction,
    Subject,
    Term,
)
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.members import blocks
from mentorship.notifications.publishing import publish
from mentorship.points import ledger
from mentorship.points.ledger import MAX_POINTS, Cause
from mentorship.sessions import session_reviews, session_views
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.tables import Session, Thanks, Transfer

LONGEST_TEXT = 300
"""The most characters of thanks."""


@dataclass(frozen=True, slots=True)
class SessionThanks:
    """The thanks for a session. `text` may be empty, and `tip`, in points, 0."""

    text: str
    tip: int
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class ThanksQuote:
    """Thanks to be confirmed. Nothing is sent or put on hold.

    `balance` is the mentee's, in points.
    """

    session: SessionView
    text: str
    tip: int
    balance: int

    @property
    def balance_after(self) -> int:
        """The mentee's balance after the tip."""
        return self.balance - self.tip


@dataclass(frozen=True, slots=True)
class ThanksReceipt:
    """Thanks that were sent, with their session, and the mentee's balance afterwards."""

    session: SessionView
    thanks: SessionThanks
    balance: int


def can_be_thanked(session: SessionView, thanks: SessionThanks | None) -> bool:
    """Return whether the mentee of a session can thank the mentor for it."""
    try:
        _require_open(session, thanks)
    except NotAllowedNow:
        return False
    return True


def _require_open(session: SessionView, thanks: SessionThanks | None) -> None:
    """Raise `NotAllowedNow` unless `can_be_thanked`."""
    if session.status is not SessionStatus.COMPLETED:
        raise NotAllowedNow(SessionAction.THANK, status=session.status)
    if thanks is not None:
        raise NotAllowedNow(SessionAction.THANK, Obstacle.ALREADY_THANKED)
    # The id of a person whose data was erased is negative.
    if session.mentor.has_left or session.mentor.user_id < 0:
        raise NotAllowedNow(SessionAction.THANK, Obstacle.MENTOR_LEFT)


async def load_to_thank(tx: Transaction, actor: Actor, session_id: int) -> SessionView:
    """Load a session for which the actor can thank its mentor now.

    Raises `NotFound`, `NotYours` for anyone but the mentee, `NotAMember`, `NotAllowedNow` before
    completion, after thanks or if the mentor has left, `BlockedByYou` or `NotAvailable` if one of
    the two has blocked the other.
    """
    session = await session_views.load_for_participant(tx, actor, session_id)
    await _require_allowed(tx, actor, session)
    return session


async def _require_allowed(tx: Transaction, actor: Actor, session: SessionView) -> None:
    if session.party(actor.user_id) is not Party.MENTEE:
        raise NotYours(Subject.THANKS)
    _require_open(session, await find_for_session(tx, session.id))
    session_views.require_member(actor, session)
    await blocks.require_not_blocked(tx, session.guild_id, actor.user_id, session.mentor.user_id)


def _in_guild_of(session: SessionView, actor: Actor) -> Actor:
    """Return the actor in the session's guild: in a direct message, they are in none."""
    return replace(actor, guild_id=session.guild_id)


async def quote(
    tx: Transaction, actor: Actor, session_id: int, text: str = "", tip: int = 0
) -> ThanksQuote:
    """Check thanks without sending them. Raises what `send` does, except `TermsChanged` and
    `KeyReused`."""
    session = await load_to_thank(tx, actor, session_id)
    words = _checked(text, tip)
    balance = await ledger.load_balance(tx, _in_guild_of(session, actor))
    _require_affordable(await guild_settings.load(tx, session.guild_id), tip, balance)
    return ThanksQuote(session, words, tip, balance)


async def send(
    tx: Transaction,
    actor: Actor,
    session_id: int,
    text: str = "",
    tip: int = 0,
    seen_balance: int | None = None,
    key: str | None = None,
) -> ThanksReceipt:
    """Thank the mentor of a completed session, who is notified, and pay them a tip in points.

    `seen_balance` is the actor's balance that they saw before they confirmed the tip. A repeated
    key with the same request returns the first receipt. Raises what `load_to_thank` does,
    `InvalidField`, `TermsChanged`, `BalanceTooLow` and `KeyReused`.
    """
    session = await session_views.load_for_participant(tx, actor, session_id)
    member = _in_guild_of(session, actor)
    digest = idempotency.digest("thank", session_id, text, tip)
    response = await idempotency.find_response(tx, member, key, digest)
    if response is not None:
        return ThanksReceipt(session, await load(tx, actor, session_id), response["balance"])
    await _require_allowed(tx, actor, session)
    words = _checked(text, tip)
    guild = await guild_settings.load(tx, session.guild_id)
    transfer_id, balance = None, await ledger.load_balance(tx, member)
    if tip:
        consent.require(Term.BALANCE, seen_balance, balance)
        _require_affordable(guild, tip, balance)
        transfer_id = await _pay(tx, guild, session, tip)
    profile_id = await tx.connection.scalar(_SELECT_PROFILE, {"session": session_id})
    await tx.connection.execute(
        _INSERT,
        {
            "session_id": session_id,
            "guild_id": session.guild_id,
            "profile_id": profile_id,
            "text": words,
            "transfer_id": transfer_id,
            "created_at": tx.now,
        },
    )
    await session_reviews.mark_changed(tx, session_id)
    event = Event(
        EventType.SESSION_THANKED,
        session.guild_id,
        actor.user_id,
        subject_id=session.mentor.user_id,
        session_id=session_id,
        facts={"tip": tip, "words": bool(words)},
    )
    await publish(tx, event)
    balance -= tip
    await idempotency.store_response(tx, member, key, digest, {"balance": balance})
    return ThanksReceipt(
        await session_views.load(tx, session_id), SessionThanks(words, tip, tx.now), balance
    )


async def _pay(tx: Transaction, guild: GuildSettings, session: SessionView, tip: int) -> int:
    """Transfer the tip from the mentee's account to the mentor's. Returns the transfer's id."""
    mentee, mentor = session.mentee.user_id, session.mentor.user_id
    debit, _ = await ledger.load_or_open_account(tx, guild, mentee)
    credit, _ = await ledger.load_or_open_account(tx, guild, mentor)
    return await ledger.transfer(
        tx,
        guild.id,
        debit=debit,
        credit=credit,
        amount=tip,
        cause=Cause.TIP,
        session_id=session.id,
        made_by=mentee,
    )


def _checked(text: str, tip: int) -> str:
    """Return the text without blanks around it. Raises `InvalidField` for it or the tip."""
    words = text.strip()
    if len(words) > LONGEST_TEXT:
        raise InvalidField(Field.THANKS, Problem.TOO_LONG, most=LONGEST_TEXT)
    if tip < 0:
        raise InvalidField(Field.TIP, Problem.NEGATIVE)
    if tip > MAX_POINTS:
        raise InvalidField(Field.TIP, Problem.TOO_LARGE, most=MAX_POINTS)
    return words


def _require_affordable(guild: GuildSettings, tip: int, balance: int) -> None:
    if tip > balance:
        raise BalanceTooLow(balance=balance, amount=tip, currency=guild.currency_name)


async def load(tx: Transaction, actor: Actor, session_id: int) -> SessionThanks:
    """Load the thanks for a session, for one of its participants.

    Raises `NotFound`, also if there are none.
    """
    await session_views.load_for_participant(tx, actor, session_id)
    thanks = await find_for_session(tx, session_id)
    if thanks is None:
        raise NotFound(Subject.THANKS)
    return thanks


async def find_for_session(tx: Transaction, session_id: int) -> SessionThanks | None:
    """Return the thanks for a session, or None. Does no permission checks."""
    return (await find_for_sessions(tx, [session_id])).get(session_id)


async def find_for_sessions(
    tx: Transaction, session_ids: Iterable[int]
) -> dict[int, SessionThanks]:
    """Return the thanks for several sessions by session id. Does no permission checks."""
    ids = set(session_ids)
    if not ids:
        return {}
    rows = await tx.connection.execute(_SELECT_OF_SESSIONS, {"sessions": tuple(ids)})
    return {
        row.session_id: SessionThanks(row.text, row.amount or 0, row.created_at) for row in rows
    }


_SELECT_PROFILE = select(Session.profile_id).where(Session.id == bindparam("session"))
_INSERT = insert(Thanks)
_SELECT_OF_SESSIONS = (
    select(Thanks.session_id, Thanks.text, Transfer.amount, Thanks.created_at)
    .outerjoin(Transfer, Transfer.id == Thanks.transfer_id)
    .where(Thanks.session_id.in_(bindparam("sessions", expanding=True)))
)
