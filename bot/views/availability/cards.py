"""The cards of the availability panel: a mentor's availability in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import groupby

from bot.components.cards import Accent, Card
from bot.formatting import moment
from mentorship.availability.editor import AvailabilityView
from mentorship.availability.opening_hours import DateOverride, WeeklyHours
from mentorship.availability.slots import BookingLimits
from mentorship.availability.weekly_hours import format_hours
from wording.durations import counted, duration
from wording.lists import alternatives
from wording.reader import ENGLISH
from wording.times import date_range, place, time_of_day

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

DateRange = tuple[date, date, tuple[tuple[int, int], ...]]
"""The first and last of consecutive dates, and the hours that they share."""


def panel_card(availability: AvailabilityView) -> Card:
    """Return the card with the week, the date overrides, the rules and the next slots."""
    card = Card(title="When you can be booked", accent=Accent.NEUTRAL)
    if availability.weekly:
        card.text = f"{zone_line(availability)}\n{format_week(availability)}"
    else:
        card.text = (
            "You have no hours yet, so nobody can book you. Choose a day below, or type your week, "
            f"such as `mon-fri 18:00-21:30; sat 10-14`. {zone_line(availability)}"
        )
    if availability.overrides:
        card.add_fact("Days off and special hours", format_overrides(availability.overrides))
    card.add_fact("Sessions", format_rules(availability))
    add_preview(card, availability)
    if availability.weekly:
        card.add_note(f"Your week as text: {format_hours(availability.weekly)}"[:2_048])
    return card


def zone_line(availability: AvailabilityView) -> str:
    """Return whose clock the hours are on."""
    return f"In your time zone ({zone_name(availability)})."


def zone_name(availability: AvailabilityView) -> str:
    """Return the city of the mentor's zone, or its name if it has none."""
    return place(availability.zone, ENGLISH) or availability.zone


def add_preview(card: Card, availability: AvailabilityView) -> None:
    """Add the next open slots, and the booked sessions that are outside the hours now."""
    slots = "\n".join(f"• {moment(start)}" for start in availability.next_slots)
    card.add_fact("Next open slots", slots or "none in the next two weeks")
    if availability.sessions_outside:
        sessions = "\n".join(f"• {moment(start)}" for start in availability.sessions_outside[:8])
        card.add_fact(
            "Booked outside these hours",
            f"{sessions}\nThey stay booked. If you can't make one, use `/cancel`.",
        )


def format_week(availability: AvailabilityView, marked_weekday: int | None = None) -> str:
    """Return the seven days, one a line, with a mark at the one that is being changed."""
    lines = []
    for weekday, name in enumerate(DAYS):
        hours = [
            format_interval(hours.start, hours.end)
            for hours in availability.weekly
            if hours.weekday == weekday
        ]
        mark = "▸ " if weekday == marked_weekday else ""
        lines.append(f"{mark}**{name}** {', '.join(hours) or '—'}")
    return "\n".join(lines)


def format_days(weekly: Iterable[WeeklyHours]) -> str:
    """Return the days with hours, consecutive ones with equal hours in one line."""
    by_day: dict[int, list[str]] = {}
    for hours in sorted(weekly):
        by_day.setdefault(hours.weekday, []).append(format_interval(hours.start, hours.end))
    lines = []
    for spans, same in groupby(range(len(DAYS)), key=by_day.get):
        first, *rest = same
        if spans:
            days = f"{DAYS[first][:3]}–{DAYS[rest[-1]][:3]}" if rest else DAYS[first][:3]
            lines.append(f"**{days}** {', '.join(spans)}")
    return "\n".join(lines)


def format_interval(start: int, end: int) -> str:
    """Return an interval of minutes of the day, such as `18:00–21:30`."""
    after = " (next day)" if end <= start else ""
    return f"{time_of_day(start, ENGLISH)}–{time_of_day(end, ENGLISH)}{after}"


def format_overrides(overrides: Sequence[DateOverride]) -> str:
    """Return the date overrides, consecutive equal ones in one line."""
    lines = []
    for first, last, hours in date_ranges(overrides):
        days = date_range(first, last, ENGLISH)
        spans = ", ".join(format_interval(start, end) for start, end in hours)
        lines.append(f"**{days}** {spans or 'off'}")
    if len(lines) > 12:
        lines[12:] = [f"… and {len(lines) - 12} more"]
    return "\n".join(lines)


def date_ranges(
    overrides: Sequence[DateOverride],
) -> list[DateRange]:
    """Join consecutive dates with equal hours."""
    ranges: list[DateRange] = []
    for override in overrides:
        if ranges:
            first, last, hours = ranges[-1]
            if hours == override.hours and override.date == last + timedelta(days=1):
                ranges[-1] = (first, override.date, hours)
                continue
        ranges.append((override.date, override.date, override.hours))
    return ranges


def format_rules(availability: AvailabilityView) -> str:
    """Return the rules for bookings as a list."""
    limits = availability.limits
    minutes = [str(minutes) for minutes in availability.durations]
    lines = [
        f"{alternatives(minutes, ENGLISH)} minutes, starting {_every(limits.step)}",
        _booking_window(limits),
        "Booked instantly" if availability.instant_booking else "You confirm each booking",
    ]
    if limits.buffer_before or limits.buffer_after:
        buffers = [
            f"{counted(minutes, 'minute', ENGLISH)} {side}"
            for minutes, side in (
                (limits.buffer_before, "before"),
                (limits.buffer_after, "after"),
            )
            if minutes
        ]
        lines.append(f"Buffer: {' and '.join(buffers)} each session")
    most = [
        f"{most} a {unit}"
        for most, unit in ((limits.most_per_day, "day"), (limits.most_per_week, "week"))
        if most is not None
    ]
    if most:
        lines.append(f"At most {' and '.join(most)}")
    return "\n".join(f"• {line}" for line in lines)


def _every(step: int) -> str:
    """Return how often slots start: `every half hour`."""
    usual = {15: "every quarter of an hour", 30: "every half hour", 60: "every hour"}
    return usual.get(step) or f"every {duration(step, ENGLISH)}"


def _booking_window(limits: BookingLimits) -> str:
    window = f"up to {counted(limits.horizon_days, 'day', ENGLISH)} ahead"
    if not limits.minimum_notice:
        return f"Booked {window}"
    return f"Booked at least {duration(limits.minimum_notice, ENGLISH)} and {window}"
