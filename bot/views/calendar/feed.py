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
from wording.translation import _, pgettext, sentences


def add_feed(card: Card, feed: CalendarFeed | None, public_url: str) -> None:
    """Add the person's feed, with the ways to use and change it."""
    if feed is None:
        card.add_text(
            _titled(
                _(
                    "Subscribe in Google, Outlook, Apple Calendar or any other calendar app. "
                    "What's booked, moved or cancelled in this server shows up there "
                    "automatically."
                )
            )
        )
        card.add_actions(CreateFeedButton())
        return
    if feed.token is None:
        card.add_text(
            _titled(
                _(
                    "Your calendar is subscribed to an address that can't be shown anymore. It "
                    "still works. To get a new one, renew it."
                )
            )
        )
        card.add_actions(RenewFeedButton(), TurnOffFeedButton())
        return
    address = feeds.address(public_url, feed.token)
    card.add_text(_titled(_("Subscribe to this address in your calendar app:")))
    card.add_text(f"```\n{address}\n```")
    card.add_text(
        "-# " + _("On Apple devices, replace https with webcal to open it in your calendar app.")
    )
    google, outlook = (
        ui.Button[ui.LayoutView](label=label, url=url)
        for label, url in (
            (_("Add to Google"), calendar_links.google_subscription(address)),
            (_("Add to Outlook"), calendar_links.outlook_subscription(address)),
        )
    )
    card.add_actions(google, outlook, RenewFeedButton(), TurnOffFeedButton())
    # Translators: when a calendar app has last read somebody's calendar: "Last read 2 hours ago."
    last = (
        _("Not read yet.")
        if feed.read_at is None
        else _("Last read {time}.", time=relative(feed.read_at))
    )
    warning = _("Whoever has the address can see your sessions, so keep it to yourself.")
    card.add_text(f"-# {sentences(last, warning)}")


def _titled(text: str) -> str:
    title = _("Your sessions in your calendar")
    return f"### {title}\n{text}"


class CreateFeedButton(PersistentButton, template=r"calendar:feed:create"):
    """Creates the feed and shows its address."""

    def __init__(self) -> None:
        super().__init__("calendar:feed:create", _("Get my address"), discord.ButtonStyle.primary)

    async def on_press(self, interaction: Interaction) -> None:
        await interaction.client.db.run(feeds.create, actor_of(interaction))
        await CALENDARS_SCREEN.show(interaction, None)


class RenewFeedButton(PersistentButton, template=r"calendar:feed:renew"):
    """Asks whether to give the feed another address."""

    def __init__(self) -> None:
        super().__init__("calendar:feed:renew", _("Renew address"))

    async def on_press(self, interaction: Interaction) -> None:
        card = Card(
            title=_("Renew your address?"),
            text=(
                _(
                    "Calendars that use the old one stop following your sessions. "
                    "Subscribe to the new one there."
                )
            ),
            accent=Accent.WAITING,
        )
        await respond(
            interaction,
            card=card,
            actions=action_rows(
                ConfirmRenewalButton(), OpenCalendarsButton(pgettext("button", "Cancel"))
            ),
        )


class ConfirmRenewalButton(PersistentButton, template=r"calendar:feed:renew:confirm"):
    """Gives the feed another address."""

    def __init__(self) -> None:
        super().__init__(
            "calendar:feed:renew:confirm", _("Renew address"), discord.ButtonStyle.danger
        )

    async def on_press(self, interaction: Interaction) -> None:
        await interaction.client.db.run(feeds.renew, actor_of(interaction))
        await CALENDARS_SCREEN.show(interaction, _("The old address no longer works."))


class TurnOffFeedButton(PersistentButton, template=r"calendar:feed:off"):
    """Asks whether to turn the feed off."""

    def __init__(self) -> None:
        super().__init__("calendar:feed:off", _("Turn off"))

    async def on_press(self, interaction: Interaction) -> None:
        card = Card(
            title=_("Turn off your address?"),
            text=(
                _(
                    "Calendars that use it stop following your sessions. What they show "
                    "already may stay until you unsubscribe."
                )
            ),
            accent=Accent.WAITING,
        )
        await respond(
            interaction,
            card=card,
            actions=action_rows(
                ConfirmTurningOffButton(), OpenCalendarsButton(pgettext("button", "Cancel"))
            ),
        )


class ConfirmTurningOffButton(PersistentButton, template=r"calendar:feed:off:confirm"):
    """Turns the feed off."""

    def __init__(self) -> None:
        super().__init__("calendar:feed:off:confirm", _("Turn off"), discord.ButtonStyle.danger)

    async def on_press(self, interaction: Interaction) -> None:
        await interaction.client.db.run(feeds.turn_off, actor_of(interaction))
        await CALENDARS_SCREEN.show(interaction, _("The address no longer works."))
