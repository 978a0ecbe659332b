"""What is pressed on the way to a booking; each button and menu leads to a step."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Self

import discord
from discord import ui

from bot.autocomplete import id_of
from bot.components.persistent import Form, Interaction, LastingButton, LastingSelect
from bot.replies import show
from bot.views.booking.cards import Words, words_of
from bot.views.booking.slot_menus import instant_of
from bot.views.booking.steps import PATTERN, Chosen, Step, require_own
from bot.views.members.timezone import with_timezone
from mentorship.errors import NotFound
from mentorship.sessions import booking


async def take(step: Step, interaction: Interaction, chosen: Chosen, words: Words) -> None:
    """Take a step that somebody pressed for. A zone that is missing is asked for first."""
    # What shows the steps puts these buttons on them, so one of the two modules has to wait.
    from bot.views.booking.flow import show_step

    async with interaction.client.crowd.joined_by(interaction):
        if interaction.guild_id is None:
            await show_step(step, interaction, chosen, words)
        else:
            await with_timezone(
                interaction, lambda interaction: show_step(step, interaction, chosen, words)
            )


class Go(LastingButton, template=rf"book:(?P<step>{'|'.join(Step)}):{PATTERN}"):
    """Leads to a step: back, on, or to another page of it."""

    def __init__(self, step: Step, chosen: Chosen, label: str = "…") -> None:
        self.step, self.choice = step, chosen
        super().__init__(f"book:{step}:{chosen.text}", label)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(Step(match["step"]), Chosen.of(match))

    async def pressed(self, interaction: Interaction) -> None:
        require_own(interaction)
        await take(self.step, interaction, self.choice, words_of(interaction))


class Choose(
    LastingSelect,
    template=rf"book:choose-(?P<what>tag|mentor|length|day|time)(?P<number>\d{{1,3}}):{PATTERN}",
):
    """A menu of one step; `number` tells it from others on the message, now and before."""

    def __init__(self, what: str, chosen: Chosen, number: int = 0) -> None:
        self.what, self.choice = what, chosen
        super().__init__(f"book:choose-{what}{number}:{chosen.text}")

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(match["what"], Chosen.of(match), int(match["number"]))

    async def chosen(self, interaction: Interaction, *values: str) -> None:
        require_own(interaction)
        step, choice = self._with(values[0])
        await take(step, interaction, choice, words_of(interaction))

    def _with(self, value: str) -> tuple[Step, Chosen]:
        """Where the choice leads, and what is chosen then."""
        if self.what in ("day", "time"):
            step = Step.TIMES if self.what == "day" else Step.CARD
            return step, replace(self.choice, start=instant_of(value))
        number = id_of(value)
        if number is None:
            raise NotFound("choice")
        if self.what == "tag":
            return Step.MENTORS, replace(self.choice, tag=number)
        if self.what == "mentor":
            return Step.DAYS, replace(self.choice, mentor=number)
        return Step.DAYS, replace(self.choice, minutes=min(number, 9_999))


class AddTopic(LastingButton, template=rf"book:topic:{PATTERN}"):
    """Asks what they would like to talk about."""

    def __init__(self, chosen: Chosen, label: str = "…") -> None:
        self.choice = chosen
        super().__init__(f"book:topic:{chosen.text}", label, emoji="✏️")

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(Chosen.of(match))

    async def pressed(self, interaction: Interaction) -> None:
        require_own(interaction)
        await interaction.response.send_modal(TopicForm(self.choice, words_of(interaction)))


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

    def __init__(self, chosen: Chosen, words: Words) -> None:
        super().__init__()
        self.choice, self.words = chosen, words
        assert isinstance(self.typed.component, ui.TextInput)
        self.typed.component.default = words.topic or None

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        assert isinstance(self.typed.component, ui.TextInput)
        words = replace(self.words, topic=self.typed.component.value.strip())
        await take(Step.CARD, interaction, self.choice, words)


class NotNow(LastingButton, template=r"book:not-now"):
    """Leaves the flow."""

    def __init__(self) -> None:
        super().__init__("book:not-now", "Not now")

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls()

    async def pressed(self, interaction: Interaction) -> None:
        require_own(interaction)
        await show(interaction, "Nothing was booked. `/book` starts again whenever you like.")
