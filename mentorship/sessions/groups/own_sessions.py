"""A person's sessions, and the group sessions of which they are the mentor, in one list by start.

A session is one meeting of two, or a person's seat in a group session. For its mentor, a group
session is one entry, however many seats it has.
"""

from __future__ import annotations

from dataclasses import replace

from mentorship import pagination
from mentorship.actors import Actor
from mentorship.pagination import Cursor, Page, Position
from mentorship.sessions import lifecycle, session_views
from mentorship.sessions.groups import group_lists
from mentorship.sessions.groups.group_lists import GroupFilter
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.lifecycle import Party, Unit
from mentorship.sessions.session_views import SessionFilter, SessionView
from storage import Transaction

_SESSION, _GROUP = 0, 1
"""The kinds of entries, in the order in which those with the same start and id are listed."""

_GROUP_STATUSES = frozenset(
    status
    for row in lifecycle.TRANSITIONS
    if row.unit is Unit.GROUP
    for status in (row.source, row.target)
)
"""The statuses that a group session can have."""

Entry = SessionView | GroupView


async def list_page(
    tx: Transaction,
    actor: Actor,
    session_filter: SessionFilter,
    cursor: str | None = None,
    size: int = 10,
) -> Page[Entry]:
    """List a page of the actor's sessions, with their own group sessions where they are mentor.

    An invalid cursor returns the first page.
    """

    async def fetch(at: Cursor | None, limit: int) -> list[Entry]:
        descending = session_views.is_descending(at, latest_first=session_filter.latest_first)
        entries: list[Entry] = [
            *await session_views.list_from(
                tx, actor, session_filter, _cursor_for(_SESSION, at, descending), limit
            )
        ]
        statuses = session_filter.statuses & _GROUP_STATUSES
        if session_filter.party is not Party.MENTEE and statuses:
            group_filter = GroupFilter(
                statuses,
                actor.user_id,
                session_filter.since,
                session_filter.until,
                session_filter.latest_first,
            )
            entries += await group_lists.list_from(
                tx, actor, group_filter, _cursor_for(_GROUP, at, descending), limit
            )
        return sorted(entries, key=position_of, reverse=descending)[:limit]

    return await pagination.load_page(fetch, position_of, cursor, size)


def position_of(entry: Entry) -> Position:
    """Return an entry's position in the list."""
    kind = _GROUP if isinstance(entry, GroupView) else _SESSION
    return Position(0, (int(entry.starts_at.timestamp()), entry.id, kind))


def _cursor_for(kind: int, at: Cursor | None, descending: bool) -> Cursor | None:
    """Return the cursor from which entries of one kind follow, whose keys have no kind."""
    if at is None:
        return None
    start, entry_id, at_kind = (*at.position.key, _SESSION)[:3]
    # One with the same start and id, and another kind, lies on one side of the position.
    if descending and kind < at_kind:
        entry_id += 1
    elif not descending and kind > at_kind:
        entry_id -= 1
    return replace(at, position=Position(0, (start, max(entry_id, 0))))
