"""The waitlist of a full group session: a seat that becomes free goes to the first who can pay.

People wait in the order in which they asked. Those who can't take a seat when one is free, because
they lack the points or have another session then, keep their place and are passed over. Those who
have waited since before the session was moved get a seat that they have to keep, like all others.
Those who still wait when the session starts or is cancelled are told so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import (
    Integer,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from mentorship import consent, events, faults
from mentorship.actors import Actor
from mentorship.errors import (
    AlreadyWaiting,
    Limit,
    NotEnoughPoints,
    NotFound,
    PriceChanged,
    SeatsFree,
    Subject,
    Term,
)
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.faults import FaultKind
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.members import members
from mentorship.notifications import policy, writing
from mentorship.notifications.publishing import publish
from mentorship.notifications.writing import NotificationDraft
from mentorship.sessions import booking_context, lifecycle
from mentorship.sessions.groups import group_rows, group_views
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.groups.seat_rows import insert_seat
from mentorship.sessions.groups.sign_up import NEXT_IN_LINE, require_may_join
from mentorship.sessions.session_views import Person
from mentorship.statuses import ProfileStatus, SessionStatus
from storage import Transaction
from storage.tables import (
    GroupSession,
    WaitlistEntry,
)
from storage.types import RowId, UtcDateTime

CONSIDERED = 25
"""How many of those who wait, from the first on, one transaction considers for each free seat, and
how many it tells that the waitlist has ended."""

RETRY_AFTER = timedelta(minutes=15)
"""When a free seat is offered again that nobody in line could take."""


@dataclass(frozen=True, slots=True)
class WaitlistPlace:
    """A member's place in line, from 1."""

    group: GroupView
    place: int


async def join(
    tx: Transaction,
    actor: Actor,
    group_id: int,
    *,
    price_shown: int | None = None,
    revision_shown: int | None = None,
) -> WaitlistPlace:
    """Wait for a seat in a full group session.

    The actor agrees to its price: they get a seat as soon as one is free. Raises what `seats.join`
    does about the member, the mentor and the sign-up, `AlreadyWaiting`, and `SeatsFree` if there is
    a seat.
    """
    group = await group_views.load_for(tx, actor, group_id)
    context = await booking_context.load(tx, actor, group.mentor.user_id, None)
    own = await require_may_join(tx, actor, group, context)
    if own.place_in_line is not None:
        raise AlreadyWaiting(own.place_in_line)
    consent.require(Term.REVISION, revision_shown, group.revision)
    if price_shown is not None and price_shown != group.price:
        raise PriceChanged(shown=price_shown, price=group.price)
    if not group.is_full:
        raise SeatsFree(group.id)
    if not context.is_recorded:
        await members.record(tx, actor)
    await tx.connection.execute(
        _INSERT,
        {
            "guild_id": group.guild_id,
            "group_id": group.id,
            "user_id": actor.user_id,
            "price": group.price,
            "starts_at": group.starts_at,
            "created_at": tx.now,
        },
    )
    event = Event(EventType.WAITLIST_JOINED, group.guild_id, actor.user_id, group_id=group.id)
    await publish(tx, event)
    await group_rows.mark_card(tx, group.id)
    own = await group_views.find_own_place(tx, group.id, actor.user_id)
    return WaitlistPlace(group, own.place_in_line or 1)


async def leave(tx: Transaction, actor: Actor, group_id: int) -> GroupView:
    """Give up the actor's place in line. Raises `NotFound` without one."""
    group = await group_views.load_for(tx, actor, group_id)
    if not await forget(tx, group.id, actor.user_id):
        raise NotFound(Subject.WAITLIST)
    event = Event(EventType.WAITLIST_LEFT, group.guild_id, actor.user_id, group_id=group.id)
    await publish(tx, event)
    await group_rows.mark_card(tx, group.id)
    return group


async def forget(tx: Transaction, group_id: int, user_id: int) -> bool:
    """Delete a member's place in line. Returns whether they had one."""
    result = await tx.connection.execute(_DELETE, {"group": group_id, "user": user_id})
    return result.rowcount > 0


async def agree_to_start(tx: Transaction, group: GroupView, user_id: int) -> None:
    """Note that a member who waits agrees to the present start of a group session."""
    params = {"row_group": group.id, "row_user": user_id, "start": group.starts_at}
    await tx.connection.execute(_AGREE_TO_START, params)


async def fill(tx: Transaction, group_id: int) -> None:
    """Give the free seats of a group session to those who wait, or end the waitlist.

    It ends once the session has started or was cancelled.

    If that fails for one of them, the act that has freed a seat succeeds all the same: the fault is
    recorded, and the clock tries again.
    """
    await _fill_all(tx, [group_id])


async def give_free_seats(tx: Transaction, group: GroupView, guild: GuildSettings) -> int:
    """As `fill`, for a group session and settings that are loaded.

    One call gives `CONSIDERED` seats at most.
    """
    limit = CONSIDERED if group.seats_left is None else min(group.seats_left, CONSIDERED)
    given = 0
    is_open = (
        group.status is SessionStatus.CONFIRMED
        and group.mentor_status is ProfileStatus.APPROVED
        and group.sign_up_open
        and tx.now < group.starts_at
    )
    if is_open and limit and group.waiting:
        params = {
            "group": group.id,
            "guild": group.guild_id,
            "mentor": group.mentor.user_id,
            "start": group.starts_at,
            "end": group.ends_at,
            "starting": guild.starting_balance,
            "price": group.price,
            "most_upcoming": getattr(guild, Limit.UPCOMING.value),
            "now": tx.now,
            "limit": limit,
        }
        free_until = lifecycle.answer_deadline(tx.now, group.starts_at, group.confirm_within)
        for entry in (await tx.connection.execute(NEXT_IN_LINE, params)).all():
            account = None if entry.account_id is None else (entry.account_id, entry.balance)
            attendee = Person(entry.user_id, entry.name, entry.timezone)
            is_moved = entry.starts_at not in (None, group.starts_at)
            try:
                await insert_seat(
                    *(tx, guild, group, attendee, entry.price, account),
                    by=None,
                    free_until=None if is_moved else free_until,
                    moved_from=entry.starts_at if is_moved else None,
                )
            except NotEnoughPoints:
                # Their new account has opened with less than the starting balance.
                continue
            await forget(tx, group.id, entry.user_id)
            given += 1
        if given:
            await group_rows.mark_card(tx, group.id)
    next_at = None
    if is_open and group.waiting > given and group.seats_left != given:
        # Those who are left can't take a seat now, unless there are more than were considered.
        next_at = tx.now if given == CONSIDERED else tx.now + RETRY_AFTER
    await tx.connection.execute(_SET_NEXT, {"row_group": group.id, "next": next_at})
    return given


async def fill_due(tx: Transaction, limit: int = 20) -> int:
    """Fill the free seats of group sessions for which it is time. Returns how many were tried."""
    due = (await tx.connection.scalars(_DUE, {"now": tx.now, "limit": limit})).all()
    await _fill_all(tx, due)
    return len(due)


async def _fill_all(tx: Transaction, group_ids: Sequence[int]) -> None:
    async def fill_one(group_id: int) -> int:
        group = await group_views.load(tx, group_id)
        if group.status is SessionStatus.CONFIRMED:
            await give_free_seats(tx, group, await guild_settings.load(tx, group.guild_id))
        else:
            await _end_next(tx, group)
        return group_id

    outcome = await faults.isolate(
        tx, FaultKind.WAITLIST, group_ids, fill_one, lambda group_id: group_id
    )
    await faults.clear(tx, FaultKind.WAITLIST, outcome.results)


async def _end_next(tx: Transaction, group: GroupView) -> None:
    """End the first places in line of a session that takes no more seats, and tell their members.

    The clock ends the others.
    """
    params = {"group": group.id, "limit": CONSIDERED}
    entries = (await tx.connection.execute(_FIRST, params)).all()
    drafts: list[NotificationDraft] = []
    for entry in entries:
        event = Event(
            EventType.WAITLIST_ENDED,
            group.guild_id,
            subject_id=entry.user_id,
            group_id=group.id,
            facts={"status": group.status},
        )
        drafts += policy.notifications(event, await events.record(tx, event), tx.now)
    # Not by `publish` one by one, which would look for the mentor's messages each time.
    await writing.write(tx, drafts)
    if entries:
        await tx.connection.execute(_END, {"ids": [entry.id for entry in entries]})
    next_at = tx.now if len(entries) == CONSIDERED else None
    await tx.connection.execute(_SET_NEXT, {"row_group": group.id, "next": next_at})


_INSERT = insert(WaitlistEntry)
_DELETE = delete(WaitlistEntry).where(
    WaitlistEntry.group_id == bindparam("group", type_=RowId),
    WaitlistEntry.user_id == bindparam("user"),
)
_AGREE_TO_START = (
    update(WaitlistEntry)
    .where(
        WaitlistEntry.group_id == bindparam("row_group", type_=RowId),
        WaitlistEntry.user_id == bindparam("row_user"),
    )
    .values(starts_at=bindparam("start", type_=UtcDateTime))
)
_FIRST = (
    select(WaitlistEntry.id, WaitlistEntry.user_id)
    .where(WaitlistEntry.group_id == bindparam("group", type_=RowId))
    .order_by(WaitlistEntry.id)
    .limit(bindparam("limit", type_=Integer))
)
_END = delete(WaitlistEntry).where(WaitlistEntry.id.in_(bindparam("ids", expanding=True)))
_SET_NEXT = (
    update(GroupSession)
    .where(GroupSession.id == bindparam("row_group", type_=RowId))
    .values(waitlist_at=bindparam("next", type_=UtcDateTime))
)
_DUE = (
    select(GroupSession.id)
    .where(
        GroupSession.waitlist_at <= bindparam("now", type_=UtcDateTime),
        ~faults.awaits_retry(
            FaultKind.WAITLIST, GroupSession.id.expression, bindparam("now", type_=UtcDateTime)
        ),
        GroupSession.guild_id.not_in(guild_settings.BEING_PURGED),
    )
    .order_by(GroupSession.waitlist_at)
    .limit(bindparam("limit", type_=Integer))
)
