"""`/notifications`: which notifications a member gets, reminders, and quiet hours."""

from __future__ import annotations

import re
from functools import partial
from typing import Self

import discord
from discord import ui

from bot.actors import actor_of
from bot.components.persistent import (
    Form,
    PersistentButton,
    PersistentSelect,
    cache_buster,
    persistent_view,
)
from bot.errors import sentence
from bot.interaction import Interaction
from bot.replies import respond
from bot.views.members.timezone import with_timezone
from mentorship.availability import weekly_hours
from mentorship.errors import Field, InvalidField, Problem, UnreadableHours
from mentorship.notifications import preferences
from mentorship.notifications.catalogue import MUTABLE_KINDS, NotificationKind
from mentorship.notifications.preferences import MAX_REMINDERS, Preferences
from mentorship.time.quiet_hours import MINUTES_A_DAY, QuietHours
from wording.durations import duration
from wording.notifications import kind_name
from wording.reader import ENGLISH
from wording.times import time_of_day

_REMINDER_MINUTES = (5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440, 2_880, 10_080)
_USUAL_QUIET_HOURS = tuple(
    QuietHours(start * 60, end * 60)
    for start, end in ((20, 8), (21, 7), (22, 6), (22, 7), (22, 8), (23, 7), (23, 9), (0, 8))
)
_NEVER, _TYPED = "never", "typed"
_LONGEST_TYPED = 20


async def show_settings(interaction: Interaction) -> None:
    """Show the person's preferences, with the menus that change them."""
    await _show(
        interaction, await interaction.client.db.read(preferences.load, actor_of(interaction))
    )


async def _show(
    interaction: Interaction,
    current: Preferences,
    *buttons: PersistentButton,
    note: str | None = None,
) -> None:
    """Show the preferences with a note above them and `more` buttons that belong to the note."""
    guild_reminders = (GuildRemindersButton(),) if current.reminders is not None else ()
    quiet = QuietHoursMenu.new(current, cache_buster(interaction))
    await respond(
        interaction,
        note,
        embed=_card(current),
        view=persistent_view(
            NotificationKindsMenu.new(current),
            RemindersMenu.new(current),
            quiet,
            *guild_reminders,
            *buttons,
        ),
    )


def _card(current: Preferences) -> discord.Embed:
    muted = [kind_name(kind, ENGLISH) for kind in MUTABLE_KINDS if kind in current.muted]
    embed = discord.Embed(
        title="What I tell you",
        description="By direct message, for this server. Requests to answer, cancellations, "
        "decisions about you and the start of a session always reach you.",
        colour=discord.Colour.blurple(),
    )
    embed.add_field(
        name="Switched off",
        value="\n".join(muted) or "nothing, you hear of everything",
        inline=False,
    )
    reminders = ", ".join(duration(lead, ENGLISH) for lead in current.leads)
    origin = "" if current.reminders is not None else " (as this server has it)"
    embed.add_field(
        name="Reminders",
        value=f"{reminders} before a session{origin}" if reminders else f"none{origin}",
        inline=False,
    )
    if current.quiet is None:
        quiet_text = "none: news comes at any hour"
    else:
        zone = f" in {current.zone}" if current.zone else ""
        quiet_text = (
            f"{_hours(current.quiet)} on your clock{zone}. What can wait comes when they are over; "
            "cancellations and the start of a session come at once, and a reminder that would come "
            "too late is left out."
        )
    embed.add_field(name="Quiet hours", value=quiet_text, inline=False)
    return embed


class NotificationKindsMenu(PersistentSelect, template=r"notifications:kinds"):
    """The kinds of notifications that the person gets; the others are muted."""

    def __init__(self) -> None:
        super().__init__("notifications:kinds", "Nothing of what can be switched off")

    @classmethod
    def new(cls, current: Preferences) -> Self:
        menu = cls()
        menu.item.options = [
            discord.SelectOption(
                label=f"Tell me: {kind_name(kind, ENGLISH)}",
                value=kind,
                default=kind not in current.muted,
            )
            for kind in MUTABLE_KINDS
        ]
        menu.item.min_values, menu.item.max_values = 0, len(MUTABLE_KINDS)
        return menu

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls()

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        muted = set(MUTABLE_KINDS) - {NotificationKind(value) for value in values}
        db = interaction.client.db
        await _show(
            interaction, await db.run(preferences.set_muted_kinds, actor_of(interaction), muted)
        )


class RemindersMenu(PersistentSelect, template=r"notifications:reminders"):
    """How long before a session the person is reminded."""

    def __init__(self) -> None:
        super().__init__("notifications:reminders", "No reminders")

    @classmethod
    def new(cls, current: Preferences) -> Self:
        menu = cls()
        menu.item.options = [
            discord.SelectOption(
                label=f"Remind me {duration(lead, ENGLISH)} before",
                value=str(lead),
                default=lead in current.leads,
            )
            for lead in sorted({*_REMINDER_MINUTES, *current.leads}, reverse=True)[:25]
        ]
        # The guild's reminders may be more than a member can choose.
        max_values = max(MAX_REMINDERS, len(current.leads))
        menu.item.min_values, menu.item.max_values = 0, max_values
        return menu

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls()

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        leads = [int(value) for value in values]
        db = interaction.client.db
        await _show(
            interaction, await db.run(preferences.set_reminders, actor_of(interaction), leads)
        )


class GuildRemindersButton(PersistentButton, template=r"notifications:server"):
    """Returns to the guild's reminders."""

    def __init__(self) -> None:
        super().__init__("notifications:server", "Reminders as this server has them")

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls()

    async def on_press(self, interaction: Interaction) -> None:
        db = interaction.client.db
        await _show(
            interaction, await db.run(preferences.set_reminders, actor_of(interaction), None)
        )


class QuietHoursMenu(PersistentSelect, template=r"notifications:quiet(:(?P<salt>\d{1,2}))?"):
    """Usual quiet hours, none, or a form for other hours."""

    def __init__(self, salt: int = 0) -> None:
        super().__init__(f"notifications:quiet:{salt}", "Quiet hours")

    @classmethod
    def new(cls, current: Preferences, salt: int) -> Self:
        menu = cls(salt)
        custom = (
            [current.quiet] if current.quiet and current.quiet not in _USUAL_QUIET_HOURS else []
        )
        menu.item.options = [
            discord.SelectOption(
                label="No quiet hours", value=_NEVER, default=current.quiet is None
            ),
            *(
                discord.SelectOption(
                    label=f"Quiet from {_hours(hours)}",
                    value=f"{hours.start}-{hours.end}",
                    default=hours == current.quiet,
                )
                for hours in (*custom, *_USUAL_QUIET_HOURS)
            ),
            discord.SelectOption(label="Other hours …", value=_TYPED),
        ]
        return menu

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["salt"] or 0))

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        (value,) = values
        if value == _TYPED:
            await interaction.response.send_modal(QuietHoursForm())
        elif value == _NEVER:
            await _save_quiet_hours(None, interaction)
        else:
            start, _, end = value.partition("-")
            await with_timezone(
                interaction, partial(_save_quiet_hours, QuietHours(int(start), int(end)))
            )


class QuietHoursForm(Form, title="Quiet hours"):
    """Quiet hours as text."""

    def __init__(self, typed: str = "") -> None:
        super().__init__()
        self.typed = ui.TextInput["QuietHoursForm"](
            custom_id="hours",
            placeholder="22:30-7:00",
            max_length=_LONGEST_TYPED,
            default=typed or None,
        )
        self.add_item(
            ui.Label(
                text="From when until when?",
                description="On your own clock, such as 22:30-7:00 or 10pm-7am",
                component=self.typed,
            )
        )

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        typed = self.typed.value
        try:
            quiet = parse_quiet_hours(typed)
        except InvalidField as error:
            db = interaction.client.db
            current = await db.read(preferences.load, actor_of(interaction))
            await _show(interaction, current, CorrectQuietHoursButton(typed), note=sentence(error))
        else:
            await with_timezone(interaction, partial(_save_quiet_hours, quiet))


class CorrectQuietHoursButton(
    PersistentButton, template=r"notifications:correct:(?P<typed>(?s:.{0,20}))"
):
    """Opens the form again with a text that could not be read.

    The text is short enough for the custom id.
    """

    def __init__(self, typed: str) -> None:
        self.typed = typed
        super().__init__(
            f"notifications:correct:{typed}", "Correct it", discord.ButtonStyle.primary
        )

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(match["typed"])

    async def on_press(self, interaction: Interaction) -> None:
        await interaction.response.send_modal(QuietHoursForm(self.typed))


def parse_quiet_hours(text: str) -> QuietHours:
    """Read quiet hours, such as `22:30-7`. Raises `InvalidField`."""
    try:
        intervals = {
            (hours.start, hours.end) for hours in weekly_hours.parse_hours(f"daily {text}")
        }
    except UnreadableHours:
        intervals = set()
    if len(intervals) != 1:
        raise InvalidField(Field.QUIET_HOURS, Problem.UNREADABLE)
    ((start, end),) = intervals
    return QuietHours(start, end % MINUTES_A_DAY)


async def _save_quiet_hours(quiet: QuietHours | None, interaction: Interaction) -> None:
    """Save the quiet hours, or none, and show the preferences."""
    db = interaction.client.db
    await _show(
        interaction, await db.run(preferences.set_quiet_hours, actor_of(interaction), quiet)
    )


def _hours(quiet: QuietHours) -> str:
    start, end = (time_of_day(kind, ENGLISH) for kind in (quiet.start, quiet.end))
    return f"{start} to {end}"


def _length(minutes: int) -> str:
    for unit, name in ((1_440, "day"), (60, "hour"), (1, "minute")):
        if minutes % unit == 0:
            count = minutes // unit
            return f"{count} {name}" if count == 1 else f"{count} {name}s"
    raise AssertionError("a minute divides every number of minutes")
