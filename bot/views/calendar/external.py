"""The card of one calendar that a person keeps elsewhere, with the ways to change it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Literal, Self

import discord
from discord import ui

from bot.actors import actor_of
from bot.components.cards import Accent, Card, action_rows
from bot.components.persistent import Form, PersistentButton
from bot.formatting import plain, relative
from bot.interaction import Interaction
from bot.replies import respond
from bot.views.calendar.navigation import CALENDARS_SCREEN, OpenCalendarsButton
from mentorship.calendars import external_calendars
from mentorship.calendars.external_calendars import (
    CHECK_AGAIN_AFTER,
    MAX_LABEL,
    CalendarKind,
    ExternalCalendarView,
)
from wording.integrations import calendars
from wording.translation import N_, _, pgettext


async def show_calendar(
    interaction: Interaction, calendar: ExternalCalendarView, note: str | None = None
) -> None:
    """Show a calendar, with a note above it."""
    card = Card(
        title=plain(calendar.label),
        text=calendars.uses(calendar),
        accent=Accent.NEUTRAL if calendar.problem is None else Accent.FAULT,
    )
    card.add_text(calendars.state(calendar, relative))
    switches: list[ui.Item[Any]] = [SwitchBlockingButton.of(calendar)]
    if calendar.kind is CalendarKind.CALDAV:
        switches.append(SwitchReceivingButton.of(calendar))
    await respond(
        interaction,
        note,
        card=card,
        actions=action_rows(
            *switches,
            CheckCalendarButton(calendar.id),
            RenameCalendarButton(calendar.id),
            RemoveCalendarButton(calendar.id),
            OpenCalendarsButton(pgettext("button", "Back")),
        ),
    )


async def read_and_show(
    interaction: Interaction, calendar: ExternalCalendarView, note: str
) -> None:
    """Read a calendar that was just added, if that is fast, and show it with what came of it."""
    client, actor = interaction.client, actor_of(interaction)
    if client.calendar_refresher is not None:
        await client.calendar_refresher.refresh(actor.user_id)
        calendar = await client.db.read(external_calendars.load_own, actor, calendar.id)
    await show_calendar(interaction, calendar, note)


class _CalendarButton(PersistentButton, template="unused"):
    """A button that acts on one calendar, whose id is in its custom id."""

    key = ""

    def __init_subclass__(cls, *, template: str = "", **kwargs: Any) -> None:
        super().__init_subclass__(
            template=template or rf"calendar:(?P<id>\d{{1,18}}):{cls.key}", **kwargs
        )

    def __init__(
        self,
        calendar_id: int,
        label: str = "…",
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
        more: str = "",
    ) -> None:
        self.calendar_id = calendar_id
        super().__init__(f"calendar:{calendar_id}:{self.key}{more}", label, style)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]))

    async def load(self, interaction: Interaction) -> ExternalCalendarView:
        """Load the calendar as it is now."""
        return await interaction.client.db.read(
            external_calendars.load_own, actor_of(interaction), self.calendar_id
        )


class EditCalendarButton(_CalendarButton):
    """Shows the calendar."""

    key = "edit"

    def __init__(self, calendar_id: int) -> None:
        super().__init__(calendar_id, pgettext("button", "Edit"))

    async def on_press(self, interaction: Interaction) -> None:
        await show_calendar(interaction, await self.load(interaction))


class CheckCalendarButton(_CalendarButton):
    """Reads the calendar at once, or soon if its server is slow."""

    key = "check"

    def __init__(self, calendar_id: int) -> None:
        super().__init__(calendar_id, _("Check now"))

    async def on_press(self, interaction: Interaction) -> None:
        client, actor = interaction.client, actor_of(interaction)
        asked_at = client.db.now()
        calendar = await client.db.run(external_calendars.check_now, actor, self.calendar_id)
        if client.calendar_refresher is not None:
            await client.calendar_refresher.check(actor.user_id, calendar.id)
            calendar = await client.db.read(external_calendars.load_own, actor, calendar.id)
        await show_calendar(interaction, calendar, _result_of_check(calendar, asked_at))


def _result_of_check(calendar: ExternalCalendarView, asked_at: datetime) -> str | None:
    """Return what came of a check, None if the card itself says what is wrong."""
    if calendar.problem is not None:
        return None
    if calendar.checked_at is None or calendar.checked_at < asked_at - CHECK_AGAIN_AFTER:
        return _("The calendar's server is slow. I'll try again in a few minutes.")
    return _("It's up to date.")


class RenameCalendarButton(_CalendarButton):
    """Opens the form with the calendar's name."""

    key = "rename"

    def __init__(self, calendar_id: int) -> None:
        super().__init__(calendar_id, pgettext("button", "Rename"))

    async def on_press(self, interaction: Interaction) -> None:
        calendar = await self.load(interaction)
        await interaction.response.send_modal(RenameForm(calendar.id, calendar.label))


class RenameForm(Form):
    """A calendar's name."""

    def __init__(self, calendar_id: int, label: str) -> None:
        super().__init__(title=_("Rename calendar"), custom_id=f"calendar:{calendar_id}:rename")
        self.calendar_id = calendar_id
        self.draft_flow = f"calendar-{calendar_id}"
        self.label = self.add_line(
            "label", pgettext("of a calendar", "Name"), max_length=MAX_LABEL, default=label
        )

    def reopened(self) -> RenameForm:
        return RenameForm(self.calendar_id, self.label.value)

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        calendar = await interaction.client.db.run(
            external_calendars.change,
            actor_of(interaction),
            self.calendar_id,
            label=self.label.value,
        )
        await show_calendar(interaction, calendar)


class _SwitchButton(_CalendarButton, template="unused"):
    """Turns a use of the calendar on or off. The custom id says which."""

    name: Literal["blocks_slots", "receives_sessions"]
    labels = ("…", "…")
    """What turns it off, and what turns it on, before translation."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(
            template=rf"calendar:(?P<id>\d{{1,18}}):{cls.key}:(?P<on>[01])", **kwargs
        )

    def __init__(self, calendar_id: int, *, on: bool) -> None:
        self.on = on
        super().__init__(calendar_id, _(self.labels[on]), more=f":{int(on)}")

    @classmethod
    def of(cls, calendar: ExternalCalendarView) -> Self:
        """Return the button that changes what the calendar does now."""
        return cls(calendar.id, on=not getattr(calendar, cls.name))

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]), on=match["on"] == "1")

    async def on_press(self, interaction: Interaction) -> None:
        calendar = await interaction.client.db.run(
            external_calendars.change,
            actor_of(interaction),
            self.calendar_id,
            blocks_slots=self.on if self.name == "blocks_slots" else None,
            receives_sessions=self.on if self.name == "receives_sessions" else None,
        )
        await show_calendar(interaction, calendar)


class SwitchBlockingButton(_SwitchButton):
    """Lets the calendar's busy times block slots, or not."""

    key = "blocks"
    name = "blocks_slots"
    labels = (N_("Stop blocking slots"), N_("Block slots"))


class SwitchReceivingButton(_SwitchButton):
    """Writes sessions into the calendar, or not."""

    key = "receives"
    name = "receives_sessions"
    labels = (N_("Stop adding sessions"), N_("Add my sessions"))


class RemoveCalendarButton(_CalendarButton):
    """Asks whether to remove the calendar."""

    key = "remove"

    def __init__(self, calendar_id: int) -> None:
        super().__init__(calendar_id, pgettext("button", "Remove"), discord.ButtonStyle.danger)

    async def on_press(self, interaction: Interaction) -> None:
        calendar = await self.load(interaction)
        card = Card(
            title=_("Remove {calendar}?", calendar=plain(calendar.label)),
            text=calendars.effects_of_removal(calendar),
            accent=Accent.FAULT,
        )
        await respond(
            interaction,
            card=card,
            actions=action_rows(
                ConfirmRemovalButton(calendar.id), OpenCalendarsButton(pgettext("button", "Cancel"))
            ),
        )


class ConfirmRemovalButton(_CalendarButton):
    """Removes the calendar."""

    key = "remove:confirm"

    def __init__(self, calendar_id: int) -> None:
        super().__init__(calendar_id, pgettext("button", "Remove"), discord.ButtonStyle.danger)

    async def on_press(self, interaction: Interaction) -> None:
        calendar = await interaction.client.db.run(
            external_calendars.remove, actor_of(interaction), self.calendar_id
        )
        await CALENDARS_SCREEN.show(
            interaction, _("{calendar} is removed.", calendar=plain(calendar.label))
        )
