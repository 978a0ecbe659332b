"""Next steps in words, for one of the two people."""

from __future__ import annotations

from bot.views.sessions.people import short_name
from mentorship.relationships.next_steps import StepView
from mentorship.relationships.texts import Assignee
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.session_views import SessionView
from wording import times
from wording.reader import Reader


def step_details(step: StepView, session: SessionView, party: Party, reader: Reader) -> str:
    """Return who is to do a step and until when, for the participant of `party`."""
    who = _who(step, session, party)
    if step.is_done:
        return f"{who} · done"
    if step.due_on is None:
        return who
    return f"{who} · due {times.full_date(step.due_on, reader)}"


def _who(step: StepView, session: SessionView, party: Party) -> str:
    if step.assignee is Assignee.BOTH:
        return "both of you"
    if step.is_for(party):
        return "you"
    return short_name(session.person(party.other))
