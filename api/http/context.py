"""The id and the trace of the request that is being handled.

Imports nothing but the standard library: the log of every process reads it.
"""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

REQUEST_ID_PATTERN = r"[A-Za-z0-9._~:@/+=-]{1,128}"
"""Ids from outside that are kept. They are safe in a log line and in a URN."""

_REQUEST_ID = re.compile(REQUEST_ID_PATTERN)
_TRACE = re.compile(
    r"(?P<version>[0-9a-f]{2})-(?P<trace>[0-9a-f]{32})-(?P<parent>[0-9a-f]{16})"
    r"-(?P<flags>[0-9a-f]{2})(?P<more>-.*)?"
)
_SAMPLED = 1


@dataclass(frozen=True, slots=True)
class RequestContext:
    """What identifies a request. `span_id` is this program's part of its trace.

    `sampled`: the caller records its trace.
    """

    request_id: str
    trace_id: str
    span_id: str
    sampled: bool = False

    @classmethod
    def read(cls, request_id: str | None, traceparent: str | None) -> RequestContext:
        """Continue what a client sent; without it, or if it can't be read, begin anew.

        `traceparent` is as in W3C Trace Context, section 3.2.
        """
        # Asked for once, since that takes as long as everything else here.
        random = secrets.token_bytes(40)
        if request_id is None or _REQUEST_ID.fullmatch(request_id) is None:
            request_id = str(uuid.UUID(bytes=random[:16], version=4))
        span_id = random[16:24].hex()
        match = _TRACE.fullmatch(traceparent or "")
        if match is None or not _is_valid(match):
            return cls(request_id, random[24:].hex(), span_id)
        return cls(request_id, match["trace"], span_id, bool(int(match["flags"], 16) & _SAMPLED))

    @property
    def traceparent(self) -> str:
        """The header for the response."""
        return f"00-{self.trace_id}-{self.span_id}-{int(self.sampled):02x}"


def _is_valid(match: re.Match[str]) -> bool:
    if match["version"] == "ff" or (match["version"] == "00" and match["more"]):
        return False
    return int(match["trace"], 16) != 0 and int(match["parent"], 16) != 0


_current: ContextVar[RequestContext | None] = ContextVar("request", default=None)


def current() -> RequestContext | None:
    """Return the request that is being handled, None outside of requests."""
    return _current.get()


@contextmanager
def handling(context: RequestContext) -> Iterator[None]:
    """Make `context` the current one."""
    token = _current.set(context)
    try:
        yield
    finally:
        _current.reset(token)
