"""The cards of the availability panel: a mentor's availability in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import groupby

from bot.components.cards import Accent, Card, Picture
from bot.formatting import discord_timestamp
from mentorship.availability.editor import AvailabilityView
from mentorship.availability.opening_hours import DateOverride, WeeklyHours
from mentorship.availability.slots import BookingLimits
from mentorship.availability.travel import Travel
from mentorship.availability.weekly_hours import format_hours, format_hours_with_am_pm
from wording import examples
from wording.cldr import format_number
from wording.durations import duration, session_length
from wording.lists import alternatives
from wording.reader import Reader, TimeStyle
from wording.times import date_range, time_of_day, weekday_name, zone_name

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

MAX_INTERVALS_SHOWN = 6
"""How many intervals of one day a card lists; with more, the fullest week wouldn't fit."""

MAX_DATES_SHOWN = 8
"""How many date overrides a card lists, consecutive equal ones counted once."""

DateRange = tuple[date, date, tuple[tuple[int, int], ...]]
"""The first and last of consecutive dates, and the hours that they share."""


def panel_card(
    availability: AvailabilityView, reader: Reader, picture: Picture | None = None
) -> Card:
    """Return the card with the week, the date overrides, the rules and the next slots."""
    card = Card(title="When you can be booked", accent=Accent.NEUTRAL)
    if availability.weekly:
        card.text = zone_line(availability, reader)
    else:
        card.text = (
            "You have no hours yet, so nobody can book you. Choose a day below, or type your week, "
            f"such as `{examples.weekly_hours(reader)}`. {zone_line(availability, reader)}"
        )
    if picture is not None:
        card.add_picture(picture)
    if availability.weekly:
        card.add_text(format_days(availability.weekly, reader))
    if availability.overrides:
        card.add_fact(
            "Days off and special hours", format_overrides(availability.overrides, reader)
        )
    if availability.travel:
        card.add_fact("Travel", format_trips(availability.travel, reader))
    card.add_fact("Sessions", format_rules(availability, reader))
    add_preview(card, availability)
    return card


def zone_line(availability: AvailabilityView, reader: Reader) -> str:
    """Return whose clock the hours are on."""
    trips = "; on trips, in the local time there" if availability.travel else ""
    return f"In your time zone ({zone_name(availability.zone, reader)}){trips}."


def typed_hours(weekly: Iterable[WeeklyHours], reader: Reader) -> str:
    """Return a week as the reader would type it: `mon-fri 18:00-21:30`, `mon-fri 6pm-9:30pm`."""
    if reader.time_style is TimeStyle.TWELVE_HOURS:
        return format_hours_with_am_pm(weekly)
    return format_hours(weekly)


def add_preview(card: Card, availability: AvailabilityView) -> None:
    """Add the next three open slots, and the booked sessions that are outside the hours now.

    While the mentor is paused, say so instead of the slots.
    """
    slots = "\n".join(f"• {discord_timestamp(start)}" for start in availability.next_slots[:3])
    if availability.is_paused:
        end = availability.paused_until
        until = f"until {discord_timestamp(end)}" if end else "until you resume"
        card.add_fact("Paused", f"Nobody can book you {until}.")
    else:
        card.add_fact("Next open slots", slots or "none in the next two weeks")
    if availability.sessions_outside:
        sessions = "\n".join(
            f"• {discord_timestamp(start)}" for start in availability.sessions_outside[:8]
        )
        card.add_fact(
            "Booked outside these hours",
            f"{sessions}\nThey stay booked. If you can't make one, use `/cancel`.",
        )


def format_week(
    availability: AvailabilityView, reader: Reader, marked_weekday: int | None = None
) -> str:
    """Return the seven days, one a line, with a mark at the one that is being changed."""
    lines = []
    for weekday, name in enumerate(reader.formats.long_weekdays):
        hours = [
            (hours.start, hours.end) for hours in availability.weekly if hours.weekday == weekday
        ]
        mark = "▸ " if weekday == marked_weekday else ""
        lines.append(f"{mark}**{name}** {format_intervals(hours, reader) or '—'}")
    return "\n".join(lines)


def format_days(weekly: Iterable[WeeklyHours], reader: Reader) -> str:
    """Return the days with hours, consecutive ones with equal hours in one line."""
    by_day: dict[int, list[tuple[int, int]]] = {}
    for hours in sorted(weekly):
        by_day.setdefault(hours.weekday, []).append((hours.start, hours.end))
    lines = []
    for intervals, same in groupby(range(7), key=by_day.get):
        first, *rest = same
        if intervals:
            days = "–".join(weekday_name(day, reader) for day in (first, *rest[-1:]))
            lines.append(f"**{days}** {format_intervals(intervals, reader)}")
    return "\n".join(lines)


def format_intervals(intervals: Sequence[tuple[int, int]], reader: Reader) -> str:
    """Return the hours of a day, the first `MAX_INTERVALS_SHOWN`; empty without any."""
    shown = [format_interval(start, end, reader) for start, end in intervals[:MAX_INTERVALS_SHOWN]]
    if (more := len(intervals) - len(shown)) > 0:
        shown.append(f"and {more} more")
    return ", ".join(shown)


def format_interval(start: int, end: int, reader: Reader) -> str:
    """Return an interval of minutes of the day, such as `18:00–21:30`."""
    return f"{time_of_day(start, reader)}–{format_end(start, end, reader)}"


def format_end(start: int, end: int, reader: Reader) -> str:
    """Return the end of an interval of minutes of the day, which may be on the next one."""
    return f"{time_of_day(end, reader)}{' (next day)' if end <= start else ''}"


def format_overrides(overrides: Sequence[DateOverride], reader: Reader) -> str:
    """Return the date overrides, consecutive equal ones in one line."""
    off = pgettext("a day without hours", "off")
    lines = []
    for first, last, hours in date_ranges(overrides):
        days = date_range(first, last, reader)
        lines.append(f"**{days}** {format_intervals(hours, reader) or off}")
    if len(lines) > MAX_DATES_SHOWN:
        lines[MAX_DATES_SHOWN:] = [f"… and {len(lines) - MAX_DATES_SHOWN} more"]
    return "\n".join(lines)


def format_trips(travel: Sequence[Travel], reader: Reader) -> str:
    """Return the trips, one a line; empty without any."""
    lines = [
        f"{zone_name(trip.zone, reader)}, {date_range(trip.first, trip.last, reader)}"
        for trip in travel[:MAX_DATES_SHOWN]
    ]
    if (more := len(travel) - len(lines)) > 0:
        lines.append(f"… and {more} more")
    return "\n".join(lines)


def date_ranges(overrides: Sequence[DateOverride]) -> list[DateRange]:
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


def format_rules(availability: AvailabilityView, reader: Reader) -> str:
    """Return the rules for bookings as a list."""
    limits = availability.limits
    minutes = [str(minutes) for minutes in availability.durations]
    lines = [
        f"{alternatives(minutes, reader)} minutes, starting {_every(limits.step, reader)}",
        _booking_window(limits, reader),
        "Booked instantly" if availability.instant_booking else "You confirm each booking",
    ]
    if limits.buffer_before or limits.buffer_after:
        buffers = [
            f"{counted(minutes, 'minute', reader)} {side}"
            for minutes, side in (
                (limits.buffer_before, "before"),
                (limits.buffer_after, "after"),
            )
            if minutes
        ]
        lines.append(f"Buffer: {' and '.join(buffers)} each session")
    if limits.fill_gaps:
        lines.append(
            "Sessions can also start at the next quarter hour after a booking, if more fit in"
        )
    most = [
        f"{most} a {unit}"
        for most, unit in ((limits.most_per_day, "day"), (limits.most_per_week, "week"))
        if most is not None
    ]
    if most:
        lines.append(f"At most {' and '.join(most)}")
    return "\n".join(f"• {line}" for line in lines)


def _lengths(lengths: str, step: int, reader: Reader) -> str:
    """Return which lengths sessions have and how often slots start."""
    # Translators: {lengths} are numbers such as "30, 45 or 60".
    usual = {
        15: _("{lengths} minutes, starting every quarter of an hour", lengths=lengths),
        30: _("{lengths} minutes, starting every half hour", lengths=lengths),
        60: _("{lengths} minutes, starting every hour", lengths=lengths),
    }
    # Translators: {lengths} are numbers such as "30, 45 or 60", {duration} is such as "20 minutes".
    return usual.get(step) or _(
        "{lengths} minutes, starting every {duration}",
        lengths=lengths,
        duration=duration(step, reader),
    )


def _buffers(limits: BookingLimits, reader: Reader) -> str:
    """Return how long before and after a session nobody can book."""
    before = session_length(limits.buffer_before, reader)
    after = session_length(limits.buffer_after, reader)
    # Translators: a buffer is time without bookings; {before} and {after} are such as "10 minutes".
    if not limits.buffer_after:
        return _("Buffer: {before} before each session", before=before)
    if not limits.buffer_before:
        return _("Buffer: {after} after each session", after=after)
    return _("Buffer: {before} before and {after} after each session", before=before, after=after)


def _most(limits: BookingLimits, reader: Reader) -> str:
    """Return the daily and the weekly limit, of which at least one is set."""
    day, week = (
        None if most is None else format_number(most, reader.formats)
        for most in (limits.most_per_day, limits.most_per_week)
    )
    # Translators: how many sessions a mentor has; {day} and {week} are numbers.
    if week is None:
        return _("At most {day} a day", day=day)
    if day is None:
        return _("At most {week} a week", week=week)
    return _("At most {day} a day and {week} a week", day=day, week=week)


def _booking_window(limits: BookingLimits, reader: Reader) -> str:
    days = limits.horizon_days
    if not limits.minimum_notice:
        return ngettext("Booked up to {count} day ahead", "Booked up to {count} days ahead", days)
    # Translators: {notice} is such as "2 hours" or "3 days".
    return ngettext(
        "Booked at least {notice} and up to {count} day ahead",
        "Booked at least {notice} and up to {count} days ahead",
        days,
        notice=duration(limits.minimum_notice, reader),
    )
