"""The cards of notifications about a session, for one of its participants.

Each card names the actions that matter to its news; the life cycle decides which of them the reader
can take (`action_view`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import discord

from bot.formatting import moment, plain
from bot.notifications import review_messages
from bot.notifications.message import Card
from bot.views.booking.items import alternative_buttons
from bot.views.sessions.calendar import CalendarFileButton
from bot.views.sessions.meeting_place import meeting_instructions
from bot.views.sessions.rating import rating_card
from bot.views.sessions.session_actions import action_view
from bot.views.sessions.session_card import no_show_terms, proposal_terms, session_card, status_text
from mentorship.delivery.loading import DueNotification
from mentorship.notifications.catalogue import NotificationKind
from mentorship.sessions.lifecycle import Action, Attendance, Party
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import AGREED, UPCOMING, SessionStatus
from wording.durations import duration
from wording.points import format_points
from wording.reader import ENGLISH

_CHANGE = (Action.PROPOSE, Action.CANCEL)
_ANSWER_REQUEST = (Action.CONFIRM, Action.DECLINE)
_REPORT = (Action.REPORT_MET, Action.REPORT_NO_SHOW)


def render(notification: DueNotification, session: SessionView, reader_id: int) -> Card | None:
    """Return the card of a notification as the session is now, None if it is not relevant."""
    return RENDERERS[notification.kind](notification, session, reader_id)


def _card(
    notification: DueNotification, session: SessionView, reader_id: int, text: str = ""
) -> discord.Embed:
    """Return the session's card below the text of the notification."""
    title = f"Session with {plain(session.other(reader_id).name)}"
    return session_card(session, reader_id, notification.guild, title=title, text=text)


def _requested(notification: DueNotification, session: SessionView, reader_id: int) -> Card | None:
    name = plain(session.mentee.name)
    if session.status is SessionStatus.CONFIRMED:
        return Card(
            f"{name} booked a session with you.",
            _card(notification, session, reader_id),
            action_view(
                session,
                reader_id,
                notification.now,
                CalendarFileButton(session.id),
                only=_CHANGE,
            ),
        )
    if session.answer_deadline is None:
        return None
    text = (
        f"Please answer by {moment(session.answer_deadline)}. After that {name} gets everything "
        "back."
    )
    return Card(
        f"{name} would like a session with you.",
        _card(notification, session, reader_id, text),
        action_view(session, reader_id, notification.now, only=(*_ANSWER_REQUEST, Action.PROPOSE)),
    )


def _confirmed(notification: DueNotification, session: SessionView, reader_id: int) -> Card | None:
    if session.status is not SessionStatus.CONFIRMED:
        return None
    return Card(
        f"{plain(session.mentor.name)} confirmed your session.",
        _card(
            notification,
            session,
            reader_id,
            status_text(session, reader_id, notification.guild, notification.now),
        ),
        action_view(
            session, reader_id, notification.now, CalendarFileButton(session.id), only=_CHANGE
        ),
    )


def _declined(notification: DueNotification, session: SessionView, reader_id: int) -> Card:
    text = (
        f"{_refund_sentence(notification, session)}Find another time or mentor with `/book` in "
        "the server."
    )
    name = plain(session.mentor.name)
    headline = (
        f"{name} has left the server."
        if notification.facts.get("left")
        else f"{name} can't make it."
    )
    return Card(headline, _card(notification, session, reader_id, text))


def _expired(notification: DueNotification, session: SessionView, reader_id: int) -> Card:
    is_silent = session.party(reader_id) == notification.facts.get("silent", Party.MENTOR)
    if is_silent:
        headline = "A request has expired: you didn't answer."
    else:
        headline = f"{plain(session.other(reader_id).name)} didn't answer in time."
    if session.party(reader_id) is Party.MENTOR:
        name = plain(session.mentee.name)
        text = f"{name} got everything back, and your time is free again."
        return Card(headline, _card(notification, session, reader_id, text))
    alternatives = alternative_buttons(session, notification.alternatives)
    next_step = (
        "Below are times near yours with mentors of the same expertise."
        if alternatives
        else "Find another mentor with `/book` in the server."
    )
    return Card(
        headline,
        _card(
            notification,
            session,
            reader_id,
            f"{_refund_sentence(notification, session)}{next_step}",
        ),
        alternatives,
    )


def _proposed(notification: DueNotification, session: SessionView, reader_id: int) -> Card | None:
    if session.proposal is None or session.proposal.by == reader_id:
        return None
    name = plain(session.other(reader_id).name)
    actions = [Action.ACCEPT_PROPOSAL, Action.DECLINE_PROPOSAL, Action.PROPOSE]
    if session.status is SessionStatus.SCHEDULED:
        # Nothing is agreed yet, so the mentor may also confirm the current time or decline the
        # request, and the mentee may cancel it.
        if session.party(reader_id) is Party.MENTOR:
            actions = [Action.ACCEPT_PROPOSAL, *_ANSWER_REQUEST]
        else:
            actions = [Action.ACCEPT_PROPOSAL, Action.DECLINE_PROPOSAL, Action.CANCEL]
    return Card(
        f"{name} asks to meet at another time.",
        _card(
            notification,
            session,
            reader_id,
            proposal_terms(session, reader_id, notification.guild, notification.now),
        ),
        action_view(session, reader_id, notification.now, only=actions),
    )


def _rescheduled(
    notification: DueNotification, session: SessionView, reader_id: int
) -> Card | None:
    if session.status is not SessionStatus.CONFIRMED:
        return None
    return Card(
        f"{plain(session.other(reader_id).name)} takes the new time.",
        _card(
            notification,
            session,
            reader_id,
            "Your session has moved, and it's on. I'll remind you.",
        ),
        action_view(
            session,
            reader_id,
            notification.now,
            CalendarFileButton(session.id, "Update calendar"),
            only=_CHANGE,
        ),
    )


def _proposal_ended(
    notification: DueNotification, session: SessionView, reader_id: int
) -> Card | None:
    if session.status not in UPCOMING or session.proposal is not None:
        return None
    name = plain(session.other(reader_id).name)
    silent_name = "You" if notification.facts.get("silent") == session.party(reader_id) else name
    headline = {
        Action.DECLINE_PROPOSAL: f"{name} would rather keep the old time.",
        Action.WITHDRAW_PROPOSAL: f"{name} no longer asks for another time.",
        Action.EXPIRE_PROPOSAL: f"{silent_name} didn't answer, so your session stays where it is.",
    }[Action(notification.facts["act"])]
    text = "The session stands as it was."
    actions = _CHANGE
    if session.status is SessionStatus.SCHEDULED:
        text = status_text(session, reader_id, notification.guild, notification.now)
        if session.party(reader_id) is Party.MENTOR:
            actions = _ANSWER_REQUEST
    return Card(
        headline,
        _card(notification, session, reader_id, text),
        action_view(session, reader_id, notification.now, only=actions),
    )


def _cancelled(notification: DueNotification, session: SessionView, reader_id: int) -> Card:
    by_moderators = session.ended_by not in (session.mentor.user_id, session.mentee.user_id)
    actor_name = "The moderators" if by_moderators else plain(session.other(reader_id).name)
    if session.party(reader_id) is Party.MENTEE:
        text = (
            f"{_refund_sentence(notification, session)}Find another time or mentor with `/book` "
            "in the server."
        )
    elif notification.facts.get("earned"):
        text = (
            "It was called off late, so "
            f"{format_points(notification.facts['earned'], notification.guild, ENGLISH)} are yours."
        )
    else:
        text = "Your time is free again."
    headline = f"{actor_name} cancelled your session."
    if notification.facts.get("left"):
        headline = f"{actor_name} has left the server, so your session is cancelled."
    return Card(
        headline,
        _card(notification, session, reader_id, text),
        action_view(
            session,
            reader_id,
            notification.now,
            CalendarFileButton(session.id, "Remove from calendar"),
            only=(),
        ),
    )


def _reminder(notification: DueNotification, session: SessionView, reader_id: int) -> Card | None:
    if session.status is not SessionStatus.CONFIRMED:
        return None
    text = meeting_instructions(session, notification.guild, reader_id, notification.now)
    actions: tuple[Action, ...] = _CHANGE
    if session.proposal is not None:
        status = status_text(session, reader_id, notification.guild, notification.now)
        text = f"{text}\n\n{status}".lstrip()
        actions = (
            Action.WITHDRAW_PROPOSAL,
            Action.ACCEPT_PROPOSAL,
            Action.DECLINE_PROPOSAL,
            Action.CANCEL,
        )
    return Card(
        f"You meet {plain(session.other(reader_id).name)} "
        f"{_format_time_left(session.starts_at - notification.now)}.",
        _card(notification, session, reader_id, text),
        action_view(session, reader_id, notification.now, only=actions),
    )


def _starting(notification: DueNotification, session: SessionView, reader_id: int) -> Card | None:
    if session.status not in AGREED:
        return None
    return Card(
        f"Your session with {plain(session.other(reader_id).name)} starts now.",
        _card(
            notification,
            session,
            reader_id,
            meeting_instructions(session, notification.guild, reader_id, notification.now),
        ),
    )


def _attendance_request(
    notification: DueNotification, session: SessionView, reader_id: int
) -> Card | None:
    party = session.party(reader_id)
    if session.status is not SessionStatus.IN_PROGRESS or party in session.reports:
        return None
    name = plain(session.other(reader_id).name)
    if party is Party.MENTEE:
        payment = (
            f"{format_points(session.price, notification.guild, ENGLISH)} go to {name}"
            if session.price
            else "it is closed"
        )
        text = (
            f"Say that it took place and {payment}, and you can rate the session. Without a word "
            f"from either of you that happens by itself {_completion_delay(notification)}."
        )
    else:
        text = (
            f"If you two met, there is nothing to do: it is completed as soon as {name} says so, "
            f"or by itself {_completion_delay(notification)}. If {name} did not come, tell me."
        )
    embed = discord.Embed(
        title=f"Did you meet {name}?", description=text, colour=discord.Colour.blurple()
    )
    embed.add_field(name="When", value=moment(session.starts_at), inline=False)
    if session.topic:
        embed.add_field(name="Topic", value=plain(session.topic), inline=False)
    return Card(
        f"Your session with {name} is over.",
        embed,
        action_view(session, reader_id, notification.now, only=_REPORT),
    )


def _no_show_reported(
    notification: DueNotification, session: SessionView, reader_id: int
) -> Card | None:
    if (
        session.status is not SessionStatus.IN_PROGRESS
        or session.party(reader_id) in session.reports
    ):
        return None
    return Card(
        f"{plain(session.other(reader_id).name)} says that you did not come.",
        _card(notification, session, reader_id, no_show_terms(session)),
        action_view(session, reader_id, notification.now, only=_REPORT),
    )


def _disputed(notification: DueNotification, session: SessionView, reader_id: int) -> Card | None:
    if session.status is not SessionStatus.DISPUTED:
        return None
    name = plain(session.other(reader_id).name)
    other_report = session.reports.get(session.party(reader_id).other)
    claim = "that it took place" if other_report is Attendance.MET else "that you did not come"
    text = status_text(session, reader_id, notification.guild, notification.now)
    return Card(f"{name} says {claim}.", _card(notification, session, reader_id, text))


def _dispute_resolved(notification: DueNotification, session: SessionView, reader_id: int) -> Card:
    is_mentee = session.party(reader_id) is Party.MENTEE
    refund, earned = notification.facts.get("refund", 0), notification.facts.get("earned", 0)
    guild = notification.guild
    refunded, paid = (format_points(each, guild, ENGLISH) for each in (refund, earned))
    if is_mentee:
        text = f"{refunded} are back in your account." if refund else "Nothing comes back."
        if earned:
            text += f" {plain(session.mentor.name)} is paid {paid}."
    else:
        text = f"{paid} are yours." if earned else "There is no pay for it."
        if refund:
            text += f" {refunded} went back to {plain(session.mentee.name)}."
    if refund and earned:
        text = f"The points are split. {text}"
    if not session.price:
        text = "It was free, so no points move."
    return Card(
        "The moderators have decided about your session.",
        _card(
            notification,
            session,
            reader_id,
            f"{text} If you think that this is wrong, talk to the moderators.",
        ),
    )


def _no_show(notification: DueNotification, session: SessionView, reader_id: int) -> Card:
    text = status_text(session, reader_id, notification.guild, notification.now)
    if session.no_show_user_id == reader_id:
        headline = "A session is closed: it was reported that you did not come."
        text += " If you think that this is wrong, talk to the moderators of the server."
    else:
        headline = f"{plain(session.other(reader_id).name)} did not come."
    if session.party(reader_id) is Party.MENTEE and session.no_show_user_id != reader_id:
        text = f"I'm sorry. {text} Find another mentor with `/book` in the server."
    return Card(headline, _card(notification, session, reader_id, text))


def _completed(notification: DueNotification, session: SessionView, reader_id: int) -> Card:
    if session.party(reader_id) is Party.MENTEE:
        embed, view = rating_card(session)
        return Card(f"Your session with {plain(session.mentor.name)} is completed.", embed, view)
    earned = notification.facts.get("earned", 0)
    text = f"{format_points(earned, notification.guild, ENGLISH)} are yours. " if earned else ""
    return Card(
        f"Your session with {plain(session.mentee.name)} is completed.",
        _card(notification, session, reader_id, f"{text}Thank you!"),
    )


RENDERERS: dict[NotificationKind, Callable[[DueNotification, SessionView, int], Card | None]] = {
    NotificationKind.REQUESTED: _requested,
    NotificationKind.CONFIRMED: _confirmed,
    NotificationKind.DECLINED: _declined,
    NotificationKind.EXPIRED: _expired,
    NotificationKind.RESCHEDULE_PROPOSED: _proposed,
    NotificationKind.RESCHEDULED: _rescheduled,
    NotificationKind.RESCHEDULE_ENDED: _proposal_ended,
    NotificationKind.CANCELLED: _cancelled,
    NotificationKind.REMINDER: _reminder,
    NotificationKind.STARTING: _starting,
    NotificationKind.SESSION_ENDED: _attendance_request,
    NotificationKind.NO_SHOW_REPORTED: _no_show_reported,
    NotificationKind.DISPUTED: _disputed,
    NotificationKind.DISPUTE_RESOLVED: _dispute_resolved,
    NotificationKind.NO_SHOW: _no_show,
    NotificationKind.COMPLETED: _completed,
    NotificationKind.RATED: review_messages.rated,
    NotificationKind.REPLIED: review_messages.replied,
}


def _refund_sentence(notification: DueNotification, session: SessionView) -> str:
    """Return a sentence about the refund for the mentee, empty for a free session."""
    refund = notification.facts.get("refund", 0)
    if not session.price:
        return ""
    if refund == session.price:
        return (
            f"All {format_points(refund, notification.guild, ENGLISH)} are back in your account. "
        )
    return f"{format_points(refund, notification.guild, ENGLISH)} are back in your account. "


def _format_time_left(left: timedelta) -> str:
    """Return the time until the start as people say it, such as "in 2 hours".

    Rounded, since a reminder may be late after a downtime or quiet hours.
    """
    minutes = max(1, round(left.total_seconds() / 60))
    if minutes < 60:
        return f"in {duration(minutes, ENGLISH)}"
    hours = round(minutes / 60)
    if hours == 24:
        return "tomorrow"
    if hours >= 48:
        hours = round(hours / 24) * 24
    return f"in {duration(hours * 60, ENGLISH)}"


def _completion_delay(notification: DueNotification) -> str:
    return f"after {duration(notification.guild.complete_after, ENGLISH)}"
