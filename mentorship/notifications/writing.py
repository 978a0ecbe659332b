"""Write notifications to the outbox, in the transaction that causes them.

A crash after the commit loses nothing, since `mentorship.delivery` sends them afterwards. A row
contains no text. The text is rendered when it is sent, from the data as of then.
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
from mentorship.notifications.timing import urgency
from storage import Transaction
from storage.queries import upsert
from storage.tables import Notification

WAITING = Notification.status == literal_column("'waiting'")
"""The literal value, since a partial index can't be used with a bound parameter."""


def unique_subject() -> str:
    """Return a new subject, for what can happen repeatedly and is notified each time."""
    return secrets.token_hex(8)


@dataclass(frozen=True, slots=True)
class NotificationDraft:
    """A notification to write.

    `subject` makes its key unique among those of its kind and recipient. `user_id` is None for a
    channel of the guild. It is sent at `due_at`, and dropped if it wasn't sent by `useful_until`.
    `starts_at` is the start of its session, which may make it urgent. `caused_by` is the person
    whose act caused it, None for the program; delivery takes turns between them. `about_id` is a
    person other than the recipient whom the facts name: an erasure of theirs deletes it.
    """

    kind: NotificationKind
    guild_id: int
    user_id: int | None
    subject: str
    due_at: datetime
    useful_until: datetime | None = None
    session_id: int | None = None
    revision_id: int | None = None
    group_id: int | None = None
    invitation_id: int | None = None
    request_id: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    starts_at: datetime | None = None
    caused_by: int | None = None
    about_id: int | None = None

    @property
    def key(self) -> str:
        """Return the unique key in the outbox."""
        return f"{self.kind}:{self.subject}:{self.user_id or 'guild'}"


async def write(tx: Transaction, drafts: Iterable[NotificationDraft]) -> None:
    """Write notifications to the outbox; skip those whose key it contains already.

    Those to an erased person, whose placeholder has a negative id, are skipped as well.
    """
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
            "group_id": draft.group_id,
            "invitation_id": draft.invitation_id,
            "request_id": draft.request_id,
            "facts": draft.facts,
            "urgency": urgency(CATALOGUE[draft.kind].timing, draft.due_at, draft.starts_at),
            "caused_by": draft.caused_by,
            "about_id": draft.about_id,
        }
        for draft in drafts
        if draft.user_id is None or draft.user_id > 0
    ]
    if rows:
        await tx.connection.execute(_insert(tx.dialect), rows)
        tx.wake_delivery = True
        tx.notification_keys += [str(row["key"]) for row in rows]


@cache
def _insert(dialect: str) -> Insert:
    return upsert(dialect, Notification).on_conflict_do_nothing(index_elements=["key"])
