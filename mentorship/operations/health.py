"""The state of the service over all guilds, for operators: counts, and what is overdue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select

from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.notifications.writing import WAITING
from mentorship.sessions import questions
from storage import Transaction
from storage.tables import Guild, Notification, Session

OVERDUE_AFTER = timedelta(minutes=5)
"""How long after it was due a notification or a session's transition is overdue. If something is,
the jobs don't keep up."""

UNDELIVERED_WINDOW = timedelta(days=7)
"""How far back undelivered notifications are counted."""


@dataclass(frozen=True, slots=True)
class ServiceCounts:
    """Sessions by status, notifications by kind and status, and what is overdue, as numbers."""

    sessions: Mapping[str, int]
    notifications: Mapping[tuple[str, str], int]
    overdue: OverdueWork


@dataclass(frozen=True, slots=True)
class UndeliveredCount:
    """The number of recent undelivered notifications of one kind in one guild, for one reason."""

    guild_id: int
    kind: str
    problem: str
    count: int


@dataclass(frozen=True, slots=True)
class OverdueWork:
    """The number of overdue notifications and session transitions.

    `since` is when the first of them was due, None if nothing is overdue.
    """

    notifications: int
    sessions: int
    since: datetime | None


async def load_counts(tx: Transaction) -> ServiceCounts:
    """Count sessions and notifications as of now."""
    count = func.count().label("number")
    by_status = await tx.connection.execute(select(Session.status, count).group_by(Session.status))
    by_kind = await tx.connection.execute(
        select(Notification.kind, Notification.status, count).group_by(
            Notification.kind, Notification.status
        )
    )
    return ServiceCounts(
        {row.status: row.number for row in by_status},
        {(row.kind, row.status): row.number for row in by_kind},
        await load_overdue(tx),
    )


async def load_overdue(tx: Transaction) -> OverdueWork:
    """Count what the jobs should have done at least `OVERDUE_AFTER` ago."""
    # A notification with a later `next_at` is being sent, or waits for another attempt.
    waiting = WAITING & (Notification.next_at <= tx.now)
    notifications, first_notification = await _count_overdue(
        tx, select(Notification.due_at.label("due")).where(waiting)
    )
    sessions, first_session = await _count_overdue(
        tx,
        select(Session.next_at.label("due")).where(
            Session.next_at.is_not(None), ~questions.UNANSWERABLE
        ),
    )
    due_times = [due for due in (first_notification, first_session) if due is not None]
    return OverdueWork(notifications, sessions, min(due_times, default=None))


async def list_undelivered(tx: Transaction) -> list[UndeliveredCount]:
    """List what could not be delivered within `UNDELIVERED_WINDOW`, the most frequent first."""
    count = func.count().label("count")
    rows = await tx.connection.execute(
        select(
            Notification.guild_id, Notification.kind, func.coalesce(Notification.problem, ""), count
        )
        .where(
            Notification.status == "failed",
            Notification.settled_at >= tx.now - UNDELIVERED_WINDOW,
        )
        .group_by(Notification.guild_id, Notification.kind, Notification.problem)
        .order_by(count.desc(), Notification.guild_id, Notification.kind)
    )
    return [UndeliveredCount(*row) for row in rows]


async def list_guild_settings(tx: Transaction) -> list[GuildSettings]:
    """List the settings of all guilds that the bot is in, but those that can't be read."""
    guild_ids = await tx.connection.scalars(
        select(Guild.id).where(Guild.left_at.is_(None)).order_by(Guild.id)
    )
    return list((await guild_settings.load_many(tx, guild_ids)).values())


async def _count_overdue(tx: Transaction, due_times: Select[Any]) -> tuple[int, datetime | None]:
    """Return how many of these are overdue, and when the first of them was due."""
    due = due_times.subquery().c.due
    row = await tx.connection.execute(
        select(func.count(), func.min(due)).where(due <= tx.now - OVERDUE_AFTER)
    )
    count, first = row.one()
    return count, first
