"""The message about a next step on its date."""

from __future__ import annotations

from bot.components.cards import Accent, Card
from bot.formatting import quoted
from bot.notifications.message import Message
from bot.views.sessions.people import short_name
from mentorship.delivery.loading import DueNotification
from mentorship.relationships import access
from mentorship.sessions.session_views import SessionView
from wording import times
from wording.reader import Reader


def step_due(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> Message | None:
    """Return that a step is due; None if it is done, or of a session that didn't take place."""
    step = notification.step
    if step is None or step.is_done or step.due_on is None or not access.can_add(session):
        return None
    if not step.is_for(session.party(reader_id)):
        return None
    other = short_name(session.other(reader_id))
    day = times.full_date(step.due_on, reader)
    return Message(
        f"Your next step with {other} is due today.",
        Card(
            title="Next step",
            text=f"{quoted(step.text)}\nDue {day}.",
            accent=Accent.WAITING,
        ),
    )
