"""What is pressed on the way to a booking; each button and menu leads to a step."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Self

import discord
from discord import ui

from bot.autocomplete import parse_id
from bot.components.persistent import Form, PersistentButton, PersistentSelect
from bot.interaction import Interaction
from bot.replies import respond
from bot.views.booking.cards import TypedText, read_typed_text
from bot.views.booking.slot_menus import parse_instant
from bot.views.booking.steps import SELECTION_PATTERN, BookingStep, Selection, require_owner
from bot.views.members.timezone import with_timezone
from mentorship.errors import NotFound, Subject
from mentorship.sessions import booking


async def go_to_step(
    step: BookingStep, interaction: Interaction, chosen: Selection, words: TypedText
) -> None:
    """Take a step that somebody pressed for. A zone that is missing is asked for first."""
    # What shows the steps puts these buttons on them, so one of the two modules has to wait.
    from bot.views.booking.flow import show_step

    async with interaction.client.admission.admit(interaction):
        if interaction.guild_id is None:
            await show_step(step, interaction, chosen, words)
        else:
            await with_timezone(
                interaction, lambda interaction: show_step(step, interaction, chosen, words)
            )


class StepButton(
    PersistentButton, template=rf"book:(?P<step>{'|'.join(BookingStep)}):{SELECTION_PATTERN}"
):
    """Leads to a step: back, on, or to another page of it."""

    def __init__(self, step: BookingStep, chosen: Selection, label: str = "…") -> None:
        self.step, self.choice = step, chosen
        super().__init__(f"book:{step}:{chosen.text}", label)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(BookingStep(match["step"]), Selection.of(match))

    async def on_press(self, interaction: Interaction) -> None:
        require_owner(interaction)
        await go_to_step(self.step, interaction, self.choice, read_typed_text(interaction))


class ChoiceMenu(
    PersistentSelect,
    template=rf"book:choose-(?P<what>tag|mentor|length|day|time)(?P<number>\d{{1,3}}):{SELECTION_PATTERN}",
):
    """A menu of one step; `number` tells it from others on the message, now and before."""

    def __init__(self, what: str, chosen: Selection, number: int = 0) -> None:
        self.what, self.choice = what, chosen
        super().__init__(f"book:choose-{what}{number}:{chosen.text}")

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(match["what"], Selection.of(match), int(match["number"]))

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        require_owner(interaction)
        step, choice = self._with(values[0])
        await go_to_step(step, interaction, choice, read_typed_text(interaction))

    def _with(self, value: str) -> tuple[BookingStep, Selection]:
        """Where the choice leads, and what is chosen then."""
        if self.what in ("day", "time"):
            step = BookingStep.TIMES if self.what == "day" else BookingStep.CARD
            return step, replace(self.choice, start=parse_instant(value))
        number = parse_id(value)
        if number is None:
            raise NotFound(Subject.CHOICE)
        if self.what == "tag":
            return BookingStep.MENTORS, replace(self.choice, tag=number)
        if self.what == "mentor":
            return BookingStep.DAYS, replace(self.choice, mentor=number)
        return BookingStep.DAYS, replace(self.choice, minutes=min(number, 9_999))


class TopicButton(PersistentButton, template=rf"book:topic:{SELECTION_PATTERN}"):
    """Asks what they would like to talk about."""

    def __init__(self, chosen: Selection, label: str = "…") -> None:
        self.choice = chosen
        super().__init__(f"book:topic:{chosen.text}", label, emoji="✏️")

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(Selection.of(match))

    async def on_press(self, interaction: Interaction) -> None:
        require_owner(interaction)
        await interaction.response.send_modal(TopicForm(self.choice, read_typed_text(interaction)))


class TopicForm(Form, title="What would you like to talk about?"):
    """One field; the card comes back with what was typed, or without a topic."""

    typed: ui.Label[TopicForm] = ui.Label(
        text="Topic",
        description="Your mentor reads it before you meet.",
        component=ui.TextInput(
            custom_id="topic",
            style=discord.TextStyle.paragraph,
            max_length=booking.LONGEST_TOPIC,
            required=False,
        ),
    )

    def __init__(self, chosen: Selection, words: TypedText) -> None:
        super().__init__()
        self.choice, self.words = chosen, words
        assert isinstance(self.typed.component, ui.TextInput)
        self.typed.component.default = words.topic or None

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        assert isinstance(self.typed.component, ui.TextInput)
        words = replace(self.words, topic=self.typed.component.value.strip())
        await go_to_step(BookingStep.CARD, interaction, self.choice, words)


class DismissBookingButton(PersistentButton, template=r"book:not-now"):
    """Leaves the flow."""

    def __init__(self) -> None:
        super().__init__("book:not-now", "Not now")

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls()

    async def on_press(self, interaction: Interaction) -> None:
        require_owner(interaction)
        await respond(interaction, "Nothing was booked. `/book` starts again whenever you like.")
