"""Reads members' own calendars again and again, and keeps their busy times.

Fetching and reading run outside of any transaction. What was found is compared with what is stored,
so that only differences are written. Any number of processes may do this at the same time.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from integrations.calendars.ics_lines import UnreadableCalendar
from integrations.calendars.ics_reader import BusyTimes, ReadRequest
from integrations.calendars.ics_worker import IcsWorker
from mentorship import installation
from mentorship.calendars import busy_import
from mentorship.calendars.busy_import import BusyRow, ClaimLost, DueCalendar, Validators
from mentorship.errors import CalendarProblem
from mentorship.mentors.profile_rules import MIN_DURATION
from mentorship.time.intervals import Span, from_epoch
from storage import Database

log = logging.getLogger(__name__)

WINDOW = timedelta(days=366)
"""How far ahead calendars are read: as far as people can book."""

MAX_SPANS = 20_000
"""The most busy times that are kept of one calendar."""

MAX_AT_ONCE = 32
"""Calendars that a process fetches at the same time. Files are read one after the other."""

POLL_S = 1.0
"""Seconds between two looks for calendars that are due while others are being read."""

CHECK_S = 60.0
"""Seconds after which a calendar that is fetched and read is given up: less than its lease."""

BOOKING_LIMIT_S = 1.2
"""Seconds that a booking waits for calendars. Discord waits 3 s for all of it."""


class FetchFailed(Exception):
    """A calendar can't be fetched, for the reason `problem`."""

    def __init__(self, problem: CalendarProblem) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Fetched:
    """A calendar's content: one or several ICS files, one after the other.

    `owner_addresses` are e-mail addresses of its owner, as far as the fetcher knows them.
    """

    content: bytes
    etag: str | None = None
    last_modified: str | None = None
    sync_token: str | None = None
    owner_addresses: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class NotModified:
    """The calendar hasn't changed. Validators that are None stay as they are."""

    etag: str | None = None
    last_modified: str | None = None
    sync_token: str | None = None


class Fetcher(Protocol):
    """Fetches calendars of one kind."""

    async def fetch(
        self, calendar: DueCalendar, window: Span, *, is_known: bool
    ) -> Fetched | NotModified:
        """Return what is in a calendar between the ends of `window`, or that it hasn't changed.

        Unless `is_known`, what was read of it before doesn't cover the window, so the whole content
        is needed. Raises `FetchFailed`.
        """


class CalendarImporter:
    """Keeps the busy times of one process's share of the calendars.

    `fetchers` are by the kind of calendar. `worker` is closed by whoever made it.
    """

    def __init__(
        self, database: Database, fetchers: Mapping[str, Fetcher], worker: IcsWorker
    ) -> None:
        self._database = database
        self._fetchers = fetchers
        self._worker = worker
        self._own_uids = ""

    async def run(self, after_step: Callable[[], None] = lambda: None) -> int:
        """Read all calendars that are due, and return how many. Ends when none is left.

        Without an encryption key there is nothing to read. `after_step` is called now and then. If
        the caller is cancelled, calendars that are being read are read again after their leases.
        """
        count = 0
        running: set[asyncio.Task[None]] = set()
        try:
            while True:
                # A server that hangs doesn't hold up those whose calendars become due meanwhile.
                claimed = await self._claim(MAX_AT_ONCE - len(running))
                running |= {asyncio.create_task(self._check(each)) for each in claimed}
                count += len(claimed)
                after_step()
                if running:
                    _, running = await asyncio.wait(
                        running, timeout=POLL_S, return_when=asyncio.FIRST_COMPLETED
                    )
                elif not claimed:
                    return count
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _claim(self, room: int) -> list[DueCalendar]:
        if not room or not self._database.cipher.is_available:
            return []
        if not await self._database.read(busy_import.has_due):
            return []
        return await self._database.run(busy_import.claim, min(room, busy_import.CLAIM_SIZE))

    async def refresh(self, user_id: int, limit_s: float = BOOKING_LIMIT_S) -> None:
        """Read a person's calendars if that is overdue, before they are booked.

        Takes `limit_s` at most, and never raises: a booking goes on with what is known.
        """

        async def claim() -> list[DueCalendar]:
            if not await self._database.read(busy_import.has_stale, user_id):
                return []
            return await self._database.run(busy_import.claim_stale, user_id)

        await self._check_within(limit_s, claim)

    async def check(self, user_id: int, calendar_id: int, limit_s: float = BOOKING_LIMIT_S) -> None:
        """Read one of a person's calendars if it is due.

        Takes `limit_s` at most, and never raises. A calendar that takes longer is read by the job.
        """

        async def claim() -> list[DueCalendar]:
            return await self._database.run(busy_import.claim_own, user_id, calendar_id)

        await self._check_within(limit_s, claim)

    async def _check_within(
        self, limit_s: float, claim: Callable[[], Awaitable[list[DueCalendar]]]
    ) -> None:
        """Claim calendars and read them, while somebody waits."""
        if not self._database.cipher.is_available:
            return
        try:
            async with asyncio.timeout(limit_s):
                await asyncio.gather(*map(self._check, await claim()))
        except TimeoutError:
            log.info("a person doesn't wait for a calendar any longer")
        except Exception:
            log.exception("calendars can't be read while somebody waits")

    async def _check(self, calendar: DueCalendar) -> None:
        """Fetch, read and record one calendar. What is wrong with it stops no other."""
        try:
            try:
                async with asyncio.timeout(CHECK_S):
                    await self._read(calendar)
            except (FetchFailed, UnreadableCalendar) as error:
                await self._database.run(busy_import.fail, calendar, error.problem)
            except TimeoutError:
                await self._database.run(busy_import.fail, calendar, CalendarProblem.TIMEOUT)
        except ClaimLost:
            log.info("a calendar was changed while it was read", extra={"calendar": calendar.id})
        except Exception:
            # It is tried again when its lease ends.
            log.exception("a calendar can't be checked", extra={"calendar": calendar.id})

    async def _read(self, calendar: DueCalendar) -> None:
        fetcher = self._fetchers.get(calendar.kind)
        if fetcher is None:
            raise FetchFailed(CalendarProblem.BAD_ANSWER)
        window = _window(self._database.now())
        zone = calendar.zone or "UTC"
        # What was read before counts as long as days and dates are the same.
        scope = f"{window.start:%Y%m%d}.{zone}."
        is_known = calendar.content_hash is not None and calendar.content_hash.startswith(scope)
        found = await fetcher.fetch(calendar, window, is_known=is_known)
        if isinstance(found, NotModified):
            validators = Validators(
                found.etag or calendar.etag,
                found.last_modified or calendar.last_modified,
                calendar.content_hash,
                found.sync_token or calendar.sync_token,
            )
            await self._database.run(busy_import.finish, calendar, validators, has_changed=False)
            return
        has_changed = False
        content_hash = scope + hashlib.sha256(found.content).hexdigest()
        if calendar.blocks_slots and content_hash != calendar.content_hash:
            busy = await self._worker.read(
                found.content,
                ReadRequest(
                    zone,
                    window.start,
                    window.end,
                    own_uids=await self._own_uid_ending(),
                    owner_addresses=found.owner_addresses,
                ),
            )
            has_changed = await self._record(calendar, _spans(busy))
        validators = Validators(found.etag, found.last_modified, content_hash, found.sync_token)
        await self._database.run(busy_import.finish, calendar, validators, has_changed=has_changed)

    async def _record(self, calendar: DueCalendar, spans: Sequence[Span]) -> bool:
        """Bring the stored busy times to `spans`, in batches. Returns whether any have changed."""
        if len(spans) > MAX_SPANS:
            raise UnreadableCalendar(CalendarProblem.TOO_MANY_EVENTS)
        stored = await self._load_stored(calendar)
        wanted, known = frozenset(spans), {row.span for row in stored}
        changes: list[BusyRow | Span] = [row for row in stored if row.span not in wanted]
        changes += [span for span in spans if span not in known]
        for batch in _batches(changes):
            removed = [each.id for each in batch if isinstance(each, BusyRow)]
            added = [each for each in batch if isinstance(each, Span)]
            await self._database.run(busy_import.change_busy, calendar, removed, added)
        return bool(changes)

    async def _load_stored(self, calendar: DueCalendar) -> list[BusyRow]:
        stored: list[BusyRow] = []
        while True:
            after = stored[-1].span.start if stored else None
            page = await self._database.read(busy_import.load_busy, calendar.id, after)
            stored += page
            if len(page) < busy_import.BATCH_SIZE:
                return stored

    async def _own_uid_ending(self) -> str:
        if not self._own_uids:
            uid = (await self._database.read(installation.load)).uid
            self._own_uids = f"@{uid}.mentorbot"
        return self._own_uids


def _window(now: datetime) -> Span:
    """Return the days for which calendars are read. They are the same for a whole day."""
    start = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Span(start, start + WINDOW)


def _batches(changes: Sequence[BusyRow | Span]) -> Iterator[list[BusyRow | Span]]:
    """Yield changes in order of time, so that one that only moves an end is made at once."""
    ordered = sorted(changes, key=_start_of)
    batch: list[BusyRow | Span] = []
    for change in ordered:
        if len(batch) >= busy_import.BATCH_SIZE and _start_of(change) != _start_of(batch[-1]):
            yield batch
            batch = []
        batch.append(change)
    if batch:
        yield batch


def _start_of(change: BusyRow | Span) -> datetime:
    return change.span.start if isinstance(change, BusyRow) else change.start


def _spans(busy: BusyTimes) -> list[Span]:
    """Return busy times without gaps in which no session fits."""
    spans: list[tuple[int, int]] = []
    for start, end in busy.spans:
        if spans and start - spans[-1][1] < MIN_DURATION * 60:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return [Span(from_epoch(start), from_epoch(end)) for start, end in spans]
