"""Asking a person for their time zone, and going on with what they wanted."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Self

import discord
from discord import ui

from bot.buttons import Form, Interaction, LastingButton, LastingSelect, row
from bot.errors import sentence
from bot.people import actor_of
from bot.replies import show
from mentorship import members, timezones
from mentorship.errors import TimezoneNeeded, UnknownTimezone
from mentorship.timezones import ZoneChoice, discord_timestamp

Step = Callable[[Interaction], Awaitable[None]]

QUESTION = (
    "**Which time zone do you live in?**\n"
    "Every time that I show you will be on your own clock. Pick one here, or type yours."
)


async def with_timezone(interaction: Interaction, step: Step) -> None:
    """Do a step; whoever has no zone yet is asked for it first, and the step follows.

    Whoever answers only after a restart is told to type their command again.
    """
    try:
        await step(interaction)
    except TimezoneNeeded:
        interaction.client.waiting_for_zone.put(interaction.user.id, step)
        await ask(interaction)


async def ask(
    interaction: Interaction,
    text: str = QUESTION,
    choices: tuple[ZoneChoice, ...] | None = None,
) -> None:
    """Show the menu of likely zones and the way to type another."""
    if choices is None:
        choices = tuple(
            timezones.suggest(
                "", now=interaction.client.db.now(), locale=str(interaction.locale), limit=25
            )
        )
    await show(interaction, text, view=row(ZoneMenu.of(choices), TypeZone()))


async def set_zone(interaction: Interaction, zone: str) -> None:
    """Store the zone, and go on with what the person was about to do."""
    db = interaction.client.db
    change = await db.run(members.set_timezone, actor_of(interaction), zone)
    step = interaction.client.waiting_for_zone.take(interaction.user.id)
    if step is not None:
        await step(interaction)
        return
    now = db.now()
    lines = [
        f"Your time zone is **{change.zone}**: it is {timezones.describe(now, change.zone)} there."
    ]
    if change.hours_moved:
        lines.append(
            "Your mentor hours keep their place on the clock, so they are on this zone's clock "
            "now. Sessions that are booked stay where they are. Have a look with `/mentor hours`."
        )
    else:
        lines.append(f"Not {discord_timestamp(now, 't')}? Then run `/timezone set` again.")
    await show(interaction, "\n".join(lines))


async def set_typed_zone(interaction: Interaction, text: str) -> None:
    """Store the one zone that the words can mean, or let the person choose among several."""
    now = interaction.client.db.now()
    try:
        found = timezones.resolve(text, now=now, locale=str(interaction.locale))
    except UnknownTimezone as error:
        nearest = timezones.suggest(" ".join(error.nearest[:1]) or "", now=now)
        await ask(interaction, sentence(error), tuple(nearest[:25]) or None)
        return
    if found.zone is not None:
        await set_zone(interaction, found.zone)
    else:
        await ask(interaction, "**Which of these is yours?**", found.choices[:25])


class ZoneMenu(LastingSelect, template=r"timezone:pick"):
    """Zones to pick from."""

    def __init__(self) -> None:
        super().__init__("timezone:pick", "Pick your time zone")

    @classmethod
    def of(cls, choices: tuple[ZoneChoice, ...]) -> Self:
        menu = cls()
        menu.item.options = [
            discord.SelectOption(label=choice.label[:100], value=choice.name) for choice in choices
        ]
        return menu

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls()

    async def chosen(self, interaction: Interaction, value: str) -> None:
        await set_zone(interaction, value)


class TypeZone(LastingButton, template=r"timezone:type"):
    """Opens a form to type the zone in any way that people name one."""

    def __init__(self) -> None:
        super().__init__("timezone:type", "Type mine", emoji="⌨️")

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls()

    async def pressed(self, interaction: Interaction) -> None:
        await interaction.response.send_modal(ZoneForm())


class ZoneForm(Form, title="Your time zone"):
    """One field that takes a city, a country, an abbreviation, an offset or the time shown."""

    typed: ui.Label[ZoneForm] = ui.Label(
        text="A place, an offset, or what your clock shows",
        description="Kolkata · India · IST · +5:30 · it's 14:30 here",
        component=ui.TextInput(custom_id="zone", max_length=100),
    )

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        assert isinstance(self.typed.component, ui.TextInput)
        await set_typed_zone(interaction, self.typed.component.value)
