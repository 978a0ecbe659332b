"""What a mentor asks of bookings: lengths, notice, breaks, caps, confirming by hand or not."""

from __future__ import annotations

import re
from typing import Self

import discord
from discord import ui

from bot.actors import actor_of
from bot.components.persistent import Form, Interaction, LastingButton, LastingSelect, row
from bot.replies import show
from bot.views.availability.cards import back, duration, preview, rules_text
from mentorship.availability import editor
from mentorship.availability.editor import Timetable
from mentorship.errors import InvalidField

_LENGTHS = (15, 20, 30, 45, 60, 75, 90, 120, 150, 180, 240)
_NOTICES = (0, 30, 60, 120, 240, 480, 720, 1_440, 2_880, 4_320, 10_080)
_STEPS = (15, 20, 30, 45, 60, 90, 120)


async def open_rules(interaction: Interaction, table: Timetable | None = None) -> None:
    """Show what is asked of bookings, and the ways to change it."""
    if table is None:
        table = await interaction.client.db.read(editor.look, actor_of(interaction))
    embed = discord.Embed(
        title="Sessions", description=rules_text(table), colour=discord.Colour.blurple()
    )
    preview(embed, table)
    await show(
        interaction,
        embed=embed,
        view=row(
            LengthsMenu.new(table),
            StepMenu.new(table),
            NoticeMenu.new(table),
            Instant(not table.instant_booking),
            MoreRules(),
            back(),
        ),
    )


class Rules(LastingButton, template=r"hours:rules"):
    def __init__(self) -> None:
        super().__init__("hours:rules", "Session rules", emoji="⚙️")

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls()

    async def pressed(self, interaction: Interaction) -> None:
        await open_rules(interaction)


class LengthsMenu(LastingSelect, template=r"hours:lengths"):
    """The lengths of session that are offered, several at once."""

    def __init__(self) -> None:
        super().__init__("hours:lengths", "Lengths you offer", most=len(_LENGTHS))

    @classmethod
    def new(cls, table: Timetable) -> Self:
        menu = cls()
        menu.item.options = [
            discord.SelectOption(
                label=f"{minutes} minutes", value=str(minutes), default=minutes in table.durations
            )
            for minutes in _LENGTHS
        ]
        return menu

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls()

    async def chosen(self, interaction: Interaction, *values: str) -> None:
        await _set(interaction, durations=[int(value) for value in values])


class StepMenu(LastingSelect, template=r"hours:step"):
    """How far apart the times are that can be booked."""

    def __init__(self) -> None:
        super().__init__("hours:step", "Sessions start every …")

    @classmethod
    def new(cls, table: Timetable) -> Self:
        menu = cls()
        menu.item.options = [
            discord.SelectOption(
                label=f"Starting every {duration(minutes)}",
                value=str(minutes),
                default=minutes == table.limits.step,
            )
            for minutes in _STEPS
        ]
        return menu

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls()

    async def chosen(self, interaction: Interaction, *values: str) -> None:
        await _set(interaction, slot_step=int(values[0]))


class NoticeMenu(LastingSelect, template=r"hours:notice"):
    """How long before a session it must be booked."""

    def __init__(self) -> None:
        super().__init__("hours:notice", "Booked at least … ahead")

    @classmethod
    def new(cls, table: Timetable) -> Self:
        menu = cls()
        menu.item.options = [
            discord.SelectOption(
                label=f"Booked at least {duration(minutes)} ahead"
                if minutes
                else "Booked any time",
                value=str(minutes),
                default=minutes == table.limits.minimum_notice,
            )
            for minutes in _NOTICES
        ]
        return menu

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls()

    async def chosen(self, interaction: Interaction, *values: str) -> None:
        await _set(interaction, minimum_notice=int(values[0]))


class Instant(LastingButton, template=r"hours:instant:(?P<on>[01])"):
    """Switches between booking at once and confirming each session."""

    def __init__(self, on: bool) -> None:
        self.on = on
        label = "Let people book at once" if on else "Confirm each session myself"
        super().__init__(f"hours:instant:{int(on)}", label)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(match["on"] == "1")

    async def pressed(self, interaction: Interaction) -> None:
        await _set(interaction, instant_booking=self.on)


class MoreRules(LastingButton, template=r"hours:more"):
    def __init__(self) -> None:
        super().__init__("hours:more", "Breaks, caps, horizon")

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls()

    async def pressed(self, interaction: Interaction) -> None:
        table = await interaction.client.db.read(editor.look, actor_of(interaction))
        await interaction.response.send_modal(RulesForm(table))


class RulesForm(Form, title="Breaks, caps, horizon"):
    """The numbers that no menu has room for."""

    def __init__(self, table: Timetable) -> None:
        super().__init__()
        limits = table.limits
        self.fields: dict[str, ui.TextInput[RulesForm]] = {}
        for name, text, value, hint in (
            ("buffer_before", "Minutes free before", limits.buffer_before, "0 to 240"),
            ("buffer_after", "Minutes free after", limits.buffer_after, "0 to 240"),
            ("most_per_day", "Most sessions a day", limits.most_per_day, "empty: no limit"),
            ("most_per_week", "Most sessions a week", limits.most_per_week, "empty: no limit"),
            ("horizon_days", "Days ahead", limits.horizon_days, "1 to 365"),
        ):
            field = ui.TextInput["RulesForm"](
                custom_id=name,
                max_length=5,
                required=not name.startswith("most_"),
                default=None if value is None else str(value),
            )
            self.fields[name] = field
            self.add_item(ui.Label(text=text, description=hint, component=field))

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        await _set(
            interaction, **{name: _number(field.value) for name, field in self.fields.items()}
        )


def _number(text: str) -> int | None:
    """A whole number, None for an empty field. Raises `InvalidField`."""
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise InvalidField("each field", "takes a whole number, such as `15`.")
    return int(text)


async def _set(interaction: Interaction, **changes: object) -> None:
    table = await interaction.client.db.run(editor.set_limits, actor_of(interaction), **changes)
    await open_rules(interaction, table)


LASTING = (Instant, LengthsMenu, MoreRules, NoticeMenu, Rules, StepMenu)
