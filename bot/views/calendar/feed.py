"""A person's feed on the card of `/calendar`: its address, and the ways to change it."""

from __future__ import annotations

import discord
from discord import ui

from bot.actors import actor_of
from bot.components.cards import Accent, Card, action_rows
from bot.components.persistent import PersistentButton
from bot.formatting import relative
from bot.interaction import Interaction
from bot.replies import respond
from bot.views.calendar.navigation import CALENDARS_SCREEN, OpenCalendarsButton
from mentorship.calendars import feeds
from mentorship.calendars.feeds import CalendarFeed
from wording.icalendar import calendar_links

_TITLE = "### Your sessions in your calendar"


def add_feed(card: Card, feed: CalendarFeed | None, public_url: str) -> None:
    """Add the person's feed, with the ways to use and change it."""
    if feed is None:
        card.add_text(
            f"{_TITLE}\nSubscribe in Google, Outlook, Apple Calendar or any other calendar app. "
            "What's booked, moved or cancelled in this server shows up there automatically."
        )
        card.add_actions(CreateFeedButton())
        return
    if feed.token is None:
        card.add_text(
            f"{_TITLE}\nYour calendar is subscribed to an address that can't be shown anymore. It "
            "still works. To get a new one, renew it."
        )
        card.add_actions(RenewFeedButton(), TurnOffFeedButton())
        return
    address = feeds.address(public_url, feed.token)
    card.add_text(f"{_TITLE}\nSubscribe to this address in your calendar app:")
    card.add_text(f"```\n{address}\n```")
    card.add_text("-# On Apple devices, replace https with webcal to open it in your calendar app.")
    google, outlook = (
        ui.Button[ui.LayoutView](label=label, url=url)
        for label, url in (
            ("Add to Google", calendar_links.google_subscription(address)),
            ("Add to Outlook", calendar_links.outlook_subscription(address)),
        )
    )
    card.add_actions(google, outlook, RenewFeedButton(), TurnOffFeedButton())
    last = "Not read yet" if feed.read_at is None else f"Last read {relative(feed.read_at)}"
    card.add_text(
        f"-# {last}. Whoever has the address can see your sessions, so keep it to yourself."
    )


class CreateFeedButton(PersistentButton, template=r"calendar:feed:create"):
    """Creates the feed and shows its address."""

    def __init__(self) -> None:
        super().__init__("calendar:feed:create", "Get my address", discord.ButtonStyle.primary)

    async def on_press(self, interaction: Interaction) -> None:
        await interaction.client.db.run(feeds.create, actor_of(interaction))
        await CALENDARS_SCREEN.show(interaction, None)


class RenewFeedButton(PersistentButton, template=r"calendar:feed:renew"):
    """Asks whether to give the feed another address."""

    def __init__(self) -> None:
        super().__init__("calendar:feed:renew", "Renew address")

    async def on_press(self, interaction: Interaction) -> None:
        card = Card(
            title="Renew your address?",
            text=(
                "Calendars that use the old one stop following your sessions. Subscribe to the new "
                "one there."
            ),
            accent=Accent.WAITING,
        )
        await respond(
            interaction,
            card=card,
            actions=action_rows(ConfirmRenewalButton(), OpenCalendarsButton("Cancel")),
        )


class ConfirmRenewalButton(PersistentButton, template=r"calendar:feed:renew:confirm"):
    """Gives the feed another address."""

    def __init__(self) -> None:
        super().__init__("calendar:feed:renew:confirm", "Renew address", discord.ButtonStyle.danger)

    async def on_press(self, interaction: Interaction) -> None:
        await interaction.client.db.run(feeds.renew, actor_of(interaction))
        await CALENDARS_SCREEN.show(interaction, "The old address no longer works.")


class TurnOffFeedButton(PersistentButton, template=r"calendar:feed:off"):
    """Asks whether to turn the feed off."""

    def __init__(self) -> None:
        super().__init__("calendar:feed:off", "Turn off")

    async def on_press(self, interaction: Interaction) -> None:
        card = Card(
            title="Turn off your address?",
            text=(
                "Calendars that use it stop following your sessions. What they show already may "
                "stay until you unsubscribe."
            ),
            accent=Accent.WAITING,
        )
        await respond(
            interaction,
            card=card,
            actions=action_rows(ConfirmTurningOffButton(), OpenCalendarsButton("Cancel")),
        )


class ConfirmTurningOffButton(PersistentButton, template=r"calendar:feed:off:confirm"):
    """Turns the feed off."""

    def __init__(self) -> None:
        super().__init__("calendar:feed:off:confirm", "Turn off", discord.ButtonStyle.danger)

    async def on_press(self, interaction: Interaction) -> None:
        await interaction.client.db.run(feeds.turn_off, actor_of(interaction))
        await CALENDARS_SCREEN.show(interaction, "The address no longer works.")
