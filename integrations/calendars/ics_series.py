"""The occurrences of recurring events.

recurring-ical-events follows the rules, exceptions and changed occurrences. It gets naive times on
the clock of the series' start, on which a weekly meeting stays at 9:00 through changes of the
clock; the occurrences become instants afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

import icalendar
import recurring_ical_events
from icalendar.prop import vDDDLists, vDDDTypes, vInt, vRecur, vText

from integrations.calendars.ics_events import Event
from integrations.calendars.ics_rules import prepare_rule
from integrations.calendars.ics_values import Moment
from integrations.calendars.ics_zones import UTC_CLOCK

_MARGIN = timedelta(days=2)
"""How much more is read at both ends, since clocks differ by up to 26 hours."""


def expand(
    master: Event, overrides: Sequence[Event], start: int, end: int
) -> Iterator[tuple[int, int]]:
    """Yield the busy times of a series that overlap `start..end`, in seconds since 1970.

    `overrides` are its occurrences that differ. Raises ValueError, and other errors of the
    libraries, for a series that can't be read.
    """
    clock = master.start.clock
    first = clock.to_local(start) - _MARGIN
    last = clock.to_local(end) + _MARGIN
    calendar = icalendar.Calendar()
    calendar.add_component(_component(master, master.start, last))
    changed: dict[datetime, Event] = {}
    for event in overrides:
        if event.recurrence_id is not None:
            known = changed.get(key := _start_meant(event.recurrence_id, master.start))
            if known is None or event.sequence > known.sequence:
                changed[key] = event
    for event in changed.values():
        calendar.add_component(_component(event, master.start, last))
    # The query's own result would copy each occurrence, which takes most of the time.
    (series,) = recurring_ical_events.CalendarQuery(calendar).series
    for occurrence in series.between(first, last):
        ids = occurrence.recurrence_ids
        event = changed[ids[0]] if ids else master
        if not event.is_busy:
            continue
        if event.recurrence_id is not None and not event.is_this_and_future:
            yield event.start.epoch, event.end
            continue
        local = occurrence.start
        begin = Moment(_naive(local), clock, is_date=not isinstance(local, datetime))
        yield begin.epoch, event.length.after(begin)
    if master.is_busy:
        excluded = {moment.on(master.start.clock) for moment in master.exceptions}
        for moment, period_end in master.periods:
            if moment.on(master.start.clock) not in excluded:
                yield moment.epoch, period_end


def _component(event: Event, series: Moment, until: datetime) -> icalendar.Event:
    """Return an event for the library, on the clock of the series' start."""
    clock, is_date = series.clock, series.is_date
    start = event.start.on(clock)
    length = timedelta(days=event.length.days, seconds=event.length.seconds)
    component = icalendar.Event()
    component["UID"] = vText("series")
    component["SEQUENCE"] = vInt(event.sequence)
    component["DTSTART"] = _value(start, is_date=event.start.is_date)
    component["DTEND"] = _value(
        start + length, is_date=event.start.is_date and not event.length.seconds
    )
    if event.recurrence_id is not None:
        component["RECURRENCE-ID"] = _value(
            _start_meant(event.recurrence_id, series), is_date=is_date
        )
        if event.is_this_and_future:
            component["RECURRENCE-ID"].params["RANGE"] = "THISANDFUTURE"
        return component
    if event.rules:
        rules = [prepare_rule(rule, series, until) for rule in event.rules]
        component["RRULE"] = [vRecur.from_ical(rule) for rule in rules if rule is not None]
    if event.dates:
        component["RDATE"] = _list(event.dates, series)
    # A date excludes every occurrence of that day.
    days = [each for each in event.exceptions if each.is_date and not series.is_date]
    times = [each for each in event.exceptions if series.is_date or not each.is_date]
    component["EXDATE"] = [vDDDLists([each.local.date() for each in days]), _list(times, series)]
    return component


def _start_meant(moment: Moment, series: Moment) -> datetime:
    """Return which start of a series, on its clock, a RECURRENCE-ID, RDATE or EXDATE means.

    Some name only the date of a time, or midnight in their own zone instead of a date.
    """
    if series.is_date and moment.clock is not UTC_CLOCK:
        local = moment.local
    else:
        local = moment.on(series.clock)
    if series.is_date or moment.is_date:
        return datetime.combine(local, series.local.time())
    return local


def _list(moments: Sequence[Moment], series: Moment) -> vDDDLists:
    return vDDDLists(
        [_day_or_time(_start_meant(each, series), is_date=series.is_date) for each in moments]
    )


def _value(local: datetime, *, is_date: bool) -> vDDDTypes:
    return vDDDTypes(_day_or_time(local, is_date=is_date))


def _day_or_time(local: datetime, *, is_date: bool) -> date:
    return local.date() if is_date else local


def _naive(local: date) -> datetime:
    return local if isinstance(local, datetime) else datetime(local.year, local.month, local.day)  # noqa: DTZ001
