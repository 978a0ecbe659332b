"""The review of a session, as a part of the session's view."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import Row, bindparam, update

from storage import Transaction
from storage.tables import Review, Session


@dataclass(frozen=True, slots=True)
class SessionReview:
    """A session's review. `reply` is None until the mentor has replied.

    `changed_at` is when the mentee last changed it. `hidden_reason` is what moderators wrote when
    they hid it.
    """

    id: int
    stars: int
    text: str
    written_at: datetime
    changed_at: datetime
    hidden: bool = False
    hidden_reason: str | None = None
    reply: str | None = None
    replied_at: datetime | None = None

    @classmethod
    def of(cls, row: Row[*tuple[Any, ...]]) -> Self:
        """Return the review in a row with `COLUMNS`."""
        return cls(
            row.review_id,
            row.review_stars,
            row.review_text,
            row.review_created_at,
            row.review_updated_at,
            hidden=row.review_hidden_at is not None,
            hidden_reason=row.review_hidden_reason,
            reply=row.review_reply,
            replied_at=row.review_replied_at,
        )

    @property
    def reply_is_outdated(self) -> bool:
        """Whether the mentee changed the review after the mentor had replied."""
        return self.replied_at is not None and self.changed_at > self.replied_at

    @property
    def can_be_replied_to(self) -> bool:
        """Whether the mentor can reply: it has a text, isn't hidden, and has no reply to that."""
        answered = self.reply is not None and not self.reply_is_outdated
        return bool(self.text) and not self.hidden and not answered


async def mark_changed(tx: Transaction, session_id: int) -> None:
    """Record that a session has changed now, since its review has."""
    values = {"session": session_id, "changed_at": tx.now}
    await tx.connection.execute(_MARK_CHANGED, values)


_MARK_CHANGED = (
    update(Session)
    .where(Session.id == bindparam("session"))
    .values(updated_at=bindparam("changed_at"))
)

COLUMNS = tuple(
    column.label(f"review_{column.key}")
    for column in (
        Review.id,
        Review.stars,
        Review.text,
        Review.created_at,
        Review.updated_at,
        Review.hidden_at,
        Review.hidden_reason,
        Review.reply,
        Review.replied_at,
    )
)
"""The columns that `SessionReview.of` needs."""
