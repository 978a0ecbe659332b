"""One calendar at a CalDAV server: its state, its events, and the entries written into it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote, urlsplit
from xml.sax.saxutils import escape

from caldav.response import DAVResponse

from integrations.calendars.caldav_client import CalDavError, Connection, require_success
from mentorship.errors import CalendarProblem

_ICS = {"Content-Type": "text/calendar; charset=utf-8"}

_SYNC_TOKEN = "{DAV:}sync-token"
_CTAG = "{http://calendarserver.org/ns/}getctag"
_STATE = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<D:propfind xmlns:D="DAV:" xmlns:S="http://calendarserver.org/ns/">'
    "<D:prop><D:sync-token/><S:getctag/></D:prop></D:propfind>"
)
_EVENTS = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">'
    "<D:prop><D:getetag/><C:calendar-data/></D:prop>"
    '<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">'
    '<C:time-range start="{start:%Y%m%dT%H%M%SZ}" end="{end:%Y%m%dT%H%M%SZ}"/>'
    "</C:comp-filter></C:comp-filter></C:filter></C:calendar-query>"
)
_BY_UID = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">'
    "<D:prop><D:getetag/><C:calendar-data/></D:prop>"
    '<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">'
    '<C:prop-filter name="UID"><C:text-match collation="i;octet">{uid}</C:text-match>'
    "</C:prop-filter></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>"
)
_NO_SUCH_TOKEN = frozenset({400, 403, 409, 412})
"""Statuses for a sync token that the server doesn't know any more (RFC 6578, section 3.2)."""


class EntryChanged(Exception):
    """The entry isn't as expected over there: changed, deleted, or already there."""


@dataclass(frozen=True, slots=True)
class State:
    """What the server says of a calendar's state; a value that hasn't changed means no change.

    Servers have either, both, or none.
    """

    sync_token: str | None
    ctag: str | None


@dataclass(frozen=True, slots=True)
class Resource:
    """One event of a calendar, with its recurrences. `path` is unquoted."""

    path: str
    etag: str | None
    content: bytes


@dataclass(frozen=True, slots=True)
class Changes:
    """The paths of what was changed or deleted since a sync token."""

    paths: frozenset[str]
    etags: dict[str, str]
    sync_token: str | None


class CalDavCalendar:
    """A calendar at `address`. Each method raises `CalDavError`."""

    def __init__(self, connection: Connection, address: str) -> None:
        self._connection = connection
        self._address = address if address.endswith("/") else address + "/"

    def path_of(self, name: str) -> str:
        """Return the unquoted path of an entry."""
        return unquote(urlsplit(self._address + name).path)

    async def read_state(self) -> State:
        """Return the calendar's state, by which changes are noticed."""
        with reading():
            response = await self._connection.propfind(self._address, body=_STATE, depth=0)
            require_success(response)
            results: list[Any] = response.results or []
            if not results or results[0].status == 404:
                raise CalDavError(CalendarProblem.NOT_FOUND)
            properties = results[0].properties
            return State(_text(properties.get(_SYNC_TOKEN)), _text(properties.get(_CTAG)))

    async def changes_since(self, sync_token: str) -> Changes | None:
        """Return what has changed since a token; None if the server can't tell."""
        with reading():
            response = await self._connection.sync_collection(
                self._address, sync_token, props=["{DAV:}getetag"]
            )
            if response.status in _NO_SUCH_TOKEN or response.status in (405, 501):
                return None
            require_success(response)
            result = response.parse_sync_collection()
            if result.truncated:
                return None
            etags = {each.href: each.etag for each in result.changed if each.etag}
            paths = {each.href for each in result.changed} | set(result.deleted)
            return Changes(frozenset(paths), etags, result.sync_token)

    async def read_events(self, start: datetime, end: datetime) -> tuple[Resource, ...]:
        """Return the events that happen in a window of time."""
        with reading():
            body = _EVENTS.format(start=start.astimezone(UTC), end=end.astimezone(UTC))
            response = await self._connection.report(self._address, body, depth=1)
            require_success(response)
            return tuple(
                Resource(each.href, each.etag, each.calendar_data.encode())
                for each in response.parse_calendar_query()
                if each.calendar_data
            )

    async def read_entry(self, name: str) -> Resource | None:
        """Return an entry; None if it is gone."""
        with reading():
            response = await self._connection.request(self._address + name)
            if response.status in (404, 410):
                return None
            require_success(response)
            return Resource(self.path_of(name), _etag(response), response.raw.encode())

    async def find_entry(self, uid: str) -> tuple[str, Resource] | None:
        """Return the name and content of the entry with a UID, wherever it is in the calendar."""
        with reading():
            response = await self._connection.report(
                self._address, _BY_UID.format(uid=escape(uid)), depth=1
            )
            require_success(response)
            for each in response.parse_calendar_query():
                if each.calendar_data and f"UID:{uid}" in each.calendar_data.split("\n"):
                    name = quote(each.href.rsplit("/", 1)[-1])
                    return name, Resource(each.href, each.etag, each.calendar_data.encode())
            return None

    async def create_entry(self, name: str, content: bytes) -> str | None:
        """Write a new entry and return its ETag, None if the server didn't say.

        Raises `EntryChanged` if there is one already.
        """
        return await self._write(name, content, {"If-None-Match": "*"})

    async def replace_entry(self, name: str, content: bytes, etag: str | None) -> str | None:
        """Replace an entry and return its new ETag, None if the server didn't say.

        Raises `EntryChanged` if it isn't the one with `etag`. Without an ETag it is overwritten.
        """
        return await self._write(name, content, {"If-Match": etag} if etag else {})

    async def delete_entry(self, name: str) -> None:
        """Delete an entry, whatever it says. One that is gone already is no error."""
        with reading():
            response = await self._connection.delete(self._address + name)
            if response.status not in (404, 410):
                require_success(response)

    async def _write(self, name: str, content: bytes, condition: dict[str, str]) -> str | None:
        with reading():
            response = await self._connection.request(
                self._address + name, "PUT", content, {**_ICS, **condition}
            )
            if response.status == 412 or (
                response.status == 409 and "uid-conflict" in response.raw
            ):
                raise EntryChanged
            require_success(response)
            return _etag(response)


def _etag(response: DAVResponse) -> str | None:
    etag = response.headers.get("ETag")
    # With a weak one, no entry could be replaced (RFC 9110, section 13.1.1).
    return etag if etag and not etag.startswith("W/") else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


@contextmanager
def reading() -> Iterator[None]:
    """Take whatever the library raises for a server's answer."""
    try:
        yield
    except (CalDavError, EntryChanged):
        raise
    except Exception as error:
        # The library has no common error for answers that make no sense.
        raise CalDavError(CalendarProblem.BAD_ANSWER) from error
