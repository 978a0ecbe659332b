"""Reads people's calendars over CalDAV: when they are busy, and what was done to our entries.

A calendar is read in full only if it may have changed: its server says so by a sync token or a tag.
Our own entries change that as well, so the server is asked which resources have changed, where it
can tell (RFC 6578).
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from integrations.calendars.caldav_calendar import CalDavCalendar, Changes, Resource, State
from integrations.calendars.caldav_client import CalDavError
from integrations.calendars.caldav_entries import open_calendar, span_of
from integrations.calendars.importing import Fetched, FetchFailed, NotModified
from integrations.egress import Egress
from mentorship.calendars import entries, entry_changes
from mentorship.calendars.busy_import import DueCalendar
from mentorship.calendars.entry_changes import TheirChange, WatchedEntry
from mentorship.calendars.entry_work import Account
from mentorship.errors import CalendarProblem
from mentorship.time.intervals import Span
from storage import Database

_EMPTY = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//mentorbot//mentorbot//EN\r\nEND:VCALENDAR"
"""So that a calendar without events is one, too."""


class CalDavFetcher:
    """Reads the calendars of kind `caldav`, through an open `Egress`."""

    def __init__(self, database: Database, egress: Egress) -> None:
        self._database = database
        self._egress = egress

    async def fetch(
        self, calendar: DueCalendar, window: Span, *, is_known: bool
    ) -> Fetched | NotModified:
        """Return the events of a calendar in a window of time. See `Fetcher.fetch`.

        What was done to our entries is recorded first.
        """
        try:
            pair = json.loads(calendar.credentials or "")
            account = Account(calendar.address, pair["username"], pair["password"])
        except (ValueError, KeyError, TypeError):
            raise FetchFailed(CalendarProblem.UNREADABLE_SECRET) from None
        server = open_calendar(self._egress, account)
        try:
            return await self._read(calendar, server, window, is_known=is_known)
        except CalDavError as error:
            raise FetchFailed(error.problem) from None

    async def _read(
        self, due: DueCalendar, calendar: CalDavCalendar, window: Span, *, is_known: bool
    ) -> Fetched | NotModified:
        state = await calendar.read_state()
        if due.failing_since is not None:
            await self._database.run(entries.retry_all, due.id)
        says_state = state != State(None, None)
        is_same = (state.sync_token, state.ctag) == (due.sync_token, due.etag)
        if is_known and says_state and is_same:
            return NotModified()
        changes = None
        if is_known and due.sync_token is not None:
            changes = await calendar.changes_since(due.sync_token)
        watched = await self._database.read(entry_changes.list_watched, due.id)
        if changes is not None and _are_ours(calendar, changes, watched):
            return NotModified(state.ctag, sync_token=changes.sync_token or state.sync_token)
        found = await calendar.read_events(window.start, window.end)
        theirs = await _compare(calendar, watched, found, changes)
        if theirs:
            await self._database.run(entry_changes.record, due.id, theirs)
        own = {calendar.path_of(entry.name) for entry in watched}
        events = (each.content for each in found if each.path not in own)
        content = b"\r\n".join((_EMPTY, *events))
        return Fetched(content, state.ctag, sync_token=state.sync_token)


def _are_ours(calendar: CalDavCalendar, changes: Changes, watched: Sequence[WatchedEntry]) -> bool:
    """Return whether nothing but our own writing has changed."""
    known = {calendar.path_of(each.name): each.etag for each in watched}
    return all(
        path in known and changes.etags.get(path) == known[path] is not None
        for path in changes.paths
    )


async def _compare(
    calendar: CalDavCalendar,
    watched: Sequence[WatchedEntry],
    found: Sequence[Resource],
    changes: Changes | None,
) -> list[TheirChange]:
    """Return what has happened to our entries. Raises `CalDavError`."""
    by_path = {resource.path: resource for resource in found}
    theirs = []
    for entry in watched:
        path = calendar.path_of(entry.name)
        resource = by_path.get(path)
        if resource is None:
            if changes is not None and path not in changes.paths:
                # It is outside of the window that was read.
                continue
            resource = await calendar.read_entry(entry.name)
        elif resource.etag is not None and resource.etag == entry.etag:
            continue
        if resource is None:
            theirs.append(TheirChange(entry.id, is_deleted=True))
            continue
        span = span_of(resource)
        if span is not None:
            theirs.append(TheirChange(entry.id, False, *span, resource.etag))
    return theirs
