"""A session as a calendar file (iCalendar, RFC 5545; its method by RFC 5546, iTIP).

A later file updates the calendar entry of an earlier one: the UID of a session never changes, and
its SEQUENCE rises with each change. The file of a session that ended without taking place removes
the entry.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from icalendar import Calendar, Event, vCalAddress, vText, vUri

from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.lifecycle import Unit
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import AGREED, CALLED_OFF, SessionStatus
from mentorship.time.intervals import Span
from wording import groups, times
from wording.names import first_name
from wording.reader import Reader

# PUBLISH and CANCEL need an organizer (RFC 5546, sections 3.2.1 and 3.2.5), and common calendars
# require an address there. No address is known; `.invalid` never resolves (RFC 2606, section 2).
_NO_ADDRESS = "mailto:mentorbot@mentorbot.invalid"

# A TEXT holds no control characters but tabs, and line ends only in their escaped form (RFC 5545,
# section 3.3.11).
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def removes_entry(session: SessionView) -> bool:
    """Return whether the file of the session takes an imported entry out of the calendar.

    It does so however the session ended, unless it took place.
    """
    return session.status.is_over and session.status is not SessionStatus.COMPLETED


def calendar_file(session: SessionView, person_id: int, now: datetime, reader: Reader) -> bytes:
    """Return the file for a participant, with the meeting link once the session is confirmed.

    Instants are in UTC, so a calendar shows them on its owner's clock; the description has both
    local times. Raises `NotYours` for anyone else.
    """
    is_removed = removes_entry(session)
    return _file(
        _Entry(
            uid=f"session-{session.guild_id}-{session.id}@mentorbot",
            sequence=session.sequence,
            created_at=session.created_at,
            span=Span(session.starts_at, session.ends_at),
            summary=_summary(session, person_id),
            description=_description(session, person_id, reader),
            status="CANCELLED" if is_removed else _STATUS.get(session.status, "CONFIRMED"),
            link=session.meeting_link if session.status in AGREED else None,
        ),
        now,
    )


def group_removes_entry(group: GroupView) -> bool:
    """Return whether the file of the group session takes an imported entry out of the calendar."""
    return group.status in CALLED_OFF


def group_calendar_file(group: GroupView, now: datetime, reader: Reader) -> bytes:
    """Return the file of a group session for its mentor, with the meeting link.

    Each attendee has the file of their seat (`calendar_file`).
    """
    zone = group.mentor.timezone or "UTC"
    clock = times.describe(group.starts_at, zone, reader, end=group.ends_at)
    lines = [group.description] if group.description else []
    lines += [f"Your time: {clock}", f"Seats: {groups.seats(group, reader)}"]
    return _file(
        _Entry(
            uid=f"group-{group.guild_id}-{group.id}@mentorbot",
            sequence=group.sequence,
            created_at=group.created_at,
            span=group.span,
            summary=groups.title(group.title),
            description="\n".join(lines),
            status="CANCELLED" if group_removes_entry(group) else "CONFIRMED",
            link=group.meeting_link if group.status in AGREED else None,
        ),
        now,
    )


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry of a calendar. One whose `status` is `CANCELLED` is taken out."""

    uid: str
    sequence: int
    created_at: datetime
    span: Span
    summary: str
    description: str
    status: str
    link: str | None


def _file(entry: _Entry, now: datetime) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//mentorbot//mentorbot//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "CANCEL" if entry.status == "CANCELLED" else "PUBLISH")

    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", now.astimezone(UTC))
    event.add("created", entry.created_at.astimezone(UTC))
    event.add("dtstart", entry.span.start.astimezone(UTC))
    event.add("dtend", entry.span.end.astimezone(UTC))
    event.add("summary", _text(entry.summary))
    event.add("description", _text(entry.description))
    event.add("status", entry.status)
    organizer = vCalAddress(_NO_ADDRESS)
    organizer.params["CN"] = "mentorbot"
    event.add("organizer", organizer)
    if entry.link:
        event.add("location", _text(entry.link))
        event.add("url", vUri(entry.link))
    calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def file_name(starts_at: datetime) -> str:
    """Return the file's name, with the date in UTC: `mentorship-2026-03-03.ics`."""
    return f"mentorship-{starts_at.astimezone(UTC):%Y-%m-%d}.ics"


def _summary(session: SessionView, person_id: int) -> str:
    other = session.other(person_id)
    is_seat = session.unit is Unit.SEAT
    return (
        f"{groups.title(session.topic)} with {other.name}"
        if is_seat
        else f"Session with {other.name}"
    )


_STATUS = {SessionStatus.SCHEDULED: "TENTATIVE"}


def _description(session: SessionView, person_id: int, reader: Reader) -> str:
    """Write the topic and both local times, which a calendar has no field for."""
    other = session.other(person_id)
    person = session.person(session.party(person_id))
    # The topic of a seat is its session's title.
    lines = [session.topic] if session.topic and session.unit is Unit.SESSION else []
    lines.append(f"Your time: {_clock(session, person.timezone, reader)}")
    if other.timezone is not None and other.timezone != person.timezone:
        label = times.clock_label(first_name(other.name), other.timezone)
        lines.append(f"{label}: {_clock(session, other.timezone, reader)}")
    if session.status is SessionStatus.SCHEDULED:
        is_mentor = person_id == session.mentor.user_id
        mentor = "you" if is_mentor else first_name(session.mentor.name)
        lines.append(f"Not confirmed by {mentor} yet.")
    return "\n".join(lines)


def _clock(session: SessionView, zone: str | None, reader: Reader) -> str:
    return times.describe(session.starts_at, zone or "UTC", reader, end=session.ends_at)


def _text(words: str) -> _Text:
    return _Text(_CONTROL.sub("", words.replace("\r\n", "\n").replace("\r", "\n")))


class _Text(vText):
    """A TEXT value, escaped by RFC 5545, section 3.3.11.

    The library's own reads the backslash and N in `C:\\New` as a line break.
    """

    def to_ical(self) -> bytes:
        return re.sub(r"([\\;,])", r"\\\1", str(self)).replace("\n", r"\n").encode()
