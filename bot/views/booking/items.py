"""The buttons and menus of booking. Each leads to a step with what is selected by then."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Self

from discord import ui

from bot.autocomplete import parse_id
from bot.components.cards import ActionRows, Card, action_rows
from bot.components.persistent import (
    Form,
    PersistentButton,
    PersistentSelect,
    cache_buster,
)
from bot.components.screens import Screen
from bot.formatting import shortened
from bot.interaction import Continuation, Interaction
from bot.replies import respond
from bot.views.booking.slot_menus import parse_instant
from bot.views.booking.steps import (
    SELECTION_PATTERN,
    STEP_SCREEN,
    BookingStep,
    Selection,
    TypedText,
    add_typed_text,
    read_typed_text,
    require_owner,
)
from bot.views.members.timezone import with_timezone
from mentorship.errors import NotFound, Subject
from mentorship.sessions import booking
from mentorship.sessions.alternatives import Alternative
from mentorship.sessions.lifecycle import Unit
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import ProfileStatus
from wording.reader import Reader
from wording.times import describe_compact
from wording.translation import _, pgettext


async def go_to_step(
    step: BookingStep, interaction: Interaction, selection: Selection, typed: TypedText
) -> None:
    """Show a step after a press; somebody without a time zone chooses one first."""
    await _in_own_timezone(
        interaction, lambda interaction: STEP_SCREEN.show(step, interaction, selection, typed, "")
    )


async def _in_own_timezone(interaction: Interaction, show: Continuation) -> None:
    async with interaction.client.admission.admit(interaction):
        if interaction.guild_id is None:
            await show(interaction)
        else:
            await with_timezone(interaction, show)


class StepButton(
    PersistentButton, template=rf"book:(?P<step>{'|'.join(BookingStep)}):{SELECTION_PATTERN}"
):
    """Shows a step: the previous one, the next one, or another page of it."""

    def __init__(self, step: BookingStep, selection: Selection, label: str = "…") -> None:
        self.step, self.selection = step, selection
        super().__init__(f"book:{step}:{selection.encoded}", label)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(BookingStep(match["step"]), Selection.decode(match))

    async def on_press(self, interaction: Interaction) -> None:
        require_owner(interaction)
        await go_to_step(self.step, interaction, self.selection, read_typed_text(interaction))


class ChoiceMenu(
    PersistentSelect,
    template=(
        r"book:choose-(?P<kind>tag|mentor|length|day|time)(?P<number>\d{1,3}):"
        rf"{SELECTION_PATTERN}"
    ),
):
    """A menu of a step. `number` distinguishes it from others on the message, now and before."""

    def __init__(self, kind: str, selection: Selection, number: int = 0) -> None:
        self.kind, self.selection = kind, selection
        super().__init__(f"book:choose-{kind}{number}:{selection.encoded}")

    @classmethod
    def new(
        cls, interaction: Interaction, kind: str, selection: Selection, number: int = 0
    ) -> Self:
        """Return an empty menu whose custom id was most likely not on the message before."""
        return cls(kind, selection, 10 * cache_buster(interaction) + number)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(match["kind"], Selection.decode(match), int(match["number"]))

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        require_owner(interaction)
        step, selection = self._next_step(values[0])
        await go_to_step(step, interaction, selection, read_typed_text(interaction))

    def _next_step(self, value: str) -> tuple[BookingStep, Selection]:
        """Return the step that follows, and the selection with the chosen value."""
        if self.kind in ("day", "time"):
            step = BookingStep.TIMES if self.kind == "day" else BookingStep.CARD
            return step, replace(self.selection, start=parse_instant(value))
        number = parse_id(value)
        if number is None:
            raise NotFound(Subject.CHOICE)
        if self.kind == "tag":
            return BookingStep.MENTORS, replace(self.selection, tag_id=number)
        if self.kind == "mentor":
            return BookingStep.DAYS, replace(self.selection, mentor_id=number)
        return BookingStep.DAYS, replace(self.selection, minutes=min(number, 9_999))


class TopicButton(PersistentButton, template=rf"book:topic:{SELECTION_PATTERN}"):
    """Opens the form for the topic of the session."""

    def __init__(self, selection: Selection, label: str = "…") -> None:
        self.selection = selection
        super().__init__(f"book:topic:{selection.encoded}", label)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(Selection.decode(match))

    async def on_press(self, interaction: Interaction) -> None:
        require_owner(interaction)
        await interaction.response.send_modal(
            TopicForm(self.selection, read_typed_text(interaction))
        )


class TopicForm(Form):
    """The topic of the session. Submitting it shows the confirmation card again."""

    def __init__(self, selection: Selection, typed: TypedText) -> None:
        # Translators: at most 45 characters.
        super().__init__(title=_("What would you like to talk about?"))
        self.selection, self.typed = selection, typed
        self.topic = self.add_text_area(
            "topic",
            _("Topic"),
            _("Your mentor reads it before you meet."),
            max_length=booking.LONGEST_TOPIC,
            required=False,
            default=typed.topic or None,
        )

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        typed = replace(self.typed, topic=self.topic.value.strip())
        await go_to_step(BookingStep.CARD, interaction, self.selection, typed)


REPEAT_SCREEN: Screen[Interaction, Selection, TypedText] = Screen()
"""The dates of a series that begins with a selection; `bot.views.series.planning` shows it."""


class RepeatButton(PersistentButton, template=rf"book:repeat:{SELECTION_PATTERN}"):
    """Shows the session of the confirmation card as the first of a series."""

    def __init__(self, selection: Selection) -> None:
        self.selection = selection
        # Translators: a button that makes a series of a session.
        super().__init__(f"book:repeat:{selection.encoded}", _("Repeat…"))

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(Selection.decode(match))

    async def on_press(self, interaction: Interaction) -> None:
        require_owner(interaction)
        await REPEAT_SCREEN.show(interaction, self.selection, read_typed_text(interaction))


NEXT_SLOT: Screen[Interaction, int, int] = Screen()
"""The confirmation card for booking a session's mentor again, by the ids of the guild and the
session; `bot.views.booking.rebooking` shows it."""


class BookAgainButton(
    PersistentButton, template=r"book:again:(?P<guild>\d{1,20}):(?P<session>\d{1,18})"
):
    """Leads to the confirmation card of the same mentor, length and time of the week."""

    def __init__(self, guild_id: int, session_id: int) -> None:
        self.guild_id, self.session_id = guild_id, session_id
        super().__init__(f"book:again:{guild_id}:{session_id}", _("Book again"))

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["guild"]), int(match["session"]))

    async def on_press(self, interaction: Interaction) -> None:
        await _in_own_timezone(
            interaction,
            lambda interaction: NEXT_SLOT.show(interaction, self.guild_id, self.session_id),
        )


def book_again_buttons(session: SessionView, reader_id: int) -> list[BookAgainButton]:
    """Return the button with which the mentee of a session that is over books the mentor again.

    A group session isn't booked again on one's own.
    """
    is_mentee = reader_id == session.mentee.user_id
    is_bookable = session.mentor_status is ProfileStatus.APPROVED and session.unit is Unit.SESSION
    if not (is_mentee and is_bookable and session.status.is_over):
        return []
    return [BookAgainButton(session.guild_id, session.id)]


class DismissBookingButton(PersistentButton, template=r"book:not-now"):
    """Leaves booking."""

    def __init__(self, label: str | None = None) -> None:
        super().__init__("book:not-now", label or pgettext("button", "Cancel"))

    async def on_press(self, interaction: Interaction) -> None:
        require_owner(interaction)
        await respond(interaction, _("Nothing was booked."))


async def show_screen(
    interaction: Interaction,
    card: Card,
    typed: TypedText,
    note: str,
    *items: ui.Item[Any],
) -> None:
    """Show the card of a step, with the typed text on it and a note above it."""
    add_typed_text(card, typed)
    await respond(interaction, note, card=card, actions=action_rows(*items))


def alternative_buttons(
    session: SessionView, alternatives: Iterable[Alternative], reader: Reader
) -> ActionRows:
    """Return buttons that book other mentors near the time of a session that was not held.

    The labels show the mentee's time. None if there are no alternatives.
    """
    zone = session.mentee.timezone or session.timezone
    buttons = [
        StepButton(
            BookingStep.CARD,
            Selection(session.guild_id, None, option.mentor_id, option.minutes, option.starts_at),
            shortened(
                f"{option.mentor_name} · {describe_compact(option.starts_at, zone, reader)}", 80
            ),
        )
        for option in alternatives
    ]
    return action_rows(*buttons)
