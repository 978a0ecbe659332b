"""Publish an event: record it, write its notifications, and mark messages that are outdated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from mentorship import events
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.guilds import guild_settings
from mentorship.members import blocks
from mentorship.notifications import policy, writing
from mentorship.notifications.collapsing import collapse
from mentorship.notifications.sent_messages import mark_outdated
from mentorship.notifications.writing import NotificationDraft
from storage import Transaction

MESSAGES = frozenset(
    {
        EventType.REVIEW_WRITTEN,
        EventType.REVIEW_EDITED,
        EventType.REVIEW_REPLIED,
        EventType.SESSION_THANKED,
    }
)
"""Events that carry a text from one member to another. Nobody is notified of one by somebody whom
they have blocked."""


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

    Messages that were sent about the same session or application are marked to be edited.

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
    if event.type in MESSAGES:
        drafts = iter(await _without_blockers(tx, event, drafts))
    await writing.write(tx, await collapse(tx, event, drafts))
    await mark_outdated(tx, event)
    return event_id


async def _without_blockers(
    tx: Transaction, event: Event, drafts: Iterator[NotificationDraft]
) -> list[NotificationDraft]:
    """Return the notifications to people who haven't blocked the event's actor."""
    author, guild_id = event.actor_id, event.guild_id
    return [
        draft
        for draft in drafts
        if author is None
        or draft.user_id is None
        or not await blocks.is_blocked_by(tx, guild_id, author, draft.user_id)
    ]
