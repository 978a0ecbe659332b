"""Travel in the availability panel: trips, during which hours follow the local clock there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, Self

import discord
from discord import ui

from bot.actors import actor_of
from bot.components.cards import Accent, Card, action_rows
from bot.components.persistent import PersistentButton, PersistentSelect
from bot.interaction import Interaction
from bot.languages import locale_of
from bot.readers import reader_of
from bot.replies import respond
from bot.views.availability.cards import add_preview, format_trips
from bot.views.availability.date_range_form import DateRangeForm
from bot.views.availability.navigation import BackToWeekButton
from bot.views.availability.week_picture import add_own_week
from mentorship.availability import editor, travel_editor
from mentorship.availability.editor import AvailabilityView
from mentorship.availability.travel import Travel
from mentorship.time import zone_search
from mentorship.time.zone_search import Resolution
from wording import examples, lists, times
from wording.reader import Reader
from wording.translation import _, pgettext


async def show_travel(
    interaction: Interaction, availability: AvailabilityView | None = None
) -> None:
    """Show the trips, with the ways to change them."""
    if availability is None:
        availability = await interaction.client.db.read(editor.load, actor_of(interaction))
    reader = reader_of(interaction)
    evening = times.time_of_day(18 * 60, reader)
    card = Card(
        title=_("Travel"),
        text=(
            # Translators: {evening} is a time such as "18:00".
            _(
                "During a trip, your hours follow the local time there: {evening} at "
                "home becomes {evening} there. So do days off and special hours.",
                evening=evening,
            )
        ),
        accent=Accent.NEUTRAL,
    )
    card.add_fact(
        _("Trips"), format_trips(availability.travel, reader) or pgettext("trips", "none yet")
    )
    await add_own_week(card, interaction, availability)
    add_preview(card, availability)
    items: list[ui.Item[Any]] = []
    if availability.travel:
        items.append(RemoveTripMenu.new(availability.travel, reader))
    await respond(
        interaction, card=card, actions=action_rows(*items, AddTripButton(), BackToWeekButton())
    )


class OpenTravelButton(PersistentButton, template=r"hours:travel"):
    """Shows the trips."""

    def __init__(self, label: str | None = None) -> None:
        super().__init__("hours:travel", label or _("Travel"))

    async def on_press(self, interaction: Interaction) -> None:
        await show_travel(interaction)


class AddTripButton(PersistentButton, template=r"hours:travel:add"):
    """Opens the form that adds a trip."""

    def __init__(self) -> None:
        super().__init__("hours:travel:add", _("Add a trip"), discord.ButtonStyle.primary)

    async def on_press(self, interaction: Interaction) -> None:
        await interaction.response.send_modal(TripForm(reader_of(interaction)))


class TripForm(DateRangeForm):
    """The first and the last day of a trip, and where it goes."""

    draft_flow = "trip"

    def __init__(self, reader: Reader, first: str = "", last: str = "", place: str = "") -> None:
        labels = pgettext("the first day of a trip", "From"), pgettext("its last day", "To")
        super().__init__(reader, first, last, title=_("Add a trip"), labels=labels)
        self.place = ui.TextInput["TripForm"](
            custom_id="place",
            max_length=100,
            placeholder=examples.city(reader),
            default=place or None,
        )
        self.add_item(
            ui.Label(
                text=pgettext("where a trip goes", "Where"),
                description=_("A city, a country, or an offset such as {offset}", offset="+5:30"),
                component=self.place,
            )
        )

    def reopened(self) -> TripForm:
        return TripForm(self.reader, self.first.value, self.last.value, self.place.value)

    def way_out(self) -> ui.Item[Any]:
        return OpenTravelButton(pgettext("button", "Cancel"))

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        first, last = await self.read_dates(interaction)
        place, locale = self.place.value, locale_of(interaction)
        match = zone_search.resolve(place, now=interaction.client.db.now(), locale=locale)
        if match.zone is not None:
            await _add(interaction, first, last, match.zone)
        else:
            await _ask_where(interaction, first, last, place, match)


async def _add(interaction: Interaction, first: date, last: date, zone: str) -> None:
    availability = await interaction.client.db.run(
        travel_editor.add_trip, actor_of(interaction), first, last, zone
    )
    await show_travel(interaction, availability)


async def _ask_where(
    interaction: Interaction, first: date, last: date, place: str, match: Resolution
) -> None:
    """Show the time zones that the typed place may mean."""
    reader = reader_of(interaction)
    name = lists.typed(place, reader)
    menu = TripZoneMenu(first, last)
    now = interaction.client.db.now()
    menu.item.options = [
        discord.SelectOption(label=times.zone_label(zone, now, reader), value=zone)
        for zone in match.choices[:25]
    ]
    card = Card(
        title=_("Where are you going?"),
        text=(
            # Translators: {name} is a place as somebody typed it; a menu of time zones follows.
            _("Several time zones match {name}. Choose the one of your trip:", name=name)
            if match.is_exact
            else _(
                "I don't know a time zone called {name}. Is your trip to one of these?", name=name
            )
        ),
        accent=Accent.NEUTRAL,
    )
    await respond(
        interaction,
        card=card,
        actions=action_rows(menu, OpenTravelButton(pgettext("button", "Cancel"))),
    )


class TripZoneMenu(
    PersistentSelect,
    template=r"hours:travel:zone:(?P<first>[1-9]\d{5}):(?P<last>[1-9]\d{5})",
):
    """The time zones that a place may mean. Choosing one adds the trip.

    The custom id has the dates as ordinals, all of which are dates.
    """

    def __init__(self, first: date, last: date) -> None:
        self.first, self.last = first, last
        super().__init__(
            f"hours:travel:zone:{first.toordinal()}:{last.toordinal()}", _("Choose a time zone")
        )

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(date.fromordinal(int(match["first"])), date.fromordinal(int(match["last"])))

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        await _add(interaction, self.first, self.last, values[0])


class RemoveTripMenu(PersistentSelect, template=r"hours:travel:remove"):
    """Removes a trip, so that hours follow the clock at home again."""

    def __init__(self) -> None:
        super().__init__("hours:travel:remove", _("Remove a trip"))

    @classmethod
    def new(cls, travel: Sequence[Travel], reader: Reader) -> Self:
        menu = cls()
        menu.item.options = [
            discord.SelectOption(
                label=(
                    f"{lists.before_value(times.zone_name(trip.zone, reader))} "
                    f"{times.date_range(trip.first, trip.last, reader)}"
                ),
                value=trip.first.isoformat(),
            )
            for trip in travel[:25]
        ]
        return menu

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        availability = await interaction.client.db.run(
            travel_editor.remove_trip, actor_of(interaction), date.fromisoformat(values[0])
        )
        await show_travel(interaction, availability)
