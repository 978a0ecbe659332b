"""One weekday in the availability panel: add, remove and copy hours with menus."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Self

import discord
from discord import ui

from bot.actors import actor_of
from bot.components.cards import Accent, Card, action_rows
from bot.components.persistent import PersistentSelect, cache_buster
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import respond
from bot.views.availability.cards import (
    add_preview,
    format_end,
    format_interval,
    format_week,
    zone_line,
)
from bot.views.availability.navigation import BackToWeekButton
from bot.views.availability.week_picture import add_own_week
from mentorship.availability import editor
from mentorship.availability.editor import AvailabilityView
from mentorship.availability.opening_hours import WeeklyHours
from wording.reader import Reader
from wording.times import time_of_day
from wording.translation import _

_SALT = r"(:s\d{1,2})?"
"""What `cache_buster` adds to the custom ids. Only Discord clients take it into account."""


async def show_weekday(
    interaction: Interaction, weekday: int, availability: AvailabilityView | None = None
) -> None:
    """Show the hours of a weekday, with the menus that change them."""
    if availability is None:
        availability = await interaction.client.db.read(editor.load, actor_of(interaction))
    reader = reader_of(interaction)
    hours = [interval for interval in availability.weekly if interval.weekday == weekday]
    card = Card(
        title=reader.formats.long_weekdays[weekday],
        text=zone_line(availability, reader),
        accent=Accent.NEUTRAL,
    )
    await add_own_week(card, interaction, availability)
    card.add_text(format_week(availability, reader, weekday))
    add_preview(card, availability)
    salt = cache_buster(interaction)
    items: list[ui.Item[Any]] = [StartTimeMenu.new(weekday, reader, salt)]
    if hours:
        items.append(RemoveHoursMenu.new(weekday, hours, reader, salt))
        items.append(CopyDayMenu.new(weekday, reader, salt))
    await respond(interaction, card=card, actions=action_rows(*items, BackToWeekButton()))


class WeekdayMenu(PersistentSelect, template=r"hours:day" + _SALT):
    """Shows one of the seven weekdays."""

    def __init__(self, salt: int = 0) -> None:
        super().__init__(f"hours:day:s{salt}", _("Change a day"))

    @classmethod
    def new(cls, reader: Reader, salt: int) -> Self:
        menu = cls(salt)
        menu.item.options = [
            discord.SelectOption(label=day, value=str(weekday))
            for weekday, day in enumerate(reader.formats.long_weekdays)
        ]
        return menu

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        await show_weekday(interaction, int(values[0]))


class StartTimeMenu(PersistentSelect, template=r"hours:from:(?P<day>[0-6])" + _SALT):
    """The start of hours to add."""

    def __init__(self, weekday: int, salt: int = 0) -> None:
        self.weekday = weekday
        # Translators: in a menu of times of day.
        super().__init__(f"hours:from:{weekday}:s{salt}", _("Add hours from…"))

    @classmethod
    def new(cls, weekday: int, reader: Reader, salt: int) -> Self:
        menu = cls(weekday, salt)
        menu.item.options = [
            discord.SelectOption(label=time_of_day(60 * hour, reader), value=str(60 * hour))
            for hour in range(24)
        ]
        return menu

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["day"]))

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        start, reader = int(values[0]), reader_of(interaction)
        card = Card(
            # Translators: hours that a mentor adds, such as "Monday from 18:00".
            title=_(
                "{weekday} from {time}",
                weekday=reader.formats.long_weekdays[self.weekday],
                time=time_of_day(start, reader),
            ),
            # Translators: "Type hours" is a button.
            text=_("Until when? For times that aren't on the hour, go back and press Type hours."),
            accent=Accent.NEUTRAL,
        )
        menu = EndTimeMenu.new(self.weekday, start, reader, cache_buster(interaction))
        await respond(interaction, card=card, actions=action_rows(menu, BackToWeekButton()))


class EndTimeMenu(
    PersistentSelect, template=r"hours:until:(?P<day>[0-6]):(?P<start>\d{1,4})" + _SALT
):
    """The end of hours to add."""

    def __init__(self, weekday: int, start: int, salt: int = 0) -> None:
        self.weekday, self.start = weekday, start
        # Translators: in a menu of times, when the hours of a mentor's day end.
        super().__init__(f"hours:until:{weekday}:{start}:s{salt}", _("Until…"))

    @classmethod
    def new(cls, weekday: int, start: int, reader: Reader, salt: int) -> Self:
        menu = cls(weekday, start, salt)
        menu.item.options = [
            discord.SelectOption(label=format_end(start, end, reader), value=str(end))
            for end in ((start + 60 * hours - 1) % 1_440 + 1 for hours in range(1, 25))
        ]
        return menu

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["day"]), min(int(match["start"]), 1_439))

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        availability = await interaction.client.db.run(
            editor.add_hours,
            actor_of(interaction),
            [self.weekday],
            self.start,
            int(values[0]),
        )
        await show_weekday(interaction, self.weekday, availability)


class RemoveHoursMenu(PersistentSelect, template=r"hours:remove:(?P<day>[0-6])" + _SALT):
    """Removes some or all hours of a weekday."""

    def __init__(self, weekday: int, salt: int = 0) -> None:
        self.weekday = weekday
        super().__init__(f"hours:remove:{weekday}:s{salt}", _("Remove hours"))

    @classmethod
    def new(cls, weekday: int, hours: Sequence[WeeklyHours], reader: Reader, salt: int) -> Self:
        menu = cls(weekday, salt)
        menu.item.options = [
            discord.SelectOption(
                label=format_interval(interval.start, interval.end, reader),
                value=str(interval.start),
            )
            for interval in hours[:24]
        ] + [discord.SelectOption(label=_("The whole day"), value="all")]
        return menu

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["day"]))

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        start = None if values[0] == "all" else int(values[0])
        availability = await interaction.client.db.run(
            editor.remove_hours, actor_of(interaction), self.weekday, start
        )
        await show_weekday(interaction, self.weekday, availability)


class CopyDayMenu(PersistentSelect, template=r"hours:copy:(?P<day>[0-6])" + _SALT):
    """Copies the hours of a weekday to others."""

    def __init__(self, weekday: int, salt: int = 0) -> None:
        self.weekday = weekday
        # Translators: in a menu of weekdays.
        super().__init__(f"hours:copy:{weekday}:s{salt}", _("Copy these hours to…"), max_values=6)

    @classmethod
    def new(cls, weekday: int, reader: Reader, salt: int) -> Self:
        menu = cls(weekday, salt)
        menu.item.options = [
            discord.SelectOption(label=day, value=str(other))
            for other, day in enumerate(reader.formats.long_weekdays)
            if other != weekday
        ]
        return menu

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["day"]))

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        availability = await interaction.client.db.run(
            editor.copy_day,
            actor_of(interaction),
            self.weekday,
            [int(value) for value in values],
        )
        await show_weekday(interaction, self.weekday, availability)
