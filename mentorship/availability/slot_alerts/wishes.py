"""Which slots a member waits for. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from mentorship.time import timezones
from mentorship.time.parts_of_day import PartOfDay, part_of
from mentorship.time.timezones import ZoneName

DayPart = tuple[int, PartOfDay | None]
"""A weekday (0 is Monday) and a part of it, None at night."""


@dataclass(frozen=True, slots=True)
class SlotWish:
    """The slots that suit a member, by when they start on the member's own clock.

    `weekdays` (0 is Monday) are sorted; none stands for any. So does no `part`.
    """

    weekdays: tuple[int, ...] = ()
    part: PartOfDay | None = None

    @classmethod
    def of(cls, weekdays: Iterable[int], part: str | None) -> SlotWish:
        """Return the wish for some weekdays and a part of the day. All weekdays are any.

        Raises ValueError for a weekday or a part that doesn't exist.
        """
        days = sorted(set(weekdays))
        if any(not 0 <= day <= 6 for day in days):
            raise ValueError(f"there are no such weekdays: {days}")
        return cls(() if len(days) == 7 else tuple(days), None if part is None else PartOfDay(part))

    @property
    def is_any(self) -> bool:
        """Whether every slot suits."""
        return not self.weekdays and self.part is None

    def suits(self, day_part: DayPart) -> bool:
        """Return whether a slot that starts then suits."""
        weekday, part = day_part
        return (not self.weekdays or weekday in self.weekdays) and self.part in (None, part)


def day_part(start: datetime, zone: ZoneName) -> DayPart:
    """Return the weekday and the part of the day of an instant on the zone's clock."""
    local = timezones.to_local(start, zone)
    return local.weekday(), part_of(local)
