"""The messages to an attendee about their seat: given from the waitlist, moved, or given up."""

from __future__ import annotations

from bot.formatting import discord_timestamp, plain_title
from bot.notifications.message import Message, card_of_session
from bot.views.sessions.calendar import CalendarFileButton, removal_view
from bot.views.sessions.meeting_place import join_buttons
from bot.views.sessions.session_actions import action_view
from bot.views.sessions.status_texts import status_text
from mentorship.delivery.loading import DueNotification
from mentorship.sessions.lifecycle import Action
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from wording import refunds
from wording.points import format_points
from wording.reader import Reader
from wording.translation import _, sentences


def given(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> Message | None:
    if session.status is not SessionStatus.CONFIRMED:
        return None
    text = ""
    if session.price:
        price = format_points(session.price, notification.guild, reader)
        text = _("{points} on hold until after the session.", points=price)
    buttons = [
        *join_buttons(session, reader_id, notification.now),
        CalendarFileButton.of(session),
    ]
    return Message(
        _("You got a seat in “{title}”.", title=plain_title(session.topic)),
        card_of_session(notification, session, reader_id, reader, text),
        action_view(session, reader_id, notification.now, *buttons, only=(Action.CANCEL,)),
    )


def moved(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> Message | None:
    if session.status is not SessionStatus.SCHEDULED:
        return None
    text = status_text(session, reader_id, notification.guild, reader, notification.now)
    before = notification.facts.get("previous_start")
    if before is not None:
        text = sentences(_("It was on {time}.", time=f"<t:{before}:F>"), text)
    start = discord_timestamp(session.starts_at, "f")
    title = plain_title(session.topic)
    headline = _("“{title}” moved to {time}.", title=title, time=start)
    if notification.facts.get("waited"):
        headline = _("You got a seat in “{title}”, which moved to {time}.", title=title, time=start)
    return Message(
        headline,
        card_of_session(notification, session, reader_id, reader, text),
        action_view(session, reader_id, notification.now, only=(Action.KEEP_SEAT, Action.CANCEL)),
    )


def expired(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> Message:
    refund = notification.facts.get("refund", 0)
    text = refunds.own_refund(refund, session.price, notification.guild, reader)
    return Message(
        _(
            "You didn't keep your seat in “{title}” at its new time, so it was given up.",
            title=plain_title(session.topic),
        ),
        card_of_session(notification, session, reader_id, reader, text),
        removal_view(session),
    )
