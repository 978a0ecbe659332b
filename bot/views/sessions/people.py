"""The participants of a session in running text."""

from __future__ import annotations

from bot.formatting import plain, plain_title
from mentorship.sessions.lifecycle import Unit
from mentorship.sessions.session_views import Person, SessionView
from wording.names import first_name
from wording.translation import _


def short_name(person: Person) -> str:
    """Return a participant's first name, escaped, for running text."""
    return plain(first_name(person.name))


def other_name(session: SessionView, reader_id: int) -> str:
    """Return the first name of the participant whom the reader meets, escaped."""
    return short_name(session.other(reader_id))


def session_name(session: SessionView, reader_id: int) -> str:
    """Return what a session is called at the start of a sentence: "Your session with Oliver".

    A seat is called by the title of its group session.
    """
    name = other_name(session, reader_id)
    if session.unit is Unit.SESSION:
        return _("Your session with {name}", name=name)
    return _("“{title}” with {name}", title=plain_title(session.topic), name=name)
