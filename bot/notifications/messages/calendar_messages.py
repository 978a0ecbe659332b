"""The messages about a person's own calendar: it can't be read, or overlaps a booked session."""

from __future__ import annotations

from bot.components.cards import Accent, Card, action_rows
from bot.formatting import discord_timestamp, plain, plain_title
from bot.notifications.message import Message, card_of_session, names_in_headline
from bot.notifications.messages.booking_messages import CHANGE_ACTIONS
from bot.views.groups.items import DetailsButton
from bot.views.sessions.session_actions import action_view
from mentorship.delivery.loading import DueNotification
from mentorship.errors import CalendarProblem
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.lifecycle import Unit
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import UPCOMING
from wording.integrations import calendars
from wording.reader import Reader
from wording.translation import _


def failing(notification: DueNotification, reader: Reader) -> Message:
    """Return why a calendar can't be read, and what follows from that."""
    label = plain(notification.facts["label"])
    problem = CalendarProblem(notification.facts["problem"])
    return Message(
        _("I can't read your calendar “{calendar}”.", calendar=label),
        Card(
            title=label,
            text=calendars.problem(problem)
            + "\n\n"
            + _(
                "The busy times that I know from it still block your slots, but I don't see new "
                "ones. I keep trying. To fix or remove it, use `/calendar` in the server."
            ),
            accent=Accent.WAITING,
        ),
    )


def conflict(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> Message | None:
    """Return that an appointment overlaps a session, None if it doesn't take place then."""
    if session.status not in UPCOMING or not _is_current(notification, session):
        return None
    values = names_in_headline(session, reader_id) | {"calendar": _label(notification)}
    headline = _(
        "Your session with {name} overlaps an appointment in your calendar “{calendar}”.", **values
    )
    if session.unit is Unit.SEAT:
        headline = _(
            "“{title}” with {name} overlaps an appointment in your calendar “{calendar}”.", **values
        )
    return Message(
        headline,
        card_of_session(notification, session, reader_id, reader, _nothing_changed()),
        action_view(session, reader_id, notification.now, only=CHANGE_ACTIONS),
    )


def group_conflict(
    notification: DueNotification, group: GroupView, reader: Reader
) -> Message | None:
    """Return the same about a group session, for its mentor."""
    if group.status not in UPCOMING or not _is_current(notification, group):
        return None
    return Message(
        _(
            "“{title}” overlaps an appointment in your calendar “{calendar}”.",
            title=plain_title(group.title),
            calendar=_label(notification),
        ),
        Card(
            title=plain_title(group.title),
            text=f"{discord_timestamp(group.starts_at)}\n{_nothing_changed()}",
            accent=Accent.WAITING,
        ),
        action_rows(DetailsButton(group.id)),
    )


def _is_current(notification: DueNotification, session: SessionView | GroupView) -> bool:
    """Whether a session still starts when the appointment overlapped it."""
    return notification.useful_until in (None, session.starts_at)


def _label(notification: DueNotification) -> str:
    return plain(notification.facts["label"])


def _nothing_changed() -> str:
    return _("The session stays as it is unless you change it.")
