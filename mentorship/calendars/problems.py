"""Why a person's calendar can't be read or written; pure."""

from __future__ import annotations

from enum import StrEnum, auto


class CalendarProblem(StrEnum):
    """What is wrong with a calendar of another server. Its owner is shown the sentence for it."""

    NOT_FOUND = auto()
    """There is nothing at the address any more (404 or 410)."""
    SIGN_IN_NEEDED = auto()
    """The address needs a sign-in, so it isn't the calendar's secret address (401)."""
    WRONG_PASSWORD = auto()
    """The server refuses the name or the password that were given."""
    FORBIDDEN = auto()
    """The server refuses access (403)."""
    NOT_A_CALENDAR = auto()
    """The answer isn't a calendar: a web page, for instance, or nothing at all."""
    INCOMPLETE = auto()
    """The calendar stops in the middle, so events may be missing."""
    TOO_LARGE = auto()
    """The file has more bytes than are read."""
    TOO_MANY_EVENTS = auto()
    """The calendar has more events, or recurrences of them, than are read."""
    TOO_COMPLEX = auto()
    """Reading the calendar takes more time or memory than one calendar may have."""
    TOO_MANY_REDIRECTS = auto()
    REFUSED = auto()
    """The address, or one it leads to, is in a private network or isn't https."""
    UNKNOWN_HOST = auto()
    UNREACHABLE = auto()
    """No connection, or it was closed before the answer was complete."""
    BAD_CERTIFICATE = auto()
    TIMEOUT = auto()
    SERVER_ERROR = auto()
    """The server reports an error of its own, or asks to come back later (5xx or 429)."""
    STORAGE_FULL = auto()
    """The server has no room for another entry (507)."""
    BAD_ANSWER = auto()
    """The answer isn't what the protocol says."""
    UNREADABLE_SECRET = auto()
    """What was stored encrypted can't be decrypted, since its key is gone from the configuration."""
