"""The card of each kind of notification, as things are when it is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import discord

from bot.components.cards import Accent, Card, action_rows
from bot.formatting import plain, quoted
from bot.notifications.message import Message
from bot.notifications.messages import (
    calendar_messages,
    group_messages,
    mentorship_messages,
    offer_messages,
    points_messages,
    series_messages,
    session_messages,
)
from bot.readers import readers_in
from bot.views.mentors.activity import activity_question, paused_card
from bot.views.mentors.application import ResubmitButton
from bot.views.moderation import audit_log, review_card
from bot.views.moderation.dispute import dispute_card, reminder_card
from bot.views.moderation.grant_request import grant_request_card
from bot.views.setup import welcome
from bot.views.slot_alerts.screens import slots_message
from mentorship.delivery.loading import DueNotification
from mentorship.notifications.catalogue import SERIES_KINDS, DeliveryProblem, NotificationKind
from mentorship.statuses import RevisionKind, SessionStatus
from wording import examples
from wording.integrations import meetings
from wording.reader import Reader
from wording.translation import _, ngettext, sentences, speaking

MAX_NAMES = 10
"""People who are named in one message to the moderators."""


def recipient(notification: DueNotification, guild: discord.Guild | None) -> Reader:
    """Return who reads a notification: a person, or the members of the server.

    A person who has never used the bot in Discord has the habits of the server.
    """
    if notification.user_id is None:
        return readers_in(guild)
    if notification.language is None:
        return replace(readers_in(guild), timezone=notification.timezone)
    return Reader.of(notification.language, notification.timezone)


def render(notification: DueNotification, reader: Reader) -> Message | None:
    """Return the card of a notification in its reader's language.

    None if it is no longer relevant.
    """
    with speaking(reader.locale):
        return _render(notification, reader)


def _render(notification: DueNotification, reader: Reader) -> Message | None:
    if notification.application is not None:
        return _application_card(notification, reader)
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


def _application_card(notification: DueNotification, reader: Reader) -> Message | None:
    application, guild = notification.application, notification.guild
    assert application is not None
    is_change = application.kind == RevisionKind.CHANGE
    note = quoted(application.note or "")
    if notification.kind is NotificationKind.APPLICATION_RECEIVED:
        if not application.is_pending and application.message_id is None:
            return None
        card, actions = review_card.review_card(application, guild, reader)
        return Message(review_card.headline(application), card, actions)
    if notification.kind is NotificationKind.APPROVED:
        return _change_approved() if is_change else _approved(reader)
    if notification.kind is NotificationKind.CHANGES_REQUESTED:
        return Message(
            _("The moderators asked for changes."),
            Card(
                title=_("Almost there"),
                text=_(
                    "Before they decide, the moderators would like you to change "
                    "something:\n{note}\n\nEverything you wrote is saved. Edit it and submit it "
                    "again.",
                    note=note,
                ),
                accent=Accent.WAITING,
            ),
            action_rows(ResubmitButton(application.id)),
        )
    # Translators: {note} is a quotation, in lines of its own.
    wrote = _("The moderators wrote:\n{note}", note=note)
    if is_change:
        still_shown = _("Members still see your previous profile.")
        return Message(
            _("Your profile change wasn't approved."),
            Card(
                title=_("Change not approved"),
                text=f"{wrote}\n\n{still_shown}",
                accent=Accent.OVER,
            ),
        )
    again = ngettext(
        "You can apply again in {count} day with `/mentor apply`.",
        "You can apply again in {count} days with `/mentor apply`.",
        guild.reapply_after_days,
    )
    return Message(
        _("Your application wasn't approved."),
        Card(title=_("Application not approved"), text=f"{wrote}\n\n{again}", accent=Accent.OVER),
    )


def _change_approved() -> Message:
    return Message(
        _("Your profile change is approved."),
        Card(
            title=_("Profile updated"),
            text=_("Members can see it now. View it with `/mentor profile` in the server."),
            accent=Accent.AGREED,
        ),
    )


def _approved(reader: Reader) -> Message:
    return Message(
        _("You're a mentor now!"),
        Card(
            title=_("Welcome to the mentors"),
            text=_(
                "The moderators approved your application, and members can find you now.\n\n"
                "**Next:** set your weekly hours in the server with `/mentor hours`, for example "
                "`{example}`.",
                example=examples.weekly_hours(reader),
            ),
            accent=Accent.AGREED,
        ),
    )


def _suspended(notification: DueNotification, reader: Reader) -> Message:
    reason = quoted(notification.facts.get("reason", ""))
    groups = notification.facts.get("groups", 0)
    # Seats are part of their group sessions.
    pairs = notification.facts.get("cancelled", 0) - notification.facts.get("seats", 0)
    cancelled = [
        ngettext(
            "{count} upcoming session was cancelled.",
            "{count} upcoming sessions were cancelled.",
            pairs,
        )
        if pairs
        else "",
        ngettext(
            "{count} group session was cancelled.",
            "{count} group sessions were cancelled.",
            groups,
        )
        if groups
        else "",
    ]
    if not any(cancelled) and notification.facts.get("kept"):
        # There may be none; the sentence is true all the same.
        cancelled = [_("Sessions already booked will go ahead.")]
    text = sentences(
        _("Members can't find or book you for now."),
        *cancelled,
        _("If you think this is a mistake, contact the moderators."),
    )
    return Message(
        _("The moderators suspended your mentor profile."),
        Card(
            title=_("Your mentor profile is suspended"),
            text=_("The moderators wrote:\n{note}", note=reason) + f"\n\n{text}",
            accent=Accent.FAULT,
        ),
    )


def _reinstated(_notice: DueNotification, reader: Reader) -> Message:
    return Message(
        _("You can mentor again."),
        Card(
            title=_("Welcome back"),
            text=_(
                "The moderators reinstated you, and your settings are as you left "
                "them. Check when members can book you with `/mentor hours` in the "
                "server. If you had paused or stopped before, `/mentor resume` lets "
                "members book you again."
            ),
            accent=Accent.AGREED,
        ),
    )


def _logged(notification: DueNotification, reader: Reader) -> Message | None:
    if notification.audit_entry is None:
        return None
    return Message(audit_log.format_entry(notification.audit_entry, reader))


def _trouble(notification: DueNotification, reader: Reader) -> Message:
    """Render a problem that moderators have to solve or know about."""
    person = f"<@{notification.facts['about']}>"
    takes_role = notification.facts["with"] == NotificationKind.SUSPENDED
    match DeliveryProblem(notification.facts["trouble"]):
        case DeliveryProblem.REVIEW_CLOSED:
            text = sentences(
                _(
                    "{person} is waiting for your decision, but I can't post in {channel}. Please "
                    "allow me View Channel, Send Messages and Embed Links there, or choose another "
                    "channel with `/setup`.",
                    person=person,
                    channel=f"<#{notification.guild.review_channel_id}>",
                ),
                _queue_hint(),
            )
        case DeliveryProblem.REVIEW_GONE:
            text = sentences(
                _(
                    "{person} is waiting for your decision, but the review channel was deleted. "
                    "Please choose another with `/setup`.",
                    person=person,
                ),
                _queue_hint(),
            )
        case DeliveryProblem.REQUESTS_CLOSED:
            text = _(
                "I can't post or edit requests for help in {channel}. Please allow me View "
                "Channel, Send Messages and Embed Links there, or choose another channel with "
                "`/setup`. I'll keep trying. Until then, mentors get the requests in direct "
                "messages only, and posts of requests that ended may still show them: please "
                "delete those.",
                channel=f"<#{notification.facts['channel']}>",
            )
        case DeliveryProblem.REQUEST_CARD_DELETED:
            text = _(
                "Somebody deleted my post of a request for help in {channel}. The request is still "
                "open, and mentors get it in direct messages. To stop these posts, turn the "
                "channel off with `/setup`.",
                channel=f"<#{notification.facts['channel']}>",
            )
        case DeliveryProblem.LEFT:
            text = _(
                "{person} left this server, so I couldn't tell them about your decision.",
                person=person,
            )
            if notification.facts["with"] in (
                NotificationKind.APPROVED,
                NotificationKind.REINSTATED,
            ):
                text = sentences(
                    text, _("Members can't book them. If they return, they can resume mentoring.")
                )
        case DeliveryProblem.ROLE_GONE:
            text = sentences(
                _(
                    "{person} should have the mentor role, but the role was deleted. Please choose "
                    "another with `/setup`.",
                    person=person,
                ),
                _role_hint(notification, person),
            )
        case DeliveryProblem.ROLE_REFUSED:
            role = f"<@&{notification.guild.mentor_role_id}>"
            refused = (
                _("I couldn't take the role {role} from {person}.", role=role, person=person)
                if takes_role
                else _("I couldn't give the role {role} to {person}.", role=role, person=person)
            )
            text = sentences(refused, _roles_need(), _role_hint(notification, person))
    return Message(text)


def _queue_hint() -> str:
    return _(
        "I'll post its card within five minutes after that. Until then, you can decide in "
        "`/moderation queue`."
    )


def _roles_need() -> str:
    return _(
        "I need the permission Manage Roles, and my own role must be above it in Server Settings → "
        "Roles."
    )


def _role_hint(notification: DueNotification, person: str) -> str:
    """Return what moderators do about a role that can't be given or taken."""
    if notification.facts.get("tried_daily"):
        return _("Other mentors may be affected too. I'll try again once a day.")
    if notification.facts["with"] == NotificationKind.SUSPENDED:
        # Translators: the sentence before it is about the mentor role.
        return _("Your decision is saved. Please take it from {person} yourself.", person=person)
    # Translators: the sentence before it is about the mentor role.
    return _("Your decision is saved. Please give it to {person} yourself.", person=person)


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


def _undelivered(notification: DueNotification, reader: Reader) -> Message | None:
    counts = notification.undelivered_by_user or {}
    if not counts:
        return None
    lines = [
        _undelivered_line(user_id, count)
        for user_id, count in sorted(counts.items(), key=lambda item: -item[1])[:MAX_NAMES]
    ]
    if len(counts) > MAX_NAMES:
        # Translators: the last line of a list of people.
        others = ngettext(
            "and {count} more person", "and {count} more people", len(counts) - MAX_NAMES
        )
        lines.append(f"• {others}")
    return Message(
        "\n".join(
            (
                _("Some messages couldn't be delivered in the last hour:"),
                *lines,
                _(
                    "Usually that's because their direct messages are closed. They see what they "
                    "missed when they next use one of my commands. `/setup` shows whether I can "
                    "post in the channels."
                ),
            )
        )
    )


def _undelivered_line(user_id: int, count: int) -> str:
    if user_id:
        person = f"<@{user_id}>"
        return "• " + ngettext(
            "{person}: {count} message", "{person}: {count} messages", count, person=person
        )
    return "• " + ngettext(
        "{count} message to this server's channels",
        "{count} messages to this server's channels",
        count,
    )


def _place_failed(notification: DueNotification, reader: Reader) -> Message:
    facts = notification.facts
    if "provider" in facts:
        return Message(meetings.moderators_note(facts["provider"], facts["code"]))
    # Translators: {problem} is one or several sentences that say why, and what to do.
    if facts.get("open"):
        return Message(
            _(
                "I can't create meeting rooms for sessions where you want them: {problem} Until "
                "that's fixed, I create them elsewhere.",
                problem=facts["problem"],
            )
        )
    # Translators: {problem} is one or several sentences that say why, and what to do.
    return Message(
        _(
            "I can't create meeting rooms for sessions in this server: {problem} Until that's "
            "fixed, people use the mentor's own meeting link.",
            problem=facts["problem"],
        )
    )


def _role_earned(notification: DueNotification, reader: Reader) -> Message:
    name = plain(notification.facts["name"])
    return Message(
        _("Congratulations!"),
        Card(
            title=_("You earned a role: {name}", name=name) if name else _("You earned a new role"),
            text=_(
                "It's for what you've done as a mentor. Everyone in the server can see it. Thank "
                "you for helping!"
            ),
            accent=Accent.AGREED,
        ),
    )


def _threshold_role_stopped(notification: DueNotification, reader: Reader) -> Message:
    """Render that a role at thresholds can't be given or taken, and what to do."""
    if notification.facts["problem"] == "deleted":
        return Message(
            _(
                "A role that mentors earn was deleted, so I no longer give it. Remove it with "
                "`/setup`, under Roles for mentors, or choose another."
            )
        )
    return Message(
        sentences(
            _(
                "I can't give or take the role {role}, so I've stopped.",
                role=f"<@&{notification.facts['role']}>",
            ),
            _roles_need(),
            _("Then save the role once more with `/setup`, under Roles for mentors."),
        )
    )


def _webhook_disabled(notification: DueNotification, reader: Reader) -> Message:
    """Render that the main app isn't sent events any more, to people who may not run it."""
    why = (
        # Translators: the sentence before it is about an app, which was sent events.
        _("It answered that it doesn't want any more of them (HTTP 410).")
        if notification.facts["reason"] == "gone"
        else _("All requests to it have failed for a week.")
    )
    return Message(
        sentences(
            _(
                "I've stopped sending this server's events to the app at `{host}`.",
                host=notification.facts["host"],
            ),
            why,
            _(
                "Please tell whoever runs the app: they can enable the webhook again, and replay "
                "what it missed."
            ),
        )
    )


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
    NotificationKind.SUSPENDED: _suspended,
    NotificationKind.REINSTATED: _reinstated,
    NotificationKind.LOGGED: _logged,
    NotificationKind.DELIVERY_PROBLEM: _trouble,
    NotificationKind.UNDELIVERED: _undelivered,
    NotificationKind.MEETING_PLACE_FAILED: _place_failed,
    NotificationKind.WEBHOOK_DISABLED: _webhook_disabled,
    NotificationKind.ROLE_EARNED: _role_earned,
    NotificationKind.THRESHOLD_ROLE_STOPPED: _threshold_role_stopped,
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
