"""The steps of booking, and what buttons and cards carry from one step to the next."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum, auto
from typing import Self

from bot.actors import actor_of
from bot.components.cards import Card
from bot.components.message_reader import Kept, kept_text
from bot.components.screens import Screen
from bot.interaction import Interaction
from mentorship.actors import MAX_ID, Actor
from mentorship.errors import NotYours, Subject
from mentorship.pagination import to_base36
from wording.translation import _


class BookingStep(StrEnum):
    """A step of booking, each with a screen of its own."""

    TAGS = auto()
    MENTORS = auto()
    DAYS = auto()
    TIMES = auto()
    CARD = auto()


SELECTION_PATTERN = (
    r"(?P<guild>[0-9a-z]{1,13}):(?P<tag>[0-9a-z]{0,13}):(?P<mentor>[0-9a-z]{0,13}):"
    r"(?P<minutes>[0-9a-z]{0,3}):(?P<start>[0-9a-z]{0,7})"
)


@dataclass(frozen=True, slots=True)
class Selection:
    """What has been selected so far; None is not selected yet.

    `tag_id` is an expertise of the guild. `start` is the selected slot, or, before one is selected,
    the instant around which days and slots are shown.
    """

    guild_id: int
    tag_id: int | None = None
    mentor_id: int | None = None
    minutes: int | None = None
    start: datetime | None = None

    @property
    def encoded(self) -> str:
        """The selection for a custom id, in at most 53 characters; `decode` reads it."""
        start = None if self.start is None else int(self.start.timestamp())
        parts = (self.guild_id, self.tag_id, self.mentor_id, self.minutes, start)
        return ":".join("" if part is None else to_base36(part) for part in parts)

    @classmethod
    def decode(cls, match: re.Match[str]) -> Self:
        """Return the selection in a custom id that matches `SELECTION_PATTERN`."""
        names = ("tag", "mentor", "minutes", "start")
        tag_id, mentor_id, minutes, start = (
            min(int(match[name], 36), MAX_ID) if match[name] else None for name in names
        )
        return cls(
            min(int(match["guild"], 36), MAX_ID),
            tag_id,
            mentor_id,
            minutes,
            None if start is None else datetime.fromtimestamp(start, UTC),
        )


@dataclass(frozen=True, slots=True)
class TypedText:
    """What the person typed. It is too long for a custom id, so each card carries it in fields.

    `topic` is for the mentor to read, `mentor_query` what was typed to find one.
    """

    topic: str = ""
    mentor_query: str = ""


STEP_SCREEN: Screen[BookingStep, Interaction, Selection, TypedText, str] = Screen()
"""The screen of a step; `bot.views.booking.flow` shows it. The last argument is a note above it."""


def add_typed_text(card: Card, typed: TypedText) -> None:
    """Add the typed text to a card, where `read_typed_text` finds it at the next press."""
    if typed.topic:
        card.add_kept(Kept.TOPIC, _("Topic"), typed.topic)
    if typed.mentor_query:
        # Translators: before what somebody typed to find a mentor.
        card.add_kept(Kept.MENTOR_QUERY, _("Looking for"), typed.mentor_query)


def read_typed_text(interaction: Interaction) -> TypedText:
    """Return the typed text that the pressed card carries."""
    kept = kept_text(interaction.message)
    return TypedText(kept.get(Kept.TOPIC, ""), kept.get(Kept.MENTOR_QUERY, ""))


async def refresh_calendars(interaction: Interaction, mentor_id: int) -> None:
    """Read a mentor's own calendars before a booking, if that is overdue.

    It may take a second, so the interaction has to be acknowledged before.
    """
    if (refresher := interaction.client.calendar_refresher) is not None:
        await refresher.refresh(mentor_id)


def selection_actor(interaction: Interaction, selection: Selection) -> Actor:
    """Return the person as an actor in the guild of the selection."""
    return actor_of(interaction, selection.guild_id)


def require_owner(interaction: Interaction) -> None:
    """Raise `NotYours` unless the pressed card was made for the person who pressed it.

    Nobody else sees the card, but a modified client can press buttons that it does not see.
    """
    card = interaction.message
    metadata = card.interaction_metadata if card is not None else None
    if metadata is not None and metadata.user.id != interaction.user.id:
        raise NotYours(Subject.CARD)
