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
from wording import examples
from wording.cldr import format_number
from wording.durations import duration, session_length
from wording.lists import alternatives, enumerated
from wording.reader import Reader
from wording.times import date_range, time_of_day, weekday_name, zone_name
from wording.translation import _, ngettext, pgettext, sentences

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
    card = Card(title=_("When you can be booked"), accent=Accent.NEUTRAL)
    if availability.weekly:
        card.text = zone_line(availability, reader)
    else:
        card.text = sentences(
            _(
                "You have no hours yet, so nobody can book you. Choose a day below, or type your "
                "week, such as `{example}`.",
                example=examples.weekly_hours(reader),
            ),
            zone_line(availability, reader),
        )
    if picture is not None:
        card.add_picture(picture)
    if availability.weekly:
        card.add_text(format_days(availability.weekly, reader))
    if availability.overrides:
        card.add_fact(
            _("Days off and special hours"), format_overrides(availability.overrides, reader)
        )
    if availability.travel:
        card.add_fact(_("Travel"), format_trips(availability.travel, reader))
    card.add_fact(_("Sessions"), format_rules(availability, reader))
    add_preview(card, availability)
    return card


def zone_line(availability: AvailabilityView, reader: Reader) -> str:
    """Return whose clock the hours are on."""
    zone = zone_name(availability.zone, reader)
    if availability.travel:
        # Translators: about the hours of a mentor's week. {zone} is such as "London".
        return _("In your time zone ({zone}); on trips, in the local time there.", zone=zone)
    # Translators: about the hours of a mentor's week. {zone} is such as "London".
    return _("In your time zone ({zone}).", zone=zone)


def typed_hours(weekly: Iterable[WeeklyHours], reader: Reader) -> str:
    """Return a week as the reader would type it: `mon-fri 18:00-21:30`, `mon-fri 6pm-9:30pm`."""
    return examples.written_hours(weekly, reader)


def add_preview(card: Card, availability: AvailabilityView) -> None:
    """Add the next three open slots, and the booked sessions that are outside the hours now.

    While the mentor is paused, say so instead of the slots.
    """
    slots = "\n".join(f"• {discord_timestamp(start)}" for start in availability.next_slots[:3])
    if availability.is_paused:
        end = availability.paused_until
        card.add_fact(
            # Translators: a mentor who can't be booked for some time.
            _("Paused"),
            _("Nobody can book you until {time}.", time=discord_timestamp(end))
            if end
            else _("Nobody can book you until you resume."),
        )
    else:
        card.add_fact(
            _("Next open slots"), slots or pgettext("open slots", "none in the next two weeks")
        )
    if availability.sessions_outside:
        sessions = "\n".join(
            f"• {discord_timestamp(start)}" for start in availability.sessions_outside[:8]
        )
        card.add_fact(
            _("Booked outside these hours"),
            # Translators: below the times of sessions that are already booked.
            f"{sessions}\n" + _("They stay booked. If you can't make one, use `/cancel`."),
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
    hours = enumerated(shown, reader)
    more = len(intervals) - len(shown)
    if not more:
        return hours
    # Translators: {hours} are intervals of a day, such as "10:00–11:00, 15:00–16:00".
    return ngettext("{hours}, and {count} more", "{hours}, and {count} more", more, hours=hours)


def format_interval(start: int, end: int, reader: Reader) -> str:
    """Return an interval of minutes of the day, such as `18:00–21:30`."""
    return f"{time_of_day(start, reader)}–{format_end(start, end, reader)}"


def format_end(start: int, end: int, reader: Reader) -> str:
    """Return the end of an interval of minutes of the day, which may be on the next one."""
    text = time_of_day(end, reader)
    # Translators: the end of a mentor's hours that is after midnight, such as "02:00 (next day)".
    return _("{time} (next day)", time=text) if end <= start else text


def format_overrides(overrides: Sequence[DateOverride], reader: Reader) -> str:
    """Return the date overrides, consecutive equal ones in one line."""
    off = pgettext("a day without hours", "off")
    lines = []
    for first, last, hours in date_ranges(overrides):
        days = date_range(first, last, reader)
        lines.append(f"**{days}** {format_intervals(hours, reader) or off}")
    if len(lines) > MAX_DATES_SHOWN:
        lines[MAX_DATES_SHOWN:] = [_and_more(len(lines) - MAX_DATES_SHOWN)]
    return "\n".join(lines)


def format_trips(travel: Sequence[Travel], reader: Reader) -> str:
    """Return the trips, one a line; empty without any."""
    lines = [
        enumerated(
            (zone_name(trip.zone, reader), date_range(trip.first, trip.last, reader)), reader
        )
        for trip in travel[:MAX_DATES_SHOWN]
    ]
    if (more := len(travel) - len(lines)) > 0:
        lines.append(_and_more(more))
    return "\n".join(lines)


def _and_more(count: int) -> str:
    # Translators: the end of a list of dates or trips that is too long.
    return ngettext("… and {count} more", "… and {count} more", count)


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
        _lengths(alternatives(minutes, reader), limits.step, reader),
        _booking_window(limits, reader),
        _("Booked instantly") if availability.instant_booking else _("You confirm each booking"),
    ]
    if limits.buffer_before or limits.buffer_after:
        lines.append(_buffers(limits, reader))
    if limits.fill_gaps:
        lines.append(
            _("Sessions can also start at the next quarter hour after a booking, if more fit in")
        )
    if limits.most_per_day is not None or limits.most_per_week is not None:
        lines.append(_most(limits, reader))
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
