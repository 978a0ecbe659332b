"""How things stand over all guilds, for whoever runs the program: numbers, and what is late."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select

from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.notifications.writing import WAITING
from storage import Transaction
from storage.tables import Guild, Notification, Session

OVERDUE_AFTER = timedelta(minutes=5)
"""A notice or a session's step that was due so long ago is overdue: the jobs don't keep up."""

UNDELIVERED_WINDOW = timedelta(days=7)
"""How far back it is told what was given up."""


@dataclass(frozen=True, slots=True)
class ServiceCounts:
    """Sessions by status, notices by kind and what became of them, and what is late."""

    sessions: Mapping[str, int]
    notices: Mapping[tuple[str, str], int]
    overdue_notices: int
    overdue_sessions: int


@dataclass(frozen=True, slots=True)
class UndeliveredCount:
    """Notices of one kind in one guild that could not be delivered lately, for one reason."""

    guild_id: int
    kind: str
    problem: str
    count: int


@dataclass(frozen=True, slots=True)
class OverdueWork:
    """What should have happened by now, and since when the first of it is waiting."""

    notices: int
    sessions: int
    since: datetime | None


async def load_counts(tx: Transaction) -> ServiceCounts:
    """The numbers as they are now."""
    count = func.count().label("number")
    by_status = await tx.connection.execute(select(Session.status, count).group_by(Session.status))
    by_kind = await tx.connection.execute(
        select(Notification.kind, Notification.status, count).group_by(
            Notification.kind, Notification.status
        )
    )
    late = await load_overdue(tx)
    return ServiceCounts(
        {row.status: row.number for row in by_status},
        {(row.kind, row.status): row.number for row in by_kind},
        late.notices,
        late.sessions,
    )


async def load_overdue(tx: Transaction) -> OverdueWork:
    """What the jobs should have done at least `OVERDUE_AFTER` ago."""
    # One whose time for another look is to come is being sent, or waits for another try.
    waiting = WAITING & (Notification.next_at <= tx.now)
    notices, first_notice = await _late(tx, select(Notification.due_at.label("due")).where(waiting))
    steps = select(Session.next_at.label("due")).where(Session.next_at.is_not(None))
    sessions, first_session = await _late(tx, steps)
    since = [first for first in (first_notice, first_session) if first is not None]
    return OverdueWork(notices, sessions, min(since, default=None))


async def list_undelivered(tx: Transaction) -> list[UndeliveredCount]:
    """What could not be delivered lately, the most frequent first."""
    count = func.count().label("count")
    rows = await tx.connection.execute(
        select(
            Notification.guild_id, Notification.kind, func.coalesce(Notification.problem, ""), count
        )
        .where(
            Notification.status == "failed", Notification.settled_at >= tx.now - UNDELIVERED_WINDOW
        )
        .group_by(Notification.guild_id, Notification.kind, Notification.problem)
        .order_by(count.desc(), Notification.guild_id, Notification.kind)
    )
    return [UndeliveredCount(*row) for row in rows]


async def list_guild_settings(tx: Transaction) -> list[GuildSettings]:
    """What each guild that has the bot has set."""
    there = await tx.connection.scalars(
        select(Guild.id).where(Guild.left_at.is_(None)).order_by(Guild.id)
    )
    return [await guild_settings.load(tx, guild_id) for guild_id in there]


async def _late(tx: Transaction, dues: Select[Any]) -> tuple[int, datetime | None]:
    """How many of these were due long ago, and when the first was."""
    due = dues.subquery().c.due
    row = await tx.connection.execute(
        select(func.count(), func.min(due)).where(due <= tx.now - OVERDUE_AFTER)
    )
    count, first = row.one()
    return count, first
