"""The form with which mentors add the address of a calendar that they keep elsewhere."""

from __future__ import annotations

from typing import Any

import discord
from discord import ui

from bot.actors import actor_of
from bot.components.persistent import Form, PersistentButton
from bot.interaction import Interaction
from bot.replies import defer
from bot.views.calendar.external import read_and_show
from bot.views.calendar.navigation import OpenCalendarsButton
from mentorship.calendars import external_calendars
from mentorship.calendars.external_calendars import MAX_LABEL
from mentorship.web_addresses import MAX_LENGTH
from wording.translation import _, pgettext


class AddAddressButton(PersistentButton, template=r"calendar:add"):
    """Opens the form."""

    def __init__(self) -> None:
        super().__init__("calendar:add", _("Add address"), discord.ButtonStyle.primary)

    async def on_press(self, interaction: Interaction) -> None:
        await interaction.response.send_modal(AddressForm())


class AddressForm(Form):
    """The address of a calendar, and a name for it."""

    draft_flow = "calendar"

    def __init__(self, address: str = "", label: str = "") -> None:
        super().__init__(title=_("Add a calendar"), custom_id="calendar:add")
        self.address = self.add_line(
            "address",
            pgettext("of a calendar on the web", "Address"),
            _("Google: Secret address in iCal format. Outlook: published ICS link."),
            max_length=MAX_LENGTH,
            default=address,
            placeholder="https://calendar.google.com/calendar/ical/…/basic.ics",
        )
        self.label = self.add_line(
            "label",
            pgettext("of a calendar", "Name"),
            _("What you call it. Only you see it."),
            max_length=MAX_LABEL,
            default=label,
            placeholder=pgettext("example of a calendar's name", "Work"),
            required=False,
        )

    def reopened(self) -> AddressForm:
        return AddressForm(self.address.value, self.label.value)

    def way_out(self) -> ui.Item[Any]:
        return OpenCalendarsButton(pgettext("button", "Cancel"))

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        await defer(interaction)
        calendar = await interaction.client.db.run(
            external_calendars.add_ics,
            actor_of(interaction),
            self.label.value,
            self.address.value,
            allow_private=interaction.client.calendars.allow_private,
        )
        await read_and_show(interaction, calendar, _("Your calendar is added."))
