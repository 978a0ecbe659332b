"""Keeping the busy time of members' own calendars: what is read when, and what becomes of it.

A worker claims calendars that are due, reads them, and records what it found: first the changes of
busy times in batches, then that the calendar was read. Each step holds only while the claim does,
so a worker that was killed, or was too slow, leaves nothing that the next one doesn't mend.

The busy times of a calendar that can't be read stay, since most of them are still true. Its owner
is told once, and sees since when. Booked sessions are never changed by a calendar: an overlap is
told once.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Integer,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from mentorship import faults
from mentorship.errors import CalendarProblem
from mentorship.faults import FaultKind
from mentorship.notifications import writing
from mentorship.notifications.catalogue import NotificationKind
from mentorship.notifications.writing import NotificationDraft
from mentorship.time.intervals import Span
from storage import Transaction
from storage.encryption import Undecryptable
from storage.tables import (
    Commitment,
    ExternalBusy,
    ExternalCalendar,
    GroupSession,
    Member,
    Session,
)
from storage.types import RowId, UtcDateTime

INTERVAL = timedelta(minutes=15)
"""How old what is known of a calendar can become while all is well."""

EARLIER = (timedelta(seconds=15), timedelta(seconds=75))
"""How much earlier a calendar is read, at least and at most: looking for those that are due and
fetching takes time, and those that were added together are spread over time."""

LEASE = timedelta(minutes=3)
"""How long a claim holds. Fetching and reading a calendar takes less."""

CLAIM_SIZE = 10
"""Calendars that one call claims."""

BATCH_SIZE = 500
"""Busy times that one transaction changes."""

MAX_CONFLICTS = 20
"""Overlapping sessions of which one batch of busy times tells the owner."""

RETRY_DELAYS = tuple(timedelta(minutes=minutes) for minutes in (15, 15, 30, 60, 120, 240, 360))
"""Time between a failure and the next try. The last one repeats."""

TELL_AFTER = timedelta(hours=1)
"""How long a calendar fails for a reason that may pass until its owner is told."""

LASTING = frozenset(
    {
        CalendarProblem.NOT_FOUND,
        CalendarProblem.SIGN_IN_NEEDED,
        CalendarProblem.WRONG_PASSWORD,
        CalendarProblem.FORBIDDEN,
        CalendarProblem.NOT_A_CALENDAR,
        CalendarProblem.TOO_LARGE,
        CalendarProblem.TOO_MANY_EVENTS,
        CalendarProblem.TOO_COMPLEX,
        CalendarProblem.TOO_MANY_REDIRECTS,
        CalendarProblem.REFUSED,
        CalendarProblem.UNREADABLE_SECRET,
    }
)
"""Problems that don't pass by themselves. The owner is told at once."""


class ClaimLost(Exception):
    """The calendar was changed or removed by its owner, or claimed by another worker."""


@dataclass(frozen=True, slots=True)
class DueCalendar:
    """A calendar to read. What it holds is secret, so it isn't part of its `repr`.

    `blocks_slots` tells whether its busy time is wanted at all. `zone` is the owner's, None if they
    have none. `etag`, `last_modified`, `content_hash` and `sync_token` are those of the last time.
    `lease` is when the claim ends.
    """

    id: int
    guild_id: int
    user_id: int
    kind: str
    label: str
    blocks_slots: bool
    receives_sessions: bool
    zone: str | None
    etag: str | None = field(repr=False)
    last_modified: str | None = field(repr=False)
    content_hash: str | None = field(repr=False)
    checked_at: datetime | None
    failing_since: datetime | None
    attempts: int
    lease: datetime
    address: str = field(repr=False)
    credentials: str | None = field(repr=False)
    sync_token: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class BusyRow:
    """A stored busy time."""

    id: int
    span: Span


@dataclass(frozen=True, slots=True)
class Validators:
    """What tells at the next time whether a calendar has changed."""

    etag: str | None = None
    last_modified: str | None = None
    content_hash: str | None = None
    sync_token: str | None = None


async def has_due(tx: Transaction) -> bool:
    """Return whether a calendar is to be read now."""
    return bool(await tx.connection.scalar(_HAS_DUE, {"now": tx.now}))


async def claim(tx: Transaction, limit: int = CLAIM_SIZE) -> list[DueCalendar]:
    """Claim calendars that are due, for the time of `LEASE`.

    Those that nothing is read from any more are put aside. One whose address can't be decrypted is
    recorded as failing. Returns those that can be read.
    """
    rows = (await tx.connection.execute(_DUE, {"now": tx.now, "limit": limit})).all()
    return await _claim(tx, rows)


async def claim_stale(tx: Transaction, user_id: int) -> list[DueCalendar]:
    """Claim a person's calendars that weren't read for `INTERVAL`, in any guild.

    Those that fail aren't among them, since they would fail again.
    """
    params = {
        "user": user_id,
        "since": tx.now - INTERVAL,
        "now": tx.now,
        "limit": CLAIM_SIZE,
    }
    rows = (await tx.connection.execute(_STALE, params)).all()
    return await _claim(tx, rows)


async def claim_own(tx: Transaction, user_id: int, calendar_id: int) -> list[DueCalendar]:
    """Claim one calendar of a person if it is due; returns none if it isn't."""
    params = {"user": user_id, "calendar": calendar_id, "now": tx.now}
    return await _claim(tx, (await tx.connection.execute(_OWN_DUE, params)).all())


async def has_stale(tx: Transaction, user_id: int) -> bool:
    """Return whether `claim_stale` would claim calendars."""
    params = {"user": user_id, "since": tx.now - INTERVAL, "now": tx.now}
    return bool(await tx.connection.scalar(_HAS_STALE, params))


async def load_busy(
    tx: Transaction, calendar_id: int, after: datetime | None = None, limit: int = BATCH_SIZE
) -> list[BusyRow]:
    """Return the stored busy times of a calendar that start after an instant, in order."""
    params = {"calendar": calendar_id, "after": after or _EVER, "limit": limit}
    rows = await tx.connection.execute(_BUSY, params)
    return [BusyRow(row.id, Span(row.starts_at, row.ends_at)) for row in rows]


async def change_busy(
    tx: Transaction, calendar: DueCalendar, removed: Sequence[int], added: Sequence[Span]
) -> None:
    """Remove and add some busy times, about `BATCH_SIZE`, and tell of overlapping sessions.

    Raises `ClaimLost`.
    """
    await _require_claim(tx, calendar, blocks_slots=True)
    if removed:
        params = {"ids": list(removed), "calendar": calendar.id}
        await tx.connection.execute(_REMOVE, params)
    if added:
        await tx.connection.execute(
            _ADD,
            [
                {
                    "calendar_id": calendar.id,
                    "user_id": calendar.user_id,
                    "starts_at": span.start,
                    "ends_at": span.end,
                }
                for span in added
            ],
        )
        await _tell_of_conflicts(tx, calendar, added)


async def finish(
    tx: Transaction, calendar: DueCalendar, validators: Validators, *, has_changed: bool
) -> None:
    """Record that a calendar was read, and when it is read next. Raises `ClaimLost`."""
    await _require_claim(tx, calendar)
    token = validators.sync_token
    # Those who were added together needn't be read together forever.
    early = random.uniform(*(each.total_seconds() for each in EARLIER))
    params = {
        "calendar": calendar.id,
        "at": tx.now,
        "next": tx.now + INTERVAL - timedelta(seconds=early),
        "etag": validators.etag,
        "last_modified": validators.last_modified,
        "content_hash": validators.content_hash,
        "sync_token": None if token is None else tx.cipher.encrypt(token),
    }
    await tx.connection.execute(_FINISH_CHANGED if has_changed else _FINISH, params)
    tx.tally.append(("calendar_import", "changed" if has_changed else "unchanged"))


async def fail(tx: Transaction, calendar: DueCalendar, problem: CalendarProblem) -> None:
    """Record why a calendar can't be read, and tell its owner once. Raises `ClaimLost`.

    What is known of its busy times stays.
    """
    await _require_claim(tx, calendar)
    await _record_failure(
        tx,
        calendar_id=calendar.id,
        guild_id=calendar.guild_id,
        user_id=calendar.user_id,
        label=calendar.label,
        attempts=calendar.attempts,
        failing_since=calendar.failing_since,
        problem=problem,
    )


async def _claim(tx: Transaction, rows: Sequence[Any]) -> list[DueCalendar]:
    lease = tx.now + LEASE

    async def claim_one(row: Any) -> DueCalendar | None:
        if row.left_at is not None or not (row.blocks_slots or row.receives_sessions):
            # An owner who returns is looked for once a day.
            at = None if row.left_at is None else tx.now + timedelta(days=1)
            await tx.connection.execute(_SET_NEXT, {"calendar": row.id, "next": at})
            return None
        try:
            address = tx.cipher.decrypt(row.address)
            credentials = row.credentials and tx.cipher.decrypt(row.credentials)
            sync_token = row.sync_token and tx.cipher.decrypt(row.sync_token)
        except Undecryptable:
            await _record_failure(
                tx,
                calendar_id=row.id,
                guild_id=row.guild_id,
                user_id=row.user_id,
                label=row.label,
                attempts=row.attempts,
                failing_since=row.failing_since,
                problem=CalendarProblem.UNREADABLE_SECRET,
            )
            return None
        await tx.connection.execute(_SET_NEXT, {"calendar": row.id, "next": lease})
        return DueCalendar(
            id=row.id,
            guild_id=row.guild_id,
            user_id=row.user_id,
            kind=row.kind,
            label=row.label,
            blocks_slots=row.blocks_slots,
            receives_sessions=row.receives_sessions,
            zone=row.timezone,
            etag=row.etag,
            last_modified=row.last_modified,
            content_hash=row.content_hash,
            checked_at=row.checked_at,
            failing_since=row.failing_since,
            attempts=row.attempts,
            lease=lease,
            address=address,
            credentials=credentials,
            sync_token=sync_token,
        )

    outcome = await faults.isolate(
        tx, FaultKind.EXTERNAL_CALENDAR, rows, claim_one, lambda row: row.id
    )
    return [calendar for calendar in outcome.results if calendar is not None]


async def _require_claim(
    tx: Transaction, calendar: DueCalendar, *, blocks_slots: bool = False
) -> None:
    """Lock a calendar that is still claimed. Raises `ClaimLost`."""
    params = {"calendar": calendar.id, "lease": calendar.lease}
    row = (await tx.connection.execute(_LOCK, params)).one_or_none()
    if row is None or (blocks_slots and not row.blocks_slots):
        raise ClaimLost


async def _record_failure(
    tx: Transaction,
    *,
    calendar_id: int,
    guild_id: int,
    user_id: int,
    label: str,
    attempts: int,
    failing_since: datetime | None,
    problem: CalendarProblem,
) -> None:
    since = failing_since or tx.now
    delay = RETRY_DELAYS[min(attempts, len(RETRY_DELAYS) - 1)]
    params = {
        "calendar": calendar_id,
        "since": since,
        "problem": problem,
        # Jitter needn't be hard to guess.
        "next": tx.now + delay * random.uniform(0.9, 1.1),
    }
    await tx.connection.execute(_FAIL, params)
    tx.tally.append(("calendar_import", "failed"))
    if problem not in LASTING and tx.now - since < TELL_AFTER:
        return
    told = await tx.connection.execute(_TELL, {"calendar": calendar_id, "at": tx.now})
    if not told.rowcount:
        return
    draft = NotificationDraft(
        NotificationKind.CALENDAR_FAILING,
        guild_id,
        user_id,
        subject=f"{calendar_id}.{writing.unique_subject()}",
        due_at=tx.now,
        facts={"calendar": calendar_id, "label": label, "problem": problem},
    )
    await writing.write(tx, [draft])


async def _tell_of_conflicts(tx: Transaction, calendar: DueCalendar, spans: Sequence[Span]) -> None:
    """Tell the owner of booked sessions that new busy times overlap, once for each session's time.

    A busy time that is exactly the session's is the session, which its owner has entered there.
    """
    first, last = min(span.start for span in spans), max(span.end for span in spans)
    params = {
        "user": calendar.user_id,
        "start": max(first, tx.now),
        "end": last,
        "limit": BATCH_SIZE,
    }
    drafts: list[NotificationDraft] = []
    for row in await tx.connection.execute(_BOOKED, params):
        if row.starts_at <= tx.now:
            continue
        overlapping = [
            span for span in spans if span.start < row.ends_at and span.end > row.starts_at
        ]
        if not overlapping or Span(row.starts_at, row.ends_at) in overlapping:
            continue
        about = f"session.{row.session_id}" if row.session_id else f"group.{row.group_id}"
        drafts.append(
            NotificationDraft(
                NotificationKind.CALENDAR_CONFLICT,
                row.guild_id,
                calendar.user_id,
                subject=f"{about}.{row.starts_at:%Y%m%dT%H%M}",
                due_at=tx.now,
                useful_until=row.starts_at,
                session_id=row.session_id,
                group_id=row.group_id,
                starts_at=row.starts_at,
                facts={"label": calendar.label},
            )
        )
        if len(drafts) == MAX_CONFLICTS:
            break
    await writing.write(tx, drafts)


_EVER = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_CALENDAR = ExternalCalendar.id == bindparam("calendar", type_=RowId)
_AT = bindparam("at", type_=UtcDateTime)
_NEXT = bindparam("next", type_=UtcDateTime)
_LIMIT = bindparam("limit", type_=Integer)
_NOW = bindparam("now", type_=UtcDateTime)
_IS_READABLE = ~faults.awaits_retry(
    FaultKind.EXTERNAL_CALENDAR, ExternalCalendar.id.expression, _NOW
)
_IS_DUE = (
    ExternalCalendar.next_at.is_not(None),
    ExternalCalendar.next_at <= _NOW,
    _IS_READABLE,
)
_IS_STALE = (
    ExternalCalendar.user_id == bindparam("user", type_=BigInteger),
    ExternalCalendar.next_at.is_not(None),
    ExternalCalendar.blocks_slots,
    ExternalCalendar.failing_since.is_(None),
    _IS_READABLE,
    or_(
        ExternalCalendar.checked_at.is_(None),
        ExternalCalendar.checked_at <= bindparam("since", type_=UtcDateTime),
    ),
)
_HAS_DUE = select(exists().where(*_IS_DUE))
_HAS_STALE = select(exists().where(*_IS_STALE))
_SELECT = select(
    ExternalCalendar.id,
    ExternalCalendar.guild_id,
    ExternalCalendar.user_id,
    ExternalCalendar.kind,
    ExternalCalendar.label,
    ExternalCalendar.address,
    ExternalCalendar.credentials,
    ExternalCalendar.blocks_slots,
    ExternalCalendar.receives_sessions,
    ExternalCalendar.etag,
    ExternalCalendar.last_modified,
    ExternalCalendar.content_hash,
    ExternalCalendar.sync_token,
    ExternalCalendar.checked_at,
    ExternalCalendar.failing_since,
    ExternalCalendar.attempts,
    Member.timezone,
    Member.left_at,
).join(
    Member,
    (Member.guild_id == ExternalCalendar.guild_id) & (Member.user_id == ExternalCalendar.user_id),
)
_DUE = (
    _SELECT.where(*_IS_DUE)
    .order_by(ExternalCalendar.next_at)
    .limit(_LIMIT)
    .with_for_update(of=ExternalCalendar, skip_locked=True)
)
_OWN_DUE = _SELECT.where(
    _CALENDAR, ExternalCalendar.user_id == bindparam("user", type_=BigInteger), *_IS_DUE
).with_for_update(of=ExternalCalendar, skip_locked=True)
_STALE = (
    _SELECT.where(*_IS_STALE)
    .order_by(ExternalCalendar.id)
    .limit(_LIMIT)
    .with_for_update(of=ExternalCalendar, skip_locked=True)
)
_SET_NEXT = update(ExternalCalendar).where(_CALENDAR).values(next_at=_NEXT)
_LOCK = (
    select(ExternalCalendar.blocks_slots)
    .where(_CALENDAR, ExternalCalendar.next_at == bindparam("lease", type_=UtcDateTime))
    .with_for_update()
)
_FINISH = (
    update(ExternalCalendar)
    .where(_CALENDAR)
    .values(
        checked_at=_AT,
        next_at=_NEXT,
        etag=bindparam("etag"),
        last_modified=bindparam("last_modified"),
        content_hash=bindparam("content_hash"),
        sync_token=bindparam("sync_token"),
        failing_since=None,
        problem=None,
        told_at=None,
        attempts=0,
    )
)
_FINISH_CHANGED = _FINISH.values(changed_at=_AT)
_FAIL = (
    update(ExternalCalendar)
    .where(_CALENDAR)
    .values(
        failing_since=bindparam("since", type_=UtcDateTime),
        problem=bindparam("problem"),
        next_at=_NEXT,
        attempts=ExternalCalendar.attempts + 1,
    )
)
_TELL = (
    update(ExternalCalendar)
    .where(_CALENDAR, ExternalCalendar.told_at.is_(None))
    .values(told_at=_AT)
)
_BUSY = (
    select(ExternalBusy.id, ExternalBusy.starts_at, ExternalBusy.ends_at)
    .where(
        ExternalBusy.calendar_id == bindparam("calendar", type_=RowId),
        ExternalBusy.starts_at > bindparam("after", type_=UtcDateTime),
    )
    .order_by(ExternalBusy.starts_at)
    .limit(_LIMIT)
)
_REMOVE = delete(ExternalBusy).where(
    ExternalBusy.id.in_(bindparam("ids", expanding=True)),
    ExternalBusy.calendar_id == bindparam("calendar", type_=RowId),
)
_ADD = insert(ExternalBusy)
_BOOKED = (
    select(
        Commitment.session_id,
        Commitment.group_id,
        func.coalesce(Session.guild_id, GroupSession.guild_id).label("guild_id"),
        func.coalesce(Session.starts_at, GroupSession.starts_at).label("starts_at"),
        func.coalesce(Session.ends_at, GroupSession.ends_at).label("ends_at"),
    )
    .outerjoin(Session, Session.id == Commitment.session_id)
    .outerjoin(GroupSession, GroupSession.id == Commitment.group_id)
    .where(
        Commitment.user_id == bindparam("user", type_=BigInteger),
        Commitment.ends_at > bindparam("start", type_=UtcDateTime),
        Commitment.starts_at < bindparam("end", type_=UtcDateTime),
        Commitment.invitation_id.is_(None),
    )
    .order_by(Commitment.ends_at)
    .limit(_LIMIT)
)
