"""ICS files for tests."""

from __future__ import annotations

from datetime import UTC, datetime

from integrations.calendars.ics_reader import ReadRequest

REQUEST = ReadRequest(
    "Europe/Berlin", datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)
)


def calendar(*events: str, header: str = "") -> bytes:
    """Return a calendar with these events, whose lines are those of `header` too."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//EN", *header.splitlines()]
    for event in events:
        lines += event.splitlines()
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def event(start: str, end: str, *lines: str, uid: str = "event") -> str:
    """Return an event, such as `event("20260303T090000Z", "20260303T100000Z", "RRULE:…")`."""
    return "\n".join(
        [
            "BEGIN:VEVENT",
            f"UID:{uid}",
            "DTSTAMP:20260201T000000Z",
            f"DTSTART:{start}",
            f"DTEND:{end}",
            *lines,
            "END:VEVENT",
        ]
    )
