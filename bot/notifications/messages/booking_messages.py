"""The cards of notifications about requests, proposals and cancellations.

Each card names the actions that matter to its news; the life cycle decides which of them the reader
can take (`action_view`).
"""

from __future__ import annotations

from bot.components.cards import ActionRows, action_rows
from bot.notifications.message import Message, card_of_session, names_in_headline
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
from wording.translation import _, sentences

CHANGE_ACTIONS = (Action.PROPOSE, Action.CANCEL)
_ANSWER_ACTIONS = (Action.CONFIRM, Action.DECLINE)


def requested(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> Message | None:
    name = short_name(session.mentee)
    if session.status is SessionStatus.CONFIRMED:
        return Message(
            _("{name} booked a session with you.", name=name),
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
        _("{name} would like a session with you.", name=name),
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
        _("{name} confirmed your session.", name=short_name(session.mentor)),
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
    text = sentences(_refund(notification, session, reader), find_another())
    name = short_name(session.mentor)
    headline = (
        _("{name} left the server, so your session request was declined.", name=name)
        if notification.facts.get("left")
        else _("{name} declined your session request.", name=name)
    )
    card = card_of_session(notification, session, reader_id, reader, text)
    return Message(headline, card, _ended_actions(session, reader_id))


def expired(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> Message:
    is_silent = session.party(reader_id) == notification.facts.get("silent", Party.MENTOR)
    name = other_name(session, reader_id)
    headline = (
        _("A session request expired because you didn't answer {name}.", name=name)
        if is_silent
        else _("{name} didn't answer in time, so the session request expired.", name=name)
    )
    if session.party(reader_id) is Party.MENTOR:
        refund = _("{name} is refunded in full.", name=name) if session.price else ""
        text = sentences(refund, slot_open_again())
        card = card_of_session(notification, session, reader_id, reader, text)
        return Message(headline, card, removal_view(session))
    alternatives = alternative_buttons(session, notification.alternatives, reader)
    again = book_again_buttons(session, reader_id)
    actions = [*alternatives, *action_rows(CalendarFileButton.of(session), *again)]
    next_step = (
        _("Here are slots near that time with other mentors of the same expertise.")
        if alternatives
        else _("Find another mentor with `/book` in the server.")
    )
    return Message(
        headline,
        card_of_session(
            notification,
            session,
            reader_id,
            reader,
            sentences(_refund(notification, session, reader), next_step),
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
        _("{name} can't make the time you suggested, and suggests another.", name=name)
        if notification.facts.get("countered")
        else _("{name} suggested another time.", name=name)
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
        _("{name} accepted the new time.", name=other_name(session, reader_id)),
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
            CalendarFileButton(session.id, _("Update calendar")),
            only=CHANGE_ACTIONS,
        ),
    )


def proposal_ended(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> Message | None:
    if session.status not in UPCOMING or session.proposal is not None:
        return None
    name = other_name(session, reader_id)
    headline = {
        Action.DECLINE_PROPOSAL: _("{name} wants to keep the current time.", name=name),
        Action.WITHDRAW_PROPOSAL: _("{name} withdrew the reschedule request.", name=name),
        Action.EXPIRE_PROPOSAL: _(
            "{name} didn't answer, so your session keeps its current time.", name=name
        ),
    }[Action(notification.facts["act"])]
    if notification.facts.get("silent") == session.party(reader_id):
        headline = _("You didn't answer, so your session keeps its current time.")
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
    if session.party(reader_id) is Party.MENTEE:
        refund = _refund(notification, session, reader)
        text = sentences(refund, find_another()) if session.unit is Unit.SESSION else refund
    elif notification.facts.get("earned"):
        paid = refunds.payment(notification.facts["earned"], notification.guild, reader)
        text = sentences(_("It was cancelled late."), paid)
    else:
        text = slot_open_again()
    headline = (
        _seat_cancelled(notification, session, reader_id)
        if session.unit is Unit.SEAT
        else _session_cancelled(notification, session, reader_id)
    )
    return Message(
        headline,
        card_of_session(notification, session, reader_id, reader, text),
        _ended_actions(session, reader_id),
    )


def _session_cancelled(notification: DueNotification, session: SessionView, reader_id: int) -> str:
    """Return who cancelled a session of two."""
    name = other_name(session, reader_id)
    if _has_left(notification, session):
        return _("{name} left the server, so your session is cancelled.", name=name)
    if session.ended_by is None:
        return _("Your session was cancelled.")
    if _is_by_moderators(session):
        return _("The moderators cancelled your session.")
    return _("{name} cancelled your session.", name=name)


def _seat_cancelled(notification: DueNotification, session: SessionView, reader_id: int) -> str:
    """Return who cancelled a group session, or the seat in it."""
    values = names_in_headline(session, reader_id)
    # An attendee's seat that ends alone was given up or taken back; otherwise it's the whole.
    is_whole = session.group_status is SessionStatus.CANCELLED
    if _has_left(notification, session):
        if is_whole:
            return _("{name} left the server, so “{title}” was cancelled.", **values)
        return _("{name} left the server, so your seat in “{title}” was cancelled.", **values)
    if session.ended_by is None:
        if is_whole:
            return _("“{title}” was cancelled.", **values)
        return _("Your seat in “{title}” was cancelled.", **values)
    if _is_by_moderators(session):
        if is_whole:
            return _("The moderators cancelled “{title}”.", **values)
        return _("The moderators cancelled your seat in “{title}”.", **values)
    if is_whole:
        return _("{name} cancelled “{title}”.", **values)
    return _("{name} cancelled your seat in “{title}”.", **values)


def _has_left(notification: DueNotification, session: SessionView) -> bool:
    return bool(notification.facts.get("left")) or session.ended_reason == EndReason.LEFT_GUILD


def _is_by_moderators(session: SessionView) -> bool:
    return session.ended_by not in (session.mentor.user_id, session.mentee.user_id)


def slot_open_again() -> str:
    """Return what the mentor reads of a session that doesn't take place."""
    return _("Others can book that time again.")


def find_another() -> str:
    """Return what the mentee reads of a session that doesn't take place."""
    return _("Find another time or mentor with `/book` in the server.")


def _ended_actions(session: SessionView, reader_id: int) -> ActionRows:
    """Return the buttons of a session that was called off: the calendar file, and Book again."""
    calendar = [CalendarFileButton.of(session)] if removes_entry(session) else []
    return action_rows(*calendar, *book_again_buttons(session, reader_id))


def _refund(notification: DueNotification, session: SessionView, reader: Reader) -> str:
    """Return a sentence about the refund for the mentee, empty for a free session."""
    refund = notification.facts.get("refund", 0)
    return refunds.own_refund(refund, session.price, notification.guild, reader)
