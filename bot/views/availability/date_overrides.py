"""Date overrides in the availability panel: days off, vacations and special hours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Self

import discord
from discord import ui

from bot.actors import actor_of
from bot.components.cards import Accent, Card, action_rows
from bot.components.persistent import PersistentButton, PersistentSelect
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import respond
from bot.views.availability.cards import add_preview, date_ranges, format_overrides
from bot.views.availability.date_range_form import DateRangeForm
from bot.views.availability.navigation import BackToWeekButton
from bot.views.availability.week_picture import add_own_week
from mentorship.availability import editor
from mentorship.availability.editor import AvailabilityView
from mentorship.availability.opening_hours import DateOverride
from mentorship.availability.weekly_hours import parse_day_hours
from wording import examples
from wording.reader import Reader
from wording.times import date_range
from wording.translation import _, pgettext


async def show_dates(
    interaction: Interaction, availability: AvailabilityView | None = None
) -> None:
    """Show the date overrides, with the ways to change them."""
    if availability is None:
        availability = await interaction.client.db.read(editor.load, actor_of(interaction))
    reader = reader_of(interaction)
    card = Card(
        title=_("Days off and special hours"),
        text=format_overrides(availability.overrides, reader)
        or _("No days off yet. Add a day off, a vacation, or special hours for a date."),
        accent=Accent.NEUTRAL,
    )
    await add_own_week(card, interaction, availability)
    add_preview(card, availability)
    items: list[ui.Item[Any]] = []
    if availability.overrides:
        items.append(RemoveDatesMenu.new(availability.overrides, reader))
    await respond(
        interaction, card=card, actions=action_rows(*items, AddDatesButton(), BackToWeekButton())
    )


class OpenDatesButton(PersistentButton, template=r"hours:dates"):
    """Shows the date overrides."""

    def __init__(self, label: str | None = None) -> None:
        super().__init__("hours:dates", label or _("Days off"))

    async def on_press(self, interaction: Interaction) -> None:
        await show_dates(interaction)


class AddDatesButton(PersistentButton, template=r"hours:dates:add"):
    """Opens the form that adds a date override."""

    def __init__(self) -> None:
        super().__init__("hours:dates:add", _("Add days off"), discord.ButtonStyle.primary)

    async def on_press(self, interaction: Interaction) -> None:
        await interaction.response.send_modal(DateOverrideForm(reader_of(interaction)))


class DateOverrideForm(DateRangeForm):
    """A date or a range of dates, with special hours or off."""

    draft_flow = "dates"

    def __init__(self, reader: Reader, first: str = "", last: str = "", hours: str = "") -> None:
        super().__init__(
            reader,
            first,
            last,
            title=_("Days off or special hours"),
            labels=(_("First day"), _("Last day")),
        )
        self.hours = ui.TextInput["DateOverrideForm"](
            custom_id="hours",
            max_length=100,
            placeholder=examples.hours(reader),
            required=False,
            default=hours or None,
        )
        self.add_item(
            ui.Label(
                text=_("Hours on these days"),
                description=_("Leave empty for days off"),
                component=self.hours,
            )
        )

    def reopened(self) -> DateOverrideForm:
        return DateOverrideForm(self.reader, self.first.value, self.last.value, self.hours.value)

    def way_out(self) -> ui.Item[Any]:
        return OpenDatesButton(pgettext("button", "Cancel"))

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        first, last = await self.read_dates(interaction)
        hours = parse_day_hours(self.hours.value, reader_of(interaction).locale)
        availability = await interaction.client.db.run(
            editor.set_overrides, actor_of(interaction), first, last, hours
        )
        await show_dates(interaction, availability)


class RemoveDatesMenu(PersistentSelect, template=r"hours:dates:clear"):
    """Removes date overrides, so that the weekly hours apply again."""

    def __init__(self) -> None:
        super().__init__("hours:dates:clear", _("Remove a date"))

    @classmethod
    def new(cls, overrides: Sequence[DateOverride], reader: Reader) -> Self:
        menu = cls()
        menu.item.options = [
            discord.SelectOption(
                label=date_range(first, last, reader),
                value=f"{first.isoformat()}/{last.isoformat()}",
            )
            for first, last, _hours in date_ranges(overrides)[:25]
        ]
        return menu

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        first, last = (date.fromisoformat(part) for part in values[0].split("/"))
        availability = await interaction.client.db.run(
            editor.clear_overrides, actor_of(interaction), first, last
        )
        await show_dates(interaction, availability)
