"""Text in Discord's markup: escaping, timestamps, ratings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import discord

from mentorship.operations.personal_data import FORMER_MEMBER
from wording import groups, times
from wording.cldr import Formats, format_decimal, format_number
from wording.lists import enumerated
from wording.names import former_member
from wording.reader import Reader
from wording.translation import _, current_language, ngettext, pgettext

# Characters that are markup anywhere, and those that are only at the start of a line (lists).
# Discord shows a character after a backslash as it is.
_MARKS = re.compile(
    r"(?P<address>https?://[^\s()\[\]<>]+)|[\\*_~|`\[\]()<>@#]|(?<=^)[-+](?=\s)|(?<=^\d)[.)]",
    re.MULTILINE,
)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def plain(text: str) -> str:
    """Escape typed text so that Discord shows it as typed.

    It becomes no markup, mention or link with another text than its address. Bare addresses stay
    links. The name of a member who was erased is in the reader's language.
    """
    if text == FORMER_MEMBER:
        return former_member()
    return _MARKS.sub(lambda match: match["address"] or f"\\{match[0]}", text)


def plain_title(title: str) -> str:
    """Return the title of a group session as `plain` text; words for one that was erased."""
    return plain(groups.title(title))


def mention(user_id: int, name: str) -> str:
    """Return a mention, or the placeholder's name of somebody who was erased (an id below zero)."""
    return f"<@{user_id}>" if user_id > 0 else plain(name)


def quoted(text: str) -> str:
    """Escape typed text and format each line as a quotation."""
    return "\n".join(f"> {line}" for line in plain(text).splitlines() or [""])


def unplain(text: str) -> str:
    """Undo `plain`."""
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


def relative(instant: datetime) -> str:
    """Return a Discord timestamp that shows how far off an instant is, such as "in 3 days"."""
    return discord_timestamp(instant, "R")


def clock(start: datetime, end: datetime, zone: str | None, reader: Reader) -> str:
    """Return a span in a participant's zone, UTC if it is unknown, for a fact that names them."""
    return times.describe_local(start, end, zone or "UTC", reader)


def avatar_url(user_id: int, avatar: str | None) -> str:
    """Return the address of somebody's picture, or of Discord's default for them.

    `avatar` is its hash, empty or None without one.
    """
    if avatar:
        return f"{discord.Asset.BASE}/avatars/{user_id}/{avatar}.png"
    return f"{discord.Asset.BASE}/embed/avatars/{(user_id >> 22) % 6}.png"


def stars(count: int) -> str:
    """Return a rating of 1 to 5 as stars."""
    return "★" * count + "☆" * (5 - count)


def rating(mean: float | None, count: int) -> str:
    """Return a mentor's mean rating and the number of people who gave it, where space is short."""
    if mean is None:
        return pgettext("of a mentor, in a list", "no ratings yet")
    return f"★ {_mean(mean)} ({format_number(count, _formats())})"


def rating_of_people(mean: float | None, count: int) -> str:
    """Return a mentor's mean rating and the number of people who gave it."""
    if mean is None:
        return _("No ratings yet")
    # Translators: {mean} is a mentor's mean rating, such as 4.8.
    return ngettext(
        "★ {mean} from {count} person", "★ {mean} from {count} people", count, mean=_mean(mean)
    )


def _mean(rating: float) -> str:
    return format_decimal(rating, 1, _formats())


def _formats() -> Formats:
    return Reader.of(current_language()).formats


def tags(expertise: Sequence[str]) -> str:
    return enumerated(expertise, Reader.of(current_language()))


def shortened(text: str, length: int) -> str:
    """Return at most `length` characters, with an ellipsis if some were cut off."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
