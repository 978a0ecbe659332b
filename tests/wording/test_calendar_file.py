"""Calendar files: the properties required by RFC 5545 and RFC 5546, and importing them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Event

from mentorship.errors import NotYours
from mentorship.sessions import rescheduling, transitions
from mentorship.sessions.session_views import Person, SessionView
from mentorship.statuses import SessionStatus
from tests.mentorship.support.community import Community
from wording.calendar_file import calendar_file, file_name
from wording.reader import ENGLISH

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
OLIVER = Person(7, "Oliver", "Europe/London")
MAYA = Person(8, "Maya", "America/New_York")

SESSION = SessionView(
    id=42,
    guild_id=10,
    mentor=OLIVER,
    mentee=MAYA,
    starts_at=NOON,
    ends_at=NOON + timedelta(hours=1),
    timezone="Europe/London",
    status=SessionStatus.CONFIRMED,
    topic="My first PR; and then?",
    price=60,
    fee_percent=0,
    confirm_within=1_440,
    free_cancellation_until=1_440,
    late_refund_percent=0,
    cancellation_grace=15,
    complete_after=1_440,
    free_cancellation_ends_at=NOON - timedelta(days=1),
    created_at=NOW - timedelta(days=1),
    meeting_link="https://meet.example/oliver?room=1,2;3",
    sequence=1,
)


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
    content = calendar_file(SESSION, MAYA.user_id, NOW, ENGLISH)
    assert lines(content)[0] == "BEGIN:VCALENDAR"
    assert lines(content)[-1] == "END:VCALENDAR"
    assert sorted(names(content)) == sorted(
        [
            "BEGIN",
            "PRODID",
            "VERSION",
            "CALSCALE",
            "METHOD",
            "BEGIN",
            "UID",
            "SEQUENCE",
            "DTSTAMP",
            "CREATED",
            "DTSTART",
            "DTEND",
            "SUMMARY",
            "DESCRIPTION",
            "STATUS",
            "ORGANIZER",
            "LOCATION",
            "URL",
            "END",
            "END",
        ]
    ), "each once; no ATTENDEE and no REQUEST-STATUS, which PUBLISH forbids (RFC 5546, 3.2.1)"
    content_lines = set(lines(content))
    assert content_lines >= {
        "VERSION:2.0",
        "PRODID:-//mentorbot//mentorbot//EN",
        "METHOD:PUBLISH",
        "UID:session-10-42@mentorbot",
        "SEQUENCE:1",
        "DTSTAMP:20260302T093000Z",
        "DTSTART:20260303T120000Z",
        "DTEND:20260303T130000Z",
        "STATUS:CONFIRMED",
        "SUMMARY:Session with Oliver",
        "ORGANIZER;CN=mentorbot:mailto:mentorbot@mentorbot.invalid",
        "URL:https://meet.example/oliver?room=1,2;3",
        r"LOCATION:https://meet.example/oliver?room=1\,2\;3",
    }


def test_description_has_the_topic_and_both_local_times() -> None:
    description = str(event(calendar_file(SESSION, MAYA.user_id, NOW, ENGLISH))["DESCRIPTION"])
    assert description.splitlines() == [
        "My first PR; and then?",
        "Your time: Tue 3 Mar 2026, 07:00–08:00 EST (UTC−5)",
        "Oliver's time (London): Tue 3 Mar 2026, 12:00–13:00 GMT (UTC+0)",
    ]
    theirs = event(calendar_file(SESSION, OLIVER.user_id, NOW, ENGLISH))
    assert str(theirs["SUMMARY"]) == "Session with Maya"
    assert theirs["UID"] == event(calendar_file(SESSION, MAYA.user_id, NOW, ENGLISH))["UID"]


@pytest.mark.parametrize(
    ("status", "method", "shown", "place"),
    [
        (SessionStatus.SCHEDULED, "PUBLISH", "TENTATIVE", False),
        (SessionStatus.CONFIRMED, "PUBLISH", "CONFIRMED", True),
        (SessionStatus.IN_PROGRESS, "PUBLISH", "CONFIRMED", True),
        (SessionStatus.COMPLETED, "PUBLISH", "CONFIRMED", False),
        (SessionStatus.DISPUTED, "PUBLISH", "CONFIRMED", False),
        (SessionStatus.NO_SHOW, "CANCEL", "CANCELLED", False),
        (SessionStatus.REFUNDED, "CANCEL", "CANCELLED", False),
        (SessionStatus.DECLINED, "CANCEL", "CANCELLED", False),
        (SessionStatus.EXPIRED, "CANCEL", "CANCELLED", False),
        (SessionStatus.CANCELLED, "CANCEL", "CANCELLED", False),
    ],
)
def test_status_sets_the_method_and_location(
    status: SessionStatus, method: str, shown: str, place: bool
) -> None:
    content = calendar_file(replace(SESSION, status=status), MAYA.user_id, NOW, ENGLISH)
    assert f"METHOD:{method}" in lines(content)
    vevent = event(content)
    assert str(vevent["STATUS"]) == shown
    assert ("LOCATION" in vevent) == ("URL" in vevent) == place
    # A cancellation needs these (RFC 5546, section 3.2.5), and every file has them.
    assert {"UID", "SEQUENCE", "DTSTAMP", "ORGANIZER"} <= set(vevent)


def test_only_participants_get_a_calendar_file() -> None:
    with pytest.raises(NotYours):
        calendar_file(SESSION, 9, NOW, ENGLISH)


def test_session_without_link_has_no_location() -> None:
    vevent = event(calendar_file(replace(SESSION, meeting_link=None), MAYA.user_id, NOW, ENGLISH))
    assert "LOCATION" not in vevent
    assert "URL" not in vevent


def test_file_name_has_the_date() -> None:
    assert file_name(SESSION.starts_at) == "mentorship-2026-03-03.ics"


@settings(deadline=None)
@example(topic=r"C:\New and \\N, or \n;", name=r"\N", link=None)
@given(
    topic=st.text(max_size=300),
    name=st.text(min_size=1, max_size=32),
    link=st.none() | st.just("https://meet.example/" + "x" * 200),
)
def test_typed_text_survives_folding_at_75_octets(topic: str, name: str, link: str | None) -> None:
    session = replace(SESSION, topic=topic, mentor=replace(OLIVER, name=name), meeting_link=link)
    content = calendar_file(session, MAYA.user_id, NOW, ENGLISH)
    physical = content.split(b"\r\n")
    assert all(len(line) <= 75 for line in physical)
    assert b"\n" not in b"".join(physical)
    assert b"\r" not in b"".join(physical)
    assert not any(byte < 32 and byte != 9 for byte in b"".join(physical))
    assert names(content).count("UID") == names(content).count("BEGIN") - 1 == 1
    vevent = event(content)
    typed = "".join(
        "\n" if each == "\r" else each
        for each in topic.replace("\r\n", "\n")
        if each in "\t\n\r" or not (ord(each) < 32 or ord(each) == 127)
    )
    assert str(vevent["DESCRIPTION"]).startswith(typed)
    assert vevent["DTSTART"].dt == NOON


async def test_later_file_updates_the_entry_and_cancel_removes_it(town: Community) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=100)
    agenda, files = Agenda(), []

    async def add(session: SessionView) -> None:
        files.append(
            calendar_file(await town.reload(session), maya.user_id, town.clock.now, ENGLISH)
        )
        agenda.import_file(files[-1])
        town.clock.turn(minutes=1)

    session = await town.book(maya, oliver)
    await add(session)
    assert str(*[each["STATUS"] for each in agenda.entries.values()]) == "TENTATIVE"
    await town.db.run(transitions.confirm, oliver, session.id)
    await add(session)
    assert str(*[each["STATUS"] for each in agenda.entries.values()]) == "CONFIRMED"

    later = session.starts_at + timedelta(hours=3)
    await town.db.run(rescheduling.propose, maya, session.id, later)
    await add(session)
    assert agenda.times == [(session.starts_at, session.ends_at)], "the old time is still agreed"
    await town.db.run(rescheduling.accept, oliver, session.id)
    await add(session)
    assert agenda.times == [(later, later + timedelta(hours=1))]
    # Importing an older file again changes nothing.
    for old in files[:-1]:
        agenda.import_file(old)
    assert agenda.times == [(later, later + timedelta(hours=1))]

    await town.db.run(transitions.cancel, maya, session.id)
    await add(session)
    assert agenda.times == []
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
    # What the person imported while the request was pending.
    pending = replace(ended, status=SessionStatus.SCHEDULED, sequence=0)
    for person in (oliver, maya):
        agenda = Agenda()
        agenda.import_file(calendar_file(pending, person.user_id, town.clock.now, ENGLISH))
        assert len(agenda.entries) == 1
        agenda.import_file(calendar_file(ended, person.user_id, town.clock.now, ENGLISH))
        assert agenda.times == []
