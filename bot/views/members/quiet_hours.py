"""Quiet hours in `/notifications`: the menu of usual ones, and the form for others."""

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
)
from bot.components.screens import Screen
from bot.errors import sentence
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.views.members.timezone import with_timezone
from mentorship.availability import weekly_hours
from mentorship.errors import Field, InvalidField, Problem, UnreadableHours
from mentorship.notifications import preferences
from mentorship.notifications.preferences import Preferences
from mentorship.time.quiet_hours import MINUTES_A_DAY, QuietHours
from wording import examples
from wording.reader import Reader
from wording.times import time_of_day
from wording.translation import _

PREFERENCES_SCREEN: Screen[Interaction, Preferences, str | None, PersistentButton | None] = Screen()
"""The preferences with a note above them and a button that belongs to the note.

`bot.views.members.notification_settings` shows it.
"""

_USUAL_QUIET_HOURS = tuple(
    QuietHours(start * 60, end * 60)
    for start, end in ((20, 8), (21, 7), (22, 6), (22, 7), (22, 8), (23, 7), (23, 9), (0, 8))
)
_NEVER, _TYPED = "never", "typed"
_LONGEST_TYPED = 20


class QuietHoursMenu(PersistentSelect, template=r"notifications:quiet(:(?P<salt>\d{1,2}))?"):
    """Usual quiet hours, none, or a form for other hours."""

    def __init__(self, salt: int = 0) -> None:
        super().__init__(f"notifications:quiet:{salt}", _("Quiet hours"))

    @classmethod
    def new(cls, current: Preferences, reader: Reader, salt: int) -> Self:
        menu = cls(salt)
        custom = (
            [current.quiet] if current.quiet and current.quiet not in _USUAL_QUIET_HOURS else []
        )
        menu.item.options = [
            discord.SelectOption(
                label=_("No quiet hours"), value=_NEVER, default=current.quiet is None
            ),
            *(
                discord.SelectOption(
                    label=_quiet_from(hours, reader),
                    value=f"{hours.start}-{hours.end}",
                    default=hours == current.quiet,
                )
                for hours in (*custom, *_USUAL_QUIET_HOURS)
            ),
            discord.SelectOption(label=_("Other hours…"), value=_TYPED),
        ]
        return menu

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["salt"] or 0))

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        (value,) = values
        if value == _TYPED:
            await interaction.response.send_modal(QuietHoursForm(reader_of(interaction)))
        elif value == _NEVER:
            await _save_quiet_hours(None, interaction)
        else:
            start, end = value.split("-")
            await with_timezone(
                interaction, partial(_save_quiet_hours, QuietHours(int(start), int(end)))
            )


class QuietHoursForm(Form):
    """Quiet hours as text."""

    def __init__(self, reader: Reader, typed: str = "") -> None:
        super().__init__(title=_("Quiet hours"))
        example = examples.quiet_hours(reader)
        self.typed = ui.TextInput["QuietHoursForm"](
            custom_id="hours",
            placeholder=example,
            max_length=_LONGEST_TYPED,
            default=typed or None,
        )
        self.add_item(
            ui.Label(
                text=_("Quiet hours"),
                description=_("In your time zone, such as {example}", example=example),
                component=self.typed,
            )
        )

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        typed = self.typed.value
        try:
            quiet = parse_quiet_hours(typed, reader_of(interaction).locale)
        except InvalidField as error:
            db = interaction.client.db
            current = await db.read(preferences.load, actor_of(interaction))
            await PREFERENCES_SCREEN.show(
                interaction,
                current,
                sentence(error, reader_of(interaction)),
                CorrectQuietHoursButton(typed),
            )
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
            f"notifications:correct:{typed}", _("Correct it"), discord.ButtonStyle.primary
        )

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(match["typed"])

    async def on_press(self, interaction: Interaction) -> None:
        await interaction.response.send_modal(QuietHoursForm(reader_of(interaction), self.typed))


def parse_quiet_hours(text: str, locale: str | None = None) -> QuietHours:
    """Read quiet hours, such as `22:30-7`. Raises `InvalidField`, with the part at fault."""
    try:
        start, end = weekly_hours.parse_interval(text, locale)
    except UnreadableHours as error:
        if any(start == end for start, end in error.readings):
            # `12:00-12:00`
            raise InvalidField(Field.QUIET_HOURS, Problem.OUT_OF_RANGE) from error
        raise InvalidField(Field.QUIET_HOURS, Problem.UNREADABLE, typed=error.part) from error
    if start == end % MINUTES_A_DAY:
        raise InvalidField(Field.QUIET_HOURS, Problem.OUT_OF_RANGE)
    return QuietHours(start, end % MINUTES_A_DAY)


async def _save_quiet_hours(quiet: QuietHours | None, interaction: Interaction) -> None:
    """Save the quiet hours, or none, and show the preferences."""
    db = interaction.client.db
    current = await db.run(preferences.set_quiet_hours, actor_of(interaction), quiet)
    await PREFERENCES_SCREEN.show(interaction, current, None, None)


def quiet_hours_clocks(quiet: QuietHours, reader: Reader) -> tuple[str, str]:
    """Return the times of day at which quiet hours start and end."""
    return time_of_day(quiet.start, reader), time_of_day(quiet.end, reader)


def _quiet_from(quiet: QuietHours, reader: Reader) -> str:
    start, end = quiet_hours_clocks(quiet, reader)
    return _("Quiet from {start} to {end}", start=start, end=end)
