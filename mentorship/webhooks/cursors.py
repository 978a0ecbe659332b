"""Consumers of events inside of the program: each event once, in the order of commits.

A consumer has a name, and a cursor that says up to which position it has handled the events. An
event is handled in the transaction that moves the cursor past it, so none is lost or handled twice,
whatever is killed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy import Integer, bindparam, exists, select, update

from mentorship import faults
from mentorship.faults import FaultKind
from mentorship.webhooks import feed
from mentorship.webhooks.feed_events import FeedEvent
from storage import Transaction
from storage.queries import upsert
from storage.tables import Event, EventCursor, EventFeed

BATCH_SIZE = 200
"""Events that are handled in one transaction, at most."""

Handler = Callable[[Transaction, FeedEvent], Awaitable[None]]
"""Handles one event. It reads what the event is about as it is now, since more may have happened
in between."""

BatchHandler = Callable[[Transaction, Sequence[FeedEvent]], Awaitable[None]]
"""Handles several events at once, with the same promises as `Handler`."""

_LIMIT = bindparam("limit", type_=Integer)
_IS_CURSOR = EventCursor.name == bindparam("cursor")
_POSITION = select(EventCursor.position).where(_IS_CURSOR)
_LOCK = _POSITION.with_for_update()
_MOVE = update(EventCursor).where(_IS_CURSOR).values(position=bindparam("last"))
_NEXT = (
    select(*(getattr(Event, name) for name in FeedEvent.__slots__))
    .where(Event.position > bindparam("after"))
    .order_by(Event.position)
    .limit(_LIMIT)
)
_HEAD = select(EventFeed.position).where(EventFeed.id == 1)
_HAS_NEW = select(exists().where(Event.position.is_(None)))


async def has_unpositioned(tx: Transaction) -> bool:
    """Return whether events wait for their positions (`feed.assign`)."""
    return bool(await tx.connection.scalar(_HAS_NEW))


async def is_behind(tx: Transaction, name: str) -> bool:
    """Return whether a consumer has events to handle, or has never been begun."""
    position = await tx.connection.scalar(_POSITION, {"cursor": name})
    head = await tx.connection.scalar(_HEAD) or 0
    return position is None or position < head


async def begin(tx: Transaction, name: str) -> None:
    """Let a consumer that is new begin with the events that have no position yet."""
    if await tx.connection.scalar(_POSITION, {"cursor": name}) is not None:
        return
    head = await tx.connection.scalar(_HEAD) or 0
    first = upsert(tx.dialect, EventCursor).values(name=name, position=head)
    await tx.connection.execute(first.on_conflict_do_nothing())


async def follow(tx: Transaction, name: str, handle: Handler, limit: int = BATCH_SIZE) -> int:
    """Handle the next events of a consumer. Returns how many: 0 if there are none.

    A consumer that is new begins with the events that have no position yet. An event whose handler
    fails is recorded as a fault and left behind; it doesn't stop those that follow.
    """

    async def handle_all(tx: Transaction, events: Sequence[FeedEvent]) -> None:
        async def handle_one(event: FeedEvent) -> None:
            await handle(tx, event)

        await faults.isolate(tx, FaultKind.FOLLOWED_EVENT, events, handle_one, lambda each: each.id)

    return await follow_batch(tx, name, handle_all, limit)


async def follow_batch(
    tx: Transaction, name: str, handle: BatchHandler, limit: int = BATCH_SIZE
) -> int:
    """As `follow`, for a consumer that handles all events of a transaction at once."""
    position = await tx.connection.scalar(_LOCK, {"cursor": name})
    if position is None:
        await begin(tx, name)
        return 0
    rows = (await tx.connection.execute(_NEXT, {"after": position, "limit": limit})).all()
    if not rows:
        return 0
    await handle(tx, [event for row in rows if (event := feed.read_row(row)) is not None])
    await tx.connection.execute(_MOVE, {"cursor": name, "last": rows[-1].position})
    return len(rows)
