"""The cards of notifications about requests, proposals and cancellations.

Each card names the actions that matter to its news; the life cycle decides which of them the reader
can take (`action_view`).
"""

from __future__ import annotations

from bot.components.cards import ActionRows, action_rows
from bot.formatting import plain_title
from bot.notifications.message import Message, card_of_session
from bot.views.booking.items import alternative_buttons, book_again_buttons
from bot.views.members.blocks import BlockRequesterButton
from bot.views.sessions.calendar import CalendarFileButton, removal_view
from bot.views.sessions.people import other_name, short_name
from bot.views.sessions.session_actions import action_view, link_buttons
from bot.views.sessions.status_texts import proposal_terms, status_text
from mentorship.delivery.loading import DueNotification
from mentorship.sessions.lifecycle import Action, EndReason, Party, Unit
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import UPCOMING, SessionStatus
from wording import refunds
from wording.icalendar.calendar_file import removes_entry
from wording.reader import Reader

CHANGE_ACTIONS = (Action.PROPOSE, Action.CANCEL)
SLOT_OPEN_AGAIN = "Others can book that time again."
_ANSWER_ACTIONS = (Action.CONFIRM, Action.DECLINE)


def requested(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> Message | None:
    name = short_name(session.mentee)
    if session.status is SessionStatus.CONFIRMED:
        return Message(
            f"{name} booked a session with you.",
            card_of_session(notification, session, reader_id, reader),
            action_view(
                session,
                reader_id,
                notification.now,
                *link_buttons(session, reader_id, notification.now),
                CalendarFileButton(session.id),
                only=CHANGE_ACTIONS,
            ),
        )
    if session.answer_deadline is None:
        return None
    text = status_text(session, reader_id, notification.guild, reader, notification.now)
    return Message(
        f"{name} would like a session with you.",
        card_of_session(notification, session, reader_id, reader, text),
        action_view(
            session,
            reader_id,
            notification.now,
            BlockRequesterButton(session.id),
            only=(*_ANSWER_ACTIONS, Action.PROPOSE),
        ),
    )


def confirmed(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> Message | None:
    if session.status is not SessionStatus.CONFIRMED:
        return None
    return Message(
        f"{short_name(session.mentor)} confirmed your session.",
        card_of_session(
            notification,
            session,
            reader_id,
            reader,
            status_text(session, reader_id, notification.guild, reader, notification.now),
        ),
        action_view(
            session,
            reader_id,
            notification.now,
            CalendarFileButton(session.id),
            only=CHANGE_ACTIONS,
        ),
    )


def declined(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> Message:
    text = (
        f"{_refund_sentence(notification, session, reader)}Find another time or mentor with "
        "`/book` in the server."
    )
    name = short_name(session.mentor)
    headline = (
        f"{name} left the server, so your session request was declined."
        if notification.facts.get("left")
        else f"{name} declined your session request."
    )
    card = card_of_session(notification, session, reader_id, reader, text)
    return Message(headline, card, _ended_actions(session, reader_id))


def expired(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> Message:
    is_silent = session.party(reader_id) == notification.facts.get("silent", Party.MENTOR)
    name = other_name(session, reader_id)
    headline = (
        f"A session request expired because you didn't answer {name}."
        if is_silent
        else f"{name} didn't answer in time, so the session request expired."
    )
    if session.party(reader_id) is Party.MENTOR:
        refund = f"{name} is refunded in full. " if session.price else ""
        text = f"{refund}{SLOT_OPEN_AGAIN}"
        card = card_of_session(notification, session, reader_id, reader, text)
        return Message(headline, card, removal_view(session))
    alternatives = alternative_buttons(session, notification.alternatives, reader)
    again = book_again_buttons(session, reader_id)
    actions = [*alternatives, *action_rows(CalendarFileButton.of(session), *again)]
    next_step = (
        "Here are slots near that time with other mentors of the same expertise."
        if alternatives
        else "Find another mentor with `/book` in the server."
    )
    return Message(
        headline,
        card_of_session(
            notification,
            session,
            reader_id,
            reader,
            f"{_refund_sentence(notification, session, reader)}{next_step}",
        ),
        actions,
    )


def proposed(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> Message | None:
    if session.proposal is None or session.proposal.by == reader_id:
        return None
    name = other_name(session, reader_id)
    actions = [Action.ACCEPT_PROPOSAL, Action.DECLINE_PROPOSAL, Action.PROPOSE]
    if session.status is SessionStatus.SCHEDULED:
        # Nothing is agreed yet, so the mentor may also confirm the current time or decline the
        # request, and the mentee may cancel it.
        if session.party(reader_id) is Party.MENTOR:
            actions = [Action.ACCEPT_PROPOSAL, *_ANSWER_ACTIONS]
        else:
            actions = [Action.ACCEPT_PROPOSAL, Action.DECLINE_PROPOSAL, Action.CANCEL]
    headline = (
        f"{name} can't make the time you suggested, and suggests another."
        if notification.facts.get("countered")
        else f"{name} suggested another time."
    )
    return Message(
        headline,
        card_of_session(
            notification,
            session,
            reader_id,
            reader,
            proposal_terms(session, reader_id, reader, notification.now),
        ),
        action_view(session, reader_id, notification.now, only=actions),
    )


def rescheduled(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> Message | None:
    if session.status is not SessionStatus.CONFIRMED:
        return None
    return Message(
        f"{other_name(session, reader_id)} accepted the new time.",
        card_of_session(
            notification,
            session,
            reader_id,
            reader,
            status_text(session, reader_id, notification.guild, reader, notification.now),
        ),
        action_view(
            session,
            reader_id,
            notification.now,
            *link_buttons(session, reader_id, notification.now),
            CalendarFileButton(session.id, "Update calendar"),
            only=CHANGE_ACTIONS,
        ),
    )


def proposal_ended(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> Message | None:
    if session.status not in UPCOMING or session.proposal is not None:
        return None
    name = other_name(session, reader_id)
    silent_name = "You" if notification.facts.get("silent") == session.party(reader_id) else name
    headline = {
        Action.DECLINE_PROPOSAL: f"{name} wants to keep the current time.",
        Action.WITHDRAW_PROPOSAL: f"{name} withdrew the reschedule request.",
        Action.EXPIRE_PROPOSAL: (
            f"{silent_name} didn't answer, so your session keeps its current time."
        ),
    }[Action(notification.facts["act"])]
    text = status_text(session, reader_id, notification.guild, reader, notification.now)
    actions = CHANGE_ACTIONS
    if session.status is SessionStatus.SCHEDULED and session.party(reader_id) is Party.MENTOR:
        actions = _ANSWER_ACTIONS
    return Message(
        headline,
        card_of_session(notification, session, reader_id, reader, text),
        action_view(
            session,
            reader_id,
            notification.now,
            *link_buttons(session, reader_id, notification.now),
            only=actions,
        ),
    )


def cancelled(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> Message:
    by_moderators = session.ended_by not in (session.mentor.user_id, session.mentee.user_id)
    actor_name = "The moderators" if by_moderators else other_name(session, reader_id)
    if session.party(reader_id) is Party.MENTEE:
        text = _refund_sentence(notification, session, reader)
        if session.unit is Unit.SESSION:
            text += "Find another time or mentor with `/book` in the server."
    elif notification.facts.get("earned"):
        paid = refunds.payment(notification.facts["earned"], notification.guild, reader)
        text = f"It was cancelled late. {paid}"
    else:
        text = SLOT_OPEN_AGAIN
    what = "your session"
    if session.unit is Unit.SEAT:
        # An attendee's seat that ends alone was given up or taken back; otherwise it's the whole.
        is_whole = session.group_status is SessionStatus.CANCELLED
        what = (
            f"“{plain_title(session.topic)}”"
            if is_whole
            else f"your seat in “{plain_title(session.topic)}”"
        )
    headline = f"{actor_name} cancelled {what}."
    if notification.facts.get("left") or session.ended_reason == EndReason.LEFT_GUILD:
        verb = "is" if session.unit is Unit.SESSION else "was"
        headline = f"{actor_name} left the server, so {what} {verb} cancelled."
    elif session.ended_by is None:
        headline = f"{what[0].upper()}{what[1:]} was cancelled."
    return Message(
        headline,
        card_of_session(notification, session, reader_id, reader, text),
        _ended_actions(session, reader_id),
    )


def _ended_actions(session: SessionView, reader_id: int) -> ActionRows:
    """Return the buttons of a session that was called off: the calendar file, and Book again."""
    calendar = [CalendarFileButton.of(session)] if removes_entry(session) else []
    return action_rows(*calendar, *book_again_buttons(session, reader_id))


def _refund_sentence(notification: DueNotification, session: SessionView, reader: Reader) -> str:
    """Return a sentence about the refund for the mentee, empty for a free session."""
    refund = notification.facts.get("refund", 0)
    sentence = refunds.own_refund(refund, session.price, notification.guild, reader)
    return f"{sentence} " if sentence else ""
