"""Who will be late, in sentences for one reader."""

from __future__ import annotations

from datetime import datetime

from bot.formatting import plain
from bot.views.sessions.people import other_name
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.lateness.late_attendees import LateAttendees
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import AGREED, SessionStatus
from wording.durations import duration
from wording.lists import listed
from wording.names import first_name
from wording.reader import Reader
from wording.translation import _, ngettext, sentences


def is_current(status: SessionStatus, ends_at: datetime, now: datetime) -> bool:
    """Return whether it still matters who is late: until the end."""
    return status in AGREED and now < ends_at


def delays(session: SessionView, reader_id: int, reader: Reader, now: datetime) -> str:
    """Return who of a session will be late; empty if nobody has said so, or once it's over."""
    if not is_current(session.status, session.ends_at, now):
        return ""
    party, name = session.party(reader_id), other_name(session, reader_id)
    others_delay, own_delay = session.late.get(party.other), session.late.get(party)
    return sentences(
        "" if others_delay is None else other_is_late(name, others_delay, reader),
        ""
        if own_delay is None
        # Translators: {duration} is a length of time, such as "10 minutes".
        else _(
            "{name} knows you're running {duration} late.",
            name=name,
            duration=duration(own_delay, reader),
        ),
    )


def other_is_late(name: str, minutes: int, reader: Reader) -> str:
    """Return that somebody will be late; `name` is fit for Discord."""
    return _("{name} is running {duration} late.", name=name, duration=duration(minutes, reader))


def mentor_delay(group: GroupView, reader: Reader, now: datetime, *, is_own: bool) -> str:
    """Return that the mentor of a group session will be late; empty if they won't, or once over."""
    if group.late_minutes is None or not is_current(group.status, group.ends_at, now):
        return ""
    if is_own:
        return _(
            "Attendees know you're running {duration} late.",
            duration=duration(group.late_minutes, reader),
        )
    return other_is_late(plain(first_name(group.mentor.name)), group.late_minutes, reader)


def late_attendees(late: LateAttendees, reader: Reader) -> str:
    """Return who of the attendees will be late, and how late; empty if nobody will."""
    if not late.total:
        return ""
    if late.total == 1:
        (only,) = late.first
        return other_is_late(plain(first_name(only.name)), only.minutes, reader)
    people = [
        # Translators: somebody's name and how late they will be, such as "Maya (10 minutes)".
        _(
            "{name} ({duration})",
            name=plain(first_name(each.name)),
            duration=duration(each.minutes, reader),
        )
        for each in late.first
    ]
    others = late.total - len(people)
    if others:
        # Translators: the end of a list of people, such as "Maya, Priya and 3 others".
        people.append(ngettext("{count} other", "{count} others", others))
    # Translators: {people} is a list of at least two people.
    return _("{people} are running late.", people=listed(people, reader))
