"""The way to a booking: its steps, and what has been chosen so far, as custom ids carry it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum, auto
from typing import Self

from bot.interaction import Interaction
from mentorship.actors import LARGEST_ID
from mentorship.errors import NotYours, Subject
from mentorship.pagination import to_base36


class BookingStep(StrEnum):
    """Where somebody can be on the way."""

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
    """How far somebody has come. What is None is still to be chosen.

    `tag` is an expertise of the guild. `start` is the time that was chosen, or, before that, the
    one around which days and times are shown. At most 53 characters as a text.
    """

    guild: int
    tag: int | None = None
    mentor: int | None = None
    minutes: int | None = None
    start: datetime | None = None

    @property
    def text(self) -> str:
        """All of it for a custom id; `of` reads it."""
        start = None if self.start is None else int(self.start.timestamp())
        parts = (self.guild, self.tag, self.mentor, self.minutes, start)
        return ":".join("" if part is None else to_base36(part) for part in parts)

    @classmethod
    def of(cls, match: re.Match[str]) -> Self:
        """What a custom id with `SELECTION_PATTERN` in it carries."""
        names = ("tag", "mentor", "minutes", "start")
        tag, mentor, minutes, start = (
            min(int(match[name], 36), LARGEST_ID) if match[name] else None for name in names
        )
        return cls(
            min(int(match["guild"], 36), LARGEST_ID),
            tag,
            mentor,
            minutes,
            None if start is None else datetime.fromtimestamp(start, UTC),
        )


def require_owner(interaction: Interaction) -> None:
    """Raise `NotYours` unless the card was made for the one who presses.

    Nobody else sees it, but a client of somebody's own can press what it doesn't see.
    """
    card = interaction.message
    made_by = card.interaction_metadata if card is not None else None
    if made_by is not None and made_by.user.id != interaction.user.id:
        raise NotYours(Subject.CARD)
