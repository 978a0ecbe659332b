"""The cards of notifications about invitations and requests for help."""

from __future__ import annotations

from datetime import datetime

from bot.formatting import quoted
from bot.notifications.message import Message, card_of_session
from bot.notifications.messages.booking_messages import (
    CHANGE_ACTIONS,
    find_another,
    slot_open_again,
)
from bot.views.offers.invitation_buttons import current_invitation
from bot.views.offers.invitation_card import invitation_card
from bot.views.offers.request_card import card_for_mentor, request_card
from bot.views.sessions.calendar import CalendarFileButton
from bot.views.sessions.people import short_name
from bot.views.sessions.session_actions import action_view, link_buttons
from mentorship.delivery.loading import DueNotification
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.offers.invitation_views import InvitationView
from mentorship.sessions.offers.request_views import HelpRequestView
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import InvitationStatus, SessionStatus
from wording.reader import Reader
from wording.translation import _


def invited(notification: DueNotification, reader: Reader) -> Message | None:
    """Render the invitation for the member, None if it can't be answered any more."""
    invitation, reader_id = notification.invitation, notification.user_id
    if invitation is None or reader_id is None or not invitation.is_open(notification.now):
        return None
    return invitation_message(invitation, reader_id, notification.guild, reader, notification.now)


def invitation_message(
    invitation: InvitationView, reader_id: int, guild: GuildSettings, reader: Reader, now: datetime
) -> Message:
    """Return what the member's message about an invitation says now."""
    headline = _("{name} invited you to a session.", name=short_name(invitation.mentor))
    return Message(headline, *current_invitation(invitation, reader_id, guild, reader, now))


def invitation_accepted(
    notification: DueNotification, session: SessionView, reader_id: int, reader: Reader
) -> Message | None:
    """Render the new session for the mentor, None if it was cancelled already."""
    if session.status is not SessionStatus.CONFIRMED:
        return None
    return Message(
        _("{name} accepted your invitation.", name=short_name(session.mentee)),
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


def invitation_ended(notification: DueNotification, reader: Reader) -> Message | None:
    """Render how an invitation has ended, for the one of the two who didn't end it."""
    invitation, reader_id = notification.invitation, notification.user_id
    if invitation is None or reader_id is None:
        return None
    name = short_name(invitation.other(reader_id))
    is_mentor = invitation.party(reader_id) is Party.MENTOR
    headline = {
        InvitationStatus.DECLINED: _("{name} declined your invitation.", name=name),
        InvitationStatus.WITHDRAWN: _("{name} withdrew the invitation to a session.", name=name),
        InvitationStatus.EXPIRED: _("{name} didn't answer, so your invitation expired.", name=name),
    }.get(invitation.status)
    if headline is None:
        return None
    if notification.facts.get("left"):
        headline = _("{name} left the server, so the invitation is no longer valid.", name=name)
    elif notification.facts.get("stopped"):
        headline = _(
            "{name} isn't mentoring any more, so the invitation is no longer valid.", name=name
        )
    text = slot_open_again() if is_mentor else find_another()
    card = invitation_card(
        invitation, reader_id, notification.guild, reader, notification.now, text
    )
    if notification.facts.get("reason"):
        card.add_long_fact(_("Reason"), quoted(notification.facts["reason"]))
    return Message(headline, card)


def help_requested(notification: DueNotification, reader: Reader) -> Message | None:
    """Render a request for help for a mentor, None if it takes no offers any more."""
    request = notification.help_request
    if request is None or not request.is_open(notification.now):
        return None
    return request_message(request, notification.guild, reader, notification.now)


def request_message(
    request: HelpRequestView, guild: GuildSettings, reader: Reader, now: datetime
) -> Message:
    """Return what a mentor's message about a request says now."""
    headline = _("{name} is looking for help.", name=short_name(request.member))
    return Message(headline, *card_for_mentor(request, guild, reader, now))


def help_request_expired(notification: DueNotification, reader: Reader) -> Message | None:
    """Render the end of a request that no mentor has answered, for its member."""
    request = notification.help_request
    if request is None:
        return None
    text = _(
        "Sorry, no mentor offered a time this week. Look for other mentors with "
        "`/mentor search`, or ask again with `/ask` in the server."
    )
    return Message(
        _("Your request for help expired."), request_card(request, notification.guild, reader, text)
    )
