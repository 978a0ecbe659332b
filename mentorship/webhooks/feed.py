"""The feed: the events of a guild in the order of their commits.

An event's id is taken before its transaction commits, its position afterwards (`assign`). So
readers who remember the last position that they have read miss nothing. See
docs/decisions/0056-positions-of-events.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, Row, bindparam, select, update

from mentorship.actors import Actor
from mentorship.errors import EventsExpired
from mentorship.event_types import EventType
from mentorship.webhooks import fan_out
from mentorship.webhooks.feed_events import FeedEvent
from storage import Transaction
from storage.queries import update_by_id, upsert
from storage.tables import Event, EventFeed
from storage.types import require_instants

BATCH_SIZE = 500
"""Events that get their positions in one transaction, at most."""

MAX_EVENTS_READ = 1_000
"""Events that one page looks at, at most. There may be many of other types than the wanted ones."""

_KNOWN_TYPES = {event_type.value: event_type for event_type in EventType}


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Events in the order of their positions. The next page begins after `last`.

    `has_more` tells that there are more already. A page may then even be empty, because only
    `MAX_EVENTS_READ` events were looked at.
    """

    events: tuple[FeedEvent, ...]
    last: int
    has_more: bool


async def assign(tx: Transaction, limit: int = BATCH_SIZE) -> int:
    """Give the next events their positions and their deliveries. Returns how many events.

    Any number of processes may do so. The row of the feed is locked, so that one of them at a time
    gives positions, and the others start again after it (SERIALIZABLE).
    """
    head: int | None = await tx.connection.scalar(_LOCK_HEAD)
    if head is None:
        first = upsert(tx.dialect, EventFeed).values(id=1, position=0, deleted_position=0)
        await tx.connection.execute(first.on_conflict_do_nothing())
        head = (await tx.connection.execute(_LOCK_HEAD)).scalar_one()
    rows = (await tx.connection.execute(_NEW, {"limit": limit})).all()
    if not rows:
        return 0
    done = rows[: await fan_out.create_deliveries(tx, rows)]
    positions = [
        {"row_id": row.id, "position": head + number} for number, row in enumerate(done, start=1)
    ]
    await tx.connection.execute(update_by_id(Event, "position"), positions)
    await tx.connection.execute(_SET_HEAD, {"head": head + len(done)})
    return len(done)


async def read_after(
    tx: Transaction, actor: Actor, after: int | None, types: frozenset[EventType], limit: int
) -> FeedPage:
    """Read the events of the actor's guild after a position; of any type if `types` is empty.

    `after` is None for the oldest that is kept. Raises `EventsExpired` if events after it may have
    been deleted, or if no event has that position yet, as after a restored backup.
    """
    state = (await tx.connection.execute(_STATE)).one_or_none()
    head, deleted = (0, 0) if state is None else state
    start = deleted if after is None else after
    if not deleted <= start <= head:
        raise EventsExpired(deleted)
    most = MAX_EVENTS_READ if types else limit + 1
    params = {"guild": actor.guild, "after": start, "limit": most}
    rows = (await tx.connection.execute(_SELECT_AFTER, params)).all()
    selected = [row for row in rows if not types or row.type in types]
    chosen, is_cut = selected[:limit], len(selected) > limit
    is_whole = len(rows) < most and not is_cut
    if is_whole:
        last = head
    elif is_cut:
        last = chosen[-1].position if chosen else start
    else:
        last = rows[-1].position
    events = tuple(event for row in chosen if (event := read_row(row)) is not None)
    return FeedPage(events, last, has_more=not is_whole)


async def load_events(tx: Transaction, event_ids: list[int]) -> list[FeedEvent]:
    """Load events by their ids, without those that no longer exist or can't be read."""
    rows = await tx.connection.execute(_SELECT_BY_IDS, {"ids": event_ids})
    return [event for row in rows if (event := read_row(row)) is not None]


def read_row(row: Row[*tuple[Any, ...]]) -> FeedEvent | None:
    """Return the event of a row; None for one of a newer version, or that can't be read."""
    event_type = _KNOWN_TYPES.get(row.type)
    try:
        require_instants(row)
        facts = dict(row.facts)
    except (TypeError, ValueError):
        return None
    if event_type is None:
        return None
    return FeedEvent(**(dict(row._mapping) | {"type": event_type, "facts": facts}))


_EVENT_COLUMNS = [getattr(Event, name) for name in FeedEvent.__slots__]
_IS_NEW = Event.position.is_(None)
_LIMIT = bindparam("limit", type_=Integer)
_NEW = select(*fan_out.EVENT_COLUMNS).where(_IS_NEW).order_by(Event.id).limit(_LIMIT)
_LOCK_HEAD = select(EventFeed.position).where(EventFeed.id == 1).with_for_update()
_SET_HEAD = update(EventFeed).where(EventFeed.id == 1).values(position=bindparam("head"))
_STATE = select(EventFeed.position, EventFeed.deleted_position).where(EventFeed.id == 1)
_SELECT_AFTER = (
    select(*_EVENT_COLUMNS)
    .where(Event.guild_id == bindparam("guild"), Event.position > bindparam("after"))
    .order_by(Event.guild_id, Event.position)
    .limit(_LIMIT)
)
_SELECT_BY_IDS = select(*_EVENT_COLUMNS).where(Event.id.in_(bindparam("ids", expanding=True)))
