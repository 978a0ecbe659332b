"""`/notifications`: which notifications a member gets, reminders, and quiet hours."""

from __future__ import annotations

from typing import Self

import discord

from bot.actors import actor_of
from bot.components.cards import Accent, Card, action_rows
from bot.components.persistent import (
    PersistentButton,
    PersistentSelect,
    cache_buster,
)
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import respond
from bot.views.members.quiet_hours import PREFERENCES_SCREEN, QuietHoursMenu, format_quiet_hours
from bot.views.slot_alerts.items import OwnAlertsButton
from mentorship.notifications import preferences
from mentorship.notifications.catalogue import MUTABLE_KINDS, NotificationKind
from mentorship.notifications.preferences import MAX_REMINDERS, Preferences
from wording.durations import duration
from wording.notifications import kind_name, switch
from wording.reader import Reader
from wording.times import place

_REMINDER_MINUTES = (5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440, 2_880, 10_080)


async def show_settings(interaction: Interaction) -> None:
    """Show the person's preferences, with the menus that change them."""
    await _show(
        interaction, await interaction.client.db.read(preferences.load, actor_of(interaction))
    )


async def _show(
    interaction: Interaction,
    current: Preferences,
    note: str | None = None,
    button: PersistentButton | None = None,
) -> None:
    """Show the preferences with a note above them and a button that belongs to the note."""
    reader = reader_of(interaction)
    guild_reminders = (GuildRemindersButton(),) if current.reminders is not None else ()
    quiet = QuietHoursMenu.new(current, reader, cache_buster(interaction))
    await respond(
        interaction,
        note,
        card=_card(current, reader),
        actions=action_rows(
            NotificationKindsMenu.new(current, reader),
            RemindersMenu.new(current, reader),
            quiet,
            *guild_reminders,
            OwnAlertsButton(),
            *([button] if button is not None else []),
        ),
    )


def _card(current: Preferences, reader: Reader) -> Card:
    muted = [kind_name(kind, reader) for kind in MUTABLE_KINDS if kind in current.muted]
    card = Card(
        title="Your notifications",
        text="Sent by direct message, for this server. You always get requests to answer, "
        "cancellations, decisions about you, and the start of a session.",
        accent=Accent.NEUTRAL,
    )
    if muted:
        card.add_fact("You aren't notified when", "\n".join(muted))
    else:
        card.add_fact("Turned off", "nothing")
    reminders = ", ".join(duration(lead, reader) for lead in current.leads)
    origin = "" if current.reminders is not None else " (this server's default)"
    card.add_fact(
        "Reminders", f"{reminders} before a session{origin}" if reminders else f"none{origin}"
    )
    if current.quiet is None:
        quiet_text = "none"
    else:
        zone = place(current.zone, reader) if current.zone else ""
        clock = f" your time ({zone})" if zone else " your time"
        quiet_text = (
            f"{format_quiet_hours(current.quiet, reader)}{clock}. During these hours you only get "
            "what can't wait: the start of a session, a late cancellation, and anything "
            "you'd have too little time to answer or prepare for."
        )
    card.add_fact("Quiet hours", quiet_text)
    return card


class NotificationKindsMenu(PersistentSelect, template=r"notifications:kinds"):
    """The kinds of notifications that the person gets; the others are muted."""

    def __init__(self) -> None:
        super().__init__("notifications:kinds", "Everything optional is turned off")

    @classmethod
    def new(cls, current: Preferences, reader: Reader) -> Self:
        menu = cls()
        menu.item.options = [
            discord.SelectOption(
                label=switch(kind, reader),
                value=kind,
                default=kind not in current.muted,
            )
            for kind in MUTABLE_KINDS
        ]
        menu.item.min_values, menu.item.max_values = 0, len(MUTABLE_KINDS)
        return menu

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        current = await interaction.client.db.run(
            preferences.change_muted_kinds,
            actor_of(interaction),
            mute=[NotificationKind(value) for value in self.removed(values)],
            unmute=[NotificationKind(value) for value in self.added(values)],
        )
        await _show(interaction, current)


class RemindersMenu(PersistentSelect, template=r"notifications:reminders"):
    """How long before a session the person is reminded."""

    def __init__(self) -> None:
        super().__init__("notifications:reminders", "No reminders")

    @classmethod
    def new(cls, current: Preferences, reader: Reader) -> Self:
        menu = cls()
        menu.item.options = [
            discord.SelectOption(
                label=f"Remind me {duration(lead, reader)} before",
                value=str(lead),
                default=lead in current.leads,
            )
            for lead in sorted({*_REMINDER_MINUTES, *current.leads}, reverse=True)[:25]
        ]
        # The guild's reminders may be more than a member can choose.
        max_values = max(MAX_REMINDERS, len(current.leads))
        menu.item.min_values, menu.item.max_values = 0, max_values
        return menu

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        current = await interaction.client.db.run(
            preferences.change_reminders,
            actor_of(interaction),
            add=[int(value) for value in self.added(values)],
            remove=[int(value) for value in self.removed(values)],
        )
        await _show(interaction, current)


class GuildRemindersButton(PersistentButton, template=r"notifications:server"):
    """Returns to the guild's reminders."""

    def __init__(self) -> None:
        super().__init__("notifications:server", "Use this server's reminders")

    async def on_press(self, interaction: Interaction) -> None:
        db = interaction.client.db
        await _show(
            interaction, await db.run(preferences.set_reminders, actor_of(interaction), None)
        )


PREFERENCES_SCREEN.register(_show)
