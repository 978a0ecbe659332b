"""Faults: rows that can't be read or processed, without stopping the others.

A batch tries each row by itself (`isolate`, `readable`). One that fails is left out, gets a
reference, is logged once and counted, and is shown by `mentorbot check`. Errors that aren't about a
row are raised as usual, such as a lost database or a conflict.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum, auto
from functools import partial
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Row, bindparam, delete, exists, func, select, tuple_, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage import Database, StorageError, Transaction
from storage.error_classes import is_caused_by_data
from storage.queries import upsert
from storage.tables import Fault
from storage.types import require_instants

log = logging.getLogger(__name__)

RowT = TypeVar("RowT")
ResultT = TypeVar("ResultT")


class FaultKind(StrEnum):
    """What was tried with a row. The row's table is in `TABLES`."""

    DELIVERY = auto()
    TRANSITION = auto()
    SESSION_VIEW = auto()
    PROFILE_VIEW = auto()
    CALENDAR = auto()
    REVISION_VIEW = auto()
    GRANT_REQUEST_VIEW = auto()
    TRANSFER_VIEW = auto()
    EVENT_VIEW = auto()
    GUILD_SETTINGS = auto()
    INVITATION = auto()
    HELP_REQUEST = auto()
    REQUEST_CARD = auto()
    MEETING_ROOM = auto()
    CANCELLATION = auto()
    REMINDER_CHANGE = auto()
    MEMBER_REMINDER_CHANGE = auto()
    MENTOR_ROLE_CHANGE = auto()
    ERASURE = auto()
    GROUP_SESSION = auto()
    SLOT_ALERT = auto()
    WAITLIST = auto()
    ANNOUNCEMENT = auto()
    GROUP_ROOM = auto()
    SCHEDULED_EVENT = auto()
    GROUP_VIEW = auto()
    FOLLOWED_EVENT = auto()
    PROVIDER_MEETING = auto()
    MISSING_MEETING = auto()
    EXTERNAL_CALENDAR = auto()
    CALENDAR_ENTRY = auto()
    WALL_TIME = auto()
    GROUP_WALL_TIME = auto()
    FIGURES = auto()
    GOAL_QUESTION = auto()


TABLES: Mapping[FaultKind, str] = {
    FaultKind.DELIVERY: "notices",
    FaultKind.TRANSITION: "sessions",
    FaultKind.SESSION_VIEW: "sessions",
    FaultKind.PROFILE_VIEW: "mentor_profiles",
    FaultKind.CALENDAR: "mentor_profiles",
    FaultKind.REVISION_VIEW: "profile_revisions",
    FaultKind.GRANT_REQUEST_VIEW: "grant_requests",
    FaultKind.TRANSFER_VIEW: "transfers",
    FaultKind.EVENT_VIEW: "events",
    FaultKind.GUILD_SETTINGS: "guilds",
    FaultKind.INVITATION: "invitations",
    FaultKind.HELP_REQUEST: "help_requests",
    FaultKind.REQUEST_CARD: "help_requests",
    FaultKind.MEETING_ROOM: "sessions",
    FaultKind.CANCELLATION: "sessions",
    FaultKind.GROUP_SESSION: "group_sessions",
    FaultKind.WAITLIST: "group_sessions",
    FaultKind.ANNOUNCEMENT: "group_sessions",
    FaultKind.GROUP_ROOM: "group_sessions",
    FaultKind.SCHEDULED_EVENT: "group_sessions",
    FaultKind.GROUP_VIEW: "group_sessions",
    FaultKind.WALL_TIME: "sessions",
    FaultKind.GROUP_WALL_TIME: "group_sessions",
    FaultKind.REMINDER_CHANGE: "reminder_changes",
    FaultKind.MEMBER_REMINDER_CHANGE: "member_reminder_changes",
    FaultKind.MENTOR_ROLE_CHANGE: "mentor_role_changes",
    FaultKind.ERASURE: "erasures",
    FaultKind.SLOT_ALERT: "mentor_profiles",
    FaultKind.FOLLOWED_EVENT: "events",
    FaultKind.PROVIDER_MEETING: "provider_meetings",
    FaultKind.MISSING_MEETING: "sessions",
    FaultKind.EXTERNAL_CALENDAR: "external_calendars",
    FaultKind.CALENDAR_ENTRY: "calendar_entries",
    FaultKind.FIGURES: "mentor_profiles",
    FaultKind.GOAL_QUESTION: "mentorships",
}
"""The table whose row a fault is about."""

FIRST_RETRY_DELAY = timedelta(minutes=1)
"""How long after its first failure a row is retried; each further failure doubles the delay."""

MAX_RETRY_DELAY = timedelta(hours=1)
"""The longest delay. Retries never end, since points may be on hold meanwhile."""

RECENT = timedelta(days=7)
"""How long after its last failure a fault is shown."""

FAULT_RETENTION = timedelta(days=90)
"""How long after its last failure a fault is kept."""


@dataclass(frozen=True, slots=True)
class RecordedFault:
    """A fault as operators see it. `error` is the class of the last exception."""

    kind: str
    row_id: int
    reference: str
    error: str
    count: int
    first_at: datetime
    last_at: datetime

    @property
    def table(self) -> str:
        """The table that the row is of."""
        return TABLES[FaultKind(self.kind)] if self.kind in TABLES else self.kind


# --- Recording ------------------------------------------------------------------------------------


async def record(tx: Transaction, kind: FaultKind, row_id: int, error: BaseException) -> str:
    """Record that a row has failed, and return the fault's reference.

    Only the class of the error is stored, since its text may quote what people wrote. The first
    failure is logged after the commit, with the traceback; those that follow are counted. The row
    isn't retried for a while, longer each time (`awaits_retry`).
    """
    fault = upsert(tx.dialect, Fault).values(
        kind=kind,
        row_id=row_id,
        reference=secrets.token_hex(4),
        error=type(error).__name__,
        count=1,
        first_at=tx.now,
        last_at=tx.now,
        retry_at=tx.now + FIRST_RETRY_DELAY,
    )
    row = await tx.connection.execute(
        fault.on_conflict_do_update(
            index_elements=["kind", "row_id"],
            set_={"error": fault.excluded.error, "count": Fault.count + 1, "last_at": tx.now},
        ).returning(Fault.reference, Fault.count)
    )
    reference, count = row.one()
    if count == 1:
        tx.after_commit.append(partial(_log, kind, row_id, reference, error))
    else:
        delay = FIRST_RETRY_DELAY * 2 ** min(count - 1, 16)
        await tx.connection.execute(
            _POSTPONE,
            {"of": kind, "row": row_id, "until": tx.now + min(delay, MAX_RETRY_DELAY)},
        )
    return reference


_POSTPONE = (
    update(Fault)
    .where(Fault.kind == bindparam("of"), Fault.row_id == bindparam("row"))
    .values(retry_at=bindparam("until"))
)


def _log(kind: FaultKind, row_id: int, reference: str, error: BaseException) -> None:
    log.error(
        "a row can't be processed; the others are not affected",
        exc_info=error,
        extra={"reference": reference, "fault": kind, "table": TABLES[kind], "row": row_id},
    )


def note(tx: Transaction, kind: FaultKind, row_id: int, error: BaseException) -> None:
    """Note that a row was left out of what is read.

    For reads, which can't record it: a job does, shortly afterwards (`record_noted`). Raises the
    error again if it isn't about the row.
    """
    if not concerns_row(error):
        raise error
    tx.unreadable.setdefault((kind, row_id), error)


def note_shown(database: Database, kind: FaultKind, row_id: int, error: Exception) -> None:
    """Note that a row could be read but not shown, as `note` does."""
    database.unreadable.setdefault((kind, row_id), error)


async def record_noted(tx: Transaction, noted: Mapping[tuple[str, int], BaseException]) -> int:
    """Record what `note` has left in `Database.unreadable`, and return how many rows it is."""
    for (kind, row_id), error in noted.items():
        await record(tx, FaultKind(kind), row_id, error)
    return len(noted)


async def clear(tx: Transaction, kind: FaultKind, row_ids: Iterable[int]) -> None:
    """Delete the faults of rows that work again, or that are no longer processed."""
    ids = tuple(row_ids)
    if ids:
        await tx.connection.execute(_CLEAR, {"of": kind, "rows": ids})


_CLEAR = delete(Fault).where(
    Fault.kind == bindparam("of"), Fault.row_id.in_(bindparam("rows", expanding=True))
)


def awaits_retry(kind: FaultKind, row_id: ColumnElement[int], now: Any) -> ColumnElement[bool]:
    """Return the condition that a row has failed and isn't to be tried again yet, at `now`."""
    return exists().where(Fault.kind == kind, Fault.row_id == row_id, Fault.retry_at > now)


def is_faulty(kind: FaultKind, row_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Return the condition that a row has failed, and hasn't worked since."""
    return exists().where(Fault.kind == kind, Fault.row_id == row_id)


# --- For operators --------------------------------------------------------------------------------


async def count_recent(tx: Transaction) -> dict[str, int]:
    """Return how many rows have failed within `RECENT`, by kind."""
    rows = await tx.connection.execute(
        select(Fault.kind, func.count().label("rows")).where(_is_recent(tx)).group_by(Fault.kind)
    )
    return {row.kind: row.rows for row in rows}


async def list_recent(tx: Transaction, limit: int = 20) -> list[RecordedFault]:
    """List the faults within `RECENT`, the latest first."""
    columns = (getattr(Fault, name) for name in RecordedFault.__slots__)
    latest = select(*columns).where(_is_recent(tx)).order_by(Fault.last_at.desc()).limit(limit)
    return [RecordedFault(*row) for row in await tx.connection.execute(latest)]


def _is_recent(tx: Transaction) -> ColumnElement[bool]:
    return Fault.last_at > tx.now - RECENT


async def delete_old(tx: Transaction, limit: int = 1_000) -> int:
    """Delete up to `limit` faults that were last seen `FAULT_RETENTION` ago; return how many."""
    old = (
        select(Fault.kind, Fault.row_id)
        .where(Fault.last_at <= tx.now - FAULT_RETENTION)
        .order_by(Fault.last_at)
        .limit(limit)
    )
    deleted = await tx.connection.execute(
        delete(Fault).where(tuple_(Fault.kind, Fault.row_id).in_(old))
    )
    return deleted.rowcount


# --- Isolating ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Failure(Generic[RowT]):
    """A row that could not be worked on, why, and the reference under which that was recorded."""

    row: RowT
    error: Exception
    reference: str


@dataclass(slots=True)
class BatchResult(Generic[RowT, ResultT]):
    """What a batch returned: the results in order, and the rows that failed."""

    results: list[ResultT] = field(default_factory=list)
    failures: list[Failure[RowT]] = field(default_factory=list)


async def isolate(
    tx: Transaction,
    kind: FaultKind,
    rows: Sequence[RowT],
    function: Callable[[RowT], Awaitable[ResultT]],
    row_id: Callable[[RowT], int],
) -> BatchResult[RowT, ResultT]:
    """Call `function` for each row, so that one that raises undoes only what was done for itself.

    All rows are tried under one savepoint. If one of them fails, they are tried again, each under
    its own, and the failures are recorded. Raises what isn't about a row (`concerns_row`).
    """
    outcome: BatchResult[RowT, ResultT] = BatchResult()
    if len(rows) > 1:
        try:
            async with tx.savepoint():
                return BatchResult([await function(row) for row in rows])
        except Exception as error:
            if not concerns_row(error):
                raise
    for row in rows:
        try:
            async with tx.savepoint():
                outcome.results.append(await function(row))
        except Exception as error:
            if not concerns_row(error):
                raise
            reference = await record(tx, kind, row_id(row), error)
            outcome.failures.append(Failure(row, error, reference))
    return outcome


def readable(
    tx: Transaction,
    kind: FaultKind,
    rows: Iterable[RowT],
    build: Callable[[RowT], ResultT],
    row_id: Callable[[RowT], int],
) -> list[ResultT]:
    """Return what `build` makes of each row. Rows for which it raises are noted and left out.

    So are rows with an unreadable instant, which would only fail where it is shown with others.
    """
    results = []
    for row in rows:
        try:
            if isinstance(row, Row):
                require_instants(row)
            results.append(build(row))
        except Exception as error:
            note(tx, kind, row_id(row), error)
    return results


def concerns_row(error: BaseException) -> bool:
    """Tell whether an error is about one row, so that other rows may succeed.

    It isn't if the database is unavailable or out of space, or if the transaction must run again.
    """
    if not isinstance(error, Exception) or isinstance(
        error, StorageError | OSError | PoolTimeout | MemoryError
    ):
        return False
    return not isinstance(error, DBAPIError) or is_caused_by_data(error)
