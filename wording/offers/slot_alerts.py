"""Which slots a member waits for, in words."""

from __future__ import annotations

from mentorship.availability.slot_alerts.wishes import SlotWish
from mentorship.time.parts_of_day import PartOfDay
from wording.lists import alternatives
from wording.reader import Reader
from wording.times import time_of_day

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_PARTS = {
    PartOfDay.MORNING: "morning",
    PartOfDay.AFTERNOON: "afternoon",
    PartOfDay.EVENING: "evening",
}


def wish(wish: SlotWish, reader: Reader) -> str:
    """Write which slots suit: `any time`, `Saturday or Sunday`, `Monday evening`, `any evening`."""
    days = alternatives((WEEKDAYS[day] for day in wish.weekdays), reader)
    if wish.part is None:
        return days or "any time"
    part = _PARTS[wish.part]
    if len(wish.weekdays) > 1:
        return f"{days}, in the {part}"
    return f"{days or 'any'} {part}"


def part_label(part: PartOfDay, reader: Reader) -> str:
    """Write a part of the day as an option: `Morning (06:00–12:00)`."""
    start, end = (time_of_day(60 * hour, reader) for hour in part.hours)
    return f"{_PARTS[part].capitalize()} ({start}–{end})"
