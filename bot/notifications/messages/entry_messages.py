"""The questions to a person who has moved or deleted a session in their own calendar."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.components.cards import Accent, Card, action_rows
from bot.formatting import discord_timestamp, plain, plain_title
from bot.notifications.message import Message, card_of_session, names_in_headline
from bot.views.groups.calling_off import CancelGroupButton
from bot.views.groups.moving import ConfirmMoveButton
from bot.views.sessions.entry_questions import KeepEntryButton
from bot.views.sessions.people import other_name
from bot.views.sessions.reschedule import NearestSlotButton
from bot.views.sessions.session_actions import action_view, available_buttons
from mentorship.delivery.loading import DueNotification
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.lifecycle import Action, Unit
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import UPCOMING, SessionStatus
from wording import groups
from wording.reader import Reader
from wording.translation import _, sentences


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
        lines.append(
            _("{name} has to agree to another time, so I haven't changed anything.", name=name)
        )
    elif session.unit is Unit.SEAT:
        lines.append(_("Only {name} can move it, so I haven't changed anything.", name=name))
    else:
        lines.append(_impossible())
    propose = [NearestSlotButton(session.id, start, _("Suggest new time"))] if is_possible else []
    keep = KeepEntryButton(notification.facts["entry"], _("Keep current time"))
    cancel = available_buttons(session, reader_id, notification.now, Action.CANCEL)
    values = names_in_headline(session, reader_id) | {"calendar": _calendar(notification)}
    headline = _("Your session with {name} was moved in your calendar “{calendar}”.", **values)
    if session.unit is Unit.SEAT:
        headline = _("“{title}” with {name} was moved in your calendar “{calendar}”.", **values)
    return Message(
        headline,
        card_of_session(notification, session, reader_id, reader, "\n".join(lines)),
        action_rows(*propose, keep, *cancel),
    )


def entry_deleted(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> Message | None:
    """Return the question whether to cancel the session, too. Cancelling shows the refund first."""
    if session.status not in UPCOMING:
        return None
    values = names_in_headline(session, reader_id) | {"calendar": _calendar(notification)}
    headline = _("Your session with {name} was deleted from your calendar “{calendar}”.", **values)
    if session.unit is Unit.SEAT:
        headline = _("“{title}” with {name} was deleted from your calendar “{calendar}”.", **values)
    return Message(
        headline,
        card_of_session(
            notification,
            session,
            reader_id,
            reader,
            _(
                "{name} still expects you, so I haven't changed anything.",
                name=other_name(session, reader_id),
            ),
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
    headline = _(
        "“{title}” was moved in your calendar “{calendar}”. The session still starts {time}.",
        title=plain_title(group.title),
        calendar=_calendar(notification),
        time=discord_timestamp(group.starts_at),
    )
    keep = KeepEntryButton(notification.facts["entry"], _("Keep current time"))
    if start <= notification.now:
        text = sentences(_moved_to(start), _impossible())
        card = Card(title=plain_title(group.title), text=text, accent=Accent.WAITING)
        return Message(headline, card, action_rows(keep))
    card = Card(
        title=_("Move the session to {time}?", time=discord_timestamp(start)), accent=Accent.WAITING
    )
    card.add_fact(_("Current time"), discord_timestamp(group.starts_at))
    card.add_fact(_("New time"), discord_timestamp(start))
    card.add_text(groups.asked_again(group, reader, is_offered=True))
    move = ConfirmMoveButton(group.id, start, group.revision, group.seats_taken)
    return Message(headline, card, action_rows(move, keep))


def group_entry_deleted(
    notification: DueNotification, group: GroupView, _reader: Reader
) -> Message | None:
    """Return the question whether the group session should be cancelled like its entry."""
    if group.status is not SessionStatus.CONFIRMED:
        return None
    card = Card(title=_("Cancel the session, too?"), accent=Accent.WAITING)
    card.add_fact(_("When"), discord_timestamp(group.starts_at))
    return Message(
        _(
            "“{title}” was deleted from your calendar “{calendar}”. The session still takes place.",
            title=plain_title(group.title),
            calendar=_calendar(notification),
        ),
        card,
        action_rows(
            CancelGroupButton(group.id),
            KeepEntryButton(notification.facts["entry"]),
        ),
    )


def _impossible() -> str:
    return _("It can't be moved to that time, so I haven't changed anything.")


def _moved_to(start: datetime) -> str:
    return _("In your calendar, it's now {time}.", time=discord_timestamp(start))


def _calendar(notification: DueNotification) -> str:
    return plain(notification.facts["calendar"])
