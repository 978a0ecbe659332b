"""What a message that was sent earlier says now, after its session or application has changed."""

from __future__ import annotations

from datetime import datetime

from bot.components.cards import action_rows
from bot.formatting import plain_title
from bot.notifications.message import Message
from bot.notifications.messages import group_messages, offer_messages, session_messages
from bot.views.mentors import application as application_views
from bot.views.mentors.application import ResubmitButton
from bot.views.moderation.dispute import dispute_card
from bot.views.series.card import series_message
from bot.views.sessions.current_card import current_card
from bot.views.sessions.people import other_name
from bot.views.sessions.rating import rating_card
from mentorship.delivery.message_updates import OutdatedMessage
from mentorship.mentors.application_views import ApplicationView
from mentorship.notifications.catalogue import NotificationKind
from mentorship.sessions.follow_up import reviews
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.series.views import SeriesDetails
from mentorship.sessions.session_details import SessionDetails
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import RevisionStatus
from wording.reader import Reader
from wording.translation import N_, _, speaking

_ABOUT_REVIEW = frozenset(
    {NotificationKind.RATED, NotificationKind.REVIEW_HIDDEN, NotificationKind.REVIEW_SHOWN}
)
"""Kinds that keep their own card for as long as it is true."""

HISTORY = {
    NotificationKind.REQUESTED: N_("{name} asked for a session with you."),
    NotificationKind.INVITED: N_("{name} invited you to a session."),
    NotificationKind.INVITATION_ACCEPTED: N_("{name} accepted your invitation."),
    NotificationKind.CONFIRMED: N_("{name} confirmed your session."),
    NotificationKind.RESCHEDULE_PROPOSED: N_("{name} suggested another time."),
    NotificationKind.RESCHEDULED: N_("{name} accepted the new time."),
    NotificationKind.RESCHEDULE_ENDED: N_("Your session with {name} kept its time."),
    NotificationKind.SEAT_GIVEN: N_("You got a seat in a session with {name}."),
    NotificationKind.SEAT_MOVED: N_("{name} moved a session in which you have a seat."),
    NotificationKind.MEETING_LINK: N_("Where you meet {name} changed."),
    NotificationKind.REMINDER: N_("Reminder about your session with {name}."),
    NotificationKind.STARTING: N_("Your session with {name} started."),
    NotificationKind.RUNNING_LATE: N_("{name} said they'd be late."),
    NotificationKind.LOCAL_TIME_CHANGED: N_(
        "The clock rules for your session with {name} changed."
    ),
    NotificationKind.SESSION_ENDED: N_("Your session with {name} ended."),
    NotificationKind.NO_SHOW_REPORTED: N_("{name} reported that you didn't come."),
    NotificationKind.DISPUTED: N_("Your reports about the session with {name} didn't match."),
    NotificationKind.COMPLETED: N_("Your session with {name} was completed."),
}
"""What a message says once a newer one says how things are: what happened, which stays true."""

GROUP_HISTORY = {
    NotificationKind.MEETING_LINK: N_("Where “{title}” takes place changed."),
    NotificationKind.REMINDER: N_("Reminder about “{title}”."),
    NotificationKind.STARTING: N_("“{title}” started."),
    NotificationKind.RUNNING_LATE: N_("Attendees of “{title}” said they'd be late."),
    NotificationKind.LOCAL_TIME_CHANGED: N_("The clock rules for “{title}” changed."),
    NotificationKind.SESSION_ENDED: N_("“{title}” ended."),
    NotificationKind.COMPLETED: N_("“{title}” was completed."),
}
"""The same for the mentor of a group session."""


def current_message(message: OutdatedMessage, reader: Reader) -> Message:
    """Return what a message says now in its reader's language, with what they can do now."""
    with speaking(reader.locale):
        return _current_message(message, reader)


def _current_message(message: OutdatedMessage, reader: Reader) -> Message:
    notification = message.notification
    if notification.group is not None and message.superseded_by is not None:
        return _group_history(message, notification.group, message.superseded_by)
    if notification.group is not None:
        return group_messages.current_message(notification, notification.group, reader)
    if message.application is not None:
        return _application(message, message.application, reader)
    session, reader_id = notification.session, notification.user_id
    if notification.series is not None and reader_id is not None:
        series = SeriesDetails(notification.series, notification.guild, notification.answers)
        return Message(*series_message(series, reader_id, reader, notification.now))
    invitation, request = notification.invitation, notification.help_request
    if notification.kind is NotificationKind.HELP_REQUESTED and request is not None:
        return offer_messages.request_message(request, notification.guild, reader, notification.now)
    if session is None and invitation is not None and reader_id is not None:
        return offer_messages.invitation_message(
            invitation, reader_id, notification.guild, reader, notification.now
        )
    assert session is not None
    if reader_id is None:
        return Message(*dispute_card(session, notification.guild, reader, message.resolution))
    if message.superseded_by is not None:
        return _history(message, session, reader_id, message.superseded_by)
    assert message.details is not None
    card = None
    if notification.kind in _ABOUT_REVIEW:
        card = session_messages.render(notification, session, reader_id, reader)
    else:
        card = _rating(message.details, reader_id, notification.now)
    return card or Message(*current_card(message.details, reader_id, reader, notification.now))


def _history(
    message: OutdatedMessage, session: SessionView, reader_id: int, newer_message: int
) -> Message:
    """Return what happened, and a link to the newer message that says how things are now."""
    happened = _(HISTORY[message.notification.kind], name=other_name(session, reader_id))
    return _with_newer(message, happened, newer_message)


def _group_history(message: OutdatedMessage, group: GroupView, newer_message: int) -> Message:
    """As `_history`, for the mentor of a group session."""
    happened = _(GROUP_HISTORY[message.notification.kind], title=plain_title(group.title))
    return _with_newer(message, happened, newer_message)


def _with_newer(message: OutdatedMessage, happened: str, newer_message: int) -> Message:
    address = f"https://discord.com/channels/@me/{message.channel_id}/{newer_message}"
    newer = _("[Newer message about this session]({address})", address=address)
    return Message(f"{happened}\n-# {newer}")


def _rating(details: SessionDetails, reader_id: int, now: datetime) -> Message | None:
    """Return the question how the session was, or the rating that the mentee has given since."""
    session, review = details.session, details.review
    can_rate = reviews.can_be_rated(session, review, now)
    if session.party(reader_id) is not Party.MENTEE or not can_rate:
        return None
    card, actions = rating_card(session, review.text if review is not None else "")
    name = other_name(session, reader_id)
    return Message(_("Your session with {name} is completed.", name=name), card, actions)


def _application(message: OutdatedMessage, application: ApplicationView, reader: Reader) -> Message:
    guild = message.notification.guild
    card, _ = application_views.status_card(application, guild, reader)
    # The others need a server, and this is a direct message.
    can_resubmit = application.status is RevisionStatus.CHANGES_REQUESTED
    actions = action_rows(ResubmitButton(application.id)) if can_resubmit else ()
    return Message("", card, actions)
