"""The participants of a session in running text."""

from __future__ import annotations

from bot.formatting import plain
from mentorship.sessions.session_views import Person, SessionView
from wording.names import first_name


def short_name(person: Person) -> str:
    """Return a participant's first name, escaped, for running text."""
    return plain(first_name(person.name))


def other_name(session: SessionView, reader_id: int) -> str:
    """Return the first name of the participant whom the reader meets, escaped."""
    return short_name(session.other(reader_id))
