"""Fetches ICS files from the addresses that members gave."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from integrations.calendars import ics_lines
from integrations.calendars.importing import Fetched, FetchFailed, NotModified
from integrations.egress import Egress, Failure, NoAnswer, Response
from mentorship.calendars.busy_import import DueCalendar
from mentorship.errors import CalendarProblem
from mentorship.time.intervals import Span

TIMEOUT_S = 30.0
"""Seconds for a whole file, redirects included."""

MAX_REDIRECTS = 3

USER_AGENT = "mentorbot (calendar subscription)"


class IcsFetcher:
    """Fetches ICS files, if they have changed since they were read."""

    def __init__(self, egress: Egress) -> None:
        self._egress = egress

    async def fetch(
        self, calendar: DueCalendar, window: Span, *, is_known: bool
    ) -> Fetched | NotModified:
        """Return a file, or that it hasn't changed. Raises `FetchFailed`.

        A file has all of a calendar, whatever `window` is.
        """
        headers = {"Accept": "text/calendar, */*;q=0.5", "User-Agent": USER_AGENT}
        if is_known and calendar.etag:
            headers["If-None-Match"] = calendar.etag
        if is_known and calendar.last_modified:
            headers["If-Modified-Since"] = calendar.last_modified
        try:
            response = await self._egress.request(
                "GET",
                calendar.address,
                headers,
                max_bytes=ics_lines.MAX_BYTES,
                timeout_s=TIMEOUT_S,
                max_redirects=MAX_REDIRECTS,
            )
        except NoAnswer as error:
            raise FetchFailed(_FAILURES[error.failure]) from error
        if response.status == 304 and is_known:
            return NotModified(_header(response, "ETag"), _header(response, "Last-Modified"))
        if response.status != 200:
            raise FetchFailed(problem_of(response.status))
        return Fetched(
            response.body,
            etag=_header(response, "ETag"),
            last_modified=_header(response, "Last-Modified"),
            owner_addresses=owner_addresses(calendar.address),
        )


def problem_of(status: int) -> CalendarProblem:
    """Return what the status of an answer says is wrong with an address."""
    if status in _STATUSES:
        return _STATUSES[status]
    return CalendarProblem.SERVER_ERROR if status >= 500 else CalendarProblem.BAD_ANSWER


def owner_addresses(url: str) -> frozenset[str]:
    """Return the e-mail addresses in an address, which in Google's is the calendar's owner."""
    return frozenset(_EMAIL.findall(unquote(urlsplit(url).path).lower()))


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    # One that doesn't fit into a request is of no use.
    return value if value and len(value) <= _MAX_HEADER and value.isprintable() else None


_MAX_HEADER = 500
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_STATUSES = {
    401: CalendarProblem.SIGN_IN_NEEDED,
    403: CalendarProblem.FORBIDDEN,
    404: CalendarProblem.NOT_FOUND,
    407: CalendarProblem.SIGN_IN_NEEDED,
    410: CalendarProblem.NOT_FOUND,
    429: CalendarProblem.SERVER_ERROR,
}
_FAILURES = {
    Failure.REFUSED: CalendarProblem.REFUSED,
    Failure.UNKNOWN_HOST: CalendarProblem.UNKNOWN_HOST,
    Failure.UNREACHABLE: CalendarProblem.UNREACHABLE,
    Failure.BAD_CERTIFICATE: CalendarProblem.BAD_CERTIFICATE,
    Failure.TIMEOUT: CalendarProblem.TIMEOUT,
    Failure.BAD_ANSWER: CalendarProblem.BAD_ANSWER,
    Failure.TOO_LARGE: CalendarProblem.TOO_LARGE,
    Failure.TOO_MANY_REDIRECTS: CalendarProblem.TOO_MANY_REDIRECTS,
}
