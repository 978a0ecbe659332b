"""Work at the meeting providers: claiming what is due, so that one process at a time does it.

A claim is a lease: `next_at` moves into the future, and `attempts` counts it. What became of the
work is recorded only if `attempts` is still the same (`mentorship.meetings.outcomes`). So a process
that was frozen meanwhile can't overwrite what another one has done since.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, auto
from typing import Any

from sqlalchemy import Integer, Row, bindparam, or_, select

from mentorship import faults
from mentorship.faults import FaultKind
from mentorship.mentors.profile_rules import LONGEST_SESSION
from mentorship.statuses import AGREED
from storage import Transaction
from storage.queries import update_by_id
from storage.tables import GroupSession, Guild, ProviderMeeting, Session
from storage.types import UtcDateTime

LEASE = timedelta(minutes=3)
"""Time to do a piece of work before it is claimed again: more than all of its requests can take."""

BATCH_SIZE = 20
"""Pieces of work that one call claims, at most."""


class Task(StrEnum):
    """What is to be done at the provider."""

    CREATE = auto()
    UPDATE = auto()
    REMOVE = auto()


@dataclass(frozen=True, slots=True)
class MeetingWork:
    """A claimed piece of work.

    `host` is the provider's user, None if all are busy at that time. `title` is a group session's;
    empty for a one-to-one session. `attempt` counts the claims of this meeting; `may_exist` tells
    that an earlier one may have made it. `server` is the guild's own Jitsi server.
    """

    id: int
    task: Task
    provider: str
    guild_id: int
    session_id: int | None
    group_id: int | None
    room_key: str
    external_id: str | None
    host: str | None
    title: str
    starts_at: datetime
    ends_at: datetime
    server: str | None
    attempt: int
    may_exist: bool
    failing_since: datetime | None


async def has_due(tx: Transaction) -> bool:
    """Return whether there is anything to claim."""
    return (await tx.connection.execute(_DUE, {"now": tx.now, "limit": 1})).first() is not None


async def claim(
    tx: Transaction, hosts: Mapping[str, Sequence[str]], limit: int = BATCH_SIZE
) -> list[MeetingWork]:
    """Claim what is due, for the time of `LEASE`.

    `hosts` has the users of the providers who host one meeting at a time each, by provider.
    """
    rows = (await tx.connection.execute(_DUE, {"now": tx.now, "limit": limit})).all()

    async def claim_one(row: Row[*tuple[Any, ...]]) -> MeetingWork | None:
        return await _claim_one(tx, row, hosts.get(row.provider, ()))

    outcome = await faults.isolate(
        tx, FaultKind.PROVIDER_MEETING, rows, claim_one, lambda row: row.id
    )
    return [work for work in outcome.results if work is not None]


async def _claim_one(
    tx: Transaction, row: Row[*tuple[Any, ...]], hosts: Sequence[str]
) -> MeetingWork | None:
    starts_at, ends_at = row.session_start or row.group_start, row.session_end or row.group_end
    task = _task(row, starts_at, ends_at, tx.now)
    if task is None:
        await _store(tx, row.id, {"next_at": None})
        return None
    host = row.host
    if task is Task.CREATE and hosts and host not in hosts:
        host = await _free_host(tx, row.provider, hosts, starts_at, ends_at)
    attempt = row.attempts + 1
    values = {"next_at": tx.now + LEASE, "attempts": attempt, "host": host}
    if task is Task.CREATE:
        # From now on the meeting may exist at this time, so its host is busy then.
        values |= {"starts_at": starts_at, "ends_at": ends_at}
    await _store(tx, row.id, values)
    return MeetingWork(
        id=row.id,
        task=task,
        provider=row.provider,
        guild_id=row.guild_id,
        session_id=row.session_id,
        group_id=row.group_id,
        room_key=row.room_key,
        external_id=row.external_id,
        host=host if hosts else "",
        title=row.title or "",
        starts_at=starts_at,
        ends_at=ends_at,
        server=row.jitsi_server,
        attempt=attempt,
        may_exist=row.attempts > 0,
        failing_since=row.failing_since,
    )


def _task(
    row: Row[*tuple[Any, ...]], starts_at: datetime, ends_at: datetime, now: datetime
) -> Task | None:
    if row.status == "removing":
        return Task.REMOVE
    takes_place = (row.session_status or row.group_status) in AGREED and now < ends_at
    if row.status == "wanted":
        # Otherwise an event says so, and it is removed.
        return Task.CREATE if takes_place else None
    if row.status == "made" and takes_place:
        is_current = (row.starts_at, row.ends_at) == (starts_at, ends_at)
        return None if is_current else Task.UPDATE
    return None


async def _free_host(
    tx: Transaction, provider: str, hosts: Sequence[str], starts_at: datetime, ends_at: datetime
) -> str | None:
    """Return the first host without a meeting at that time, None if there is none."""
    params = {
        "provider": provider,
        "earliest_start": starts_at - LONGEST_SESSION,
        "start": starts_at,
        "end": ends_at,
    }
    busy = set(await tx.connection.scalars(_BUSY_HOSTS, params))
    return next((host for host in hosts if host not in busy), None)


async def _store(tx: Transaction, meeting_id: int, values: Mapping[str, Any]) -> None:
    await tx.connection.execute(
        update_by_id(ProviderMeeting, *values), {"row_id": meeting_id, **values}
    )


_NOW = bindparam("now", type_=UtcDateTime)
_DUE = (
    select(
        *ProviderMeeting.__table__.c,
        Session.status.label("session_status"),
        Session.starts_at.label("session_start"),
        Session.ends_at.label("session_end"),
        GroupSession.status.label("group_status"),
        GroupSession.starts_at.label("group_start"),
        GroupSession.ends_at.label("group_end"),
        GroupSession.title,
        Guild.jitsi_server,
    )
    .join(Guild, Guild.id == ProviderMeeting.guild_id)
    .outerjoin(Session, Session.id == ProviderMeeting.session_id)
    .outerjoin(GroupSession, GroupSession.id == ProviderMeeting.group_id)
    .where(
        ProviderMeeting.next_at <= _NOW,
        Guild.purge_began_at.is_(None),
        ~faults.awaits_retry(FaultKind.PROVIDER_MEETING, ProviderMeeting.id.expression, _NOW),
    )
    .order_by(ProviderMeeting.next_at)
    .limit(bindparam("limit", type_=Integer))
)
_BUSY_HOSTS = select(ProviderMeeting.host).where(
    ProviderMeeting.provider == bindparam("provider"),
    ProviderMeeting.starts_at > bindparam("earliest_start", type_=UtcDateTime),
    ProviderMeeting.starts_at < bindparam("end", type_=UtcDateTime),
    ProviderMeeting.ends_at > bindparam("start", type_=UtcDateTime),
    ProviderMeeting.host.is_not(None),
    or_(ProviderMeeting.status == "made", ProviderMeeting.status == "wanted"),
)
