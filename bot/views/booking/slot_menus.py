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
from wording.reader import Reader
from wording.times import describe_compact, describe_day, describe_time, time_of_day
from wording.translation import N_, _, ngettext

MAX_OPTIONS = 25
"""Discord's limit of options in a menu."""

MAX_MENUS = 4
"""Menus on a message; the fifth row is for buttons."""

_PARTS = (
    # Translators: times of day in a menu, such as "Night: 00:00 to 05:30".
    N_("Night: {start} to {end}"),
    N_("Morning: {start} to {end}"),
    N_("Afternoon: {start} to {end}"),
    N_("Evening: {start} to {end}"),
)
"""Parts of the day of six hours each, starting at midnight."""

Items = list[ui.Item[Any]]
MakeMenu = Callable[[int], PersistentSelect]
"""Creates an empty menu. The number distinguishes the menus of a message."""

MakePageButton = Callable[[datetime, str], PersistentButton]
"""Creates a button with a label that shows the page around an instant."""

_Group = Sequence[datetime]
"""The slots of a day or of a menu."""


def group_by_day(starts: Sequence[datetime], zone: str) -> dict[date, list[datetime]]:
    """Group sorted instants by their dates in `zone`."""
    days: dict[date, list[datetime]] = {}
    for start in starts:
        days.setdefault(timezones.to_local(start, zone).date(), []).append(start)
    return days


def day_items(
    starts: Sequence[datetime],
    zone: str,
    reader: Reader,
    near: datetime | None,
    *,
    menu: MakeMenu,
    page_button: MakePageButton,
) -> Items:
    """Return a menu of days with open slots, and buttons to the pages before and after.

    The page is that of `near`, the first one without it. The value of a day is its first slot.
    """
    pages = _chunks(list(group_by_day(starts, zone).values()), MAX_OPTIONS)
    page = _page_with(near, pages)
    day_menu = menu(0)
    day_menu.item.placeholder = _("Choose a day")
    day_menu.item.options = [
        discord.SelectOption(
            label=describe_day(times[0], zone, reader),
            # Other values than in the menu of slots: with equal ones a client may show the slot as
            # selected already.
            value=f"day:{_value(times[0])}",
            description=ngettext("{count} open slot", "{count} open slots", len(times)),
        )
        for times in pages[page]
    ]
    # Translators: buttons to other pages of a menu of days.
    labels = _("Earlier days"), _("Later days")
    return [day_menu, *_page_buttons(pages, page, labels, page_button)]


def time_items(
    starts: Sequence[datetime],
    zone: str,
    reader: Reader,
    near: datetime,
    *,
    menu: MakeMenu,
    page_button: MakePageButton,
) -> Items:
    """Return menus of the slots of a day on the page of `near`, and page buttons.

    All slots are in one menu if they fit; otherwise each part of the day has menus of its own.
    """
    pages = _chunks(_menus(starts, zone), MAX_MENUS)
    page = _page_with(near, pages)
    items: Items = []
    for number, times in enumerate(pages[page]):
        slot_menu = menu(number)
        slot_menu.item.placeholder = (
            _("Choose a time")
            if len(starts) <= MAX_OPTIONS
            else _format_time_range(times, zone, reader)
        )
        slot_menu.item.options = [
            discord.SelectOption(label=describe_time(start, zone, reader), value=_value(start))
            for start in times
        ]
        items.append(slot_menu)
    # Translators: buttons to other pages of a menu of times.
    labels = _("Earlier times"), _("Later times")
    return [*items, *_page_buttons(pages, page, labels, page_button)]


def match_items(
    matching: Sequence[datetime],
    zone: str,
    reader: Reader,
    *,
    day_menu: MakeMenu,
    time_menu: MakeMenu,
    page_button: MakePageButton,
) -> Items:
    """Return the menu of the slots that match a typed time, or of their days if they are many.

    Slots of several days are shown with their dates.
    """
    if len(matching) > MAX_OPTIONS:
        days = day_items(matching, zone, reader, None, menu=day_menu, page_button=page_button)
        return days[:1]
    is_one_day = len(group_by_day(matching, zone)) == 1
    describe = describe_time if is_one_day else describe_compact
    menu = time_menu(0)
    menu.item.placeholder = _("Choose a time")
    menu.item.options = [
        discord.SelectOption(label=describe(start, zone, reader), value=_value(start))
        for start in matching
    ]
    return [menu]


def parse_instant(value: str) -> datetime:
    """Return the slot or the day's first slot that was chosen. Raises `NotFound` for anything
    else."""
    match = re.fullmatch(r"(?:day:)?(\d{1,11})", value)
    if match is None:
        raise NotFound(Subject.SLOT)
    return datetime.fromtimestamp(int(match[1]), UTC)


def _menus(starts: Sequence[datetime], zone: str) -> list[_Group]:
    """Split the slots of a day into groups for menus."""
    if len(starts) <= MAX_OPTIONS:
        return [starts]
    parts: dict[int, list[datetime]] = {}
    for start in starts:
        parts.setdefault(timezones.to_local(start, zone).hour // 6, []).append(start)
    return [chunk for part in parts.values() for chunk in _chunks(part, MAX_OPTIONS)]


def _format_time_range(times: _Group, zone: str, reader: Reader) -> str:
    first, last = (timezones.to_local(start, zone) for start in (times[0], times[-1]))
    start, end = (time_of_day(60 * each.hour + each.minute, reader) for each in (first, last))
    return _(_PARTS[first.hour // 6], start=start, end=end)


def _chunks(items: Sequence[Any], size: int) -> list[Any]:
    return [items[first : first + size] for first in range(0, len(items), size)]


def _page_with(near: datetime | None, pages: Sequence[Sequence[_Group]]) -> int:
    """Return the number of the page that an instant is on, or would be."""
    if near is None:
        return 0
    return next(
        (number for number, groups in enumerate(pages) if groups[-1][-1] >= near), len(pages) - 1
    )


def _page_buttons(
    pages: Sequence[Sequence[_Group]],
    page: int,
    labels: tuple[str, str],
    page_button: MakePageButton,
) -> Items:
    """Return the buttons to the pages before and after."""
    earlier, later = labels
    neighbours = [(page - 1, earlier), (page + 1, later)]
    return [
        page_button(pages[number][0][0], label)
        for number, label in neighbours
        if 0 <= number < len(pages)
    ]


def _value(start: datetime) -> str:
    return str(int(start.timestamp()))
