"""Who will be late, in sentences for one reader."""

from __future__ import annotations

from datetime import datetime

from bot.formatting import plain
from bot.views.sessions.people import other_name
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.lateness.late_attendees import LateAttendees
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import AGREED, SessionStatus
from wording.durations import counted, duration
from wording.lists import listed
from wording.names import first_name
from wording.reader import Reader


def is_current(status: SessionStatus, ends_at: datetime, now: datetime) -> bool:
    """Return whether it still matters who is late: until the end."""
    return status in AGREED and now < ends_at


def delays(session: SessionView, reader_id: int, reader: Reader, now: datetime) -> str:
    """Return who of a session will be late; empty if nobody has said so, or once it's over."""
    if not is_current(session.status, session.ends_at, now):
        return ""
    party = session.party(reader_id)
    sentences = []
    if (minutes := session.late.get(party.other)) is not None:
        sentences.append(other_is_late(other_name(session, reader_id), minutes, reader))
    if (minutes := session.late.get(party)) is not None:
        name = other_name(session, reader_id)
        sentences.append(f"{name} knows you're running {duration(minutes, reader)} late.")
    return " ".join(sentences)


def other_is_late(name: str, minutes: int, reader: Reader) -> str:
    """Return that somebody will be late; `name` is fit for Discord."""
    return f"{name} is running {duration(minutes, reader)} late."


def mentor_delay(group: GroupView, reader: Reader, now: datetime, *, is_own: bool) -> str:
    """Return that the mentor of a group session will be late; empty if they won't, or once over."""
    if group.late_minutes is None or not is_current(group.status, group.ends_at, now):
        return ""
    if is_own:
        return f"Attendees know you're running {duration(group.late_minutes, reader)} late."
    return other_is_late(plain(first_name(group.mentor.name)), group.late_minutes, reader)


def late_attendees(late: LateAttendees, reader: Reader) -> str:
    """Return who of the attendees will be late, and how late; empty if nobody will."""
    if not late.total:
        return ""
    if late.total == 1:
        (only,) = late.first
        return other_is_late(plain(first_name(only.name)), only.minutes, reader)
    people = [
        f"{plain(first_name(each.name))} ({duration(each.minutes, reader)})" for each in late.first
    ]
    if late.total > len(people):
        people.append(counted(late.total - len(people), "other", reader))
    return f"{listed(people, reader)} are running late."
