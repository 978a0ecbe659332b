"""The cards of notifications about a session, for one of its participants.

Each card names the actions that matter to its news; the life cycle decides which of them the reader
can take (`action_view`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.components.cards import Accent, Card
from bot.formatting import avatar_url, discord_timestamp, plain, plain_title
from bot.notifications.message import Message, card_of_session, names_in_headline
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
from bot.views.sessions.attendance_texts import attendance_text, dispute_text
from bot.views.sessions.calendar import removal_view
from bot.views.sessions.meeting_place import meeting_instructions, room_news
from bot.views.sessions.people import other_name, short_name
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
from wording import refunds
from wording.points import format_points
from wording.reader import Reader
from wording.translation import _, sentences

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
    when = time_left(session.starts_at - notification.now, reader)
    names = names_in_headline(session, reader_id)
    headline = _("Your session with {name} starts {when}.", when=when, **names)
    if session.unit is Unit.SEAT:
        headline = _("“{title}” with {name} starts {when}.", when=when, **names)
    return Message(
        headline,
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
        headline, text = _("{name} changed where you meet.", name=name), place
    elif provider is not None:
        headline = start_messages.meeting_ready(provider)
    elif session.meeting_link:
        headline = _("{name} changed the meeting link.", name=name)
    else:
        headline = _("{name} removed the meeting link. They'll tell you where to meet.", name=name)
    return start_messages.message_about_place(
        notification, session, reader_id, reader, headline, text
    )


def _starting(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> Message | None:
    if session.status not in AGREED:
        return None
    names = names_in_headline(session, reader_id)
    headline = _("Your session with {name} starts now.", **names)
    if session.unit is Unit.SEAT:
        headline = _("“{title}” with {name} starts now.", **names)
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
    question = _("Did you meet {name}?", name=plain(other.name))
    if session.unit is Unit.SEAT and party is Party.MENTEE:
        question = _("Did you attend “{title}”?", title=plain_title(session.topic))
    card = Card(
        title=question,
        thumbnail=avatar_url(other.user_id, other.avatar),
        text=attendance_text(
            session, reader_id, notification.guild, reader, _answer_until(notification, session)
        ),
        accent=Accent.WAITING,
    )
    card.add_fact(_("When"), discord_timestamp(session.starts_at))
    if session.topic and session.unit is Unit.SESSION:
        card.add_fact(_("Topic"), plain(session.topic))
    return Message(
        _over(session, reader_id),
        card,
        action_view(session, reader_id, notification.now, only=_REPORT_ACTIONS),
    )


def _over(session: SessionView, reader_id: int) -> str:
    """Return that a session is over, or what the other side has reported of it."""
    names = names_in_headline(session, reader_id)
    if session.reports.get(session.party(reader_id).other) is Attendance.NO_SHOW:
        return _("{name} reported that you didn't come.", **names)
    if session.unit is Unit.SEAT:
        return _("“{title}” with {name} is over.", **names)
    return _("Your session with {name} is over.", **names)


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
        _("{name} reported that you didn't come.", name=other_name(session, reader_id)),
        card_of_session(notification, session, reader_id, reader, text.lstrip()),
        action_view(session, reader_id, notification.now, only=_REPORT_ACTIONS),
    )


def _disputed(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> Message | None:
    if session.status is not SessionStatus.DISPUTED:
        return None
    return Message(
        _contradiction(session, reader_id),
        card_of_session(
            notification,
            session,
            reader_id,
            reader,
            dispute_text(session, reader_id, notification.guild, reader),
        ),
        action_view(session, reader_id, notification.now, only=(Action.CONCEDE,)),
    )


def _contradiction(session: SessionView, reader_id: int) -> str:
    """Return what the other side has reported, against what the reader has."""
    name, party = other_name(session, reader_id), session.party(reader_id)
    if session.reports.get(party.other) is not Attendance.MET:
        return _("{name} reported that you didn't come, so your reports don't match.", name=name)
    if session.unit is Unit.SESSION:
        return _("{name} reported that you met, so your reports don't match.", name=name)
    if party is Party.MENTEE:
        # Translators: {name} is the mentor, and the reader an attendee.
        return _("{name} reported that you attended, so your reports don't match.", name=name)
    # Translators: {name} is the attendee, and the reader the mentor.
    return _("{name} reported that they attended, so your reports don't match.", name=name)


def _dispute_resolved(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> Message:
    name = other_name(session, reader_id)
    text = _resolution(notification, session, reader_id, reader)
    if notification.facts.get("act") in CONCESSIONS:
        headline = _("{name} conceded the dispute about your session.", name=name)
    elif session.ended_by is None:
        headline = _("Nobody resolved the dispute about your session in time.")
    else:
        headline = _("The moderators resolved the dispute about your session.")
        text = sentences(text, _("If you disagree, contact the moderators."))
    return Message(
        headline,
        card_of_session(notification, session, reader_id, reader, text),
        removal_view(session),
    )


def _resolution(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> str:
    """Return what a resolved dispute means for the reader and the other participant."""
    if not session.price:
        if session.status is SessionStatus.COMPLETED:
            return _("The session counts as completed.")
        return _("The session doesn't count as completed.")
    guild = notification.guild
    refund, earned = notification.facts.get("refund", 0), notification.facts.get("earned", 0)
    refunded, paid = (format_points(each, guild, reader) for each in (refund, earned))
    if session.party(reader_id) is Party.MENTEE:
        shares = [refunds.own_refund(refund, session.price, guild, reader)]
        if earned:
            mentor = short_name(session.mentor)
            shares.append(_("{name} is paid {points}.", name=mentor, points=paid))
    else:
        shares = [_("You're paid {points}.", points=paid) if earned else _("You aren't paid.")]
        if refund:
            mentee = short_name(session.mentee)
            shares.append(_("{name} is refunded {points}.", name=mentee, points=refunded))
    return sentences(_("The points were split.") if refund and earned else "", *shares)


def _no_show(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> Message:
    text = status_text(session, reader_id, notification.guild, reader, notification.now)
    if session.no_show_user_id == reader_id:
        headline = _(
            "You were reported as a no-show by {name}.", name=other_name(session, reader_id)
        )
        text = sentences(text, _("If that's wrong, contact the moderators."))
    else:
        headline = _("{name} didn't come.", name=other_name(session, reader_id))
    if session.party(reader_id) is Party.MENTEE and session.no_show_user_id != reader_id:
        text = sentences(
            _("Sorry about that."), text, _("Find another mentor with `/book` in the server.")
        )
    card = card_of_session(notification, session, reader_id, reader, text)
    return Message(headline, card, removal_view(session))


def _completed(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> Message:
    names = names_in_headline(session, reader_id)
    headline = _("Your session with {name} is completed.", **names)
    if session.unit is Unit.SEAT:
        headline = _("“{title}” with {name} is completed.", **names)
    if session.party(reader_id) is Party.MENTEE:
        card, actions = rating_card(session)
        return Message(headline, card, actions)
    paid = refunds.payment(notification.facts.get("earned", 0), notification.guild, reader)
    text = sentences(paid, _("Thank you for mentoring!"))
    return Message(headline, card_of_session(notification, session, reader_id, reader, text))


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
