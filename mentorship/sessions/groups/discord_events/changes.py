"""What people change in Discord on the scheduled event of a group session.

The session stays as it is. Its mentor is asked whether it should follow the event, since seats,
refunds and other people's time depend on it.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, bindparam, literal_column, select

from mentorship.actors import Actor
from mentorship.guilds import guild_settings
from mentorship.notifications import writing
from mentorship.notifications.catalogue import NotificationKind
from mentorship.notifications.writing import NotificationDraft
from mentorship.sessions.groups import group_changes, group_rows, group_views
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.lifecycle import Action
from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.queries import update_by_id
from storage.tables import GroupSession
from storage.types import RowId

GUILDS_AT_ONCE = 20
"""Guilds whose events are compared in one run of the job."""

EVENTS_AT_ONCE = 500
"""Maximum number of events that are compared in one run of the job. Discord allows 100 a guild."""


@dataclass(frozen=True, slots=True)
class ShownEvent:
    """What an event in Discord shows: its name, and its start in UTC."""

    id: int
    name: str
    starts_at: datetime

    def agrees_with(self, group: GroupView) -> bool:
        """Return whether it has the title and the start of its session."""
        return self.name == group.title and self.starts_at == group.starts_at


async def find_watched(tx: Transaction, event_id: int) -> GroupView | None:
    """Return the session that has the event and hasn't started.

    None also while the event is about to be edited, since the bot overwrites what it shows.
    """
    group_id = await tx.connection.scalar(_WATCHED, {"event": event_id})
    return None if group_id is None else await group_views.load(tx, group_id)


async def record_change(tx: Transaction, shown: ShownEvent) -> bool:
    """Ask the mentor whether the session should get the title and start of its event.

    Returns whether they differ. The mentor is asked once about each of them, however often it is
    noticed.
    """
    group = await find_watched(tx, shown.id)
    if group is None or shown.agrees_with(group):
        return False
    drafts = []
    if shown.starts_at != group.starts_at:
        start = int(shown.starts_at.timestamp())
        drafts.append(_question(tx, group, NotificationKind.EVENT_CHANGED, f"{start}", start=start))
    if shown.name != group.title:
        digest = hashlib.sha256(shown.name.encode()).hexdigest()[:12]
        kind = NotificationKind.EVENT_CHANGED
        drafts.append(_question(tx, group, kind, digest, title=shown.name))
    await writing.write(tx, drafts)
    return True


async def record_end(tx: Transaction, event_id: int, *, was_cancelled: bool) -> bool:
    """Record that Discord has the event no more. It isn't created again.

    If it `was_cancelled` or deleted, the mentor is asked whether the session should be cancelled,
    too. Returns whether it was the event of a session that hasn't started. After the start, Discord
    ends events by itself.
    """
    group_id = await tx.connection.scalar(_WITH_EVENT, {"event": event_id})
    if group_id is None:
        return False
    group = await group_views.load(tx, group_id)
    if group.status is not SessionStatus.CONFIRMED:
        return False
    values: dict[str, Any] = {"wants_event": False, "event_due_at": None, "event_attempts": 0}
    await tx.connection.execute(update_by_id(GroupSession, *values), {"row_id": group_id, **values})
    if was_cancelled:
        await writing.write(
            tx, [_question(tx, group, NotificationKind.EVENT_CANCELLED, str(event_id))]
        )
    return True


async def restore(tx: Transaction, actor: Actor, group_id: int) -> GroupView:
    """Set the event back to what the session says, as its mentor.

    Raises what `group_changes.load_actionable` does.
    """
    await group_changes.load_actionable(tx, actor, group_id, Action.EDIT)
    await group_rows.mark_event(tx, group_id)
    return await group_views.load(tx, group_id)


async def list_watched(
    tx: Transaction, after_guild: int, limit: int = GUILDS_AT_ONCE
) -> Mapping[int, Sequence[int]]:
    """Return the events to compare: the ids by guild, of the guilds that follow `after_guild`."""
    guilds = (
        await tx.connection.scalars(_GUILDS, {"after_guild": after_guild, "limit": limit})
    ).all()
    events: dict[int, list[int]] = defaultdict(list)
    if guilds:
        rows = await tx.connection.execute(_EVENTS, {"guilds": guilds, "limit": EVENTS_AT_ONCE})
        for row in rows:
            events[row.guild_id].append(row.event_id)
    return events


def _question(
    tx: Transaction, group: GroupView, kind: NotificationKind, subject: str, **facts: Any
) -> NotificationDraft:
    return NotificationDraft(
        kind,
        group.guild_id,
        group.mentor.user_id,
        subject=f"{group.id}.{group.revision}.{subject}",
        due_at=tx.now,
        useful_until=group.starts_at,
        group_id=group.id,
        facts=facts,
        starts_at=group.starts_at,
    )


_HAS_EVENT = (GroupSession.event_id.is_not(None), GroupSession.wants_event.is_(True))
_IS_EVENT = GroupSession.event_id == bindparam("event", type_=RowId)
_WITH_EVENT = select(GroupSession.id).where(_IS_EVENT, *_HAS_EVENT).limit(1)
_IS_WATCHED = (
    *_HAS_EVENT,
    GroupSession.event_due_at.is_(None),
    GroupSession.status == literal_column("'confirmed'"),
)
_WATCHED = select(GroupSession.id).where(_IS_EVENT, *_IS_WATCHED).limit(1)
_GUILDS = (
    select(GroupSession.guild_id)
    .where(
        *_IS_WATCHED,
        GroupSession.guild_id > bindparam("after_guild", type_=RowId),
        GroupSession.guild_id.not_in(guild_settings.BEING_PURGED),
    )
    .distinct()
    .order_by(GroupSession.guild_id)
    .limit(bindparam("limit", type_=Integer))
)
_EVENTS = (
    select(GroupSession.guild_id, GroupSession.event_id)
    .where(*_IS_WATCHED, GroupSession.guild_id.in_(bindparam("guilds", expanding=True)))
    .order_by(GroupSession.guild_id, GroupSession.event_id)
    .limit(bindparam("limit", type_=Integer))
)
