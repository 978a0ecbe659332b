"""The first card of `/calendar`: a person's feed, and the calendars that they keep elsewhere."""

from __future__ import annotations

from typing import Any

from discord import ui

from bot.actors import actor_of
from bot.components.cards import Accent, Card
from bot.formatting import plain, relative
from bot.interaction import Interaction
from bot.replies import respond
from bot.views.calendar.accounts import ConnectAccountButton
from bot.views.calendar.addresses import AddAddressButton
from bot.views.calendar.external import EditCalendarButton
from bot.views.calendar.feed import add_feed
from bot.views.calendar.navigation import CALENDARS_SCREEN
from mentorship.calendars import overview
from mentorship.calendars.external_calendars import MAX_CALENDARS
from mentorship.calendars.overview import CalendarOverview
from wording.integrations import calendars
from wording.translation import _, ngettext


async def show_calendars(interaction: Interaction, note: str | None = None) -> None:
    """Show the person's calendars in this server, with the ways to change them."""
    options = interaction.client.calendars
    shown = await interaction.client.db.read(overview.load, actor_of(interaction))
    card = Card(title=_("Calendars"), accent=Accent.NEUTRAL)
    if not shown.can_encrypt:
        card.text = _(calendars.NOT_SET_UP)
        card.accent = Accent.FAULT
    elif options.public_url:
        add_feed(card, shown.feed, options.public_url)
        card.add_divider()
    if shown.can_encrypt or shown.external:
        _add_external(card, shown, has_directory=options.directory is not None)
    await respond(interaction, note, card=card)


CALENDARS_SCREEN.register(show_calendars)


def _add_external(card: Card, shown: CalendarOverview, *, has_directory: bool) -> None:
    heading = _(calendars.OWN_CALENDARS)
    card.add_text(f"### {heading}\n{calendars.explanation(shown.is_mentor)}")
    for calendar in shown.external:
        lines = [f"**{plain(calendar.label)}**", calendars.uses(calendar)]
        lines.append(calendars.state(calendar, relative))
        card.add_section("\n".join(lines), EditCalendarButton(calendar.id))
    if not shown.can_encrypt:
        return
    if len(shown.external) >= MAX_CALENDARS:
        card.add_note(
            ngettext(
                "You have {count} calendar here. To add another, remove it first.",
                "You have {count} calendars here. To add another, remove one first.",
                MAX_CALENDARS,
            )
        )
        return
    items: list[ui.Item[Any]] = []
    if shown.is_mentor:
        items.append(AddAddressButton())
    if has_directory:
        items.append(ConnectAccountButton())
    if items:
        card.add_actions(*items)
