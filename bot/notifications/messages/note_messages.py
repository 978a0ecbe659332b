"""Messages about notes and next steps: a step on its date, and what was agreed last time."""

from __future__ import annotations

from bot.components.cards import Accent, Card, action_rows
from bot.formatting import plain, quoted, shortened
from bot.notifications.message import Message
from bot.views.notes.card import NotesButton
from bot.views.notes.items import CompleteStepButton
from bot.views.notes.texts import step_details
from bot.views.sessions.people import short_name
from mentorship.delivery.loading import DueNotification
from mentorship.relationships import access
from mentorship.relationships.last_time import LastTime
from mentorship.sessions.session_views import SessionView
from mentorship.time import timezones
from wording import times
from wording.reader import Reader
from wording.translation import _

SHOWN_OF_NOTE = 300
"""Characters of the last note in a reminder."""


def step_due(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> Message | None:
    """Return that a step is due; None if it is done, or of a session that didn't take place."""
    step, party = notification.step, session.party(reader_id)
    if step is None or step.is_done or step.due_on is None or not step.is_for(party):
        return None
    if not access.can_add(session):
        return None
    other = short_name(session.other(reader_id))
    zone = session.person(party).timezone or session.timezone
    is_today = timezones.to_local(notification.now, zone).date() == step.due_on
    values = {"name": other, "date": times.full_date(step.due_on, reader)}
    return Message(
        _("Your next step with {name} is due today.", **values)
        if is_today
        else _("Your next step with {name} was due on {date}.", **values),
        Card(title=_("Next step"), text=quoted(step.text), accent=Accent.WAITING),
        action_rows(CompleteStepButton(step.id), NotesButton(session.id)),
    )


def add_last_time(
    card: Card, last_time: LastTime, session: SessionView, reader_id: int, reader: Reader
) -> None:
    """Add what two people agreed last time to the reminder of their next session."""
    card.add_divider()
    if last_time.note:
        card.add_long_fact(_("Last time"), quoted(shortened(last_time.note, SHOWN_OF_NOTE)))
    if last_time.steps:
        party = session.party(reader_id)
        lines = [
            f"• {plain(step.text)} ({step_details(step, session, party, reader)})"
            for step in last_time.steps
        ]
        card.add_long_fact(_("Open next steps"), "\n".join(lines))
