"""Scheduled events: what Discord shows of a group session in a server's list of events.

`group_sessions.event_due_at` is the mark that the event is to be created or edited, as
`card_due_at` is for the announcement. Each change of what the event shows sets it to the present,
also while a worker is at it. A session with `wants_event` false has no event, or one that is left
alone: somebody deleted it in Discord (then `event_id` remains), or the bot isn't allowed to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, bindparam, exists, select

from mentorship import faults
from mentorship.actors import Actor
from mentorship.errors import DataBeingDeleted
from mentorship.faults import FaultKind
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.notifications import writing
from mentorship.notifications.catalogue import NotificationKind
from mentorship.notifications.writing import NotificationDraft
from mentorship.sessions.groups import group_changes, group_views
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.lifecycle import Action
from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.queries import update_by_id
from storage.tables import GroupSession
from storage.types import RowId, UtcDateTime

LEASE = timedelta(minutes=1)
"""Time to create or edit a claimed event before it is claimed again."""

FIRST_RETRY_DELAY = timedelta(minutes=1)
"""Time between a failure and the next attempt; each further failure in a row doubles it."""

MAX_RETRY_DELAY = timedelta(hours=1)

BATCH_SIZE = 20
"""Maximum number of events that one call claims."""


@dataclass(frozen=True, slots=True)
class DueEvent:
    """A scheduled event to create, or to bring up to date if its session has an `event_id`.

    `lease` is the mark that the claim has set; `attempts` counts the failures in a row.
    """

    group: GroupView
    guild: GuildSettings
    lease: datetime
    attempts: int

    def is_needed(self, now: datetime) -> bool:
        """Return whether there is anything to do: Discord takes no events that have started."""
        group = self.group
        is_ahead = group.status is SessionStatus.CONFIRMED and group.starts_at > now
        return group.event_id is not None or is_ahead


async def has_due(tx: Transaction) -> bool:
    """Return whether an event has to be created or edited now."""
    return bool(await tx.connection.scalar(_HAS_DUE, {"now": tx.now}))


async def claim(tx: Transaction, limit: int = BATCH_SIZE) -> list[DueEvent]:
    """Claim the events to create or edit now, for the time of `LEASE`.

    One that can't be read is recorded as a fault and tried again later.
    """
    due = (await tx.connection.scalars(_DUE, {"now": tx.now, "limit": limit})).all()
    lease = tx.now + LEASE

    async def claim_one(group_id: int) -> DueEvent | None:
        await _update(tx, group_id, {"event_due_at": lease})
        group = await group_views.load(tx, group_id)
        try:
            guild = await guild_settings.load(tx, group.guild_id)
        except DataBeingDeleted:
            # The bot isn't in that guild any more, and the row goes with the guild's data.
            return None
        state = (await tx.connection.execute(_STATE, {"row_id": group_id})).one()
        return DueEvent(group, guild, lease, state.event_attempts)

    outcome = await faults.isolate(
        tx, FaultKind.SCHEDULED_EVENT, due, claim_one, lambda group_id: group_id
    )
    return [event for event in outcome.results if event is not None]


async def is_recorded(tx: Transaction, event_id: int) -> bool:
    """Return whether a group session has this event."""
    return bool(await tx.connection.scalar(_IS_RECORDED, {"event": event_id}))


async def record_synced(tx: Transaction, due: DueEvent, event_id: int | None) -> None:
    """Record that the event shows what was claimed. It stays due if that has changed meanwhile.

    `event_id` is None if there is none. That of a session that is over is needed no more.
    """
    group = due.group
    state = (await tx.connection.execute(_STATE, {"row_id": group.id})).one()
    is_unchanged = state.event_due_at == due.lease
    values: dict[str, Any] = {
        "event_id": None if group.status.is_over else event_id,
        "event_attempts": 0,
        # Another lease, or none: another process has sent the event, too, and perhaps earlier.
        "event_due_at": None if is_unchanged or not state.wants_event else tx.now,
    }
    await _update(tx, group.id, values)
    await faults.clear(tx, FaultKind.SCHEDULED_EVENT, [group.id])


async def record_failure(tx: Transaction, due: DueEvent) -> None:
    """Record that the event can't be created or edited now, and try again later."""
    group, attempts = due.group, due.attempts
    delay = min(FIRST_RETRY_DELAY * 2 ** min(attempts, 10), MAX_RETRY_DELAY)
    retry_at = tx.now + delay
    # Discord ends an event by itself at its end, so there's nothing to do after it.
    is_useful = retry_at < group.ends_at
    values = {"event_attempts": attempts + 1, "event_due_at": retry_at if is_useful else None}
    await _update(tx, group.id, values)


async def record_forbidden(tx: Transaction, due: DueEvent) -> None:
    """Record that the bot isn't allowed to manage events, and tell the mentor.

    It isn't tried again unless the mentor asks for that (`resume`).
    """
    group = due.group
    values = {"wants_event": False, "event_due_at": None, "event_attempts": 0}
    await _update(tx, group.id, values)
    if group.status.is_over:
        return
    draft = NotificationDraft(
        NotificationKind.EVENT_FAILED,
        group.guild_id,
        group.mentor.user_id,
        subject=writing.unique_subject(),
        due_at=tx.now,
        useful_until=group.starts_at,
        group_id=group.id,
    )
    await writing.write(tx, [draft])


async def record_fault(tx: Transaction, due: DueEvent, error: Exception) -> None:
    """Record an error in the program or in a row, and try again later."""
    await faults.record(tx, FaultKind.SCHEDULED_EVENT, due.group.id, error)
    await record_failure(tx, due)


async def resume(tx: Transaction, actor: Actor, group_id: int) -> GroupView:
    """Create or edit the event again, which the bot wasn't allowed to, as the mentor.

    Raises what `group_changes.load_actionable` does.
    """
    await group_changes.load_actionable(tx, actor, group_id, Action.EDIT)
    await _update(tx, group_id, {"wants_event": True, "event_due_at": tx.now, "event_attempts": 0})
    return await group_views.load(tx, group_id)


async def _update(tx: Transaction, group_id: int, values: dict[str, Any]) -> None:
    await tx.connection.execute(update_by_id(GroupSession, *values), {"row_id": group_id, **values})


_NOW = bindparam("now", type_=UtcDateTime)
_IS_DUE = (GroupSession.event_due_at <= _NOW, GroupSession.wants_event.is_(True))
_HAS_DUE = select(exists().where(*_IS_DUE))
_DUE = (
    select(GroupSession.id)
    .where(
        *_IS_DUE,
        ~faults.awaits_retry(FaultKind.SCHEDULED_EVENT, GroupSession.id.expression, _NOW),
        GroupSession.guild_id.not_in(guild_settings.BEING_PURGED),
    )
    .order_by(GroupSession.event_due_at)
    .limit(bindparam("limit", type_=Integer))
)
_STATE = select(
    GroupSession.event_due_at, GroupSession.event_attempts, GroupSession.wants_event
).where(GroupSession.id == bindparam("row_id", type_=RowId))
_IS_RECORDED = select(exists().where(GroupSession.event_id == bindparam("event", type_=RowId)))
