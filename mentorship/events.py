"""Domain events: what happened in a guild, recorded in the transaction in which it happened.

Notifications, the audit log and other reactions derive from events, so a new consumer needs no
change to a use case. Consumers outside of the transaction read events in the order of their
positions (`mentorship.webhooks.feed`). On PostgreSQL a transaction may commit after one that took a
higher id, so the order of ids would make them miss events.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert

from mentorship.event_types import EventType
from storage import Transaction
from storage.tables import Event as EventRow


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a guild.

    `actor_id` is the person who did it, None for the program itself. `subject_id` is the member it
    was done to or is about, if that isn't the actor. The ids of a session, profile revision, group
    session, invitation and request for help say what else it is about. `note` is what the actor
    wrote with it. `facts` are ready for JSON and hold no person's id, name or text, so that erasing
    a person has to clear three columns only: `actor_id`, `subject_id` and `note`.
    """

    type: EventType
    guild_id: int
    actor_id: int | None = None
    subject_id: int | None = None
    session_id: int | None = None
    revision_id: int | None = None
    group_id: int | None = None
    invitation_id: int | None = None
    request_id: int | None = None
    note: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


_INSERT = insert(EventRow).returning(EventRow.id)


async def record(tx: Transaction, event: Event) -> int:
    """Store an event and return its id.

    Use `mentorship.notifications.publishing.publish` for events that people are notified of.
    """
    event_id: int = (await tx.connection.execute(_INSERT, _row(tx, event))).scalar_one()
    tx.tally.append(("event", event.type))
    return event_id


async def record_all(tx: Transaction, events: Sequence[Event]) -> None:
    """Store several events, at least one, in their order."""
    await tx.connection.execute(insert(EventRow), [_row(tx, event) for event in events])
    tx.tally += [("event", event.type) for event in events]


def _row(tx: Transaction, event: Event) -> dict[str, Any]:
    return {
        "guild_id": event.guild_id,
        "type": event.type,
        "occurred_at": tx.now,
        "actor_id": event.actor_id,
        "subject_id": event.subject_id,
        "session_id": event.session_id,
        "revision_id": event.revision_id,
        "group_id": event.group_id,
        "invitation_id": event.invitation_id,
        "request_id": event.request_id,
        "audited": event.type.is_audited,
        "note": event.note,
        "facts": dict(event.facts),
    }
