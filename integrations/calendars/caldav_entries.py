"""Writes sessions into people's calendars over CalDAV, and removes them.

The name of an entry is made of its session's UID, and it is created only if there is none of that
name. So an attempt that was killed before it was recorded is found, and nothing is doubled. An
entry that was changed over there isn't overwritten, unless the session has changed since.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from icalendar import Calendar

from integrations.calendars.caldav_calendar import CalDavCalendar, EntryChanged, Resource
from integrations.calendars.caldav_client import CalDavError, Connection, Credentials
from integrations.egress import Egress
from mentorship.calendars import entry_work
from mentorship.calendars.agenda import AgendaEntry
from mentorship.calendars.entry_changes import TheirChange
from mentorship.calendars.entry_work import (
    LASTING,
    LEASE,
    Account,
    EntryOutcome,
    EntryWork,
    WrittenEntry,
)
from mentorship.errors import CalendarProblem
from storage import Database
from wording.icalendar import calendar_file
from wording.reader import Reader
from wording.translation import speaking

log = logging.getLogger(__name__)

MAX_ROUNDS = 100
"""Claims in one run, at most. The next run continues."""

MAX_ENTRY_SIZE = 256 * 1024
"""Bytes of an entry that are read to compare it, at most."""

_OF_SERVER = LASTING | {
    CalendarProblem.TIMEOUT,
    CalendarProblem.UNREACHABLE,
    CalendarProblem.UNKNOWN_HOST,
    CalendarProblem.BAD_CERTIFICATE,
    CalendarProblem.SERVER_ERROR,
}
"""Problems that the other entries of the calendar would have, too."""

Span = tuple[datetime, datetime]


class EntryWriter:
    """Brings entries up to date. Each run opens the guard that `create_egress` returns."""

    def __init__(self, database: Database, create_egress: Callable[[], Egress]) -> None:
        self._database = database
        self._create_egress = create_egress

    async def run(self, after_step: Callable[[], None] = lambda: None) -> int:
        """Write or remove all entries that are due. Returns how many requests were attempted."""
        if not await self._database.read(entry_work.has_due):
            return 0
        attempted = 0
        async with self._create_egress() as egress:
            for _ in range(MAX_ROUNDS):
                claimed = await self._database.run(entry_work.claim)
                by_calendar: dict[int, list[EntryWork]] = defaultdict(list)
                for work in claimed:
                    by_calendar[work.calendar_id].append(work)
                await asyncio.gather(
                    *(self._work_on(egress, each) for each in by_calendar.values())
                )
                attempted += len(claimed)
                after_step()
                if not await self._database.read(entry_work.has_due):
                    break
        return attempted

    async def _work_on(self, egress: Egress, works: Sequence[EntryWork]) -> None:
        """Work on the claimed entries of one calendar, one after the other."""
        problem: CalendarProblem | None = None
        try:
            # Those that a slow server leaves over are claimed again once their lease ends.
            async with asyncio.timeout(LEASE.total_seconds() * 0.8):
                for work in works:
                    outcome = (
                        EntryOutcome(work, problem=problem) if problem else await _try(egress, work)
                    )
                    if outcome.problem in _OF_SERVER:
                        problem = outcome.problem
                    await self._database.run(entry_work.record, [outcome])
        except TimeoutError:
            log.warning("a calendar's server is too slow", extra={"calendar": works[0].calendar_id})


async def _try(egress: Egress, work: EntryWork) -> EntryOutcome:
    if work.account is None:
        return EntryOutcome(work, problem=CalendarProblem.UNREADABLE_SECRET)
    try:
        return await bring_up_to_date(open_calendar(egress, work.account), work)
    except CalDavError as error:
        return EntryOutcome(work, problem=error.problem)


def open_calendar(egress: Egress, account: Account) -> CalDavCalendar:
    """Return the calendar of an account. Nothing is requested yet."""
    credentials = Credentials(account.username, account.password)
    return CalDavCalendar(Connection(egress, account.address, credentials), account.address)


async def bring_up_to_date(calendar: CalDavCalendar, work: EntryWork) -> EntryOutcome:
    """Write or remove one entry. Raises `CalDavError`."""
    if work.wanted is None:
        await calendar.delete_entry(work.name)
        return EntryOutcome(work, is_removed=True)
    with speaking(work.language):
        owner = Reader.of(work.language, work.timezone)
        content = calendar_file.calendar_object(work.wanted, owner)
    written = work.written
    try:
        if written is None:
            etag = await calendar.create_entry(work.name, content)
            return await _written(calendar, work, work.wanted, work.name, etag)
        if written.etag is not None:
            etag = await calendar.replace_entry(work.name, content, written.etag)
            return await _written(calendar, work, work.wanted, work.name, etag)
    except EntryChanged:
        pass
    # Something else is there than what is known, or the server gives no ETags.
    return await _resolve(calendar, work, work.wanted, content)


async def _resolve(
    calendar: CalDavCalendar, work: EntryWork, wanted: AgendaEntry, content: bytes
) -> EntryOutcome:
    """Look at what is there, and overwrite it unless somebody has changed it."""
    name, written = work.name, work.written
    theirs = await calendar.read_entry(name)
    if theirs is None and (written is None or written.sequence is None):
        # Perhaps an app has given it another name.
        found = await calendar.find_entry(wanted.uid)
        if found is not None:
            name, theirs = found
    is_overwritten = written is None or written.sequence is None
    if theirs is None and not is_overwritten:
        return EntryOutcome(work, change=TheirChange(work.id, is_deleted=True))
    if theirs is not None and not is_overwritten and written is not None:
        span = span_of(theirs)
        last = (written.starts_at, written.ends_at)
        now = (wanted.span.start, wanted.span.end)
        if span not in (None, last, now) and last == now:
            assert span is not None
            return EntryOutcome(work, change=TheirChange(work.id, False, *span, theirs.etag))
    try:
        if theirs is None:
            etag = await calendar.create_entry(name, content)
        else:
            etag = await calendar.replace_entry(name, content, theirs.etag)
    except EntryChanged:
        # Changed at this moment: it is looked at again later.
        raise CalDavError(CalendarProblem.BAD_ANSWER) from None
    return await _written(calendar, work, wanted, name, etag)


async def _written(
    calendar: CalDavCalendar, work: EntryWork, wanted: AgendaEntry, name: str, etag: str | None
) -> EntryOutcome:
    if etag is None:
        # Servers that change what they store don't tell its ETag (RFC 4791, section 5.3.4).
        stored = await calendar.read_entry(name)
        etag = None if stored is None else stored.etag
    span = wanted.span
    return EntryOutcome(
        work, written=WrittenEntry(name, etag, wanted.sequence, span.start, span.end)
    )


def span_of(resource: Resource) -> Span | None:
    """Return from when to when an entry is, None if that can't be read."""
    if len(resource.content) > MAX_ENTRY_SIZE:
        return None
    try:
        event: Any = Calendar.from_ical(resource.content).walk("VEVENT")[0]
        start, end = event.start, event.end
        if not (isinstance(start, datetime) and isinstance(end, datetime)):
            return None
        if start.tzinfo is None or end.tzinfo is None:
            return None
        return start.astimezone(UTC), end.astimezone(UTC)
    except Exception:
        # It is a stranger's text: the library may raise anything.
        return None
