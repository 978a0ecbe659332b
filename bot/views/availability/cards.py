"""The cards of the availability panel: a mentor's availability in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from bot.components.cards import Accent, Card
from bot.formatting import moment
from mentorship.availability.editor import AvailabilityView
from mentorship.availability.opening_hours import DateOverride
from mentorship.availability.weekly_hours import format_hours
from wording.durations import duration
from wording.reader import ENGLISH
from wording.times import date_range, time_of_day

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

DateRange = tuple[date, date, tuple[tuple[int, int], ...]]
"""The first and last of consecutive dates, and the hours that they share."""


def panel_card(availability: AvailabilityView) -> Card:
    """Return the card with the week, the date overrides, the rules and the next slots."""
    card = Card(title="When you can be booked", accent=Accent.NEUTRAL)
    if availability.weekly:
        card.text = f"On the clock of **{availability.zone}**\n\n{format_week(availability)}"
    else:
        card.text = (
            "You have no hours yet, so nobody can book you. Choose a day below, or type your week "
            f"on the clock of **{availability.zone}**, such as `mon-fri 18:00-21:30; sat 10-14`."
        )
    if availability.overrides:
        card.add_fact("Other dates", format_overrides(availability.overrides))
    card.add_fact("Sessions", format_rules(availability))
    add_preview(card, availability)
    if availability.weekly:
        card.add_note(f"As text: {format_hours(availability.weekly)}"[:2_048])
    return card


def add_preview(card: Card, availability: AvailabilityView) -> None:
    """Add the next open slots, and the booked sessions that are outside the hours now."""
    slots = "\n".join(f"• {moment(start)}" for start in availability.next_slots)
    card.add_fact("Next open times", slots or "None in the next two weeks.")
    if availability.sessions_outside:
        sessions = "\n".join(f"• {moment(start)}" for start in availability.sessions_outside[:8])
        card.add_fact(
            "Booked outside these hours",
            f"{sessions}\nThey stand as they are; `/cancel` if you can't come.",
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
    durations = ", ".join(str(minutes) for minutes in availability.durations)
    lines = [
        f"{durations} minutes, starting every {limits.step}",
        f"booked at least {duration(limits.minimum_notice, ENGLISH)} and at most "
        f"{limits.horizon_days} days ahead",
        "booked at once" if availability.instant_booking else "you confirm each one",
    ]
    if limits.buffer_before or limits.buffer_after:
        lines.append(
            f"{limits.buffer_before} minutes free before, {limits.buffer_after} after each"
        )
    limits_text = [
        f"{most} a {unit}"
        for most, unit in ((limits.most_per_day, "day"), (limits.most_per_week, "week"))
        if most is not None
    ]
    if limits_text:
        lines.append(f"at most {' and '.join(limits_text)}")
    return "\n".join(f"• {line}" for line in lines)
