"""Next steps in words, for one of the two people."""

from __future__ import annotations

from bot.views.sessions.people import short_name
from mentorship.relationships.next_steps import StepView
from mentorship.relationships.texts import Assignee
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.session_views import SessionView
from wording import times
from wording.reader import Reader
from wording.translation import _, pgettext


def step_details(step: StepView, session: SessionView, party: Party, reader: Reader) -> str:
    """Return who is to do a step and until when, for the participant of `party`."""
    who = _who(step, session, party)
    if step.is_done:
        # Translators: after who has done it: "Oliver · done"
        done = pgettext("a next step", "done")
        return f"{who} · {done}"
    if step.due_on is None:
        return who
    # Translators: after who is to do it: "Oliver · due Tue 24 Nov 2026"
    due = _("due {date}", date=times.full_date(step.due_on, reader))
    return f"{who} · {due}"


def _who(step: StepView, session: SessionView, party: Party) -> str:
    if step.assignee is Assignee.BOTH:
        return pgettext("who does a next step", "both of you")
    if step.is_for(party):
        return pgettext("who does a next step", "you")
    return short_name(session.person(party.other))
