"""Calendar files: the properties required by RFC 5545 and RFC 5546, and importing them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from icalendar import Calendar, Event

from mentorship.actors import Actor
from mentorship.calendars import agenda
from mentorship.calendars.agenda import AgendaEntry
from mentorship.sessions import rescheduling, transitions
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.session_views import Person, SessionView
from mentorship.statuses import SessionStatus
from mentorship.time.intervals import Span
from tests.mentorship.support.community import Community
from wording.icalendar.calendar_file import calendar_feed, calendar_file, calendar_object, file_name
from wording.reader import ENGLISH

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
OLIVER = Person(7, "Oliver", "Europe/London")
MAYA = Person(8, "Maya", "America/New_York")

LINK = "https://meet.example/oliver?room=1,2;3"

ENTRY = AgendaEntry(
    uid="session-42@7d0f.mentorbot",
    guild_id=10,
    session_id=42,
    group_id=None,
    party=Party.MENTEE,
    status=SessionStatus.CONFIRMED,
    span=Span(NOON, NOON + timedelta(hours=1)),
    title="My first PR; and then?",
    mentor=OLIVER,
    mentee=MAYA,
    link=LINK,
    sequence=1,
    created_at=NOW - timedelta(days=1),
    changed_at=NOW - timedelta(hours=1),
    reminders=(1440, 10),
)
"""The session in Maya's calendar."""

GROUP = replace(
    ENTRY,
    uid="group-7@7d0f.mentorbot",
    session_id=None,
    group_id=7,
    party=Party.MENTOR,
    title="Office hours",
    mentee=None,
    description="Bring your questions.",
    seats_taken=3,
    capacity=10,
)
"""A group session in Oliver's calendar."""


def event(content: bytes) -> Event:
    """Return the only event of a file."""
    (vevent,) = Calendar.from_ical(content).walk("VEVENT")
    return vevent


def lines(content: bytes) -> list[str]:
    """Return the content lines, unfolded as in RFC 5545, section 3.1."""
    text = content.decode()
    assert text.endswith("\r\n")
    return text.replace("\r\n ", "").replace("\r\n\t", "").split("\r\n")[:-1]


def names(content: bytes) -> list[str]:
    return [line.partition(":")[0].partition(";")[0] for line in lines(content)]


class Agenda:
    """A calendar that imports files by UID, SEQUENCE and DTSTAMP (RFC 5546, section 2.1.5)."""

    def __init__(self) -> None:
        self.entries: dict[str, Event] = {}

    def import_file(self, content: bytes) -> None:
        method = str(Calendar.from_ical(content)["METHOD"])
        new = event(content)
        key = str(new["UID"])
        known = self.entries.get(key)
        stamp = (int(new["SEQUENCE"]), new["DTSTAMP"].dt)
        if known is not None and stamp < (int(known["SEQUENCE"]), known["DTSTAMP"].dt):
            return
        if method == "CANCEL":
            self.entries.pop(key, None)
        else:
            self.entries[key] = new

    @property
    def times(self) -> list[tuple[datetime, datetime]]:
        return [(each["DTSTART"].dt, each["DTEND"].dt) for each in self.entries.values()]


def test_file_has_the_properties_of_a_published_event() -> None:
    content = calendar_file(ENTRY, NOW, ENGLISH)
    assert lines(content)[0] == "BEGIN:VCALENDAR"
    assert lines(content)[-1] == "END:VCALENDAR"
    once = [name for name in names(content) if name not in ("BEGIN", "END", *ALARM)]
    assert sorted(once) == sorted(
        [
            "PRODID",
            "VERSION",
            "CALSCALE",
            "METHOD",
            "UID",
            "SEQUENCE",
            "DTSTAMP",
            "CREATED",
            "LAST-MODIFIED",
            "DTSTART",
            "DTEND",
            "SUMMARY",
            "STATUS",
            "TRANSP",
            "ORGANIZER",
            "LOCATION",
            "URL",
            "CONFERENCE",
        ]
    ), "each once; no ATTENDEE and no REQUEST-STATUS, which PUBLISH forbids (RFC 5546, 3.2.1)"
    assert set(lines(content)) >= {
        "VERSION:2.0",
        "PRODID:-//mentorbot//mentorbot//EN",
        "METHOD:PUBLISH",
        "UID:session-42@7d0f.mentorbot",
        "SEQUENCE:1",
        "DTSTAMP:20260302T093000Z",
        "LAST-MODIFIED:20260302T083000Z",
        "DTSTART:20260303T120000Z",
        "DTEND:20260303T130000Z",
        "STATUS:CONFIRMED",
        "SUMMARY:Session with Oliver",
        "ORGANIZER;CN=mentorbot:mailto:mentorbot@mentorbot.invalid",
        "URL:https://meet.example/oliver?room=1,2;3",
        r"LOCATION:https://meet.example/oliver?room=1\,2\;3",
        "CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO;LABEL=Join:" + LINK,
    }


ALARM = ("ACTION", "TRIGGER", "DESCRIPTION")


def test_description_has_topic_both_names_and_both_local_times() -> None:
    description = str(event(calendar_file(ENTRY, NOW, ENGLISH))["DESCRIPTION"])
    assert description.splitlines() == [
        "My first PR; and then?",
        "Mentor: Oliver",
        "Mentee: Maya",
        "Your time: Tue 3 Mar 2026, 07:00–08:00 EST (UTC−5)",
        "Oliver's time (London): Tue 3 Mar 2026, 12:00–13:00 GMT (UTC+0)",
        f"Join: {LINK}",
    ]
    theirs = event(calendar_file(replace(ENTRY, party=Party.MENTOR), NOW, ENGLISH))
    assert str(theirs["SUMMARY"]) == "Session with Maya"


def test_alarms_are_the_persons_reminders() -> None:
    (vevent,) = Calendar.from_ical(calendar_file(ENTRY, NOW, ENGLISH)).walk("VEVENT")
    alarms = vevent.walk("VALARM")
    assert [alarm["TRIGGER"].dt for alarm in alarms] == [
        timedelta(days=-1),
        timedelta(minutes=-10),
    ]
    assert {str(alarm["ACTION"]) for alarm in alarms} == {"DISPLAY"}
    without = event(calendar_file(replace(ENTRY, reminders=()), NOW, ENGLISH))
    assert not without.walk("VALARM")


def test_a_group_session_shows_its_mentor_the_seats() -> None:
    vevent = event(calendar_file(GROUP, NOW, ENGLISH))
    assert str(vevent["SUMMARY"]) == "Office hours"
    assert str(vevent["DESCRIPTION"]).splitlines()[:3] == [
        "Bring your questions.",
        "Mentor: Oliver",
        "Seats: 3 of 10 taken",
    ]
    seat = replace(ENTRY, group_id=7, title="Office hours")
    assert str(event(calendar_file(seat, NOW, ENGLISH))["SUMMARY"]) == "Office hours with Oliver"


@pytest.mark.parametrize(
    ("status", "method", "shown"),
    [
        (SessionStatus.SCHEDULED, "PUBLISH", "TENTATIVE"),
        (SessionStatus.CONFIRMED, "PUBLISH", "CONFIRMED"),
        (SessionStatus.IN_PROGRESS, "PUBLISH", "CONFIRMED"),
        (SessionStatus.COMPLETED, "PUBLISH", "CONFIRMED"),
        (SessionStatus.DISPUTED, "PUBLISH", "CONFIRMED"),
        (SessionStatus.NO_SHOW, "CANCEL", "CANCELLED"),
        (SessionStatus.REFUNDED, "CANCEL", "CANCELLED"),
        (SessionStatus.DECLINED, "CANCEL", "CANCELLED"),
        (SessionStatus.EXPIRED, "CANCEL", "CANCELLED"),
        (SessionStatus.CANCELLED, "CANCEL", "CANCELLED"),
    ],
)
def test_status_sets_the_method_and_whether_time_is_taken(
    status: SessionStatus, method: str, shown: str
) -> None:
    content = calendar_file(replace(ENTRY, status=status), NOW, ENGLISH)
    assert f"METHOD:{method}" in lines(content)
    vevent = event(content)
    assert str(vevent["STATUS"]) == shown
    assert (str(vevent["TRANSP"]) == "TRANSPARENT") == (shown == "CANCELLED")
    # A cancellation needs these (RFC 5546, section 3.2.5), and every file has them.
    assert {"UID", "SEQUENCE", "DTSTAMP", "ORGANIZER"} <= set(vevent)


def test_session_without_link_has_no_location() -> None:
    vevent = event(calendar_file(replace(ENTRY, link=None), NOW, ENGLISH))
    assert not {"LOCATION", "URL", "CONFERENCE"} & set(vevent)


def test_a_calendar_object_has_no_method_and_only_its_changes_change_it() -> None:
    content = calendar_object(ENTRY, ENGLISH)
    assert "METHOD" not in names(content)
    assert "DTSTAMP:20260302T083000Z" in lines(content)
    assert content == calendar_object(replace(ENTRY), ENGLISH)
    assert event(content)["UID"] == event(calendar_file(ENTRY, NOW, ENGLISH))["UID"]


def test_a_feed_has_each_session_once_and_says_how_often_to_read_it() -> None:
    content = calendar_feed([ENTRY, GROUP], ENGLISH)
    calendar = Calendar.from_ical(content)
    assert [str(each["UID"]) for each in calendar.walk("VEVENT")] == [ENTRY.uid, GROUP.uid]
    assert set(lines(content)) >= {
        "NAME:Mentorship sessions",
        "X-WR-CALNAME:Mentorship sessions",
        "REFRESH-INTERVAL;VALUE=DURATION:PT15M",
        "X-PUBLISHED-TTL:PT15M",
    }
    assert not Calendar.from_ical(calendar_feed([], ENGLISH)).walk("VEVENT")


def test_file_name_has_the_date() -> None:
    assert file_name(NOON) == "mentorship-2026-03-03.ics"


@example(topic=r"C:\New and \\N, or \n;", name=r"\N", link=None)
@example(topic="\u202eright to left \u2067\x85", name="\u200f\ufeff", link=None)
@given(
    topic=st.text(max_size=300),
    name=st.text(min_size=1, max_size=32),
    link=st.none() | st.just("https://meet.example/" + "x" * 200),
)
def test_typed_text_survives_folding_at_75_octets(topic: str, name: str, link: str | None) -> None:
    entry = replace(ENTRY, title=topic, mentor=replace(OLIVER, name=name), link=link)
    content = calendar_feed([entry], ENGLISH)
    physical = content.split(b"\r\n")
    assert all(len(line) <= 75 for line in physical)
    # Each line is text by itself.
    assert all(line.decode() is not None for line in physical)
    assert b"\n" not in b"".join(physical)
    assert b"\r" not in b"".join(physical)
    assert not any(byte < 32 and byte != 9 for byte in b"".join(physical))
    assert names(content).count("UID") == 1
    vevent = event(content)
    typed = "".join(
        "\n" if each == "\r" else each
        for each in topic.replace("\r\n", "\n")
        if each in "\t\n\r" or not (ord(each) < 32 or ord(each) == 127)
    )
    assert str(vevent["DESCRIPTION"]).startswith(typed)
    assert vevent["DTSTART"].dt == NOON


async def load_entry(town: Community, person: Actor, session: SessionView) -> AgendaEntry:
    """Return the session as an entry of the person's calendar."""
    return await town.db.read(agenda.load_session, person, session.id)


async def test_later_file_updates_the_entry_and_cancel_removes_it(town: Community) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=100)
    calendar, files = Agenda(), []

    async def add(session: SessionView) -> None:
        files.append(calendar_file(await load_entry(town, maya, session), town.clock.now, ENGLISH))
        calendar.import_file(files[-1])
        town.clock.turn(minutes=1)

    session = await town.book(maya, oliver)
    await add(session)
    assert str(*[each["STATUS"] for each in calendar.entries.values()]) == "TENTATIVE"
    await town.db.run(transitions.confirm, oliver, session.id)
    await add(session)
    assert str(*[each["STATUS"] for each in calendar.entries.values()]) == "CONFIRMED"

    later = session.starts_at + timedelta(hours=3)
    await town.db.run(rescheduling.propose, maya, session.id, later)
    await add(session)
    assert calendar.times == [(session.starts_at, session.ends_at)], "the old time is still agreed"
    await town.db.run(rescheduling.accept, oliver, session.id)
    await add(session)
    assert calendar.times == [(later, later + timedelta(hours=1))]
    # Importing an older file again changes nothing.
    for old in files[:-1]:
        calendar.import_file(old)
    assert calendar.times == [(later, later + timedelta(hours=1))]

    await town.db.run(transitions.cancel, maya, session.id)
    await add(session)
    assert calendar.times == []
    sequences = [int(event(content)["SEQUENCE"]) for content in files]
    assert sequences == sorted(sequences)
    assert len({str(event(content)["UID"]) for content in files}) == 1


@pytest.mark.parametrize(
    "status", [each for each in SessionStatus if each.is_over and each != SessionStatus.COMPLETED]
)
async def test_every_end_without_a_meeting_takes_an_imported_entry_out(
    town: Community, status: SessionStatus
) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=100)
    ended = await town.session(status, maya, oliver)
    for person in (oliver, maya):
        entry = await load_entry(town, person, ended)
        # What the person imported while the request was pending.
        pending = replace(entry, status=SessionStatus.SCHEDULED, sequence=0)
        calendar = Agenda()
        calendar.import_file(calendar_file(pending, town.clock.now, ENGLISH))
        assert len(calendar.entries) == 1
        calendar.import_file(calendar_file(entry, town.clock.now, ENGLISH))
        assert calendar.times == []
