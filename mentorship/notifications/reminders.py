"""Reminders and "starting now", written to the outbox as soon as a session is confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import bindparam, delete, select, update

from mentorship.notifications.catalogue import SCHEDULED_KINDS, NotificationKind
from mentorship.notifications.writing import WAITING, NotificationDraft, write
from storage import Transaction
from storage.tables import Member, Notification

_DROP_AHEAD = (
    update(Notification)
    .where(
        Notification.session_id == bindparam("session"),
        WAITING,
        Notification.kind.in_(SCHEDULED_KINDS),
    )
    .values(status="dropped", settled_at=bindparam("now"), problem="the session ended early")
)


async def drop_scheduled(tx: Transaction, session_id: int) -> None:
    """Take back what was written ahead for a session that won't take place (at that time)."""
    await tx.connection.execute(_DROP_AHEAD, {"session": session_id, "now": tx.now})


_OWN_REMINDERS = select(Member.user_id, Member.reminders).where(
    Member.guild_id == bindparam("guild"), Member.user_id.in_(bindparam("people", expanding=True))
)


async def scheduled_drafts(
    tx: Transaction,
    *,
    guild_id: int,
    session_id: int,
    sequence: int,
    people: Sequence[int],
    starts_at: datetime,
    ends_at: datetime,
    leads: Sequence[int],
) -> list[NotificationDraft]:
    """What is written ahead for a session that is on: reminders and "starting now".

    `leads` are the guild's, in minutes before the start; whoever has chosen their own gets those.
    `sequence` tells the times of a session that was moved apart.
    """
    asked = {"guild": guild_id, "people": people}
    rows = await tx.connection.execute(_OWN_REMINDERS, asked)
    own = {row.user_id: row.reminders for row in rows if row.reminders is not None}
    subject = f"{session_id}.{sequence}"
    drafts = []
    for person in people:
        starting = NotificationDraft(
            NotificationKind.STARTING,
            guild_id,
            person,
            subject=subject,
            due_at=starts_at,
            useful_until=ends_at,
            session_id=session_id,
        )
        drafts += [*reminder_drafts(starting, own.get(person, leads), tx.now), starting]
    return drafts


def reminder_drafts(
    starting: NotificationDraft, leads: Sequence[int], now: datetime
) -> list[NotificationDraft]:
    """The reminders before what "starting now" is about, `leads` minutes before it.

    A reminder is useful until the next one is due, so that after a downtime the newest alone goes
    out; one that would be due already is not written.
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


async def replace_reminders(
    tx: Transaction, guild_id: int, user_id: int, leads: Sequence[int]
) -> None:
    """Put other reminders in the place of those that wait for a person in a guild.

    One that is being sent at this moment goes out; none goes out twice.
    """
    mine = (Notification.guild_id == guild_id, Notification.user_id == user_id, WAITING)
    await tx.connection.execute(
        delete(Notification).where(
            *mine, Notification.kind == NotificationKind.REMINDER, Notification.attempts == 0
        )
    )
    # For each session that is on there is one "starting now", with all that is needed.
    rows = await tx.connection.execute(
        select(*Notification.__table__.c).where(
            *mine, Notification.kind == NotificationKind.STARTING, Notification.due_at > tx.now
        )
    )
    for row in rows.all():
        starting = NotificationDraft(
            NotificationKind.STARTING,
            guild_id,
            user_id,
            subject=row.key.split(":")[1],
            due_at=row.due_at,
            useful_until=row.useful_until,
            session_id=row.session_id,
        )
        await write(tx, reminder_drafts(starting, leads, tx.now))


async def replace_reminders_of_guild(tx: Transaction, guild_id: int, leads: Sequence[int]) -> None:
    """Do so for everybody in the guild who has no reminders of their own."""
    people = await tx.connection.scalars(
        select(Member.user_id)
        .select_from(Notification)
        .join(
            Member,
            (Member.guild_id == Notification.guild_id) & (Member.user_id == Notification.user_id),
        )
        .where(
            WAITING,
            Notification.guild_id == guild_id,
            Notification.kind == NotificationKind.STARTING,
            Member.reminders.is_(None),
        )
        .distinct()
    )
    for user_id in people.all():
        await replace_reminders(tx, guild_id, user_id, leads)
