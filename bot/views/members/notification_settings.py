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
from bot.views.members.quiet_hours import PREFERENCES_SCREEN, QuietHoursMenu, quiet_hours_clocks
from bot.views.slot_alerts.items import OwnAlertsButton
from mentorship.notifications import preferences
from mentorship.notifications.catalogue import MUTABLE_KINDS, NotificationKind
from mentorship.notifications.preferences import MAX_REMINDERS, Preferences
from mentorship.time.quiet_hours import QuietHours
from wording.durations import duration
from wording.lists import enumerated
from wording.notifications import kind_name, switch
from wording.reader import Reader
from wording.times import place
from wording.translation import _, pgettext, sentences

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
        title=_("Your notifications"),
        text=_(
            "Sent by direct message, for this server. You always get requests to "
            "answer, cancellations, decisions about you, and the start of a session."
        ),
        accent=Accent.NEUTRAL,
    )
    if muted:
        # Translators: followed by a list: "someone rates you", "your points change"
        card.add_fact(_("You aren't notified when"), "\n".join(muted))
    else:
        # Translators: "Turned off: nothing", in the settings of notifications
        card.add_fact(_("Turned off"), pgettext("no kind of notification", "nothing"))
    card.add_fact(_("Reminders"), _reminders(current, reader))
    if current.quiet is None:
        quiet_text = pgettext("no quiet hours", "none")
    else:
        quiet_text = sentences(
            _quiet_hours(current.quiet, current.zone, reader),
            _(
                "During these hours you only get what can't wait: the start of a session, a "
                "late cancellation, and anything you'd have too little time to answer or "
                "prepare for."
            ),
        )
    card.add_fact(_("Quiet hours"), quiet_text)
    return card


def _reminders(current: Preferences, reader: Reader) -> str:
    leads = enumerated((duration(lead, reader) for lead in current.leads), reader)
    if current.reminders is not None:
        if not leads:
            return pgettext("no reminders", "none")
        # Translators: when somebody is reminded: "1 day, 15 minutes before a session"
        return _("{durations} before a session", durations=leads)
    if not leads:
        return pgettext("no reminders", "none (this server's default)")
    return _("{durations} before a session (this server's default)", durations=leads)


def _quiet_hours(quiet: QuietHours, zone: str | None, reader: Reader) -> str:
    start, end = quiet_hours_clocks(quiet, reader)
    city = place(zone, reader) if zone else ""
    if city:
        # Translators: quiet hours, such as "22:00 to 7:00 your time (London)."
        return _("{start} to {end} your time ({city}).", start=start, end=end, city=city)
    return _("{start} to {end} your time.", start=start, end=end)


class NotificationKindsMenu(PersistentSelect, template=r"notifications:kinds"):
    """The kinds of notifications that the person gets; the others are muted."""

    def __init__(self) -> None:
        super().__init__("notifications:kinds", _("Everything optional is turned off"))

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
        super().__init__("notifications:reminders", _("No reminders"))

    @classmethod
    def new(cls, current: Preferences, reader: Reader) -> Self:
        menu = cls()
        menu.item.options = [
            discord.SelectOption(
                label=_("Remind me {duration} before", duration=duration(lead, reader)),
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
        super().__init__("notifications:server", _("Use this server's reminders"))

    async def on_press(self, interaction: Interaction) -> None:
        db = interaction.client.db
        await _show(
            interaction, await db.run(preferences.set_reminders, actor_of(interaction), None)
        )


PREFERENCES_SCREEN.register(_show)
