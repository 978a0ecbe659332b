"""Parts of the day, as people say when something suits them. Pure."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum, auto


class PartOfDay(StrEnum):
    """A part of the day on a person's clock. The night, from midnight to 6:00, is in none.

    The values are stored.
    """

    MORNING = auto()
    AFTERNOON = auto()
    EVENING = auto()

    @property
    def hours(self) -> tuple[int, int]:
        """The hour at which it starts, and the one at which it ends."""
        return _HOURS[self]


_HOURS = {
    PartOfDay.MORNING: (6, 12),
    PartOfDay.AFTERNOON: (12, 18),
    PartOfDay.EVENING: (18, 24),
}


def part_of(local: datetime) -> PartOfDay | None:
    """Return the part of the day of a wall-clock time; None at night."""
    for part, (start, end) in _HOURS.items():
        if start <= local.hour < end:
            return part
    return None
