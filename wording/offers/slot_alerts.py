"""Which slots a member waits for, in words."""

from __future__ import annotations

from mentorship.availability.slot_alerts.wishes import SlotWish
from mentorship.time.parts_of_day import PartOfDay
from wording.lists import alternatives
from wording.reader import Reader
from wording.times import time_of_day
from wording.translation import _, pgettext


def wish(wish: SlotWish, reader: Reader) -> str:
    """Write which slots suit: `any time`, `Saturday or Sunday`, `Monday evening`, `any evening`."""
    names = weekdays(reader)
    days = alternatives((names[day] for day in wish.weekdays), reader)
    if wish.part is None:
        return days or pgettext("when a slot suits somebody", "any time")
    if not days:
        return _any_day(wish.part)
    return _on_a_day(wish.part, days) if len(wish.weekdays) == 1 else _on_days(wish.part, days)


def weekdays(reader: Reader) -> tuple[str, ...]:
    """Return the names of the days from Monday to Sunday."""
    return reader.formats.long_weekdays


def part_label(part: PartOfDay, reader: Reader) -> str:
    """Write a part of the day as an option: `Morning (06:00–12:00)`."""
    start, end = (time_of_day(60 * hour, reader) for hour in part.hours)
    match part:
        case PartOfDay.MORNING:
            return _("Morning ({start}–{end})", start=start, end=end)
        case PartOfDay.AFTERNOON:
            return _("Afternoon ({start}–{end})", start=start, end=end)
        case PartOfDay.EVENING:
            return _("Evening ({start}–{end})", start=start, end=end)


def _any_day(part: PartOfDay) -> str:
    match part:
        case PartOfDay.MORNING:
            return pgettext("when a slot suits somebody", "any morning")
        case PartOfDay.AFTERNOON:
            return pgettext("when a slot suits somebody", "any afternoon")
        case PartOfDay.EVENING:
            return pgettext("when a slot suits somebody", "any evening")


def _on_a_day(part: PartOfDay, day: str) -> str:
    match part:
        case PartOfDay.MORNING:
            return pgettext("when a slot suits somebody", "{day} morning", day=day)
        case PartOfDay.AFTERNOON:
            return pgettext("when a slot suits somebody", "{day} afternoon", day=day)
        case PartOfDay.EVENING:
            return pgettext("when a slot suits somebody", "{day} evening", day=day)


def _on_days(part: PartOfDay, days: str) -> str:
    match part:
        case PartOfDay.MORNING:
            return _("{days}, in the morning", days=days)
        case PartOfDay.AFTERNOON:
            return _("{days}, in the afternoon", days=days)
        case PartOfDay.EVENING:
            return _("{days}, in the evening", days=days)
