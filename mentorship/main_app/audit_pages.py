"""The audit log in pages."""

from __future__ import annotations

from mentorship.actors import Actor
from mentorship.administration import audit
from mentorship.administration.audit import AuditEntry
from mentorship.pagination import Cursor, Direction, Page, Position
from storage import Transaction


async def list_page(
    tx: Transaction,
    actor: Actor,
    *,
    about: int | None = None,
    action: str | None = None,
    cursor: str | None = None,
    size: int = 25,
) -> Page[AuditEntry]:
    """List a page of the guild's audit log, the newest entries first.

    The filters are those of `audit.list_entries`, of which `action` wins. The log only grows at its
    beginning, so pages lead onwards alone. An invalid cursor returns the first page. Raises
    `NotAModerator`.
    """
    at = Cursor.parse(cursor) if cursor else None
    before = None if at is None else at.position.key[0]
    entries = await audit.list_entries(
        tx, actor, about=about, action=action, before=before, limit=size + 1
    )
    items = tuple(entries[:size])
    more = len(entries) > size
    following = Cursor(Direction.FORWARD, Position(0, (items[-1].id, 0))).text if more else None
    return Page(items, None, following)
