"""Writing iCalendar (RFC 5545): escaped values, and lines that are folded at 75 octets.

A feed has thousands of lines. A library that models properties and their types takes fifteen times
as long to write them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime

MAX_LINE_OCTETS = 75
"""The length of a line without its end (RFC 5545, section 3.1)."""

# A TEXT holds no control characters but tabs, and line ends only in their escaped form (RFC 5545,
# section 3.3.11).
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_NOT_IN_URI = re.compile(r"[\x00-\x20\x7f]")


def text(words: str) -> str:
    """Return a TEXT value: special characters are escaped, control characters left out."""
    if not words.isprintable():
        words = _CONTROL.sub("", words.replace("\r\n", "\n").replace("\r", "\n"))
    escaped = words.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\n", "\\n")


def parameter(words: str) -> str:
    """Return the value of a parameter, in quotation marks unless it is a plain word."""
    words = _CONTROL.sub("", words).replace("\n", " ").replace('"', "'")
    return words if words.isascii() and words.isalnum() else f'"{words}"'


def uri(address: str) -> str:
    """Return a URI value, without what no URI has: spaces and control characters."""
    return _NOT_IN_URI.sub("", address)


def instant(moment: datetime) -> str:
    """Return a DATE-TIME value in UTC, in whole seconds."""
    utc = moment.astimezone(UTC)
    # `strftime` takes three times as long.
    return f"{utc.year:04}{utc.month:02}{utc.day:02}T{utc.hour:02}{utc.minute:02}{utc.second:02}Z"


def duration(minutes: int) -> str:
    """Return a DURATION value: `PT15M`, `PT24H`."""
    hours, rest = divmod(minutes, 60)
    return f"PT{minutes}M" if rest or not hours else f"PT{hours}H"


def content(lines: Iterable[str]) -> bytes:
    """Return an iCalendar stream of content lines, folded and each with its end."""
    folded = [
        line if len(line) <= MAX_LINE_OCTETS and line.isascii() else _fold(line) for line in lines
    ]
    return ("\r\n".join(folded) + "\r\n").encode()


def _fold(line: str) -> str:
    """Return a content line in lines that are short enough. No character is divided."""
    octets = line.encode("utf-8", "replace")
    parts, start, room = [], 0, MAX_LINE_OCTETS
    while len(octets) - start > room:
        end = start + room
        # The second and further octets of a character begin with the bits 10.
        while octets[end] & 0xC0 == 0x80:
            end -= 1
        parts.append(octets[start:end])
        # The space that continues a line counts.
        start, room = end, MAX_LINE_OCTETS - 1
    parts.append(octets[start:])
    return b"\r\n ".join(parts).decode()
