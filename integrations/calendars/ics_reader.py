"""When the owner of an ICS file is busy.

Whoever writes the file decides what is in it, so all work is bounded, and an event that can't be
read is left out and counted. Run `read_busy` in the process of `ics_worker`: a hostile file may use
up all the time and memory that it has.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from integrations.calendars import ics_lines
from integrations.calendars.ics_events import Event, read_event, uid_of
from integrations.calendars.ics_lines import CalendarFile, Component, UnreadableCalendar
from integrations.calendars.ics_series import expand
from integrations.calendars.ics_values import Reading
from integrations.calendars.ics_zones import Clock, Zones, clock_of, find_named
from integrations.calendars.time_limit import TimeLimitReached, time_limit
from mentorship.errors import CalendarProblem
from mentorship.time.intervals import merge, to_epoch

MAX_EVENTS = 5_000
"""The most events that can matter for the time that is read. Those that are over don't."""

MAX_OCCURRENCES = 50_000
"""The most busy times of all events together, before they are merged."""

SERIES_LIMIT_S = 1.0
"""Seconds of the processor that one series, or one VTIMEZONE, may take."""

MAX_SLOW_SERIES = 2
"""How many of them may take longer before the whole file is given up."""


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """What is read from a file: the busy times between `start` and `end`.

    Dates are on the clock of `zone`, the owner's, and so are times without a zone. Events whose UID
    ends with `own_uids` are this program's own and left out. `owner_addresses` are e-mail addresses
    of the owner: what they have declined leaves them free.
    """

    zone: str
    start: datetime
    end: datetime
    own_uids: str = ""
    owner_addresses: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class BusyTimes:
    """Busy times as seconds since 1970, in order and disjoint, and how many events were unreadable.

    Times that begin before the request's start or end after its end are cut there.
    """

    spans: tuple[tuple[int, int], ...]
    unreadable: int = 0


def read_busy(content: bytes, request: ReadRequest) -> BusyTimes:
    """Return when the owner of a calendar is busy. Several calendars may follow each other.

    Raises `UnreadableCalendar` for what isn't a calendar, and for one beyond the limits.
    """
    file = ics_lines.read_file(content)
    return _Reader(file, request).read()


class _Reader:
    """Reads one file."""

    def __init__(self, file: CalendarFile, request: ReadRequest) -> None:
        self._file = file
        self._start = int(to_epoch(request.start))
        self._end = int(to_epoch(request.end))
        self._own_uids = request.own_uids.lower()
        name = file.headers.get("X-WR-CALNAME", "").lower()
        # Google names the main calendar of an account after its address.
        self._owners = request.owner_addresses | ({name} if "@" in name else set())
        dates = clock_of(request.zone)
        floating: Clock = find_named(file.headers.get("X-WR-TIMEZONE", "")) or dates
        zones = Zones(file.zones, floating, partial(time_limit, SERIES_LIMIT_S))
        self._reading = Reading(zones, floating, dates)
        self._is_cancelled = file.headers.get("METHOD", "").upper() == "CANCEL"
        self._unreadable = 0
        self._slow = 0
        self._sequences: dict[str, int] = {}

    def read(self) -> BusyTimes:
        spans: list[tuple[int, int]] = []
        for start, end in self._busy_times():
            if start < self._end and end > self._start:
                spans.append((max(start, self._start), min(end, self._end)))
                if len(spans) > MAX_OCCURRENCES:
                    raise UnreadableCalendar(CalendarProblem.TOO_MANY_EVENTS)
        return BusyTimes(tuple(merge(spans)), self._unreadable)

    def _busy_times(self) -> Iterator[tuple[int, int]]:
        by_uid: dict[str, list[Event]] = defaultdict(list)
        kept = 0
        for number, component in enumerate(self._file.components):
            if component.name == "VFREEBUSY":
                yield from self._free_busy(component)
                continue
            if not component.lines or self._is_own(component):
                continue
            if (event := self._event(component)) is None:
                continue
            if event.uid and event.recurrence_id is None:
                newest = self._sequences.get(event.uid, 0)
                self._sequences[event.uid] = max(newest, event.sequence)
            if not self._matters(event):
                continue
            kept += 1
            if kept > MAX_EVENTS:
                raise UnreadableCalendar(CalendarProblem.TOO_MANY_EVENTS)
            by_uid[event.uid or f"{number}"].append(event)
        for events in by_uid.values():
            yield from self._occurrences(events)

    def _event(self, component: Component) -> Event | None:
        try:
            return read_event(
                component, self._reading, self._owners, is_cancelled=self._is_cancelled
            )
        except (ValueError, OverflowError):
            self._unreadable += 1
        except TimeLimitReached:
            self._note_slow()
        return None

    def _matters(self, event: Event) -> bool:
        """Whether an event can make its owner busy, or changes another event that can."""
        if event.recurs or event.is_this_and_future:
            return True
        overlaps = event.start.epoch < self._end and event.end > self._start
        if event.recurrence_id is None:
            # One that is free still counts for its series, and for older versions of it.
            return overlaps
        return overlaps or self._start - _NEARBY <= event.recurrence_id.epoch <= self._end + _NEARBY

    def _occurrences(self, events: Sequence[Event]) -> Iterator[tuple[int, int]]:
        """Yield the busy times of the events of one UID.

        Only those of the highest SEQUENCE count (RFC 5546, 2.1.5). Several of the same are
        different events of a program that numbers them badly, so all of them count.
        """
        highest = self._sequences.get(events[0].uid, 0)
        masters = [
            event for event in events if event.recurrence_id is None and event.sequence >= highest
        ]
        overrides = [event for event in events if event.recurrence_id is not None]
        if not masters:
            # Calendars of which one sees only some occurrences have no series.
            by_id: dict[int, list[Event]] = defaultdict(list)
            for event in overrides:
                if event.recurrence_id is not None:
                    by_id[event.recurrence_id.epoch].append(event)
            singles = [event for group in by_id.values() for event in _newest(group)]
            yield from ((each.start.epoch, each.end) for each in singles if each.is_busy)
            return
        for master in masters:
            if not master.recurs and not overrides:
                if master.is_busy:
                    yield master.start.epoch, master.end
                continue
            yield from self._series(master, overrides)

    def _series(self, master: Event, overrides: Sequence[Event]) -> list[tuple[int, int]]:
        try:
            with time_limit(SERIES_LIMIT_S):
                return list(expand(master, overrides, self._start, self._end))
        except TimeLimitReached:
            self._note_slow()
        except MemoryError:
            raise
        except Exception:
            # The libraries raise many kinds for what they can't read.
            self._unreadable += 1
        return []

    def _free_busy(self, component: Component) -> Iterator[tuple[int, int]]:
        for line in component.lines.get("FREEBUSY", ()):
            try:
                found = ics_lines.parse_property(line)
                if found.params.get("FBTYPE", "BUSY").upper() == "FREE":
                    continue
                periods = list(self._reading.periods(found))
            except (ValueError, OverflowError):
                self._unreadable += 1
                continue
            yield from ((start.epoch, end) for start, end in periods)

    def _is_own(self, component: Component) -> bool:
        uid = uid_of(component).lower()
        return bool(
            uid and (_OLD_UID.fullmatch(uid) or (self._own_uids and uid.endswith(self._own_uids)))
        )

    def _note_slow(self) -> None:
        self._unreadable += 1
        self._slow += 1
        if self._slow > MAX_SLOW_SERIES:
            raise UnreadableCalendar(CalendarProblem.TOO_COMPLEX)


def _newest(events: Iterable[Event]) -> list[Event]:
    found = list(events)
    highest = max((event.sequence for event in found), default=0)
    return [event for event in found if event.sequence == highest]


_NEARBY = 40 * 86_400
"""Seconds outside of what is read in which an occurrence may be replaced: it may be a long one."""
_OLD_UID = re.compile(r"(session|group)-\d+-\d+@mentorbot")
