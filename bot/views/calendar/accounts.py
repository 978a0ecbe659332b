"""Connecting a calendar over CalDAV: a form with the account, then a choice of its calendars."""

from __future__ import annotations

from typing import Any, Self

import discord
from discord import ui

from bot.actors import actor_of
from bot.components.cards import Accent, Card, action_rows
from bot.components.persistent import Form, PersistentButton, PersistentSelect, cache_buster
from bot.drafts import FlowKey, FoundCalendars
from bot.formatting import shortened
from bot.interaction import Interaction
from bot.replies import defer, respond
from bot.views.calendar.external import read_and_show
from bot.views.calendar.navigation import CALENDARS_SCREEN, OpenCalendarsButton
from mentorship.calendars import accounts, overview
from mentorship.calendars.accounts import (
    MAX_PASSWORD,
    MAX_USERNAME,
    CalendarAccount,
    DiscoveredCalendar,
)
from mentorship.calendars.external_calendars import MAX_LABEL
from wording.integrations import calendars
from wording.translation import _, ngettext, pgettext

MAX_SERVER = 500
"""Characters of a server's address that the form takes."""

MAX_CHOICES = 25
"""The options that Discord shows in a menu."""

_FLOW = "account"


class ConnectAccountButton(PersistentButton, template=r"calendar:account"):
    """Opens the form for an account."""

    def __init__(self, label: str | None = None) -> None:
        super().__init__("calendar:account", label or _("Connect account"))

    async def on_press(self, interaction: Interaction) -> None:
        await interaction.response.send_modal(AccountForm())


class AccountForm(Form):
    """The server of an account, and how to sign in. A password is never filled in again."""

    draft_flow = _FLOW

    def __init__(self, server: str = "", username: str = "") -> None:
        super().__init__(title=_("Connect a calendar"), custom_id="calendar:account")
        self.server = self.add_line(
            "server",
            pgettext("of a calendar", "Server"),
            _("The CalDAV address. Nextcloud: its web address. iCloud: caldav.icloud.com."),
            max_length=MAX_SERVER,
            default=server,
            placeholder="https://cloud.example.com",
        )
        self.username = self.add_line(
            "username", _("User name"), max_length=MAX_USERNAME, default=username
        )
        self.password = self.add_line(
            "password",
            _("App password"),
            _("Create one in your account's security settings. It's stored encrypted."),
            max_length=MAX_PASSWORD,
        )

    def reopened(self) -> AccountForm:
        return AccountForm(self.server.value, self.username.value)

    def way_out(self) -> ui.Item[Any]:
        return OpenCalendarsButton(pgettext("button", "Cancel"))

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        client = interaction.client
        directory = client.calendars.directory
        if directory is None:
            await CALENDARS_SCREEN.show(interaction, _(calendars.NO_ACCOUNTS))
            return
        # The server may take longer than Discord waits.
        await defer(interaction)
        username, password = self.username.value.strip(), self.password.value
        found = await directory.discover(self.server.value, username, password)
        choice = FoundCalendars(found, username, password)
        key = FlowKey.of(interaction, _FLOW)
        client.drafts.found_calendars.put(key, choice, client.db.now())
        await _show_choice(interaction, found)


async def _show_choice(interaction: Interaction, found: tuple[DiscoveredCalendar, ...]) -> None:
    shown = await interaction.client.db.read(overview.load, actor_of(interaction))
    card = Card(
        title=_("Choose a calendar"),
        text=calendars.connection_explanation(shown.is_mentor),
        accent=Accent.NEUTRAL,
    )
    if len(found) > MAX_CHOICES:
        card.add_note(
            ngettext(
                "The first {listed} of {count} calendar are listed.",
                "The first {listed} of {count} calendars are listed.",
                len(found),
                listed=MAX_CHOICES,
            )
        )
    menu = ChooseCalendarMenu.new(found, cache_buster(interaction))
    await respond(
        interaction,
        card=card,
        actions=action_rows(menu, OpenCalendarsButton(pgettext("button", "Cancel"))),
    )


class ChooseCalendarMenu(PersistentSelect, template=r"calendar:choose:(?P<number>\d{1,2})"):
    """The calendars of an account. Choosing one connects it."""

    def __init__(self, number: int = 0) -> None:
        super().__init__(f"calendar:choose:{number}", _("Choose a calendar"))

    @classmethod
    def new(cls, found: tuple[DiscoveredCalendar, ...], number: int) -> Self:
        """Return the menu with an account's calendars."""
        menu = cls(number)
        menu.item.options = [
            discord.SelectOption(
                label=shortened(calendar.name, 100) or "…",
                value=str(position),
                description=None if calendar.can_write else _("Read-only"),
            )
            for position, calendar in enumerate(found[:MAX_CHOICES])
        ]
        return menu

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        client, key = interaction.client, FlowKey.of(interaction, _FLOW)
        found = client.drafts.found_calendars.get(key, client.db.now())
        position = int(values[0]) if values[0].isdecimal() else MAX_CHOICES
        if found is None or position >= len(found.calendars):
            card = Card(title=_("Enter your password again"), text=_(calendars.PASSWORD_FORGOTTEN))
            actions = action_rows(
                ConnectAccountButton(), OpenCalendarsButton(pgettext("button", "Cancel"))
            )
            await respond(interaction, card=card, actions=actions)
            return
        await defer(interaction)
        chosen = found.calendars[position]
        actor = actor_of(interaction)
        shown = await client.db.read(overview.load, actor)
        account = CalendarAccount(
            chosen.url,
            found.username,
            found.password,
            label=shortened(" ".join(chosen.name.split()), MAX_LABEL),
            blocks_slots=shown.is_mentor,
            receives_sessions=chosen.can_write,
        )
        calendar = await client.db.run(
            accounts.connect, actor, account, allow_private=client.calendars.allow_private
        )
        client.drafts.found_calendars.pop(key, client.db.now())
        await read_and_show(interaction, calendar, _("Your calendar is connected."))
