"""The clocks that an ICS file's times are on.

A TZID is only a name for a VTIMEZONE of the same file (RFC 5545, section 3.2.19). In practice, one
that names a place of the tz database means that place, and its VTIMEZONE is often outdated, so the
tz database is asked first. Other names, which Microsoft's products write, are read by their
VTIMEZONE, and without one by tables.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from icalendar.cal.timezone import Timezone
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from integrations.calendars import ics_lines
from integrations.calendars.windows_labels import LABELS
from mentorship.time import timezones
from mentorship.time.timezones import OffsetSpan

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - wall-clock times are naive
_SECOND = timedelta(seconds=1)
_NEARBY = 36 * 3600
_BEGINNING = -(1 << 40)
_END = 1 << 40


@dataclass(frozen=True, eq=False)
class Clock:
    """A clock: its offsets from UTC through all time, in order and without gaps."""

    spans: tuple[OffsetSpan, ...]

    def to_epoch(self, local: datetime) -> int:
        """Return the seconds since 1970 at which the clock shows a naive time first.

        A time that the clock skips is read with the offset from before (RFC 5545, 3.3.5).
        """
        wall = (local - _EPOCH) // _SECOND
        begin = self._index(wall - _NEARBY)
        near = self.spans[begin : self._index(wall + _NEARBY) + 1]
        if len(near) == 1:
            return wall - near[0].offset
        return int(timezones.read_wall_clock(local, near).first.timestamp())

    def to_local(self, epoch: int) -> datetime:
        """Return what the clock shows, as a naive time."""
        return _EPOCH + timedelta(seconds=epoch + self.spans[self._index(epoch)].offset)

    def _index(self, epoch: int) -> int:
        return max(bisect_right(self.spans, epoch, key=_start_of) - 1, 0)


def _start_of(span: OffsetSpan) -> int:
    return span.start


@cache
def clock_of(zone: str) -> Clock:
    """Return the clock of a zone of the tz database, or UTC's if it doesn't know the name."""
    return Clock(timezones.offset_spans(zone, _BEGINNING, _END))


UTC_CLOCK = clock_of("UTC")


class Zones:
    """Finds the clock for each TZID of a file.

    `components` are the texts of its VTIMEZONEs. `default` is the clock for names that nobody
    knows. `limit` bounds the time that reading a VTIMEZONE takes.
    """

    def __init__(
        self,
        components: Iterable[str],
        default: Clock,
        limit: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._default = default
        self._limit = limit
        self._clocks: dict[str, Clock] = {}
        self._texts: dict[str, str] = {}
        for text in components:
            # A name that is defined twice means its first definition.
            if name := _tzid_of(text):
                self._texts.setdefault(_key(name), text)

    def find(self, tzid: str) -> Clock:
        """Return the clock that a TZID means."""
        key = _key(tzid)
        clock = self._clocks.get(key)
        if clock is None:
            clock = self._clocks[key] = self._read(tzid, key) or self._default
        return clock

    def _read(self, tzid: str, key: str) -> Clock | None:
        if zone := _place(tzid):
            return clock_of(zone)
        if (text := self._texts.get(key)) is not None:
            with self._limit():
                if (clock := _read_component(text)) is not None:
                    return clock
        return find_named(tzid)


def find_named(name: str) -> Clock | None:
    """Return the clock of a zone that no VTIMEZONE describes, None for an unknown name.

    Understands names of the tz database, those of Windows (`W. Europe Standard Time`), and the
    labels that Windows shows for them (`(UTC+01:00) Amsterdam, Berlin, …`).
    """
    if zone := _place(name):
        return clock_of(zone)
    text = " ".join(name.replace("\\", "").split())
    if text.rpartition("/")[2].lower() == "utc":
        return UTC_CLOCK
    windows = _WINDOWS.get(text.lower())
    if windows is not None and timezones.is_known(windows):
        return clock_of(timezones.canonical(windows))
    if timezones.is_known(text):
        return clock_of(timezones.canonical(text))
    if match := _LABEL.fullmatch(text):
        label = " ".join(re.sub(r"[^a-z]+", " ", match["places"].lower()).split())
        if zone := LABELS.get(label):
            return clock_of(zone)
    if match := _OFFSET.match(text):
        sign = -1 if match["sign"] == "-" else 1
        offset = sign * (int(match["hours"]) * 3600 + int(match["minutes"] or 0) * 60)
        if abs(offset) <= 14 * 3600:
            return Clock((OffsetSpan(_BEGINNING, _END, offset),))
    return None


def _place(tzid: str) -> str | None:
    """Return the tz database's zone for `Europe/Berlin`, also behind a prefix for its source."""
    parts = [part for part in tzid.strip().strip('"').split("/") if part]
    for count in (3, 2):
        name = "/".join(parts[-count:])
        if len(parts) >= count and timezones.is_known(name):
            return timezones.canonical(name)
    return None


def _tzid_of(text: str) -> str:
    for line in text.split("\r\n"):
        if line[:4].upper() == "TZID":
            try:
                return ics_lines.parse_property(line).value
            except ValueError:
                return ""
    return ""


def _key(tzid: str) -> str:
    # A VTIMEZONE's TZID is a text with escaped commas, while a parameter is none.
    return " ".join(tzid.replace("\\", "").strip('" ').split()).lower()


def _read_component(text: str) -> Clock | None:
    """Return the clock of a VTIMEZONE, None if it can't be read."""
    lines = [
        line
        for line in text.split("\r\n")
        if line.partition(":")[0].partition(";")[0].upper() in _ZONE_LINES
    ]
    rules = [line for line in lines if line.upper().startswith("RRULE")]
    if any(_YEARLY.search(rule) is None for rule in rules):
        # Nothing changes its clocks more often; a rule for each second would take forever.
        return None
    try:
        component = Timezone.from_ical("\r\n".join(lines))
        if not isinstance(component, Timezone):
            return None
        times, infos = component.get_transitions()
    except Exception:
        # The library raises many kinds for what it can't read.
        return None
    if not times:
        return None
    starts = [_BEGINNING, *((time - _EPOCH) // _SECOND for time in times[1:])]
    offsets = [info[0] // _SECOND for info in infos]
    if any(abs(offset) > 24 * 3600 for offset in offsets):
        return None
    spans: list[OffsetSpan] = []
    for start, end, offset in zip(starts, [*starts[1:], _END], offsets, strict=True):
        if spans and spans[-1].offset == offset:
            spans[-1] = OffsetSpan(spans[-1].start, end, offset)
        elif end > start:
            spans.append(OffsetSpan(start, end, offset))
    return Clock(tuple(spans)) if spans else None


_ZONE_LINES = frozenset(
    {"BEGIN", "END", "TZID", "DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "RRULE", "RDATE"}
)
_YEARLY = re.compile(r"FREQ=YEARLY", re.IGNORECASE)
_WINDOWS = {name.lower(): zone for name, zone in WINDOWS_TO_OLSON.items()} | {
    # Names before Windows Vista, without "Standard Time", are still in old calendars.
    name.lower().removesuffix(" standard time"): zone
    for name, zone in WINDOWS_TO_OLSON.items()
    if name.endswith(" Standard Time")
}
_LABEL = re.compile(r"\((?:UTC|GMT)[^)]*\)\s*(?P<places>.+)", re.IGNORECASE)
_OFFSET = re.compile(
    r"\(?(?:UTC|GMT)?\s*(?P<sign>[+-])(?P<hours>\d{1,2})(?:[:.]?(?P<minutes>\d{2}))?\b",
    re.IGNORECASE,
)
