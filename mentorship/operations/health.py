"""The state of the service over all guilds, for operators: counts, and what is overdue.

The figures are read at each scrape of the metrics, so they are bounded: above a limit, the limit
is returned. What has ended is counted when it happens (`Transaction.tally`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, func, literal_column, select, union_all

from mentorship import faults
from mentorship.delivery import dm_budget
from mentorship.faults import FaultKind
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import BEING_PURGED, GuildSettings
from mentorship.meetings import meeting_health
from mentorship.notifications.timing import URGENCIES
from mentorship.notifications.writing import WAITING
from mentorship.operations import backup_log
from mentorship.sessions.follow_up import questions
from storage import Transaction
from storage.queries import upsert
from storage.tables import Guild, Notification, ServiceClock, Session
from storage.types import UtcDateTime

OVERDUE_AFTER = timedelta(minutes=5)
"""How long after it was due a notification or a session's transition is overdue. If something is,
the jobs don't keep up."""

MAX_SESSIONS = 5_000
"""How many sessions that aren't over are counted, those first whose status changes next."""

MAX_OVERDUE = 500
"""How many overdue sessions are counted, and how many notifications of each urgency."""

UNDELIVERED_WINDOW = timedelta(days=7)
"""How far back `list_undelivered` looks."""

GIVEN_UP_WINDOW = timedelta(days=1)
"""How far back the figures count undelivered notifications."""

MAX_RETRYING = 500
"""How many notifications that are tried again the figures count."""

MAX_SERVERS = 1_000
"""Of how many servers the figures look for the first that the bot was used in."""

MAX_GIVEN_UP = 1_000
"""How many undelivered notifications the figures count."""


@dataclass(frozen=True, slots=True)
class ServiceFigures:
    """The state of the service as of `read_at`; each count up to a limit.

    `sessions` are those that aren't over, by status; `MAX_SESSIONS` in all. `due` notifications
    should be sent now, the first of them since `due_since`, which is None if there are none. What
    is overdue should have been done by now. `retrying` notifications to people have failed and are
    tried again, so they aren't due at the moment; the first of them was due at `retrying_since`,
    None if there are none. `given_up` ones have failed for good within `GIVEN_UP_WINDOW`. `faults`
    are the rows that have failed within `mentorship.faults.RECENT`, by kind. `failing_meetings` are
    those that a meeting provider is asked for again, by provider. `first_conversations` is how much
    of the budget for direct messages to new people is used, out of `dm_budget.BURST`. `last_backup`
    is when the last backup was completed, None if never. `first_server_at` is when the bot was
    first used in one of `MAX_SERVERS` servers, None if it never was.
    """

    read_at: datetime
    sessions: Mapping[str, int]
    due: int
    due_since: datetime | None
    overdue: OverdueWork
    retrying: int
    retrying_since: datetime | None
    given_up: int
    faults: Mapping[str, int]
    failing_meetings: Mapping[str, int]
    first_conversations: int
    last_backup: datetime | None
    first_server_at: datetime | None


@dataclass(frozen=True, slots=True)
class UndeliveredCount:
    """The number of recent undelivered notifications of one kind in one guild, for one reason."""

    guild_id: int
    kind: str
    problem: str
    count: int


@dataclass(frozen=True, slots=True)
class OverdueWork:
    """The number of overdue notifications and session transitions, each up to a limit.

    `since` is when the first of them was due, None if nothing is overdue.
    """

    notifications: int
    sessions: int
    since: datetime | None


_LIVE = (
    select(Session.status)
    .where(Session.next_at.is_not(None))
    .order_by(Session.next_at)
    .limit(MAX_SESSIONS)
    .subquery()
)
_COUNT_LIVE = select(_LIVE.c.status, func.count().label("number")).group_by(_LIVE.c.status)

_PROBE = "probe"
"""The row of the service clock that `try_to_write` writes; nobody reads it."""

_UNTIL = bindparam("until", type_=UtcDateTime)


def _waiting(urgency: int) -> Select[Any]:
    """Select when the first notifications of an urgency came due."""
    due = (
        select(Notification.next_at)
        .where(
            WAITING,
            # A literal, since a bound parameter is no constant to the query planner.
            Notification.urgency == literal_column(str(urgency)),
            Notification.next_at <= _UNTIL,
        )
        .order_by(Notification.next_at)
        .limit(MAX_OVERDUE)
        .subquery()
    )
    return select(due.c.next_at.label("due"))


_WAITING = union_all(*(_waiting(urgency) for urgency in URGENCIES)).subquery()
_COUNT_WAITING = select(func.count(), func.min(_WAITING.c.due))

_RETRYING = (
    select(Notification.due_at)
    .where(
        WAITING,
        # A literal, for the partial index. It has those that are being sent, too.
        Notification.attempts > literal_column("0"),
        Notification.problem.is_not(None),
        # Those to channels may wait for a guild's moderators to repair its settings.
        Notification.user_id.is_not(None),
    )
    .limit(MAX_RETRYING)
    .subquery()
)
_COUNT_RETRYING = select(func.count(), func.min(_RETRYING.c.due_at))

_FAILED = (
    select(Notification.id)
    .where(
        # A literal, for the partial index.
        Notification.status == literal_column("'failed'"),
        Notification.settled_at >= bindparam("since", type_=UtcDateTime),
    )
    .limit(MAX_GIVEN_UP)
    .subquery()
)
_COUNT_FAILED = select(func.count()).select_from(_FAILED)

_SERVERS = select(Guild.created_at).order_by(Guild.id).limit(MAX_SERVERS).subquery()
_FIRST_SERVER = select(func.min(_SERVERS.c.created_at))

_LATE = (
    select(Session.id)
    .where(Session.next_at <= _UNTIL)
    .order_by(Session.next_at)
    .limit(MAX_OVERDUE)
    .subquery()
)
_COUNT_LATE = (
    select(func.count(), func.min(Session.next_at))
    .join(_LATE, _LATE.c.id == Session.id)
    .where(
        ~questions.UNANSWERABLE,
        # `mentorbot check` and another metric show these.
        ~faults.is_faulty(FaultKind.TRANSITION, _LATE.c.id),
        Session.guild_id.not_in(BEING_PURGED),
    )
)


async def try_to_write(tx: Transaction) -> None:
    """Write a row, to find out whether the database accepts writes."""
    row = upsert(tx.dialect, ServiceClock).values(name=_PROBE, alive_at=tx.now)
    await tx.connection.execute(
        row.on_conflict_do_update(index_elements=["name"], set_={"alive_at": tx.now})
    )


async def load_figures(tx: Transaction) -> ServiceFigures:
    """Load the state of the service as of now."""
    by_status = await tx.connection.execute(_COUNT_LIVE)
    due, due_since = await _count(tx, _COUNT_WAITING, tx.now)
    since = {"since": tx.now - GIVEN_UP_WINDOW}
    given_up = await tx.connection.scalar(_COUNT_FAILED, since)
    retrying, retrying_since = (await tx.connection.execute(_COUNT_RETRYING)).one()
    budget = await dm_budget.load(tx)
    return ServiceFigures(
        read_at=tx.now,
        sessions={row.status: row.number for row in by_status},
        due=due,
        due_since=due_since,
        overdue=await load_overdue(tx),
        retrying=retrying,
        retrying_since=retrying_since,
        given_up=given_up or 0,
        faults=await faults.count_recent(tx),
        failing_meetings=await meeting_health.count_failing(tx),
        first_conversations=dm_budget.BURST - budget.available(dm_budget.Bucket.NORMAL, tx.now),
        last_backup=await backup_log.last_completed(tx),
        first_server_at=await tx.connection.scalar(_FIRST_SERVER),
    )


async def load_overdue(tx: Transaction) -> OverdueWork:
    """Count what the jobs should have done at least `OVERDUE_AFTER` ago.

    A notification with a later `next_at` is being sent, or waits for another attempt. A session
    whose question still waits isn't overdue, nor is one with a fault, or of a guild that is being
    purged.
    """
    until = tx.now - OVERDUE_AFTER
    notifications, first_notification = await _count(tx, _COUNT_WAITING, until)
    sessions, first_session = await _count(tx, _COUNT_LATE, until)
    due_times = [due for due in (first_notification, first_session) if due is not None]
    return OverdueWork(notifications, sessions, min(due_times, default=None))


async def _count(
    tx: Transaction, statement: Select[*tuple[Any, ...]], until: datetime
) -> tuple[int, datetime | None]:
    """Return how many were due at an instant, and when the first of them was."""
    count, first = (await tx.connection.execute(statement, {"until": until})).one()
    return count, first


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
