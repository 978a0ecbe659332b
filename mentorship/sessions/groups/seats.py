"""Seats in group sessions: joining one, keeping it after a move, and leaving.

A seat is a row of `sessions` with a `group_id`, so everything that holds for a session holds for a
seat: its escrow account, its terms, attendance, disputes and reviews. It takes its title, times,
link and room from its group session.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mentorship import consent, idempotency
from mentorship.actors import Actor
from mentorship.errors import (
    Busy,
    NotEnoughPoints,
    NotFound,
    PriceChanged,
    SessionFull,
    Subject,
    Term,
)
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.members import members
from mentorship.points import ledger
from mentorship.sessions import booking_context, commitments, session_views, transitions
from mentorship.sessions.groups import group_rows, group_views, waitlist
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.groups.seat_rows import insert_seat
from mentorship.sessions.groups.sign_up import require_may_join
from mentorship.sessions.lifecycle import Action
from mentorship.sessions.session_views import Person, SeenTimes, SessionView
from mentorship.sessions.transitions import TransitionResult
from mentorship.time.intervals import Span
from storage import Transaction


@dataclass(frozen=True, slots=True)
class JoinRequest:
    """A member's request for a seat.

    `price_shown` (points) and `revision_shown` are what they agreed to, None to accept any. `key`
    is the idempotency key.
    """

    group_id: int
    price_shown: int | None = None
    revision_shown: int | None = None
    key: str | None = None

    @property
    def digest(self) -> str:
        """The digest that tells whether a repeated key came with the same request."""
        return idempotency.digest("join", self.group_id)


@dataclass(frozen=True, slots=True)
class SeatQuote:
    """What a member agrees to by joining, or by waiting for a seat if the session is full.

    `balance` is theirs, in points. `place_in_line` is theirs on the waitlist, None if they don't
    wait.
    """

    group: GroupView
    guild: GuildSettings
    balance: int
    place_in_line: int | None


async def quote(tx: Transaction, actor: Actor, group_id: int) -> SeatQuote:
    """Check what joining would check, and return the terms. Writes nothing.

    A session that is full isn't an error, since people can wait for a seat. Raises what `join`
    does otherwise, except for consent.
    """
    group = await group_views.load_for(tx, actor, group_id)
    context = await booking_context.load(tx, actor, group.mentor.user_id, None)
    place = await require_may_join(tx, actor, group, context)
    if not group.is_full:
        context.require_within_limits(group.mentor.user_id, is_request=False)
        if await commitments.is_busy(tx, actor.user_id, group.span):
            raise Busy()
    balance = (
        await ledger.load_starting_balance(tx, context.guild, actor.user_id)
        if context.account is None
        else context.account[1]
    )
    if not group.is_full and balance < group.price:
        raise NotEnoughPoints(
            balance=balance, needed=group.price, currency=context.guild.currency_name
        )
    return SeatQuote(group, context.guild, balance, place.place_in_line)


async def join(tx: Transaction, actor: Actor, request: JoinRequest) -> SessionView:
    """Take a seat in a group session: hold its price in an escrow account of its own.

    Raises `NotFound`, `NotAMember`, `ScreeningPending`, `OwnGroupSession`, `NotAvailable`,
    `BlockedByYou`, `SignUpClosed`, `RoleNeeded`, `AlreadyJoined`, `SessionFull`, `Busy`,
    `LimitReached`, `NotEnoughPoints`, `PriceChanged`, `TermsChanged`, `KeyReused`.
    """
    group = await group_views.load_for(tx, actor, request.group_id)
    context = await booking_context.load(tx, actor, group.mentor.user_id, request.key)
    if context.stored_request is not None:
        return await session_views.load(tx, context.stored_request.session_for(request.digest))
    place = await require_may_join(tx, actor, group, context)
    consent.require(Term.REVISION, request.revision_shown, group.revision)
    if request.price_shown is not None and request.price_shown != group.price:
        raise PriceChanged(shown=request.price_shown, price=group.price)
    if group.waiting and not group.is_full:
        # A seat that is free belongs to those who have waited for it, if they can take it.
        if place.place_in_line is not None:
            await waitlist.agree_to_start(tx, group, actor.user_id)
        given = waitlist.CONSIDERED
        while given == waitlist.CONSIDERED and group.seats_left:
            given = await waitlist.give_free_seats(tx, group, context.guild)
            group = await group_views.load(tx, group.id)
        own = await group_views.find_own_place(tx, group.id, actor.user_id)
        if own.session_id is not None:
            # They were the first in line themselves.
            await idempotency.store_session(tx, actor, request.key, request.digest, own.session_id)
            return await session_views.load(tx, own.session_id)
    if group.is_full:
        raise SessionFull(group.id, group.waiting)
    context.require_within_limits(group.mentor.user_id, is_request=False)
    if await commitments.is_busy(tx, actor.user_id, group.span):
        raise Busy()
    if not context.is_recorded:
        await members.record(tx, actor)
    attendee = Person(actor.user_id, context.name, context.timezone)
    seat = await insert_seat(
        tx, context.guild, group, attendee, group.price, context.account, by=actor.user_id
    )
    if place.place_in_line is not None:
        await waitlist.forget(tx, group.id, actor.user_id)
    await idempotency.store_session(tx, actor, request.key, request.digest, seat.id)
    await group_rows.mark_card(tx, group.id)
    return seat


async def leave(
    tx: Transaction, actor: Actor, group_id: int, *, refund_shown: int | None = None
) -> TransitionResult:
    """Give up the actor's seat, with the refund of its terms, or their place in line.

    `refund_shown` is the refund in points that the actor agreed to. Raises `NotFound` without a
    seat, `NotAllowedNow`, `TermsChanged`.
    """
    place = await group_views.find_own_place(tx, group_id, actor.user_id)
    if place.session_id is None:
        raise NotFound(Subject.SEAT)
    result = await transitions.cancel(tx, actor, place.session_id, refund_shown=refund_shown)
    await waitlist.fill(tx, group_id)
    return result


async def remove(
    tx: Transaction,
    actor: Actor,
    group_id: int,
    user_id: int,
    reason: str = "",
    *,
    refund_shown: int | None = None,
) -> TransitionResult:
    """Take an attendee's seat away as the mentor, with a full refund.

    `refund_shown` is the refund in points that the actor saw. Raises `NotFound` without such a
    group session or seat, `NotYours`, `NotAllowedNow`, `InvalidField`, `TermsChanged`.
    """
    group = await group_views.load_for(tx, actor, group_id)
    group.party(actor.user_id)
    place = await group_views.find_own_place(tx, group_id, user_id)
    if place.session_id is None:
        raise NotFound(Subject.SEAT)
    result = await transitions.cancel(
        tx, actor, place.session_id, reason, refund_shown=refund_shown
    )
    await waitlist.fill(tx, group_id)
    return result


async def keep_own(
    tx: Transaction, actor: Actor, group_id: int, *, start_shown: datetime | None = None
) -> TransitionResult:
    """As `keep`, for the actor's seat in a group session. Raises `NotFound` without one, too."""
    await group_views.load_for(tx, actor, group_id)
    place = await group_views.find_own_place(tx, group_id, actor.user_id)
    if place.session_id is None:
        raise NotFound(Subject.SEAT)
    return await keep(tx, actor, place.session_id, start_shown=start_shown)


async def keep(
    tx: Transaction, actor: Actor, session_id: int, *, start_shown: datetime | None = None
) -> TransitionResult:
    """Keep a seat in a group session that was moved, at its new time.

    Raises `NotFound`, `NotAllowedNow`, `TermsChanged`, and `Busy` if the actor has another session
    then.
    """
    seat = await transitions.load_actionable(tx, actor, session_id, Action.KEEP_SEAT)
    span = Span(seat.starts_at, seat.ends_at)
    consent.require(Term.START, start_shown, seat.starts_at)
    if await commitments.is_busy(tx, actor.user_id, span):
        raise Busy()
    await commitments.write(tx, seat.id, (actor.user_id,), span)
    return await transitions.apply_as_participant(tx, actor, session_id, Action.KEEP_SEAT)


async def agree(
    tx: Transaction, actor: Actor, session_id: int, *, seen: SeenTimes | None = None
) -> SessionView:
    """Confirm a pending request as its mentor, or keep a seat that was moved as its attendee.

    Raises what `transitions.confirm` and `keep` do.
    """
    session = await session_views.load_for_participant(tx, actor, session_id)
    if Action.KEEP_SEAT not in session.actions(actor.user_id, tx.now):
        return await transitions.confirm(tx, actor, session_id, seen=seen)
    start_shown = None if seen is None else seen.starts_at
    return (await keep(tx, actor, session_id, start_shown=start_shown)).session
