"""Claim entries to write to people's calendars or remove from them, and record the outcomes.

A worker that claims an entry has a lease on it. If it ends without an outcome, as after a crash,
the entry is claimed again. Its name over there is made of the session's UID, so a second attempt
finds what the first has written.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, bindparam, case, delete, func, literal_column, select, update

from mentorship import faults
from mentorship.actors import Actor
from mentorship.calendars import agenda, entry_changes
from mentorship.calendars.agenda import AgendaEntry
from mentorship.calendars.entry_changes import TheirChange
from mentorship.errors import CalendarProblem, NotFound, NotYours
from mentorship.faults import FaultKind
from mentorship.statuses import CALLED_OFF
from storage import Transaction
from storage.encryption import EncryptionUnavailable, Undecryptable
from storage.tables import CalendarEntry, ExternalCalendar, GroupSession, Member, Session
from storage.types import RowId, UtcDateTime

CLAIM_SIZE = 20
"""Entries that are claimed in one transaction, at most."""

LEASE = timedelta(minutes=5)
"""Time for the requests for all entries of a claim. Each has a time limit of its own."""

RETRY_DELAYS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
)
"""Time between an attempt that failed and the next; the last one is used again and again."""

LASTING = frozenset(
    {
        CalendarProblem.WRONG_PASSWORD,
        CalendarProblem.FORBIDDEN,
        CalendarProblem.NOT_FOUND,
        CalendarProblem.NOT_A_CALENDAR,
        CalendarProblem.REFUSED,
        CalendarProblem.STORAGE_FULL,
        CalendarProblem.UNREADABLE_SECRET,
    }
)
"""Problems that only a person can solve. With these, a calendar is tried once in each claim, and
with the longest delay: servers lock accounts after some wrong passwords."""

GIVE_UP_REMOVAL = timedelta(days=2)
"""How long entries of a disconnected calendar are tried to be deleted."""

JITTER = 0.1


@dataclass(frozen=True, slots=True)
class Account:
    """Where a calendar is, and what its owner signs in with there."""

    address: str = field(repr=False)
    username: str = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class WrittenEntry:
    """What an entry was over there when it was last written: its name, ETag and times.

    `sequence` is the session's revision that was written. Without one, nothing is known but the
    name, and what is there is overwritten whatever it says.
    """

    name: str
    etag: str | None
    sequence: int | None
    starts_at: datetime | None
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class EntryWork:
    """A claimed entry. `wanted` is what it should say, None if it should be gone.

    `account` is None if the calendar's secrets can't be read.
    """

    id: int
    lease: datetime
    calendar_id: int
    name: str
    account: Account | None
    written: WrittenEntry | None
    wanted: AgendaEntry | None
    language: str | None
    timezone: str | None


@dataclass(frozen=True, slots=True)
class EntryOutcome:
    """What became of a claimed entry: exactly one of the four.

    `written` is what is over there now. `is_removed` says that it is gone there. `change` is what
    somebody has done to it over there. `problem` is why it couldn't be worked on.
    """

    work: EntryWork
    written: WrittenEntry | None = None
    is_removed: bool = False
    change: TheirChange | None = None
    problem: CalendarProblem | None = None


async def has_due(tx: Transaction) -> bool:
    """Return whether entries are due."""
    return await tx.connection.scalar(_HAS_DUE, {"now": tx.now}) is not None


async def claim(tx: Transaction, limit: int = CLAIM_SIZE) -> tuple[EntryWork, ...]:
    """Claim entries that are due, for the time of `LEASE`.

    Those that need no request are settled at once, and aren't returned.
    """
    rows: Sequence[Any] = (await tx.connection.execute(_DUE, {"now": tx.now, "limit": limit})).all()
    if not rows:
        return ()
    lease = tx.now + LEASE
    ids = [row.id for row in rows]
    await tx.connection.execute(_LEASE, {"ids": ids, "lease": lease})

    async def prepare(row: Any) -> EntryWork | None:
        return await _prepare(tx, row, lease)

    prepared = await faults.isolate(tx, FaultKind.CALENDAR_ENTRY, rows, prepare, lambda row: row.id)
    for calendar_id in {row.calendar_id for row in rows if row.removed_at is not None}:
        await tx.connection.execute(_DELETE_CALENDAR, {"calendar": calendar_id})
    return tuple(work for work in prepared.results if work is not None)


async def record(tx: Transaction, outcomes: Sequence[EntryOutcome]) -> None:
    """Record the outcomes of claimed entries, and tell owners what was changed over there.

    An entry that was marked again meanwhile stays due. A disconnected calendar without entries is
    deleted.
    """
    for outcome in outcomes:
        work = outcome.work
        params: dict[str, Any] = {"row_id": work.id, "lease": work.lease, "now": tx.now}
        if outcome.written is not None:
            written = outcome.written
            await tx.connection.execute(
                _WRITTEN,
                params
                | {
                    "name": written.name,
                    "tag": written.etag,
                    "revision": written.sequence,
                    "start": written.starts_at,
                    "end": written.ends_at,
                },
            )
        elif outcome.is_removed:
            await _record_removal(tx, params)
        elif outcome.change is not None:
            await tx.connection.execute(_SETTLE, params)
            await entry_changes.record(tx, work.calendar_id, [outcome.change])
        else:
            await _record_problem(tx, outcome, params)
        tx.tally.append(("calendar_entry", _result(outcome)))
    for calendar_id in {outcome.work.calendar_id for outcome in outcomes}:
        await tx.connection.execute(_DELETE_CALENDAR, {"calendar": calendar_id})


def retry_at(now: datetime, attempts: int, problem: CalendarProblem) -> datetime:
    """Return when to try again, after `attempts` failures before this one."""
    last = len(RETRY_DELAYS) - 1
    delay = RETRY_DELAYS[last if problem in LASTING else min(attempts, last)]
    # Jitter needn't be hard to guess.
    return now + delay * (1 + random.uniform(0, JITTER))


def _result(outcome: EntryOutcome) -> str:
    if outcome.written is not None:
        return "written"
    if outcome.is_removed:
        return "removed"
    return "changed_there" if outcome.change is not None else "failed"


async def _prepare(tx: Transaction, row: Any, lease: datetime) -> EntryWork | None:
    """Return what to do with a claimed row; None if nothing has to be requested."""
    params = {"row_id": row.id, "lease": lease, "now": tx.now}
    was_written = row.href is not None
    is_called_off = row.status_now is None or row.status_now in CALLED_OFF
    receives = row.receives_sessions and row.removed_at is None
    if not is_called_off and row.ends_at_now <= tx.now:
        # What has happened stays in the calendar as it is.
        await tx.connection.execute(_SETTLE if receives and was_written else _DELETE, params)
        return None
    entry = await _load(tx, row)
    wanted = entry if receives and not is_called_off else None
    is_given_up = row.removed_at is not None and row.removed_at <= tx.now - GIVE_UP_REMOVAL
    if wanted is None and (is_given_up or not was_written):
        await tx.connection.execute(_DELETE, params)
        return None
    if wanted is not None and was_written and row.sequence == wanted.sequence:
        await tx.connection.execute(_SETTLE, params)
        return None
    name = row.href or ("" if entry is None else entry_name(entry.uid))
    written = None
    if was_written:
        written = WrittenEntry(row.href, row.etag, row.sequence, row.starts_at, row.ends_at)
    else:
        # From now on it may be there, also if the outcome is never recorded.
        await tx.connection.execute(_NAME, params | {"name": name})
    return EntryWork(
        row.id,
        lease,
        row.calendar_id,
        name,
        decrypt(tx, row.address, row.credentials),
        written,
        wanted,
        row.language,
        row.timezone,
    )


def entry_name(uid: str) -> str:
    """Return the name of an entry's resource, always the same for a session."""
    return uid.replace("@", "-") + ".ics"


def decrypt(tx: Transaction, address: str, credentials: str | None) -> Account | None:
    """Return a calendar's account; None if its secrets can't be read."""
    try:
        pair = json.loads(tx.cipher.decrypt(credentials or ""))
        return Account(tx.cipher.decrypt(address), pair["username"], pair["password"])
    except (Undecryptable, EncryptionUnavailable, ValueError, KeyError, TypeError):
        return None


async def _load(tx: Transaction, row: Any) -> AgendaEntry | None:
    """Load what the entry says now; None if it isn't the owner's session any more."""
    owner = Actor(row.user_id, "", row.guild_id)
    try:
        if row.session_id is not None:
            return await agenda.load_session(tx, owner, row.session_id)
        return await agenda.load_group(tx, owner, row.group_id)
    except (NotFound, NotYours):
        return None


async def _record_removal(tx: Transaction, params: dict[str, Any]) -> None:
    deleted = await tx.connection.execute(_DELETE, params)
    if not deleted.rowcount:
        # It was marked again meanwhile, and may have to be written again.
        await tx.connection.execute(_FORGET, params)


async def _record_problem(tx: Transaction, outcome: EntryOutcome, params: dict[str, Any]) -> None:
    problem = outcome.problem or CalendarProblem.BAD_ANSWER
    attempts = await tx.connection.scalar(_ATTEMPTS, params)
    if attempts is None:
        return
    at = retry_at(tx.now, max(attempts - 1, 0), problem)
    await tx.connection.execute(_FAILED, params | {"at": at, "problem": problem})


_NOW = bindparam("now", type_=UtcDateTime)
_IS_ROW = CalendarEntry.id == bindparam("row_id", type_=RowId)
_LEASED = CalendarEntry.next_at == bindparam("lease", type_=UtcDateTime)
_IDS: Any = bindparam("ids", expanding=True)
_HAS_DUE = select(CalendarEntry.id).where(CalendarEntry.next_at <= _NOW).limit(1)
_DUE = (
    select(
        CalendarEntry.id,
        CalendarEntry.calendar_id,
        CalendarEntry.session_id,
        CalendarEntry.group_id,
        CalendarEntry.href,
        CalendarEntry.etag,
        CalendarEntry.sequence,
        CalendarEntry.starts_at,
        CalendarEntry.ends_at,
        ExternalCalendar.guild_id,
        ExternalCalendar.user_id,
        ExternalCalendar.address,
        ExternalCalendar.credentials,
        ExternalCalendar.receives_sessions,
        ExternalCalendar.removed_at,
        func.coalesce(Member.chosen_language, Member.language).label("language"),
        Member.timezone,
        case(
            (CalendarEntry.session_id.is_not(None), Session.ends_at), else_=GroupSession.ends_at
        ).label("ends_at_now"),
        case(
            (CalendarEntry.session_id.is_not(None), Session.status), else_=GroupSession.status
        ).label("status_now"),
    )
    .join(ExternalCalendar, ExternalCalendar.id == CalendarEntry.calendar_id)
    .outerjoin(Session, Session.id == CalendarEntry.session_id)
    .outerjoin(GroupSession, GroupSession.id == CalendarEntry.group_id)
    .outerjoin(
        Member,
        (Member.guild_id == ExternalCalendar.guild_id)
        & (Member.user_id == ExternalCalendar.user_id),
    )
    .where(CalendarEntry.next_at <= _NOW)
    .order_by(CalendarEntry.next_at)
    .limit(bindparam("limit", type_=Integer))
    .with_for_update(of=CalendarEntry, skip_locked=True)
)
_LEASE = (
    update(CalendarEntry)
    .where(CalendarEntry.id.in_(_IDS))
    .values(next_at=bindparam("lease", type_=UtcDateTime), attempts=CalendarEntry.attempts + 1)
)
# An event during the attempt has set the attempts to 0.
_IS_CURRENT = _LEASED & (CalendarEntry.attempts > 0)
_AFTER = case((_IS_CURRENT, literal_column("NULL")), (_LEASED, _NOW), else_=CalendarEntry.next_at)
_SETTLE = update(CalendarEntry).where(_IS_ROW).values(next_at=_AFTER, attempts=0, problem=None)
_WRITTEN = (
    update(CalendarEntry)
    .where(_IS_ROW)
    .values(
        href=bindparam("name"),
        etag=bindparam("tag"),
        sequence=bindparam("revision"),
        starts_at=bindparam("start", type_=UtcDateTime),
        ends_at=bindparam("end", type_=UtcDateTime),
        their_change=None,
        their_starts_at=None,
        their_ends_at=None,
        next_at=_AFTER,
        attempts=0,
        problem=None,
    )
)
_DELETE = delete(CalendarEntry).where(_IS_ROW, _IS_CURRENT)
_NAME = update(CalendarEntry).where(_IS_ROW).values(href=bindparam("name"))
# The name stays: another attempt may have written it.
_FORGET = (
    update(CalendarEntry)
    .where(_IS_ROW)
    .values(
        etag=None,
        sequence=None,
        starts_at=None,
        ends_at=None,
        their_change=None,
        next_at=_AFTER,
    )
)
_ATTEMPTS = select(CalendarEntry.attempts).where(_IS_ROW, _LEASED)
_FAILED = (
    update(CalendarEntry)
    .where(_IS_ROW, _LEASED)
    .values(
        next_at=bindparam("at", type_=UtcDateTime),
        problem=bindparam("problem"),
    )
)
_DELETE_CALENDAR = delete(ExternalCalendar).where(
    ExternalCalendar.id == bindparam("calendar", type_=RowId),
    ExternalCalendar.removed_at.is_not(None),
    ~select(CalendarEntry.id).where(CalendarEntry.calendar_id == ExternalCalendar.id).exists(),
)
