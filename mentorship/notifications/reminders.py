"""Schedule reminders and the "starting now" notifications of confirmed sessions.

They are written to the outbox as soon as a session is confirmed, and due before and at its start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import bindparam, select, update

from mentorship.notifications.catalogue import SCHEDULED_KINDS, DropReason, NotificationKind
from mentorship.notifications.writing import WAITING, NotificationDraft
from storage import Transaction
from storage.tables import Member, Notification

_DROP = update(Notification).values(
    status="dropped", settled_at=bindparam("now"), problem=DropReason.SESSION_ENDED
)
_DROP_SCHEDULED = _DROP.where(
    Notification.session_id == bindparam("session"),
    WAITING,
    Notification.kind.in_(SCHEDULED_KINDS),
)
_DROP_SCHEDULED_OF_GROUP = _DROP.where(
    Notification.group_id == bindparam("group"),
    # Those of the seats are dropped with them.
    Notification.session_id.is_(None),
    WAITING,
    Notification.kind.in_(SCHEDULED_KINDS),
)


async def drop_scheduled(tx: Transaction, session_id: int) -> None:
    """Drop the scheduled notifications of a session that won't take place, or not at that time."""
    await tx.connection.execute(_DROP_SCHEDULED, {"session": session_id, "now": tx.now})


async def drop_scheduled_of_group(tx: Transaction, group_id: int) -> None:
    """Drop the mentor's scheduled notifications of a group session, as `drop_scheduled` does."""
    await tx.connection.execute(_DROP_SCHEDULED_OF_GROUP, {"group": group_id, "now": tx.now})


_OWN_REMINDERS = select(Member.user_id, Member.reminders).where(
    Member.guild_id == bindparam("guild"), Member.user_id.in_(bindparam("people", expanding=True))
)


async def scheduled_drafts(
    tx: Transaction,
    *,
    guild_id: int,
    sequence: int,
    people: Sequence[int],
    starts_at: datetime,
    ends_at: datetime,
    leads: Sequence[int],
    session_id: int | None = None,
    group_id: int | None = None,
) -> list[NotificationDraft]:
    """Return the reminders and "starting now" of a confirmed session, for each of `people`.

    They are about the session, or the group session, with that id. `leads` are the guild's
    reminders, in minutes before the start. Members with reminders of their own get those instead.
    `sequence` counts how often the session was moved, so that each time has notifications of its
    own.
    """
    params = {"guild": guild_id, "people": people}
    rows = await tx.connection.execute(_OWN_REMINDERS, params)
    own_leads = {row.user_id: row.reminders for row in rows if row.reminders is not None}
    subject = f"{session_id}.{sequence}" if group_id is None else f"group{group_id}.{sequence}"
    drafts = []
    for user_id in people:
        starting = NotificationDraft(
            NotificationKind.STARTING,
            guild_id,
            user_id,
            subject=subject,
            due_at=starts_at,
            useful_until=ends_at,
            session_id=session_id,
            group_id=group_id,
        )
        drafts += [*reminder_drafts(starting, own_leads.get(user_id, leads), tx.now), starting]
    return drafts


def reminder_drafts(
    starting: NotificationDraft, leads: Sequence[int], now: datetime
) -> list[NotificationDraft]:
    """Return the reminders of a session and person, `leads` minutes before the start.

    `starting` is their "starting now". A reminder is useful until the next one is due, so that only
    the newest is sent after a downtime. Reminders that would be due already are omitted.
    """
    starts_at = starting.due_at
    due_times = sorted({starts_at - timedelta(minutes=lead) for lead in leads})
    drafts = []
    for due_at, until in pairwise([*due_times, starts_at]):
        if due_at > now:
            lead = (starts_at - due_at) // timedelta(minutes=1)
            drafts.append(
                replace(
                    starting,
                    kind=NotificationKind.REMINDER,
                    subject=f"{starting.subject}.{lead}",
                    due_at=due_at,
                    useful_until=until,
                    facts={"minutes": lead},
                )
            )
    return drafts
