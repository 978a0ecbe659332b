"""Finding the calendars of an account at a CalDAV server (RFC 4791, section 7; RFC 6764)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin, urlsplit

from caldav.lib.error import DAVError

from integrations.calendars.caldav_calendar import reading
from integrations.calendars.caldav_client import (
    CalDavError,
    Connection,
    Credentials,
    require_success,
)
from integrations.egress import Egress
from mentorship.calendars.accounts import DiscoveredCalendar
from mentorship.errors import CalendarProblem, CalendarUnavailable

MAX_CALENDARS = 50
"""Calendars of an account that are shown at most."""

_WELL_KNOWN = "/.well-known/caldav"
_CALENDAR = "{urn:ietf:params:xml:ns:caldav}calendar"
_HOME = "{urn:ietf:params:xml:ns:caldav}calendar-home-set"
_COMPONENTS = "{urn:ietf:params:xml:ns:caldav}supported-calendar-component-set"
_PRIVILEGES = "{DAV:}current-user-privilege-set"
_CALENDARS = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<D:propfind xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">'
    "<D:prop><D:resourcetype/><D:displayname/><C:supported-calendar-component-set/>"
    "<D:current-user-privilege-set/></D:prop></D:propfind>"
)
_WRITING = frozenset({"{DAV:}all", "{DAV:}write", "{DAV:}write-content", "{DAV:}bind"})

# Problems of an address after which another address of the same server is tried.
_TRY_ANOTHER = frozenset(
    {CalendarProblem.NOT_FOUND, CalendarProblem.NOT_A_CALENDAR, CalendarProblem.BAD_ANSWER}
)


class CalDavDirectory:
    """Finds calendars. Each time, it opens the egress guard that `create_egress` returns."""

    def __init__(self, create_egress: Callable[[], Egress]) -> None:
        self._create_egress = create_egress

    async def discover(
        self, server: str, username: str, password: str
    ) -> tuple[DiscoveredCalendar, ...]:
        """Return the calendars for events of an account. Raises `CalendarUnavailable`.

        `server` is a host or an address as people type it.
        """
        credentials = Credentials(username, password)
        problem = CalendarProblem.NOT_A_CALENDAR
        async with self._create_egress() as egress:
            for address in _addresses(server):
                try:
                    return await self._find(Connection(egress, address, credentials))
                except CalDavError as error:
                    problem = error.problem
                    if problem not in _TRY_ANOTHER:
                        break
        raise CalendarUnavailable(problem)

    async def _find(self, connection: Connection) -> tuple[DiscoveredCalendar, ...]:
        """Find an account's calendars. Raises `CalDavError` if there are none."""
        with reading():
            principal = str((await connection.get_principal()).url)
            response = await connection.propfind(principal, props=[_HOME], depth=0)
            require_success(response)
            results: list[Any] = response.results or []
            home = results[0].properties.get(_HOME) if results else None
            homes = [home] if isinstance(home, str) else list(home or [principal])
            found: list[DiscoveredCalendar] = []
            for each in homes:
                found += await self._list(connection, each)
        if not found:
            raise CalDavError(CalendarProblem.NOT_A_CALENDAR)
        return tuple(found[:MAX_CALENDARS])

    async def _list(self, connection: Connection, home: str) -> list[DiscoveredCalendar]:
        try:
            response = await connection.propfind(home, body=_CALENDARS, depth=1)
        except DAVError:
            # The library reads nothing of an answer that refuses to tell one of the properties.
            response = await connection.propfind(
                home, body=_CALENDARS.replace("<D:current-user-privilege-set/>", ""), depth=1
            )
        require_success(response)
        results: list[Any] = response.results or []
        return [
            DiscoveredCalendar(
                url=connection.absolute(each.href),
                name=_name(each.properties.get("{DAV:}displayname"), each.href),
                can_write=_can_write(each.properties.get(_PRIVILEGES)),
            )
            for each in results
            if _CALENDAR in (each.properties.get("{DAV:}resourcetype") or ())
            and "VEVENT" in _names(each.properties.get(_COMPONENTS), default=("VEVENT",))
        ]


def _addresses(server: str) -> tuple[str, ...]:
    """Return where to look, in turn. A server without a path says it at a well-known place."""
    text = server.strip()
    address = text if "://" in text else f"https://{text}"
    if not urlsplit(address).netloc:
        return ()
    well_known = urljoin(address, _WELL_KNOWN)
    has_path = urlsplit(address).path not in ("", "/")
    return (address, well_known) if has_path else (well_known, urljoin(address, "/"))


def _name(value: Any, href: str) -> str:
    if isinstance(value, str) and value.strip():
        return value.strip()
    return href.rstrip("/").rsplit("/", 1)[-1]


def _names(value: Any, default: tuple[str, ...]) -> tuple[str, ...]:
    if value is None:
        return default
    return (value,) if isinstance(value, str) else tuple(value)


def _can_write(privileges: Any) -> bool:
    """Return whether an account can write, as far as its server says (RFC 3744)."""
    names = _names(privileges, default=())
    return not names or bool(_WRITING & set(names))
