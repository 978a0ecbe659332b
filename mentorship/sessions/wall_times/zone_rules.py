"""Compare upcoming sessions with new rules of time zones, and tell people whose clocks moved.

A booked session never moves. But when a country changes its rules, the same instant is another time
on somebody's clock. Each participant's UTC offset at the start is kept with the session. Once the
program has a newer tz database than the one that sessions were last compared with, each upcoming
session is compared, a few in each transaction. Where the offset is another one now, both sides are
told, and the new one is kept in the same transaction, so that nobody is told twice.

The row of `Installation` remembers how far that is, in the order of the starts: first all sessions
and seats, then the group sessions, whose mentors have an offset of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, BindParameter, Integer, Row, bindparam, select, tuple_, update

from mentorship import faults
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.faults import FaultKind
from mentorship.guilds import guild_settings
from mentorship.notifications.publishing import publish
from mentorship.sessions import session_views
from mentorship.sessions.groups import group_views
from mentorship.sessions.lifecycle import Party, Unit
from mentorship.sessions.session_views import SessionView
from mentorship.sessions.wall_times import kept_offsets
from mentorship.statuses import UPCOMING
from storage import Transaction
from storage.tables import Fault, GroupSession, Installation, Participant, Session
from storage.types import UtcDateTime

BATCH_SIZE = 25
"""How many sessions one transaction compares. If people are told of all, that takes about 0.1 s."""

_ROLES = {"mentor": Party.MENTOR, "host": Party.MENTOR, "mentee": Party.MENTEE}


@dataclass(frozen=True, slots=True)
class _Position:
    """How far a comparison is: which table, and the start and id after which it continues."""

    phase: str
    after_start: datetime
    after_id: int


async def is_due(tx: Transaction, version: str) -> bool:
    """Return whether `compare_next` has something to do for a tz database of that version."""
    installation = (await tx.connection.execute(_INSTALLATION)).one()
    if _is_older(version, installation):
        return False
    if _is_newer(version, installation):
        return True
    params = {"now": tx.now, "limit": 1}
    return (await tx.connection.execute(_FAULTY, params)).first() is not None


def _is_newer(version: str, installation: Row[*tuple[Any, ...]]) -> bool:
    return version > _known(installation) or version == installation.tz_comparing


def _is_older(version: str, installation: Row[*tuple[Any, ...]]) -> bool:
    return version < _known(installation)


def _known(installation: Row[*tuple[Any, ...]]) -> str:
    """Return the newest version that sessions were, or are being, compared with."""
    return max(installation.tz_version or "", installation.tz_comparing or "")


async def compare_next(tx: Transaction, version: str, limit: int = BATCH_SIZE) -> int:
    """Compare the next upcoming sessions with this process's rules of time zones.

    `version` is that of its tz database, and `limit` how many sessions it compares. A process whose
    database is older than the one that sessions were compared with does nothing: during an upgrade,
    some processes may still have it. Sessions that failed before are tried first. Returns how many
    steps were taken; 0 once all is done.
    """
    installation = (await tx.connection.execute(_INSTALLATION)).one()
    if _is_older(version, installation):
        # By its rules, the clocks of a session that failed wouldn't have moved.
        return 0
    retried = await _retry(tx)
    if not _is_newer(version, installation):
        return retried
    position = _Position("sessions", tx.now, 0)
    if installation.tz_comparing == version:
        position = _Position(
            installation.tz_phase, installation.tz_after_start, installation.tz_after_id
        )
    next_position = await _PHASES[position.phase](tx, position, limit)
    values: dict[str, Any] = {"tz_comparing": version}
    if next_position is None:
        values |= {"tz_version": version, "tz_comparing": None, "tz_phase": None}
        values |= {"tz_after_start": None, "tz_after_id": None}
    else:
        values |= {
            "tz_phase": next_position.phase,
            "tz_after_start": next_position.after_start,
            "tz_after_id": next_position.after_id,
        }
    await tx.connection.execute(_SET_POSITION.values(**values))
    return retried + 1


# --- Sessions and seats ---------------------------------------------------------------------------


async def _compare_sessions(tx: Transaction, position: _Position, limit: int) -> _Position | None:
    rows = (await tx.connection.execute(_NEXT_SESSIONS, _params(position, limit))).all()
    upcoming = [row.id for row in rows if row.status in UPCOMING]
    await _compare(tx, upcoming)
    if len(rows) < limit:
        return _Position("groups", tx.now, 0)
    return _Position("sessions", rows[-1].starts_at, rows[-1].id)


async def _compare(tx: Transaction, session_ids: Sequence[int]) -> list[int]:
    """Compare sessions. Returns the ids of those that could be."""
    if not session_ids:
        return []
    by_session: dict[int, list[Row[*tuple[Any, ...]]]] = {}
    for row in await tx.connection.execute(_KEPT, {"sessions": tuple(session_ids)}):
        by_session.setdefault(row.session_id, []).append(row)

    async def compare_one(session_id: int) -> int:
        await _compare_session(tx, session_id, by_session.get(session_id, ()))
        return session_id

    outcome = await faults.isolate(
        tx, FaultKind.WALL_TIME, list(session_ids), compare_one, lambda session_id: session_id
    )
    return outcome.results


async def _compare_session(
    tx: Transaction, session_id: int, rows: Sequence[Row[*tuple[Any, ...]]]
) -> None:
    """Keep the offsets of a session's participants as they are now, and tell of those that moved.

    Those who had none yet, since they booked with an older version of the program, get one quietly.
    """
    shifts: dict[str, int] = {}
    for row in rows:
        if row.timezone is None:
            continue
        offset = kept_offsets.offset(row.timezone, row.session_starts_at)
        if offset == row.utc_offset:
            continue
        params = {"session": session_id, "user": row.user_id, "offset": offset}
        await tx.connection.execute(_SET_OFFSET, params)
        if row.utc_offset is not None:
            shifts[f"{_ROLES[row.role]}_shift"] = offset - row.utc_offset
    if shifts:
        await _tell(tx, await session_views.load(tx, session_id), shifts)


async def _tell(tx: Transaction, session: SessionView, shifts: Mapping[str, int]) -> None:
    """Tell both sides of a session. The mentor of a seat is told of the group session instead."""
    people = [session.mentee] if session.unit is Unit.SEAT else [session.mentor, session.mentee]
    event = Event(
        EventType.SESSION_LOCAL_TIME_CHANGED,
        session.guild_id,
        session_id=session.id,
        group_id=session.group_id,
        facts=shifts,
    )
    await publish(
        tx,
        event,
        participants=[person.user_id for person in people if not person.has_left],
        useful_until=session.starts_at,
        starts_at=session.starts_at,
    )


# --- Group sessions -------------------------------------------------------------------------------


async def _compare_groups(tx: Transaction, position: _Position, limit: int) -> _Position | None:
    rows = (await tx.connection.execute(_NEXT_GROUPS, _params(position, limit))).all()
    await _compare_some_groups(tx, [row for row in rows if row.status in UPCOMING])
    if len(rows) < limit:
        return None
    return _Position("groups", rows[-1].starts_at, rows[-1].id)


async def _compare_some_groups(tx: Transaction, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[int]:
    async def compare_one(row: Row[*tuple[Any, ...]]) -> int:
        await _compare_group(tx, row)
        return int(row.id)

    outcome = await faults.isolate(
        tx, FaultKind.GROUP_WALL_TIME, list(rows), compare_one, lambda row: row.id
    )
    return outcome.results


async def _compare_group(tx: Transaction, row: Row[*tuple[Any, ...]]) -> None:
    """As `_compare_session`, for the mentor of a group session."""
    offset = kept_offsets.offset(row.timezone, row.starts_at)
    if offset == row.utc_offset:
        return
    await tx.connection.execute(_SET_GROUP_OFFSET, {"row_id": row.id, "utc_offset": offset})
    if row.utc_offset is None:
        return
    group = await group_views.load(tx, row.id)
    event = Event(
        EventType.GROUP_LOCAL_TIME_CHANGED,
        group.guild_id,
        subject_id=group.mentor.user_id,
        group_id=group.id,
        facts={f"{Party.MENTOR}_shift": offset - row.utc_offset},
    )
    await publish(tx, event, useful_until=group.starts_at, starts_at=group.starts_at)


_PHASES = {"sessions": _compare_sessions, "groups": _compare_groups}


# --- Those that failed ----------------------------------------------------------------------------


async def _retry(tx: Transaction) -> int:
    """Compare the sessions again that failed and are due, if they are still to come."""
    params = {"now": tx.now, "limit": BATCH_SIZE}
    due = (await tx.connection.execute(_FAULTY, params)).all()
    of_sessions = [row.row_id for row in due if row.kind == FaultKind.WALL_TIME]
    of_groups = [row.row_id for row in due if row.kind == FaultKind.GROUP_WALL_TIME]
    if of_sessions:
        found = await tx.connection.execute(_BY_IDS, {"ids": of_sessions, "now": tx.now})
        upcoming = [row.id for row in found if row.status in UPCOMING]
        works = {*await _compare(tx, upcoming), *set(of_sessions).difference(upcoming)}
        await faults.clear(tx, FaultKind.WALL_TIME, works)
    if of_groups:
        found = await tx.connection.execute(_GROUPS_BY_IDS, {"ids": of_groups, "now": tx.now})
        rows = [row for row in found if row.status in UPCOMING]
        works = {*await _compare_some_groups(tx, rows)}
        works |= set(of_groups).difference(row.id for row in rows)
        await faults.clear(tx, FaultKind.GROUP_WALL_TIME, works)
    return 1 if due else 0


# --- Statements -----------------------------------------------------------------------------------


def _params(position: _Position, limit: int) -> dict[str, Any]:
    return {
        "after_start": position.after_start,
        "after_id": position.after_id,
        "limit": limit,
    }


def _beyond(starts_at: Any, row_id: Any) -> Any:
    return tuple_(starts_at, row_id) > tuple_(
        bindparam("after_start", type_=UtcDateTime), bindparam("after_id", type_=BigInteger)
    )


_LIMIT = bindparam("limit", type_=Integer)
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_NOW = bindparam("now", type_=UtcDateTime)

_INSTALLATION = select(*Installation.__table__.c)
_SET_POSITION = update(Installation).where(Installation.id == 1)

_SESSION = select(Session.id, Session.starts_at, Session.status).where(
    Session.guild_id.not_in(guild_settings.BEING_PURGED)
)
_NEXT_SESSIONS = (
    _SESSION.where(_beyond(Session.starts_at, Session.id))
    .order_by(Session.starts_at, Session.id)
    .limit(_LIMIT)
)
_BY_IDS = _SESSION.where(Session.id.in_(_IDS), Session.starts_at > _NOW)
_KEPT = select(
    Participant.session_id,
    Participant.user_id,
    Participant.role,
    Participant.timezone,
    Participant.utc_offset,
    Participant.session_starts_at,
).where(Participant.session_id.in_(bindparam("sessions", expanding=True)))
_SET_OFFSET = (
    update(Participant)
    .where(Participant.session_id == bindparam("session"), Participant.user_id == bindparam("user"))
    .values(utc_offset=bindparam("offset"))
)

_GROUP = select(
    GroupSession.id,
    GroupSession.starts_at,
    GroupSession.status,
    GroupSession.timezone,
    GroupSession.utc_offset,
).where(GroupSession.guild_id.not_in(guild_settings.BEING_PURGED))
_NEXT_GROUPS = (
    _GROUP.where(_beyond(GroupSession.starts_at, GroupSession.id))
    .order_by(GroupSession.starts_at, GroupSession.id)
    .limit(_LIMIT)
)
_GROUPS_BY_IDS = _GROUP.where(GroupSession.id.in_(_IDS), GroupSession.starts_at > _NOW)
_SET_GROUP_OFFSET = (
    update(GroupSession)
    .where(GroupSession.id == bindparam("row_id"))
    # The session itself doesn't change.
    .values(utc_offset=bindparam("utc_offset"), updated_at=GroupSession.updated_at)
)

_FAULTY = (
    select(Fault.kind, Fault.row_id)
    .where(
        Fault.kind.in_((FaultKind.WALL_TIME, FaultKind.GROUP_WALL_TIME)),
        Fault.retry_at <= _NOW,
    )
    .limit(_LIMIT)
)
