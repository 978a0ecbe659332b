"""Typed weekly hours: what was read, what it changes, and undoing it.

The text that was typed, and later the week before it, stay on the card, so its buttons work after a
restart. Their custom ids hold the version of the availability that the mentor has seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Self

import discord
from discord import ui

from bot.actors import actor_of
from bot.components.cards import Accent, Card, action_rows
from bot.components.message_reader import Kept, kept_text
from bot.components.persistent import Form, PersistentButton
from bot.formatting import shortened
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import respond
from bot.views.availability.cards import (
    add_preview,
    format_days,
    typed_hours,
    zone_line,
)
from bot.views.availability.navigation import WEEK_SCREEN, BackToWeekButton
from bot.views.availability.week_picture import add_own_week
from mentorship.availability import editor
from mentorship.availability.editor import AvailabilityView
from mentorship.availability.opening_hours import WeeklyHours
from mentorship.availability.weekly_hours import difference, parse_hours
from mentorship.errors import ChangedMeanwhile
from wording import examples
from wording.reader import Reader
from wording.times import zone_name
from wording.translation import N_, _, pgettext

MAX_TYPED_WEEK = 500
"""Characters of a week as text."""


def restored() -> str:
    """Return what to say once the earlier week is back."""
    return _("Your earlier week is restored.")


async def save_or_preview(interaction: Interaction, text: str) -> None:
    """Save typed hours as a mentor's first ones; otherwise ask what to do with the present ones.

    Raises `UnreadableHours`.
    """
    db, actor = interaction.client.db, actor_of(interaction)
    availability = await db.read(editor.load, actor)
    if availability.weekly:
        await _show_preview(interaction, availability, text)
    else:
        saved = await db.run(editor.set_weekly, actor, text, availability.version)
        await WEEK_SCREEN.show(interaction, saved, None)


async def _show_preview(
    interaction: Interaction, availability: AvailabilityView, text: str, note: str | None = None
) -> None:
    """Show what was read and what it changes. Saves nothing. Raises `UnreadableHours`."""
    reader = reader_of(interaction)
    typed = parse_hours(text, reader.locale)
    removed = difference(availability.weekly, typed)
    added = difference(typed, availability.weekly)
    if not removed and not added:
        await WEEK_SCREEN.show(interaction, availability, _("These are already your hours."))
        return
    card = Card(
        title=_("Save these hours?") if typed else _("Remove all your hours?"),
        text=f"{zone_line(availability, reader)}\n{format_days(typed, reader)}".strip(),
        accent=Accent.WAITING,
    )
    buttons: list[ui.Item[Any]] = []
    if removed:
        # Translators: above the hours that the button "Replace week" removes.
        card.add_fact(_("Replace week removes"), format_days(removed, reader))
        buttons.append(ReplaceWeekButton(availability.version))
    if added:
        if removed:
            # Translators: "Add to week" is a button; "them" are the hours listed above.
            card.add_text(_("**Add to week** keeps them."))
        else:
            # Translators: above the hours that would be added to a week.
            card.add_fact(_("This adds"), format_days(added, reader))
        buttons.append(AddToWeekButton(availability.version))
    card.add_kept(Kept.HOURS, _("You typed"), text)
    await respond(interaction, note, card=card, actions=action_rows(*buttons, DismissWeekButton()))


async def _show_saved(
    interaction: Interaction, availability: AvailabilityView, before: Iterable[WeeklyHours]
) -> None:
    """Show the saved week, with the button that restores the one before."""
    reader = reader_of(interaction)
    card = Card(
        title=_("Your week is saved"),
        text=zone_line(availability, reader),
        accent=Accent.AGREED,
    )
    await add_own_week(card, interaction, availability)
    card.add_text(format_days(availability.weekly, reader) or _("No hours."))
    add_preview(card, availability)
    card.add_kept(
        Kept.HOURS,
        pgettext("hours of a week, before a change", "Before"),
        typed_hours(before, reader),
    )
    actions = action_rows(UndoWeekButton(availability.version), BackToWeekButton())
    await respond(interaction, card=card, actions=actions)


class _WeekButton(PersistentButton, template="unused"):
    """A button that saves the hours on its card if the availability still has `version`."""

    key, label, style = "", "", discord.ButtonStyle.secondary

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(template=rf"hours:{cls.key}:(?P<version>\d{{1,18}})")

    def __init__(self, version: int) -> None:
        self.version = version
        super().__init__(f"hours:{self.key}:{version}", _(self.label), self.style)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["version"]))

    async def on_press(self, interaction: Interaction) -> None:
        text = kept_text(interaction.message).get(Kept.HOURS, "")
        before = await interaction.client.db.read(editor.load, actor_of(interaction))
        try:
            await self.save(interaction, text, before)
        except ChangedMeanwhile:
            await self.show_conflict(interaction, text, before)

    async def save(self, interaction: Interaction, text: str, before: AvailabilityView) -> None:
        raise NotImplementedError

    async def show_conflict(
        self, interaction: Interaction, text: str, current: AvailabilityView
    ) -> None:
        """Say that the availability has changed, so that nothing was saved."""
        note = _("Your availability has changed in the meantime, so nothing is saved yet.")
        await _show_preview(interaction, current, text, note)


class ReplaceWeekButton(_WeekButton):
    """Replaces the weekly hours by the typed ones."""

    key, label = "replace", N_("Replace week")

    async def save(self, interaction: Interaction, text: str, before: AvailabilityView) -> None:
        saved = await interaction.client.db.run(
            editor.set_weekly, actor_of(interaction), text, self.version
        )
        await _show_saved(interaction, saved, before.weekly)


class AddToWeekButton(_WeekButton):
    """Adds the typed hours to the weekly ones."""

    key, label, style = "add", N_("Add to week"), discord.ButtonStyle.primary

    async def save(self, interaction: Interaction, text: str, before: AvailabilityView) -> None:
        saved = await interaction.client.db.run(
            editor.add_weekly, actor_of(interaction), text, self.version
        )
        await _show_saved(interaction, saved, before.weekly)


class UndoWeekButton(_WeekButton):
    """Restores the week before a change, unless the availability has changed since."""

    key, label = "undo", N_("Undo")

    async def save(self, interaction: Interaction, text: str, before: AvailabilityView) -> None:
        availability = await interaction.client.db.run(
            editor.set_weekly, actor_of(interaction), text, self.version
        )
        await WEEK_SCREEN.show(interaction, availability, restored())

    async def show_conflict(
        self, interaction: Interaction, text: str, current: AvailabilityView
    ) -> None:
        note = _("Your availability has changed since, so nothing was undone.")
        if current.weekly == parse_hours(text, reader_of(interaction).locale):
            note = restored()
        await WEEK_SCREEN.show(interaction, current, note)


class DismissWeekButton(PersistentButton, template=r"hours:dismiss"):
    """Discards the typed hours."""

    def __init__(self) -> None:
        super().__init__("hours:dismiss", pgettext("button", "Cancel"))

    async def on_press(self, interaction: Interaction) -> None:
        await WEEK_SCREEN.show(interaction, None, _("Your week is unchanged."))


class TypeHoursButton(PersistentButton, template=r"hours:type"):
    """Opens the form for the week as text."""

    def __init__(self) -> None:
        super().__init__("hours:type", _("Type hours"))

    async def on_press(self, interaction: Interaction) -> None:
        availability = await interaction.client.db.read(editor.load, actor_of(interaction))
        form = WeeklyHoursForm(availability, reader_of(interaction))
        await interaction.response.send_modal(form)


class WeeklyHoursForm(Form):
    """The week as text, filled in with the current one or with a text that could not be read."""

    draft_flow = "week"

    def __init__(
        self, availability: AvailabilityView, reader: Reader, draft: str | None = None
    ) -> None:
        super().__init__(title=_("Your week"))
        self.availability, self.reader = availability, reader
        current = typed_hours(availability.weekly, reader) if availability.weekly else ""
        self.hours = ui.TextInput["WeeklyHoursForm"](
            custom_id="hours",
            style=discord.TextStyle.paragraph,
            max_length=MAX_TYPED_WEEK,
            placeholder=examples.weekly_hours(reader),
            default=draft or (current if len(current) <= MAX_TYPED_WEEK else None) or None,
        )
        zone = zone_name(availability.zone, reader)
        self.add_item(
            ui.Label(
                text=shortened(_("In your time zone ({zone})", zone=zone), 45),
                description=examples.forms_of_weekly_hours(reader),
                component=self.hours,
            )
        )

    def reopened(self) -> WeeklyHoursForm:
        return WeeklyHoursForm(self.availability, self.reader, self.hours.value)

    def way_out(self) -> ui.Item[Any]:
        return DismissWeekButton()

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        await save_or_preview(interaction, self.hours.value)
