"""Sessions in calendars: a file of one, a person's feed, and an object for CalDAV.

The format is iCalendar (RFC 5545, RFC 7986), with the methods of iTIP (RFC 5546). A later file
updates the calendar entry of an earlier one: the UID of a session never changes, and its SEQUENCE
rises with each change. The file of a session that ended without taking place removes the entry.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache

from mentorship.calendars.agenda import AgendaEntry
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from wording import groups, times
from wording.icalendar import icalendar_text
from wording.icalendar.icalendar_text import instant, text, uri
from wording.names import first_name
from wording.reader import Reader
from wording.translation import N_, _

REFRESH_MINUTES = 15
"""How often a feed asks calendar apps to read it, in minutes. Many do so less often."""

FEED_NAME = N_("Mentorship sessions")
"""What calendar apps call a feed at first. To be translated by `_`."""

# PUBLISH and CANCEL need an organizer (RFC 5546, sections 3.2.1 and 3.2.5), and common calendars
# require an address there. No address is known; `.invalid` never resolves (RFC 2606, section 2).
_ORGANIZER = "ORGANIZER;CN=mentorbot:mailto:mentorbot@mentorbot.invalid"

_BEGIN = (
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//mentorbot//mentorbot//EN",
    "CALSCALE:GREGORIAN",
)
_END = "END:VCALENDAR"


def removes_entry(session: SessionView | GroupView) -> bool:
    """Return whether the file of the session takes an imported entry out of the calendar.

    It does so however the session ended, unless it took place.
    """
    return session.status.is_over and session.status is not SessionStatus.COMPLETED


def calendar_file(entry: AgendaEntry, now: datetime, reader: Reader) -> bytes:
    """Return the file for a participant, with the meeting link once the session is confirmed.

    Instants are in UTC, so a calendar shows them on its owner's clock; the description has both
    local times.
    """
    method = "CANCEL" if entry.is_removed else "PUBLISH"
    return icalendar_text.content((*_BEGIN, f"METHOD:{method}", *_event(entry, now, reader), _END))


def calendar_object(entry: AgendaEntry, reader: Reader) -> bytes:
    """Return the entry as an object of a calendar over CalDAV, which has no method.

    It only changes when what it says does (RFC 4791, section 4.1; RFC 5545, section 3.8.7.2).
    """
    return icalendar_text.content((*_BEGIN, *_event(entry, entry.changed_at, reader), _END))


def calendar_feed(entries: Iterable[AgendaEntry], reader: Reader) -> bytes:
    """Return a person's feed. It only changes when what it says does."""
    interval, name = icalendar_text.duration(REFRESH_MINUTES), text(_(FEED_NAME))
    lines: list[str] = [
        *_BEGIN,
        "METHOD:PUBLISH",
        f"NAME:{name}",
        f"X-WR-CALNAME:{name}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{interval}",
        f"X-PUBLISHED-TTL:{interval}",
    ]
    for entry in entries:
        lines.extend(_event(entry, entry.changed_at, reader))
    lines.append(_END)
    return icalendar_text.content(lines)


def file_name(starts_at: datetime) -> str:
    """Return the file's name, with the date in UTC: `mentorship-2026-03-03.ics`."""
    return f"mentorship-{starts_at.astimezone(UTC):%Y-%m-%d}.ics"


def title(entry: AgendaEntry) -> str:
    """Return what the calendar shows of the session: `Session with Oliver Hughes`."""
    if entry.other is None:
        return groups.title(entry.title)
    if entry.is_of_group:
        # Translators: {title} is the title of a group session, and {name} who attends it.
        return _("{title} with {name}", title=groups.title(entry.title), name=entry.other.name)
    # Translators: the title of a calendar entry.
    return _("Session with {name}", name=entry.other.name)


def description(entry: AgendaEntry, reader: Reader) -> str:
    """Write what it is about, who meets, and both local times: calendars lack fields for these."""
    lines: list[str] = []
    if entry.mentee is None:
        lines += [entry.description] if entry.description else []
    elif entry.title and not entry.is_of_group:
        lines.append(entry.title)
    lines.append(_("Mentor: {name}", name=entry.mentor.name))
    if entry.mentee is None:
        taken = groups.seats_taken(entry.seats_taken, entry.capacity)
        # Translators: {taken} is "4 of 10 taken".
        lines.append(_("Seats: {taken}", taken=taken))
    else:
        lines.append(_("Mentee: {name}", name=entry.mentee.name))
    span = entry.span
    own_time = _clock(span.start, span.end, entry.own_zone, reader)
    # Translators: {time} is the time of a session on the reader's clock.
    lines.append(_("Your time: {time}", time=own_time))
    other = entry.other
    if other is not None and other.timezone is not None and other.timezone != entry.own_zone:
        label = times.clock_label(first_name(other.name), other.timezone)
        other_time = _clock(span.start, span.end, other.timezone, reader)
        # Translators: {clock} is whose time it is, "Oliver's time (London)".
        lines.append(_("{clock}: {time}", clock=label, time=other_time))
    if entry.link is not None:
        # Programs that find addresses in texts would take an isolate's end for a part of this one.
        # Translators: {link} is the address of the meeting.
        lines.append(_("Join: {link}").format(link=entry.link))
    if entry.status is SessionStatus.SCHEDULED:
        lines.append(_pending(entry))
    return "\n".join(lines)


def _event(entry: AgendaEntry, stamp: datetime, reader: Reader) -> list[str]:
    """Return the lines of an entry, whose DTSTAMP is `stamp`."""
    summary = text(title(entry))
    lines = [
        "BEGIN:VEVENT",
        f"UID:{text(entry.uid)}",
        f"SEQUENCE:{entry.sequence}",
        f"DTSTAMP:{instant(stamp)}",
        f"CREATED:{instant(entry.created_at)}",
        f"LAST-MODIFIED:{instant(entry.changed_at)}",
        f"DTSTART:{instant(entry.span.start)}",
        f"DTEND:{instant(entry.span.end)}",
        f"SUMMARY:{summary}",
        f"DESCRIPTION:{text(description(entry, reader))}",
        f"STATUS:{_status(entry)}",
        f"TRANSP:{'TRANSPARENT' if entry.is_removed else 'OPAQUE'}",
        _ORGANIZER,
    ]
    if entry.link is not None:
        link, label = uri(entry.link), icalendar_text.parameter(_("Join"))
        lines += (
            f"LOCATION:{text(entry.link)}",
            f"URL:{link}",
            f"CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO;LABEL={label}:{link}",
        )
    for minutes in entry.reminders:
        lines += (
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            f"TRIGGER:-{icalendar_text.duration(minutes)}",
            f"DESCRIPTION:{summary}",
            "END:VALARM",
        )
    lines.append("END:VEVENT")
    return lines


def _status(entry: AgendaEntry) -> str:
    if entry.is_removed:
        return "CANCELLED"
    return "TENTATIVE" if entry.status is SessionStatus.SCHEDULED else "CONFIRMED"


def _pending(entry: AgendaEntry) -> str:
    """Write what a pending request waits for: the mentor, or whether a moved seat is kept."""
    if entry.is_of_group:
        return _("The session was moved. Confirm in Discord that you keep your seat.")
    if entry.party is Party.MENTOR:
        return _("Not confirmed by you yet.")
    return _("Not confirmed by {name} yet.", name=first_name(entry.mentor.name))


# A feed that has changed is written again with mostly the same times.
@lru_cache(maxsize=8_192)
def _clock(start: datetime, end: datetime, zone: str | None, reader: Reader) -> str:
    return times.describe(start, zone or "UTC", reader, end=end)
