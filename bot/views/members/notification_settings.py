"""The panel of `/notifications`: what a member is told, how early, and when not."""

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
    """Show what the person has chosen, and the ways to change it."""
    await _show(
        interaction, await interaction.client.db.read(preferences.load, actor_of(interaction))
    )


async def _show(
    interaction: Interaction,
    chosen: Preferences,
    *more: PersistentButton,
    said: str | None = None,
) -> None:
    """The panel; `said` stands above it, and `more` are buttons that go with that."""
    own = (GuildRemindersButton(),) if chosen.reminders is not None else ()
    quiet = QuietHoursMenu.new(chosen, cache_buster(interaction))
    await respond(
        interaction,
        said,
        embed=_card(chosen),
        view=persistent_view(
            NotificationKindsMenu.new(chosen), RemindersMenu.new(chosen), quiet, *own, *more
        ),
    )


def _card(chosen: Preferences) -> discord.Embed:
    off = [kind_name(kind, ENGLISH) for kind in MUTABLE_KINDS if kind in chosen.muted]
    embed = discord.Embed(
        title="What I tell you",
        description="By direct message, for this server. Requests to answer, cancellations, "
        "decisions about you and the start of a session always reach you.",
        colour=discord.Colour.blurple(),
    )
    embed.add_field(
        name="Switched off", value="\n".join(off) or "nothing, you hear of everything", inline=False
    )
    reminders = ", ".join(duration(lead, ENGLISH) for lead in chosen.leads)
    whose = "" if chosen.reminders is not None else " (as this server has it)"
    embed.add_field(
        name="Reminders",
        value=f"{reminders} before a session{whose}" if reminders else f"none{whose}",
        inline=False,
    )
    if chosen.quiet is None:
        quiet = "none: news comes at any hour"
    else:
        zone = f" in {chosen.zone}" if chosen.zone else ""
        quiet = (
            f"{_hours(chosen.quiet)} on your clock{zone}. What can wait comes when they are over; "
            "cancellations and the start of a session come at once, and a reminder that would come "
            "too late is left out."
        )
    embed.add_field(name="Quiet hours", value=quiet, inline=False)
    return embed


class NotificationKindsMenu(PersistentSelect, template=r"notifications:kinds"):
    """What the person wants to hear of; what is not chosen is switched off."""

    def __init__(self) -> None:
        super().__init__("notifications:kinds", "Nothing of what can be switched off")

    @classmethod
    def new(cls, chosen: Preferences) -> Self:
        menu = cls()
        menu.item.options = [
            discord.SelectOption(
                label=f"Tell me: {kind_name(kind, ENGLISH)}",
                value=kind,
                default=kind not in chosen.muted,
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
    """How early the person is reminded."""

    def __init__(self) -> None:
        super().__init__("notifications:reminders", "No reminders")

    @classmethod
    def new(cls, chosen: Preferences) -> Self:
        menu = cls()
        menu.item.options = [
            discord.SelectOption(
                label=f"Remind me {duration(lead, ENGLISH)} before",
                value=str(lead),
                default=lead in chosen.leads,
            )
            for lead in sorted({*_REMINDER_MINUTES, *chosen.leads}, reverse=True)[:25]
        ]
        # The guild's own may be more.
        most = max(MAX_REMINDERS, len(chosen.leads))
        menu.item.min_values, menu.item.max_values = 0, most
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
    """Goes back to the reminders that the guild has set."""

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


class QuietHoursMenu(PersistentSelect, template=r"notifications:quiet(:(?P<fresh>\d{1,2}))?"):
    """The usual nights, none, or what the person types."""

    def __init__(self, fresh: int = 0) -> None:
        super().__init__(f"notifications:quiet:{fresh}", "Quiet hours")

    @classmethod
    def new(cls, chosen: Preferences, fresh: int) -> Self:
        menu = cls(fresh)
        own = [chosen.quiet] if chosen.quiet and chosen.quiet not in _USUAL_QUIET_HOURS else []
        menu.item.options = [
            discord.SelectOption(
                label="No quiet hours", value=_NEVER, default=chosen.quiet is None
            ),
            *(
                discord.SelectOption(
                    label=f"Quiet from {_hours(night)}",
                    value=f"{night.start}-{night.end}",
                    default=night == chosen.quiet,
                )
                for night in (*own, *_USUAL_QUIET_HOURS)
            ),
            discord.SelectOption(label="Other hours …", value=_TYPED),
        ]
        return menu

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["fresh"] or 0))

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
    """Hours of the person's own."""

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
            chosen = await db.read(preferences.load, actor_of(interaction))
            await _show(interaction, chosen, CorrectQuietHoursButton(typed), said=sentence(error))
        else:
            await with_timezone(interaction, partial(_save_quiet_hours, quiet))


class CorrectQuietHoursButton(
    PersistentButton, template=r"notifications:correct:(?P<typed>(?s:.{0,20}))"
):
    """The way back into the form after a slip, with what was typed still in it: so few characters
    that they can stand in the custom id."""

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
    """Typed quiet hours, such as `22:30-7`. Raises `InvalidField`."""
    try:
        stretches = {(each.start, each.end) for each in weekly_hours.parse_hours(f"daily {text}")}
    except UnreadableHours:
        stretches = set()
    if len(stretches) != 1:
        raise InvalidField(Field.QUIET_HOURS, Problem.UNREADABLE)
    ((start, end),) = stretches
    return QuietHours(start, end % MINUTES_A_DAY)


async def _save_quiet_hours(chosen: QuietHours | None, interaction: Interaction) -> None:
    db = interaction.client.db
    await _show(
        interaction, await db.run(preferences.set_quiet_hours, actor_of(interaction), chosen)
    )


def _hours(quiet: QuietHours) -> str:
    start, end = (time_of_day(each, ENGLISH) for each in (quiet.start, quiet.end))
    return f"{start} to {end}"


def _length(minutes: int) -> str:
    for unit, name in ((1_440, "day"), (60, "hour"), (1, "minute")):
        if minutes % unit == 0:
            count = minutes // unit
            return f"{count} {name}" if count == 1 else f"{count} {name}s"
    raise AssertionError("a minute divides every number of minutes")
