"""From the bytes of an ICS file to its components and properties (RFC 5545, section 3.1); pure.

Real files break the rules: other encodings, bare line feeds, lines folded in the middle of a
character, missing ends. What can be read is read. Only the properties that say when somebody is
busy are kept, so that descriptions and alarms of a large file cost nothing.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mentorship.errors import CalendarProblem

MAX_BYTES = 20 * 1024 * 1024
"""The largest file that is read."""

MAX_COMPONENTS = 50_000
"""The most events in a file, past ones included. Google's addresses hold all that ever was."""


MAX_LINE = 200_000
"""Characters of a property that matters. Ten thousand exceptions of a series take less."""


class UnreadableCalendar(Exception):
    """A calendar can't be read, for the reason `problem`."""

    def __init__(self, problem: CalendarProblem) -> None:
        super().__init__(problem)
        self.problem = problem

    def __reduce__(self) -> tuple[type[UnreadableCalendar], tuple[CalendarProblem]]:
        return type(self), (self.problem,)


@dataclass(frozen=True, slots=True)
class Property:
    """A property of a component: its parameters by upper-case name, without quotes, and its value.

    Of a parameter with several values, the text is kept as it is.
    """

    name: str
    params: Mapping[str, str]
    value: str


@dataclass(slots=True)
class Component:
    """An event, or free and busy times: the unfolded lines of its properties that matter."""

    name: str
    lines: dict[str, list[str]] = field(default_factory=dict)

    def first(self, name: str) -> Property | None:
        """Return a property, or None if the component lacks it. Raises ValueError."""
        lines = self.lines.get(name)
        return parse_property(lines[0]) if lines else None

    def all(self, name: str) -> Iterable[Property]:
        """Yield all properties of a name. Raises ValueError."""
        return map(parse_property, self.lines.get(name, ()))

    def text(self, name: str) -> str:
        """Return the value of a property in upper case, empty if the component lacks it."""
        found = self.first(name)
        return "" if found is None else found.value.strip().upper()


@dataclass(slots=True)
class CalendarFile:
    """What a file holds: components, the text of each VTIMEZONE, and the calendar's own lines."""

    components: list[Component] = field(default_factory=list)
    zones: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)


def read_file(content: bytes) -> CalendarFile:
    """Divide a file, or several one after the other, into components.

    Raises `UnreadableCalendar` for what is no calendar, stops in the middle, or is too large.
    """
    if len(content) > MAX_BYTES:
        raise UnreadableCalendar(CalendarProblem.TOO_LARGE)
    lines = _unfold(content).split("\n")
    begin = _find_begin(lines)
    file = CalendarFile()
    path: list[str] = []
    current: Component | None = None
    depth = 0
    zone: list[str] | None = None
    is_complete = False
    for line in lines[begin:]:
        name = _name_of(line)
        if name == "BEGIN":
            kind = line[6:].strip().upper()
            if kind in _KEPT:
                # One inside another means that the end of the first is missing.
                if len(file.components) >= MAX_COMPONENTS:
                    raise UnreadableCalendar(CalendarProblem.TOO_MANY_EVENTS)
                path = ["VCALENDAR"]
                current = Component(kind)
                file.components.append(current)
                depth = 2
            elif kind == "VTIMEZONE":
                path, current, zone = ["VCALENDAR"], None, []
            elif kind == "VCALENDAR":
                path, current, is_complete = [], None, False
            path.append(kind)
        if zone is not None:
            zone.append(line)
        if name == "END":
            kind = line[4:].strip().upper()
            if kind in path:
                while path.pop() != kind:
                    pass
            if kind == "VTIMEZONE" and zone is not None:
                file.zones.append("\r\n".join(zone))
                zone = None
            elif kind == "VCALENDAR":
                is_complete = True
            if len(path) < depth:
                current = None
        elif current is not None and name in _PROPERTIES and len(path) == depth:
            current.lines.setdefault(name, []).append(line)
        elif name in _HEADERS and path == ["VCALENDAR"]:
            file.headers.setdefault(name, line.partition(":")[2].strip())
    if not is_complete:
        raise UnreadableCalendar(CalendarProblem.INCOMPLETE)
    return file


def parse_property(line: str) -> Property:
    """Divide a line into name, parameters and value. Raises ValueError if it can't be divided."""
    match = _LINE.fullmatch(line) if len(line) <= MAX_LINE else None
    if match is None:
        raise ValueError("a line is no property")
    name, params, value = match.groups()
    name = name.upper()
    if name in _DATES and not _DATE_VALUE.fullmatch(value):
        # Some write `TZID=(UTC+01:00) Berlin` without quotes, so that the colon ends it.
        head, _, last = line.rpartition(":")
        if _DATE_VALUE.fullmatch(last):
            params, value = head[len(name) :], last
    return Property(
        name,
        {key.upper(): text.replace('"', "").strip() for key, text in _PARAM.findall(params)},
        value.strip(),
    )


def _unfold(content: bytes) -> str:
    """Decode a file and join its folded lines, which may be folded in the middle of a character."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            content = content[len(mark) :]
            if encoding != "utf-8":
                content = content.decode(encoding, "replace").encode()
            break
    content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    content = content.replace(b"\n ", b"").replace(b"\n\t", b"")
    # What matters is ASCII, but for names of zones, which need only be the same in all places.
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _find_begin(lines: list[str]) -> int:
    """Return where the calendar begins. Raises `UnreadableCalendar` if there is none."""
    for index, line in enumerate(lines[:_MAX_PREAMBLE]):
        text = line.strip()
        if text.upper() == "BEGIN:VCALENDAR":
            return index
        if text.startswith("<"):
            break
    raise UnreadableCalendar(CalendarProblem.NOT_A_CALENDAR)


def _name_of(line: str) -> str:
    match = _NAME.match(line)
    return match.group().upper() if match else ""


_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MAX_PREAMBLE = 50
"""Lines before the calendar in which its beginning is looked for."""

_KEPT = frozenset({"VEVENT", "VFREEBUSY"})
_DATES = frozenset({"DTSTART", "DTEND", "RECURRENCE-ID", "EXDATE", "RDATE"})
_PROPERTIES = _DATES | {
    "UID",
    "SEQUENCE",
    "DURATION",
    "RRULE",
    "STATUS",
    "TRANSP",
    "ATTENDEE",
    "FREEBUSY",
    "X-MICROSOFT-CDO-BUSYSTATUS",
    "X-MICROSOFT-CDO-ALLDAYEVENT",
}
_HEADERS = frozenset({"METHOD", "X-WR-TIMEZONE", "X-WR-CALNAME", "CALSCALE"})
_NAME = re.compile(r"[A-Za-z0-9-]+(?=[:;])")
_PARAM = re.compile(r';\s*([A-Za-z0-9-]+)\s*=((?:"[^"]*"|[^";])*)')
_LINE = re.compile(r'([A-Za-z0-9-]+)((?:;(?:"[^"]*"|[^":])*)?):(.*)', re.DOTALL)
_DATE_VALUE = re.compile(r"\s*\d{4}-?\d{2}-?\d{2}[0-9TZ,/PWDHMS+:\-\s]*", re.IGNORECASE)
