"""Requests to CalDAV servers (RFC 4791), each of them through the egress guard.

The `caldav` library finds its way through a server, and reads the answers. Its method `request`
is all that it needs of HTTP, so `Connection` replaces that one. Nothing of an answer is logged: it
holds people's appointments.
"""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from caldav.aio import AsyncDAVClient
from caldav.lib.url import URL
from caldav.response import DAVResponse
from multidict import CIMultiDict

from integrations.egress import Egress, Failure, NoAnswer
from mentorship.errors import CalendarProblem

MAX_ANSWER = 20 * 1024 * 1024
"""Bytes of an answer that are read at most, without compression."""

MAX_REDIRECTS = 3

USER_AGENT = "mentorbot"

_FAMILIES = (".icloud.com",)
"""Domains of providers whose accounts are on sibling hosts, such as p01-caldav.icloud.com."""

_HTTPS = 443
_REDIRECTS = frozenset({301, 302, 307, 308})
_MULTISTATUS = 207
_UNAUTHORIZED = 401
_SAFE_IN_PATHS = "/@:+,;=~!$&'()*%"

_STATUSES = {
    403: CalendarProblem.FORBIDDEN,
    404: CalendarProblem.NOT_FOUND,
    405: CalendarProblem.NOT_A_CALENDAR,
    410: CalendarProblem.NOT_FOUND,
    413: CalendarProblem.TOO_LARGE,
    429: CalendarProblem.SERVER_ERROR,
    501: CalendarProblem.NOT_A_CALENDAR,
    507: CalendarProblem.STORAGE_FULL,
}

# Below this level, the library writes the bodies of answers to its log.
logging.getLogger("caldav").setLevel(logging.CRITICAL)


class CalDavError(Exception):
    """A calendar can't be read or written, because of `problem`."""

    def __init__(self, problem: CalendarProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a person signs in with at their calendar's server."""

    username: str
    password: str = field(repr=False)

    @property
    def header(self) -> str:
        """Return the value of the header `Authorization` (RFC 7617)."""
        pair = f"{self.username}:{self.password}".encode()
        return "Basic " + base64.b64encode(pair).decode("ascii")


@dataclass(frozen=True, slots=True)
class _HttpAnswer:
    """An answer as the library expects it of its HTTP client."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes
    reason: str = ""

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")


class Connection(AsyncDAVClient):
    """One account at the server that its owner named. Redirects are followed where `is_trusted`."""

    def __init__(self, egress: Egress, address: str, credentials: Credentials) -> None:
        super().__init__(
            address,
            enable_rfc6764=False,
            rate_limit_handle=False,
            # The library also creates an HTTP client, which nothing is sent with. Without this, it
            # reads the system's certificates each time (90 ms). The egress guard verifies them.
            ssl_verify_cert=False,
        )
        self._egress = egress
        self._credentials = credentials
        self._named = address

    async def request(
        self,
        url: str,
        method: str = "GET",
        body: str | bytes = "",
        headers: Mapping[str, str] | None = None,
        rate_limit_time_slept: float = 0,
    ) -> DAVResponse:
        """Send a request, and return the answer whatever its status. Raises `CalDavError`.

        It is raised without an answer, for one that can't be read, and for a refused password.
        """
        address = self.absolute(str(url))
        data = body.encode() if isinstance(body, str) else body
        for _ in range(MAX_REDIRECTS + 1):
            answer = await self._send(method, address, data, headers or {})
            location = answer.headers.get("Location")
            if answer.status_code not in _REDIRECTS or location is None:
                break
            address = urljoin(address, location)
        else:
            raise CalDavError(CalendarProblem.TOO_MANY_REDIRECTS)
        if answer.status_code == _UNAUTHORIZED:
            raise CalDavError(CalendarProblem.WRONG_PASSWORD)
        if urlsplit(address).netloc != urlsplit(str(self.url)).netloc:
            # The addresses in the answer are relative to the host that gave it.
            self.url = URL.objectify(address)
        # Long answers take a while to parse, so that is done beside the event loop.
        return await asyncio.to_thread(self._parse, answer)

    def absolute(self, href: str) -> str:
        """Return the address of a resource, whose path may be unquoted."""
        if "://" in href:
            return href
        return urljoin(str(self.url), quote(href, safe=_SAFE_IN_PATHS))

    async def _send(
        self, method: str, address: str, body: bytes, headers: Mapping[str, str]
    ) -> _HttpAnswer:
        if not is_trusted(address, self._named):
            raise CalDavError(CalendarProblem.REFUSED)
        own = {"User-Agent": USER_AGENT, "Authorization": self._credentials.header}
        try:
            answer = await self._egress.request(
                method, address, {**headers, **own}, body or None, max_bytes=MAX_ANSWER
            )
        except NoAnswer as error:
            raise CalDavError(problem_of(error.failure)) from None
        # The library tries to read any body as XML. It would log one that isn't, unless its type
        # is one of those that aren't.
        received = CIMultiDict(answer.headers)
        received["Content-Type"] = "application/octet-stream"
        return _HttpAnswer(answer.status, received, answer.body)

    def _parse(self, answer: _HttpAnswer) -> DAVResponse:
        response = DAVResponse(answer, self)
        if response.status == _MULTISTATUS and response.tree is None:
            raise CalDavError(CalendarProblem.BAD_ANSWER)
        return response


def is_trusted(address: str, named: str) -> bool:
    """Return whether a password may be sent to an address by somebody who named another one.

    So it is for the same host and its subdomains, and between the hosts of some providers that have
    each account on a host of its own. It is never sent without TLS if it was named for use with it.
    Which domains belong to one owner can't be told from their names, so no other host gets it.
    """
    new, old = urlsplit(address), urlsplit(named)
    try:
        new_port, old_port = _port(new), _port(old)
    except ValueError:
        return False
    if (old.scheme == "https" and new.scheme != "https") or new_port not in (old_port, _HTTPS):
        return False
    host, home = _host(new), _host(old)
    return (
        host == home
        or (not _is_address(home) and host.endswith(f".{home}"))
        or any(host.endswith(each) and home.endswith(each) for each in _FAMILIES)
    )


def _host(parts: SplitResult) -> str:
    return (parts.hostname or "").rstrip(".").lower()


def _port(parts: SplitResult) -> int:
    """Return the port, which may be implied. Raises ValueError."""
    return parts.port or (_HTTPS if parts.scheme == "https" else 80)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def problem_of(failure: Failure) -> CalendarProblem:
    """Return the problem of a calendar whose server gave no answer."""
    return CalendarProblem(failure.value)


def require_success(response: DAVResponse) -> None:
    """Raise `CalDavError` for an answer whose status isn't 2xx."""
    status = response.status
    if not 200 <= status < 300:
        default = CalendarProblem.SERVER_ERROR if status >= 500 else CalendarProblem.BAD_ANSWER
        raise CalDavError(_STATUSES.get(status, default))
