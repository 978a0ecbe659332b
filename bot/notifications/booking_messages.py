"""The cards of notifications about requests, proposals and cancellations.

Each card names the actions that matter to its news; the life cycle decides which of them the reader
can take (`action_view`).
"""

from __future__ import annotations

from bot.components.cards import action_rows
from bot.formatting import moment, plain
from bot.notifications.message import Message, card_of_session
from bot.views.booking.items import alternative_buttons
from bot.views.members.blocks import BlockRequesterButton
from bot.views.sessions.calendar import CalendarFileButton, removal_view
from bot.views.sessions.session_actions import action_view, link_buttons
from bot.views.sessions.session_card import proposal_terms, status_text
from mentorship.delivery.loading import DueNotification
from mentorship.sessions.lifecycle import Action, Party
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import UPCOMING, ProfileStatus, SessionStatus
from wording.points import format_points
from wording.reader import ENGLISH

CHANGE_ACTIONS = (Action.PROPOSE, Action.CANCEL)
_ANSWER_ACTIONS = (Action.CONFIRM, Action.DECLINE)


def requested(
    notification: DueNotification, session: SessionView, reader_id: int
) -> Message | None:
    name = plain(session.mentee.name)
    if session.status is SessionStatus.CONFIRMED:
        return Message(
            f"{name} booked a session with you.",
            card_of_session(notification, session, reader_id),
            action_view(
                session,
                reader_id,
                notification.now,
                *link_buttons(session, reader_id, notification.guild, notification.now),
                CalendarFileButton(session.id),
                only=CHANGE_ACTIONS,
            ),
        )
    if session.answer_deadline is None:
        return None
    if session.mentor_status is not ProfileStatus.APPROVED:
        text = status_text(session, reader_id, notification.guild, notification.now)
    else:
        text = (
            f"If you don't answer by {moment(session.answer_deadline)}, the request expires"
            f"{f' and {name} is refunded in full' if session.price else ''}."
        )
    return Message(
        f"{name} would like a session with you.",
        card_of_session(notification, session, reader_id, text),
        action_view(
            session,
            reader_id,
            notification.now,
            BlockRequesterButton(session.id),
            only=(*_ANSWER_ACTIONS, Action.PROPOSE),
        ),
    )


def confirmed(
    notification: DueNotification, session: SessionView, reader_id: int
) -> Message | None:
    if session.status is not SessionStatus.CONFIRMED:
        return None
    return Message(
        f"{plain(session.mentor.name)} confirmed your session.",
        card_of_session(
            notification,
            session,
            reader_id,
            status_text(session, reader_id, notification.guild, notification.now),
        ),
        action_view(
            session,
            reader_id,
            notification.now,
            CalendarFileButton(session.id),
            only=CHANGE_ACTIONS,
        ),
    )


def declined(notification: DueNotification, session: SessionView, reader_id: int) -> Message:
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
    card = card_of_session(notification, session, reader_id, text)
    return Message(headline, card, removal_view(session))


def expired(notification: DueNotification, session: SessionView, reader_id: int) -> Message:
    is_silent = session.party(reader_id) == notification.facts.get("silent", Party.MENTOR)
    if is_silent:
        headline = "A request has expired: you didn't answer."
    else:
        headline = f"{plain(session.other(reader_id).name)} didn't answer in time."
    if session.party(reader_id) is Party.MENTOR:
        name = plain(session.mentee.name)
        text = "Your time is free again."
        if session.price:
            text = f"{name} was refunded in full. {text}"
        card = card_of_session(notification, session, reader_id, text)
        return Message(headline, card, removal_view(session))
    alternatives = alternative_buttons(session, notification.alternatives)
    actions = [*alternatives, *action_rows(CalendarFileButton.of(session))]
    next_step = (
        "Below are times near yours with mentors of the same expertise."
        if alternatives
        else "Find another mentor with `/book` in the server."
    )
    return Message(
        headline,
        card_of_session(
            notification,
            session,
            reader_id,
            f"{_refund_sentence(notification, session)}{next_step}",
        ),
        actions,
    )


def proposed(notification: DueNotification, session: SessionView, reader_id: int) -> Message | None:
    if session.proposal is None or session.proposal.by == reader_id:
        return None
    name = plain(session.other(reader_id).name)
    actions = [Action.ACCEPT_PROPOSAL, Action.DECLINE_PROPOSAL, Action.PROPOSE]
    if session.status is SessionStatus.SCHEDULED:
        # Nothing is agreed yet, so the mentor may also confirm the current time or decline the
        # request, and the mentee may cancel it.
        if session.party(reader_id) is Party.MENTOR:
            actions = [Action.ACCEPT_PROPOSAL, *_ANSWER_ACTIONS]
        else:
            actions = [Action.ACCEPT_PROPOSAL, Action.DECLINE_PROPOSAL, Action.CANCEL]
    headline = (
        f"{name} can't make that time and suggests another one."
        if notification.facts.get("countered")
        else f"{name} suggests another time."
    )
    return Message(
        headline,
        card_of_session(
            notification,
            session,
            reader_id,
            proposal_terms(session, reader_id, notification.now),
        ),
        action_view(session, reader_id, notification.now, only=actions),
    )


def rescheduled(
    notification: DueNotification, session: SessionView, reader_id: int
) -> Message | None:
    if session.status is not SessionStatus.CONFIRMED:
        return None
    return Message(
        f"{plain(session.other(reader_id).name)} takes the new time.",
        card_of_session(
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
            only=CHANGE_ACTIONS,
        ),
    )


def proposal_ended(
    notification: DueNotification, session: SessionView, reader_id: int
) -> Message | None:
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
    actions = CHANGE_ACTIONS
    if session.status is SessionStatus.SCHEDULED:
        text = status_text(session, reader_id, notification.guild, notification.now)
        if session.party(reader_id) is Party.MENTOR:
            actions = _ANSWER_ACTIONS
    return Message(
        headline,
        card_of_session(notification, session, reader_id, text),
        action_view(session, reader_id, notification.now, only=actions),
    )


def cancelled(notification: DueNotification, session: SessionView, reader_id: int) -> Message:
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
    return Message(
        headline,
        card_of_session(notification, session, reader_id, text),
        removal_view(session),
    )


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
