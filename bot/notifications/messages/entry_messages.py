"""The questions to a person who has moved or deleted a session in their own calendar."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.components.cards import Accent, Card, action_rows
from bot.formatting import discord_timestamp, plain, plain_title
from bot.notifications.message import Message, card_of_session
from bot.views.groups.calling_off import CancelGroupButton
from bot.views.groups.moving import ConfirmMoveButton
from bot.views.sessions.entry_questions import KeepEntryButton
from bot.views.sessions.people import other_name, session_name
from bot.views.sessions.reschedule import NearestSlotButton
from bot.views.sessions.session_actions import action_view, available_buttons
from mentorship.delivery.loading import DueNotification
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.lifecycle import Action, Unit
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import UPCOMING, SessionStatus
from wording import groups
from wording.reader import Reader


def entry_moved(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> Message | None:
    """Return the question whether to propose the time that the session has in the calendar."""
    start = datetime.fromtimestamp(notification.facts["start"], UTC)
    if session.status not in UPCOMING or start == session.starts_at:
        return None
    name = other_name(session, reader_id)
    lines = [_moved_to(start)]
    can_propose = Action.PROPOSE in session.actions(reader_id, notification.now)
    is_possible = can_propose and start > notification.now
    if is_possible:
        lines.append(f"{name} has to agree to another time, so I haven't changed anything.")
    elif session.unit is Unit.SEAT:
        lines.append(f"Only {name} can move it, so I haven't changed anything.")
    else:
        lines.append(_IMPOSSIBLE)
    propose = [NearestSlotButton(session.id, start, "Suggest new time")] if is_possible else []
    keep = KeepEntryButton(notification.facts["entry"], "Keep current time")
    cancel = available_buttons(session, reader_id, notification.now, Action.CANCEL)
    return Message(
        f"{session_name(session, reader_id)} was moved in {_calendar(notification)}.",
        card_of_session(notification, session, reader_id, reader, "\n".join(lines)),
        action_rows(*propose, keep, *cancel),
    )


def entry_deleted(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> Message | None:
    """Return the question whether to cancel the session, too. Cancelling shows the refund first."""
    if session.status not in UPCOMING:
        return None
    return Message(
        f"{session_name(session, reader_id)} was deleted from {_calendar(notification)}.",
        card_of_session(
            notification,
            session,
            reader_id,
            reader,
            f"{other_name(session, reader_id)} still expects you, so I haven't changed anything.",
        ),
        action_view(
            session,
            reader_id,
            notification.now,
            KeepEntryButton(notification.facts["entry"]),
            only=(Action.PROPOSE, Action.CANCEL),
        ),
    )


def group_entry_moved(
    notification: DueNotification, group: GroupView, reader: Reader
) -> Message | None:
    """Return the question whether the group session should move like its entry."""
    start = datetime.fromtimestamp(notification.facts["start"], UTC)
    if group.status is not SessionStatus.CONFIRMED or start == group.starts_at:
        return None
    headline = (
        f"“{plain_title(group.title)}” was moved in {_calendar(notification)}. The session still "
        f"starts {discord_timestamp(group.starts_at)}."
    )
    keep = KeepEntryButton(notification.facts["entry"], "Keep current time")
    if start <= notification.now:
        text = f"{_moved_to(start)} {_IMPOSSIBLE}"
        card = Card(title=plain_title(group.title), text=text, accent=Accent.WAITING)
        return Message(headline, card, action_rows(keep))
    card = Card(title=f"Move the session to {discord_timestamp(start)}?", accent=Accent.WAITING)
    card.add_fact("Current time", discord_timestamp(group.starts_at))
    card.add_fact("New time", discord_timestamp(start))
    card.add_text(groups.asked_again(group, reader, is_offered=True))
    move = ConfirmMoveButton(group.id, start, group.revision, group.seats_taken)
    return Message(headline, card, action_rows(move, keep))


def group_entry_deleted(
    notification: DueNotification, group: GroupView, _reader: Reader
) -> Message | None:
    """Return the question whether the group session should be cancelled like its entry."""
    if group.status is not SessionStatus.CONFIRMED:
        return None
    card = Card(title="Cancel the session, too?", accent=Accent.WAITING)
    card.add_fact("When", discord_timestamp(group.starts_at))
    return Message(
        f"“{plain_title(group.title)}” was deleted from {_calendar(notification)}. The session "
        "still takes place.",
        card,
        action_rows(
            CancelGroupButton(group.id),
            KeepEntryButton(notification.facts["entry"]),
        ),
    )


_IMPOSSIBLE = "It can't be moved to that time, so I haven't changed anything."


def _moved_to(start: datetime) -> str:
    return f"In your calendar, it's now {discord_timestamp(start)}."


def _calendar(notification: DueNotification) -> str:
    return f"your calendar “{plain(notification.facts['calendar'])}”"
