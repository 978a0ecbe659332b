"""Text as Discord shows it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from wording import times
from wording.reader import ENGLISH

# Discord reads a backslash before punctuation as "this character is just text". Marks that are
# markdown anywhere, and those that only are at the start of a line (lists).
_MARKS = re.compile(
    r"(?P<address>https?://[^\s()\[\]<>]+)|[\\*_~|`\[\]()<>@#]|(?<=^)[-+](?=\s)|(?<=^\d)[.)]",
    re.MULTILINE,
)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def plain(text: str) -> str:
    """A person's words so that Discord shows them as typed: no markdown, no mention, and no link
    that says another address than it leads to. Bare addresses stay whole."""
    return _MARKS.sub(lambda found: found["address"] or f"\\{found[0]}", text)


def quoted(text: str) -> str:
    """A person's words as a quotation, each line of it."""
    return "\n".join(f"> {line}" for line in plain(text).splitlines() or [""])


def unplain(text: str) -> str:
    """What `plain` was given."""
    return _ESCAPED.sub(r"\1", text)


def discord_timestamp(
    instant: datetime, style: Literal["t", "T", "d", "D", "f", "F", "R"] = "F"
) -> str:
    """Write an instant so that Discord shows it in each reader's zone: `<t:1795550400:F>`.

    Whole seconds; the styles are those of Discord's reference, "Message Formatting".
    """
    if instant.tzinfo is None:
        raise ValueError(f"an instant must be aware, this one is naive: {instant}")
    return f"<t:{int(instant.timestamp() // 1)}:{style}>"


def moment(instant: datetime) -> str:
    """An instant in each reader's own zone, and how far off it is."""
    return f"{discord_timestamp(instant, 'F')} ({discord_timestamp(instant, 'R')})"


def relative(instant: datetime) -> str:
    """How far off an instant is: "in 3 days"."""
    return discord_timestamp(instant, "R")


def clock(start: datetime, end: datetime, zone: str | None) -> str:
    """The two times on one person's clock, for cards that show both people's."""
    return times.describe(start, zone or "UTC", ENGLISH, end=end)


def stars(count: int) -> str:
    return "★" * count + "☆" * (5 - count)


def rating(mean: float | None, count: int) -> str:
    """A mentor's standing in a few characters."""
    if mean is None:
        return "no ratings yet"
    return f"★ {mean:.1f} ({count})"


def tags(expertise: Sequence[str]) -> str:
    return ", ".join(expertise)


def shortened(text: str, length: int) -> str:
    """At most `length` characters, with an ellipsis where something was cut."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
