"""The cards of notifications about a session, for one of its participants.

Each card names the actions that matter to its news; the life cycle decides which of them the reader
can take (`action_view`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.components.cards import Accent, Card
from bot.formatting import avatar_url, discord_timestamp, plain, plain_title
from bot.notifications.message import Message, card_of_session
from bot.notifications.messages import (
    booking_messages,
    calendar_messages,
    note_messages,
    offer_messages,
    review_messages,
    seat_messages,
    start_messages,
)
from bot.notifications.messages.booking_messages import CHANGE_ACTIONS
from bot.notifications.messages.entry_messages import entry_deleted, entry_moved
from bot.notifications.time_left import time_left
from bot.views.lateness.texts import delays
from bot.views.sessions.attendance_texts import attendance_text, dispute_text, met_claim
from bot.views.sessions.calendar import removal_view
from bot.views.sessions.meeting_place import meeting_instructions, room_news
from bot.views.sessions.people import other_name, session_name, short_name
from bot.views.sessions.rating import rating_card
from bot.views.sessions.session_actions import action_view
from bot.views.sessions.status_texts import status_text
from mentorship import meeting_places
from mentorship.delivery.loading import DueNotification
from mentorship.notifications.catalogue import NotificationKind
from mentorship.sessions.follow_up import questions
from mentorship.sessions.lifecycle import CONCESSIONS, Action, Attendance, Party, Unit
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import AGREED, SessionStatus
from wording import groups, refunds
from wording.points import format_points
from wording.reader import Reader

_REPORT_ACTIONS = (Action.REPORT_MET, Action.REPORT_NO_SHOW)


def render(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> Message | None:
    """Return the card of a notification as the session is now, None if it is not relevant."""
    return RENDERERS[notification.kind](notification, session, reader_id, reader)


def _reminder(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> Message | None:
    if session.status is not SessionStatus.CONFIRMED:
        return None
    text = _at_the_start(notification, session, reader_id, reader)
    actions: tuple[Action, ...] = CHANGE_ACTIONS
    if session.proposal is not None:
        status = status_text(session, reader_id, notification.guild, reader, notification.now)
        text = f"{text}\n{status}".lstrip()
        actions = (
            Action.WITHDRAW_PROPOSAL,
            Action.ACCEPT_PROPOSAL,
            Action.DECLINE_PROPOSAL,
            Action.CANCEL,
        )
    card = card_of_session(notification, session, reader_id, reader, text.lstrip())
    if notification.last_time:
        note_messages.add_last_time(card, notification.last_time, session, reader_id, reader)
    return Message(
        f"{session_name(session, reader_id)} starts "
        f"{time_left(session.starts_at - notification.now, reader)}.",
        card,
        action_view(
            session,
            reader_id,
            notification.now,
            *start_messages.place_buttons(notification, session, reader_id),
            only=actions,
        ),
    )


def _at_the_start(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> str:
    """Return who will be late, and where to meet if the card doesn't show it."""
    late = delays(session, reader_id, reader, notification.now)
    place = meeting_instructions(session, reader_id, notification.now)
    return f"{late}\n{place}".strip()


def _link_changed(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> Message | None:
    if session.status not in AGREED:
        return None
    name = short_name(session.mentor)
    place = meeting_instructions(session, reader_id, notification.now)
    room, provider = (notification.facts.get(fact) for fact in ("room", "provider"))
    text = ""
    if room is not None:
        headline = room_news(room, session.meeting_link, session.meeting_channel_id, place)
    elif session.group_place in meeting_places.ROOMS:
        headline, text = f"{name} changed where you meet.", place
    elif provider is not None:
        headline = f"Your {groups.PLACES[provider]} is ready."
    elif session.meeting_link:
        headline = f"{name} changed the meeting link."
    else:
        headline = f"{name} removed the meeting link. They'll tell you where to meet."
    return start_messages.message_about_place(
        notification, session, reader_id, reader, headline, text
    )


def _starting(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> Message | None:
    if session.status not in AGREED:
        return None
    headline = f"{session_name(session, reader_id)} starts now."
    text = _at_the_start(notification, session, reader_id, reader)
    return start_messages.message_about_place(
        notification, session, reader_id, reader, headline, text
    )


def _attendance_request(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> Message | None:
    party = session.party(reader_id)
    if session.status is not SessionStatus.IN_PROGRESS or party in session.reports:
        return None
    other = session.other(reader_id)
    name = short_name(other)
    question = f"Did you meet {plain(other.name)}?"
    if session.unit is Unit.SEAT and party is Party.MENTEE:
        question = f"Did you attend “{plain_title(session.topic)}”?"
    card = Card(
        title=question,
        thumbnail=avatar_url(other.user_id, other.avatar),
        text=attendance_text(
            session, reader_id, notification.guild, reader, _answer_until(notification, session)
        ),
        accent=Accent.WAITING,
    )
    card.add_fact("When", discord_timestamp(session.starts_at))
    if session.topic and session.unit is Unit.SESSION:
        card.add_fact("Topic", plain(session.topic))
    claim = session.reports.get(party.other)
    return Message(
        f"{name} reported that you didn't come."
        if claim is Attendance.NO_SHOW
        else f"{session_name(session, reader_id)} is over.",
        card,
        action_view(session, reader_id, notification.now, only=_REPORT_ACTIONS),
    )


def _answer_until(notification: DueNotification, session: SessionView) -> datetime:
    """Return until when the reader can answer a question that is delivered now."""
    return questions.answer_until(session.next_at, session.complete_after, notification.now)


def _no_show_reported(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> Message | None:
    if (
        session.status is not SessionStatus.IN_PROGRESS
        or session.party(reader_id) in session.reports
    ):
        return None
    text = attendance_text(
        session, reader_id, notification.guild, reader, _answer_until(notification, session)
    )
    return Message(
        f"{other_name(session, reader_id)} reported that you didn't come.",
        card_of_session(notification, session, reader_id, reader, text.lstrip()),
        action_view(session, reader_id, notification.now, only=_REPORT_ACTIONS),
    )


def _disputed(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> Message | None:
    if session.status is not SessionStatus.DISPUTED:
        return None
    name = other_name(session, reader_id)
    other_report = session.reports.get(session.party(reader_id).other)
    met = met_claim(session, session.party(reader_id))
    claim = met if other_report is Attendance.MET else "you didn't come"
    return Message(
        f"{name} reported that {claim}, so your reports don't match.",
        card_of_session(
            notification,
            session,
            reader_id,
            reader,
            dispute_text(session, reader_id, notification.guild, reader),
        ),
        action_view(session, reader_id, notification.now, only=(Action.CONCEDE,)),
    )


def _dispute_resolved(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> Message:
    is_mentee = session.party(reader_id) is Party.MENTEE
    refund, earned = notification.facts.get("refund", 0), notification.facts.get("earned", 0)
    guild = notification.guild
    refunded, paid = (format_points(each, guild, reader) for each in (refund, earned))
    if is_mentee:
        text = refunds.own_refund(refund, session.price, guild, reader)
        if earned:
            text += f" {short_name(session.mentor)} is paid {paid}."
    else:
        text = f"You're paid {paid}." if earned else "You aren't paid."
        if refund:
            text += f" {short_name(session.mentee)} is refunded {refunded}."
    if refund and earned:
        text = f"The points were split. {text}"
    if not session.price:
        is_counted = session.status is SessionStatus.COMPLETED
        counts = "counts" if is_counted else "doesn't count"
        text = f"The session {counts} as completed."
    name = other_name(session, reader_id)
    if notification.facts.get("act") in CONCESSIONS:
        headline = f"{name} conceded the dispute about your session."
    elif session.ended_by is None:
        headline = "Nobody resolved the dispute about your session in time."
    else:
        headline = "The moderators resolved the dispute about your session."
        text += " If you disagree, contact the moderators."
    return Message(
        headline,
        card_of_session(notification, session, reader_id, reader, text.lstrip()),
        removal_view(session),
    )


def _no_show(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> Message:
    text = status_text(session, reader_id, notification.guild, reader, notification.now)
    if session.no_show_user_id == reader_id:
        headline = f"You were reported as a no-show by {other_name(session, reader_id)}."
        text += " If that's wrong, contact the moderators."
    else:
        headline = f"{other_name(session, reader_id)} didn't come."
    if session.party(reader_id) is Party.MENTEE and session.no_show_user_id != reader_id:
        text = f"Sorry about that. {text} Find another mentor with `/book` in the server."
    card = card_of_session(notification, session, reader_id, reader, text)
    return Message(headline, card, removal_view(session))


def _completed(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> Message:
    if session.party(reader_id) is Party.MENTEE:
        card, actions = rating_card(session)
        return Message(f"{session_name(session, reader_id)} is completed.", card, actions)
    earned = notification.facts.get("earned", 0)
    text = f"{refunds.payment(earned, notification.guild, reader)} Thank you for mentoring!"
    return Message(
        f"{session_name(session, reader_id)} is completed.",
        card_of_session(notification, session, reader_id, reader, text.lstrip()),
    )


RENDERERS: dict[
    NotificationKind, Callable[[DueNotification, SessionView, int, Reader], Message | None]
] = {
    NotificationKind.REQUESTED: booking_messages.requested,
    NotificationKind.CALENDAR_CONFLICT: calendar_messages.conflict,
    NotificationKind.INVITATION_ACCEPTED: offer_messages.invitation_accepted,
    NotificationKind.CONFIRMED: booking_messages.confirmed,
    NotificationKind.DECLINED: booking_messages.declined,
    NotificationKind.EXPIRED: booking_messages.expired,
    NotificationKind.RESCHEDULE_PROPOSED: booking_messages.proposed,
    NotificationKind.RESCHEDULED: booking_messages.rescheduled,
    NotificationKind.RESCHEDULE_ENDED: booking_messages.proposal_ended,
    NotificationKind.CANCELLED: booking_messages.cancelled,
    NotificationKind.SEAT_GIVEN: seat_messages.given,
    NotificationKind.SEAT_MOVED: seat_messages.moved,
    NotificationKind.SEAT_EXPIRED: seat_messages.expired,
    NotificationKind.MEETING_LINK: _link_changed,
    NotificationKind.REMINDER: _reminder,
    NotificationKind.STARTING: _starting,
    NotificationKind.RUNNING_LATE: start_messages.running_late,
    NotificationKind.LOCAL_TIME_CHANGED: start_messages.local_time_changed,
    NotificationKind.STEP_DUE: note_messages.step_due,
    NotificationKind.SESSION_ENDED: _attendance_request,
    NotificationKind.NO_SHOW_REPORTED: _no_show_reported,
    NotificationKind.DISPUTED: _disputed,
    NotificationKind.DISPUTE_RESOLVED: _dispute_resolved,
    NotificationKind.NO_SHOW: _no_show,
    NotificationKind.COMPLETED: _completed,
    NotificationKind.RATED: review_messages.rated,
    NotificationKind.REPLIED: review_messages.replied,
    NotificationKind.THANKED: review_messages.thanked,
    NotificationKind.REVIEW_HIDDEN: review_messages.hidden,
    NotificationKind.REVIEW_SHOWN: review_messages.shown,
    NotificationKind.ENTRY_MOVED: entry_moved,
    NotificationKind.ENTRY_DELETED: entry_deleted,
}
