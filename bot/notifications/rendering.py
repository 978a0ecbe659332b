"""The card of each kind of notification, as things are when it is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import discord

from bot.notifications.message import Message
from bot.notifications.messages import (
    calendar_messages,
    group_messages,
    mentor_messages,
    mentorship_messages,
    moderator_messages,
    offer_messages,
    points_messages,
    series_messages,
    session_messages,
)
from bot.readers import readers_in
from bot.views.mentors.activity import activity_question, paused_card
from bot.views.moderation import audit_log
from bot.views.moderation.dispute import dispute_card, reminder_card
from bot.views.moderation.grant_request import grant_request_card
from bot.views.setup import welcome
from bot.views.slot_alerts.screens import slots_message
from mentorship.delivery.loading import DueNotification
from mentorship.notifications.catalogue import SERIES_KINDS, NotificationKind
from mentorship.statuses import SessionStatus
from wording.reader import Reader
from wording.translation import _, speaking


def recipient(notification: DueNotification, guild: discord.Guild | None) -> Reader:
    """Return who reads a notification: a person, or the members of the server.

    A person who has never used the bot in Discord has the habits of the server.
    """
    if notification.user_id is None:
        return readers_in(guild, notification.guild)
    if notification.language is None:
        return replace(readers_in(guild, notification.guild), timezone=notification.timezone)
    return Reader.of(notification.language, notification.timezone)


def render(notification: DueNotification, reader: Reader) -> Message | None:
    """Return the card of a notification in its reader's language.

    None if it is no longer relevant.
    """
    with speaking(reader.locale):
        return _render(notification, reader)


def _render(notification: DueNotification, reader: Reader) -> Message | None:
    if notification.application is not None:
        return mentor_messages.application_message(notification, reader)
    if notification.group is not None:
        return group_messages.render(notification, notification.group, reader)
    if notification.kind in _RENDERERS:
        return _RENDERERS[notification.kind](notification, reader)
    if notification.kind in SERIES_KINDS:
        return series_messages.render(notification, reader)
    if notification.session is not None and notification.user_id is not None:
        return session_messages.render(
            notification, notification.session, notification.user_id, reader
        )
    return None


def _logged(notification: DueNotification, reader: Reader) -> Message | None:
    if notification.audit_entry is None:
        return None
    return Message(audit_log.format_entry(notification.audit_entry, reader))


def _welcome(notification: DueNotification, reader: Reader) -> Message:
    server = notification.facts["server"]
    card, actions = welcome.welcome_card(notification.guild.id, server, notification.facts["back"])
    return Message(_("Hello! I'm mentorbot."), card, actions)


def _setting_lost(notification: DueNotification, reader: Reader) -> Message:
    card, actions = welcome.lost_card(
        notification.guild.id,
        notification.facts["server"],
        notification.facts["settings"],
    )
    return Message(_("Something I need was deleted."), card, actions)


def _dispute(notification: DueNotification, reader: Reader) -> Message | None:
    if notification.session is None:
        return None
    return Message(*dispute_card(notification.session, notification.guild, reader))


def _grant_requested(notification: DueNotification, reader: Reader) -> Message | None:
    request = notification.grant_request
    if request is None or not request.is_pending:
        return None
    return Message(*grant_request_card(request, notification.guild, reader))


def _dispute_reminder(notification: DueNotification, reader: Reader) -> Message | None:
    session = notification.session
    if session is None or session.status is not SessionStatus.DISPUTED:
        return None
    return Message(*reminder_card(session, notification.guild, reader, notification.facts["days"]))


def _asked_if_active(notification: DueNotification, reader: Reader) -> Message:
    return activity_question(notification.guild.id, notification.facts["unanswered"])


def _slot_opened(notification: DueNotification, reader: Reader) -> Message | None:
    if notification.open_slots is None:
        return None
    return Message(*slots_message(notification.open_slots, notification.guild, reader))


def _paused_for_silence(notification: DueNotification, reader: Reader) -> Message:
    return paused_card(notification.guild.id, notification.facts["unanswered"])


_RENDERERS: dict[NotificationKind, Callable[[DueNotification, Reader], Message | None]] = {
    NotificationKind.SUSPENDED: mentor_messages.suspended,
    NotificationKind.REINSTATED: mentor_messages.reinstated,
    NotificationKind.LOGGED: _logged,
    NotificationKind.DELIVERY_PROBLEM: moderator_messages.delivery_problem,
    NotificationKind.UNDELIVERED: moderator_messages.undelivered,
    NotificationKind.MEETING_PLACE_FAILED: moderator_messages.place_failed,
    NotificationKind.WEBHOOK_DISABLED: moderator_messages.webhook_disabled,
    NotificationKind.ROLE_EARNED: mentor_messages.role_earned,
    NotificationKind.THRESHOLD_ROLE_STOPPED: moderator_messages.threshold_role_stopped,
    NotificationKind.DISPUTE_OPENED: _dispute,
    NotificationKind.DISPUTE_REMINDER: _dispute_reminder,
    NotificationKind.ASKED_IF_ACTIVE: _asked_if_active,
    NotificationKind.PAUSED_FOR_SILENCE: _paused_for_silence,
    NotificationKind.SLOT_OPENED: _slot_opened,
    NotificationKind.GOALS_QUESTION: mentorship_messages.goals_question,
    NotificationKind.MENTORSHIP_ENDED: mentorship_messages.ended,
    NotificationKind.HELP_REQUESTED: offer_messages.help_requested,
    NotificationKind.HELP_REQUEST_EXPIRED: offer_messages.help_request_expired,
    NotificationKind.INVITED: offer_messages.invited,
    NotificationKind.INVITATION_ENDED: offer_messages.invitation_ended,
    NotificationKind.POINTS: points_messages.points_changed,
    NotificationKind.GRANT_REQUESTED: _grant_requested,
    NotificationKind.GRANT_DECIDED: points_messages.grant_decided,
    NotificationKind.WELCOME: _welcome,
    NotificationKind.SETTING_LOST: _setting_lost,
    NotificationKind.CALENDAR_FAILING: calendar_messages.failing,
}
