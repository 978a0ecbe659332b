"""Write notifications to the outbox, in the transaction that causes them.

A crash after the commit loses nothing: `mentorship.delivery.outbox` sends them afterwards. A row
holds no text. The text is made when it is sent, from the facts as they are then.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Insert, literal_column

from mentorship.notifications.catalogue import CATALOGUE, NotificationKind
from storage import Transaction
from storage.queries import upsert
from storage.tables import Notification

WAITING = Notification.status == literal_column("'waiting'")
"""Spelt out in the statement, since a partial index is of no use to a parameter."""


def unique_subject() -> str:
    """A subject for what may happen again and is news each time, such as a suspension."""
    return secrets.token_hex(8)


@dataclass(frozen=True, slots=True)
class NotificationDraft:
    """A notice to be written. `subject` makes its key unique among those of its kind.

    `user_id` is None for a channel of the guild. After `useful_until` it is dropped unsent.
    """

    kind: NotificationKind
    guild_id: int
    user_id: int | None
    subject: str
    due_at: datetime
    useful_until: datetime | None = None
    session_id: int | None = None
    revision_id: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.subject}:{self.user_id or 'guild'}"


async def write(tx: Transaction, drafts: Iterable[NotificationDraft]) -> None:
    """Put notices into the outbox; one whose key is there already is the same notice."""
    rows = [
        {
            "kind": draft.kind,
            "guild_id": draft.guild_id,
            "user_id": draft.user_id,
            "key": draft.key,
            "due_at": draft.due_at,
            "next_at": draft.due_at,
            "useful_until": draft.useful_until,
            "session_id": draft.session_id,
            "revision_id": draft.revision_id,
            "facts": draft.facts,
            "urgency": CATALOGUE[draft.kind].urgency,
        }
        for draft in drafts
    ]
    if rows:
        await tx.connection.execute(_new(tx.dialect), rows)
        tx.wake_delivery = True
        tx.notification_keys += [str(row["key"]) for row in rows]


@cache
def _new(dialect: str) -> Insert:
    return upsert(dialect, Notification).on_conflict_do_nothing(index_elements=["key"])
