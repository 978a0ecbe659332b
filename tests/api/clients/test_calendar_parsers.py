"""What feeds and files hold, read by two parsers that know nothing of each other."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar, Component

from mentorship.calendars.agenda import AgendaEntry
from mentorship.sessions.lifecycle import Party
from mentorship.statuses import SessionStatus
from mentorship.time.intervals import Span
from tests.api.clients.tools import HERE, PACKAGES, needs_node
from tests.wording.test_calendar_file import ENTRY, GROUP, NOW
from wording.icalendar import calendar_file
from wording.reader import ENGLISH, Reader

TEXTS = (
    "Plain",
    "Semicolons; commas, and back\\slashes: \\n isn't a line end, C:\\New",
    "Two\nlines\r\nand\tmore",
    "\N{RIGHT-TO-LEFT OVERRIDE}\u05e9\u05dc\u05d5\u05dd \N{ARABIC LETTER SEEN}",
    "Ampersands & <tags> \"quotes\" 'apostrophes' ^n",
    "emoji \N{MAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER}" * 20,
    "BEGIN:VEVENT\nEND:VCALENDAR",
    "\x00control\x07 characters\x1f\x7f",
    "x" * 300,
    "",
)


def entries() -> list[AgendaEntry]:
    """Return entries of each status and kind, with all of the texts."""
    found = []
    for number, status in enumerate(SessionStatus):
        text = TEXTS[number % len(TEXTS)]
        start = ENTRY.span.start + timedelta(hours=2 * number)
        changes: dict[str, Any] = {
            "status": status,
            "title": text,
            "span": Span(start, start + timedelta(hours=1)),
            "mentor": replace(ENTRY.mentor, name=text or "Oliver"),
            "sequence": number,
            "reminders": ENTRY.reminders if status is SessionStatus.CONFIRMED else (),
            "link": None if status is SessionStatus.SCHEDULED else ENTRY.link,
        }
        found += [
            replace(ENTRY, uid=f"session-{number}@a.mentorbot", **changes),
            replace(ENTRY, uid=f"theirs-{number}@a.mentorbot", party=Party.MENTOR, **changes),
            replace(GROUP, uid=f"group-{number}@a.mentorbot", description=text, **changes),
        ]
    return found


def contents() -> list[tuple[str, list[AgendaEntry], bytes]]:
    reader = Reader.of("en-US")
    every = entries()
    files = [("file", [each], calendar_file.calendar_file(each, NOW, ENGLISH)) for each in every]
    objects = [("object", [each], calendar_file.calendar_object(each, ENGLISH)) for each in every]
    return [
        ("feed", every, calendar_file.calendar_feed(every, reader)),
        ("empty feed", [], calendar_file.calendar_feed([], reader)),
        *files[:6],
        *objects[:6],
    ]


def clean(text: str) -> str:
    """Return a text as iCalendar can hold it."""
    kept = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(each for each in kept if each in "\t\n" or not (each < " " or each == "\x7f"))


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


@pytest.mark.parametrize(("kind", "expected", "content"), contents())
def test_icalendar_reads_it_without_a_warning(
    kind: str, expected: list[AgendaEntry], content: bytes, recwarn: pytest.WarningsRecorder
) -> None:
    calendar = Calendar.from_ical(content)
    components: list[Component] = list(calendar.walk())
    assert all(not component.errors for component in components)
    assert not recwarn.list
    events = calendar.walk("VEVENT")
    assert [str(event["UID"]) for event in events] == [entry.uid for entry in expected]
    for event, entry in zip(events, expected, strict=True):
        assert event["SUMMARY"] == clean(calendar_file.title(entry))
        assert (event["DTSTART"].dt, event["DTEND"].dt) == (entry.span.start, entry.span.end)
        assert len(event.walk("VALARM")) == len(entry.reminders)


@needs_node
@pytest.mark.parametrize(("kind", "expected", "content"), contents())
def test_ical_js_reads_the_same(kind: str, expected: list[AgendaEntry], content: bytes) -> None:
    done = subprocess.run(
        ["node", HERE / "read_calendar.mjs", PACKAGES],
        input=content,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    read = json.loads(done.stdout)
    assert read["version"] == "2.0"
    assert (read["method"] is None) == (kind == "object")
    is_feed = kind.endswith("feed")
    assert (read["name"], read["refresh"]) == (
        ("Mentorship sessions", "PT15M") if is_feed else (None, None)
    )
    assert read["unknown"] == []
    assert [event["uid"] for event in read["events"]] == [entry.uid for entry in expected]
    for event, entry in zip(read["events"], expected, strict=True):
        assert event["summary"] == clean(calendar_file.title(entry))
        reader = Reader.of("en-US") if is_feed else ENGLISH
        assert event["description"] == clean(calendar_file.description(entry, reader))
        assert (event["start"], event["end"]) == (iso(entry.span.start), iso(entry.span.end))
        assert event["modified"] == iso(entry.changed_at)
        assert event["stamp"] == iso(NOW if kind == "file" else entry.changed_at)
        assert event["sequence"] == entry.sequence
        assert (event["status"] == "CANCELLED") == entry.is_removed
        assert event["url"] == event["location"] == event["conference"] == entry.link
        assert event["alarms"] == [-60 * minutes for minutes in entry.reminders]
