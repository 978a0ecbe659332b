"""Events of an ICS file: when they are, how they recur, and whether their owner is busy; pure."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import time, timedelta

from integrations.calendars.ics_lines import Component
from integrations.calendars.ics_values import Duration, Moment, Reading, parse_duration


@dataclass(frozen=True, slots=True)
class Event:
    """An event: one by itself, a series, or one occurrence of a series that differs.

    `end` is in seconds since 1970. The occurrences of a series take `length` each.
    """

    uid: str
    sequence: int
    start: Moment
    end: int
    length: Duration
    is_busy: bool
    rules: tuple[str, ...] = ()
    dates: tuple[Moment, ...] = ()
    periods: tuple[tuple[Moment, int], ...] = ()
    exceptions: tuple[Moment, ...] = ()
    recurrence_id: Moment | None = None
    is_this_and_future: bool = False

    @property
    def recurs(self) -> bool:
        """Whether it is a series."""
        return bool(self.rules or self.dates or self.periods)


def read_event(
    component: Component, reading: Reading, owner_addresses: Collection[str], *, is_cancelled: bool
) -> Event:
    """Read an event. Raises ValueError, and OverflowError for years that no clock knows.

    `owner_addresses` are the e-mail addresses by which the calendar's owner is invited to events,
    in lower case. With `is_cancelled`, the whole file is of cancelled events.
    """
    start, end, length = _read_times(component, reading)
    recurrence = component.first("RECURRENCE-ID")
    dates: list[Moment] = []
    periods: list[tuple[Moment, int]] = []
    for found in component.all("RDATE"):
        if "/" in found.value:
            periods += reading.periods(found)
        else:
            dates += reading.moments(found)
    sequence = component.text("SEQUENCE")
    return Event(
        uid=uid_of(component),
        sequence=int(sequence) if sequence.isdecimal() and len(sequence) < 10 else 0,
        start=start,
        end=end,
        length=length,
        is_busy=not is_cancelled and _is_busy(component, owner_addresses),
        rules=tuple(found.value for found in component.all("RRULE") if found.value),
        dates=tuple(dates),
        periods=tuple(periods),
        exceptions=tuple(
            moment for found in component.all("EXDATE") for moment in reading.moments(found)
        ),
        recurrence_id=None if recurrence is None else reading.moment(recurrence, recurrence.value),
        is_this_and_future=recurrence is not None
        and recurrence.params.get("RANGE", "").upper() == "THISANDFUTURE",
    )


def uid_of(component: Component) -> str:
    """Return the UID of a component, empty if it has none."""
    with contextlib.suppress(ValueError):
        if (found := component.first("UID")) is not None:
            return found.value
    return ""


def _read_times(component: Component, reading: Reading) -> tuple[Moment, int, Duration]:
    """Return the start, the end in seconds since 1970, and the length. Raises ValueError.

    An event whose end is before its start takes the time between the two. Without an end, a date
    takes its day, and a time no time at all (RFC 5545, 3.6.1).
    """
    found = component.first("DTSTART")
    if found is None:
        raise ValueError("an event has no start")
    start = reading.moment(found, found.value)
    end_found = component.first("DTEND")
    duration_found = component.first("DURATION")
    if end_found is not None and end_found.value:
        end = reading.moment(end_found, end_found.value)
        start, end = _whole_days(component, reading, start, end)
        if end.epoch < start.epoch:
            start, end = end, start
        if start.is_date and end.is_date:
            # Some write the last day of an event rather than the one after it, if it has but one.
            days = max((end.local - start.local).days, 1)
            length = Duration(days, 0)
        else:
            # Each occurrence takes the same time as the first (RFC 5545, 3.8.5.3).
            length = Duration(0, end.epoch - start.epoch)
    elif duration_found is not None and duration_found.value:
        length = parse_duration(duration_found.value)
        if length.days < 0 or length.seconds < 0:
            local = start.local + timedelta(days=length.days, seconds=length.seconds)
            start = Moment(local, start.clock, is_date=start.is_date and not length.seconds)
            length = Duration(-length.days, -length.seconds)
    else:
        length = Duration(1, 0) if start.is_date else Duration(0, 0)
    return start, length.after(start), length


def _whole_days(
    component: Component, reading: Reading, start: Moment, end: Moment
) -> tuple[Moment, Moment]:
    """Return the two as dates if Outlook says that the event takes whole days."""
    if component.text("X-MICROSOFT-CDO-ALLDAYEVENT") != "TRUE":
        return start, end
    if any(moment.local.time() != _MIDNIGHT for moment in (start, end)):
        return start, end
    return (
        Moment(start.local, reading.dates, is_date=True),
        Moment(end.local, reading.dates, is_date=True),
    )


def _is_busy(component: Component, owner_addresses: Collection[str]) -> bool:
    """Return whether an event takes its owner's time.

    Tentative ones do, as in Google's and Microsoft's own free/busy times. What Outlook says of the
    event is more exact than TRANSP, so it counts first.
    """
    if component.text("STATUS") in {"CANCELLED", "CANCELED"}:
        return False
    if owner_addresses and _is_declined(component, owner_addresses):
        return False
    status = component.text("X-MICROSOFT-CDO-BUSYSTATUS")
    if status in _OUTLOOK_FREE:
        return False
    return status in _OUTLOOK_BUSY or component.text("TRANSP") != "TRANSPARENT"


def _is_declined(component: Component, owner_addresses: Collection[str]) -> bool:
    for line in component.lines.get("ATTENDEE", ()):
        if _DECLINED.search(line):
            address = line.rpartition(":")[2].strip().lower()
            if address in owner_addresses:
                return True
    return False


_MIDNIGHT = time()
_DECLINED = re.compile(r"PARTSTAT=\"?DECLINED", re.IGNORECASE)
_OUTLOOK_FREE = frozenset({"FREE", "WORKINGELSEWHERE"})
_OUTLOOK_BUSY = frozenset({"BUSY", "TENTATIVE", "OOF"})
