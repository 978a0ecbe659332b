"""Menus of open slots in the reader's time zone: first the days, then the slots of one day.

The caller creates the menus and the page buttons, so it decides their custom ids and handles the
choice; `parse_instant` reads a chosen value. Slots that don't fit on a message are on the next
page, so every slot can be reached.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any

import discord
from discord import ui

from bot.components.persistent import PersistentButton, PersistentSelect
from mentorship.errors import NotFound, Subject
from mentorship.time import timezones
from wording.reader import ENGLISH
from wording.times import describe_day, describe_time

MAX_OPTIONS = 25
"""Options of one menu, at most (Discord's limit)."""

MAX_MENUS = 4
"""Menus of one message; its fifth row is for buttons."""

_PARTS = ("Night", "Morning", "Afternoon", "Evening")
"""Six hours each, from midnight on."""

Items = list[ui.Item[Any]]
MakeMenu = Callable[[int], PersistentSelect]
"""Makes an empty menu; the number tells those of one message apart."""

MakePageButton = Callable[[datetime, str], PersistentButton]
"""Makes a button, so labelled, that shows the page around an instant."""

_Group = Sequence[datetime]
"""The times of one day, or those of one menu."""


def group_by_day(starts: Sequence[datetime], zone: str) -> dict[date, list[datetime]]:
    """Sorted instants by their dates on the clock of `zone`."""
    days: dict[date, list[datetime]] = {}
    for start in starts:
        days.setdefault(timezones.to_local(start, zone).date(), []).append(start)
    return days


def day_items(
    starts: Sequence[datetime],
    zone: str,
    near: datetime | None,
    *,
    menu: MakeMenu,
    turn: MakePageButton,
) -> Items:
    """A menu of days with open times: of the page with `near`, or the first days without it.

    What is chosen is the day's first open time.
    """
    pages = _chunks(list(group_by_day(starts, zone).values()), MAX_OPTIONS)
    here = _page_with(near, pages)
    filled = menu(0)
    filled.item.placeholder = "Choose a day"
    filled.item.options = [
        discord.SelectOption(
            label=describe_day(times[0], zone, ENGLISH),
            # Another value than that of the day's first time, or a client may take the one for the
            # other, and as chosen already.
            value=f"day:{_value(times[0])}",
            description="1 open time" if len(times) == 1 else f"{len(times)} open times",
        )
        for times in pages[here]
    ]
    return [filled, *_page_buttons(pages, here, "days", turn)]


def time_items(
    starts: Sequence[datetime],
    zone: str,
    near: datetime,
    *,
    menu: MakeMenu,
    turn: MakePageButton,
) -> Items:
    """Menus of all the times of one day, of the page with `near`.

    One menu where that is enough; or one for each part of the day, and as many as that takes.
    """
    pages = _chunks(_menus(starts, zone), MAX_MENUS)
    here = _page_with(near, pages)
    items: Items = []
    for number, times in enumerate(pages[here]):
        filled = menu(number)
        filled.item.placeholder = (
            "Choose a time" if len(starts) <= MAX_OPTIONS else _format_time_range(times, zone)
        )
        filled.item.options = [
            discord.SelectOption(label=describe_time(start, zone, ENGLISH), value=_value(start))
            for start in times
        ]
        items.append(filled)
    return [*items, *_page_buttons(pages, here, "times", turn)]


def parse_instant(value: str) -> datetime:
    """What was chosen in a menu. Raises `NotFound` for what none of them holds."""
    found = re.fullmatch(r"(?:day:)?(\d{1,11})", value)
    if found is None:
        raise NotFound(Subject.SLOT)
    return datetime.fromtimestamp(int(found[1]), UTC)


def _menus(starts: Sequence[datetime], zone: str) -> list[_Group]:
    if len(starts) <= MAX_OPTIONS:
        return [starts]
    parts: dict[int, list[datetime]] = {}
    for start in starts:
        parts.setdefault(timezones.to_local(start, zone).hour // 6, []).append(start)
    return [times for part in parts.values() for times in _chunks(part, MAX_OPTIONS)]


def _format_time_range(times: _Group, zone: str) -> str:
    first, last = (timezones.to_local(start, zone) for start in (times[0], times[-1]))
    return f"{_PARTS[first.hour // 6]}: {first:%H:%M} to {last:%H:%M}"


def _chunks(things: Sequence[Any], size: int) -> list[Any]:
    return [things[first : first + size] for first in range(0, len(things), size)]


def _page_with(near: datetime | None, pages: Sequence[Sequence[_Group]]) -> int:
    """The number of the page on which an instant is, or would be."""
    if near is None:
        return 0
    return next(
        (number for number, groups in enumerate(pages) if groups[-1][-1] >= near), len(pages) - 1
    )


def _page_buttons(
    pages: Sequence[Sequence[_Group]], here: int, what: str, turn: MakePageButton
) -> Items:
    """The buttons to the pages before and after."""
    there = [(here - 1, f"Earlier {what}"), (here + 1, f"Later {what}")]
    return [turn(pages[number][0][0], label) for number, label in there if 0 <= number < len(pages)]


def _value(start: datetime) -> str:
    return str(int(start.timestamp()))
