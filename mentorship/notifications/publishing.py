"""Publish an event: record it, and write the notifications that it causes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from mentorship import events
from mentorship.events import Event
from mentorship.guilds import guild_settings
from mentorship.notifications import policy, writing
from mentorship.notifications.collapsing import collapse
from storage import Transaction


async def publish(
    tx: Transaction,
    event: Event,
    *,
    participants: Sequence[int] = (),
    due_at: datetime | None = None,
    useful_until: datetime | None = None,
    starts_at: datetime | None = None,
) -> int:
    """Record an event and write its notifications, in the caller's transaction.

    See `mentorship.notifications.policy.notifications` for the arguments. Returns the event's id.
    """
    event_id = await events.record(tx, event)
    log_channel_id = None
    if event.type.is_audited:
        log_channel_id = (await guild_settings.load(tx, event.guild_id)).log_channel_id
    drafts = policy.notifications(
        event,
        event_id,
        tx.now,
        log_channel_id=log_channel_id,
        participants=participants,
        due_at=due_at,
        useful_until=useful_until,
        starts_at=starts_at,
    )
    await writing.write(tx, await collapse(tx, event, drafts))
    return event_id
