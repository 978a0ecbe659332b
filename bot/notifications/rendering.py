"""The card of each kind of notification, as things are when it is sent."""

from __future__ import annotations

from collections.abc import Callable

from bot.components.cards import Accent, Card, action_rows
from bot.formatting import plain, quoted
from bot.notifications import points_messages, session_messages
from bot.notifications.message import Message
from bot.views.mentors.activity import activity_question, paused_card
from bot.views.mentors.application import ResubmitButton
from bot.views.moderation import audit_log, review_card
from bot.views.moderation.dispute import dispute_card, reminder_card
from bot.views.moderation.grant_request import grant_request_card
from bot.views.setup import welcome
from mentorship.delivery.loading import DueNotification
from mentorship.notifications.catalogue import DeliveryProblem, NotificationKind
from mentorship.statuses import RevisionKind, SessionStatus

MAX_NAMES = 10
"""People who are named in one message to the moderators."""


def render(notification: DueNotification) -> Message | None:
    """Return the card of a notification, None if it is no longer relevant."""
    if notification.application is not None:
        return _application_card(notification)
    if notification.kind in _RENDERERS:
        return _RENDERERS[notification.kind](notification)
    if notification.session is not None and notification.user_id is not None:
        return session_messages.render(notification, notification.session, notification.user_id)
    return None


def _application_card(notification: DueNotification) -> Message | None:
    application, guild = notification.application, notification.guild
    assert application is not None
    is_change = application.kind == RevisionKind.CHANGE
    note = quoted(application.note or "")
    if notification.kind is NotificationKind.APPLICATION_RECEIVED:
        if not application.is_pending and application.message_id is None:
            return None
        card, actions = review_card.review_card(application, guild)
        return Message(review_card.headline(application), card, actions)
    if notification.kind is NotificationKind.APPROVED:
        return Message(
            "Your new profile text is approved." if is_change else "You are a mentor now!",
            Card(
                title="Your new text can be seen" if is_change else "Welcome among the mentors",
                text="Members see it from now on: `/mentor profile` in the server."
                if is_change
                else (
                    "The moderators approved your application, and members can find you from now "
                    "on.\n\n**Next:** say when you have time, in the server: "
                    "`/mentor hours` with something like `mon-fri 18:00-21:30; sat 10-14`."
                ),
                accent=Accent.AGREED,
            ),
        )
    if notification.kind is NotificationKind.CHANGES_REQUESTED:
        return Message(
            "The moderators ask for changes.",
            Card(
                title="Almost there",
                text=f"Before they decide, the moderators would like a change:\n\n{note}\n\n"
                "What you wrote is still there; change it and send it in again.",
                accent=Accent.WAITING,
            ),
            action_rows(ResubmitButton(application.id)),
        )
    again = (
        "Members still see your old text."
        if is_change
        else f"You can apply again in {guild.reapply_after_days} days with `/mentor apply`."
    )
    return Message(
        "There is an answer from the moderators.",
        Card(
            title="Not this time",
            text=f"The moderators did not approve what you sent. They wrote:\n\n{note}\n\n{again}",
            accent=Accent.OVER,
        ),
    )


def _suspended(notification: DueNotification) -> Message:
    reason = quoted(notification.facts.get("reason", ""))
    cancelled = notification.facts.get("cancelled", 0)
    if cancelled:
        booked = "1 session was" if cancelled == 1 else f"{cancelled} sessions were"
        booked += " cancelled, as you hear separately. "
    else:
        # There may be none; the sentence is true all the same.
        booked = (
            "Sessions that are booked already stand. " if notification.facts.get("kept") else ""
        )
    return Message(
        "There is word from the moderators.",
        Card(
            title="Your mentor profile is suspended",
            text=f"The moderators wrote:\n\n{reason}\n\n"
            f"You can't be found or booked for now. {booked}"
            "If you think that this is wrong, please talk to them.",
            accent=Accent.FAULT,
        ),
    )


def _reinstated(_notice: DueNotification) -> Message:
    return Message(
        "You can mentor again.",
        Card(
            title="Welcome back",
            text="The moderators have reinstated you, and everything is as you left it. "
            "Members can book you in the hours that you have set: look at them, or set some, with "
            "`/mentor hours` in the server. If you had paused or stopped before, "
            "`/mentor resume` lets members book you again.",
            accent=Accent.AGREED,
        ),
    )


def _logged(notification: DueNotification) -> Message | None:
    if notification.audit_entry is None:
        return None
    return Message(audit_log.format_entry(notification.audit_entry))


def _trouble(notification: DueNotification) -> Message:
    """Render a problem that moderators have to solve or know about."""
    person = f"<@{notification.facts['about']}>"
    role = f"<@&{notification.guild.mentor_role_id}>"
    takes_role = notification.facts["with"] == NotificationKind.SUSPENDED
    queue_hint = (
        "Its card comes by itself within five minutes after that; until then you can read it and "
        "decide in `/moderation queue`."
    )
    by_hand_hint = (
        f"The decision stands; please {'take it from' if takes_role else 'give it to'} {person} "
        "by hand."
    )
    if notification.facts.get("tried_daily"):
        by_hand_hint = "Other mentors may be affected too. I'll try again once a day."
    match DeliveryProblem(notification.facts["trouble"]):
        case DeliveryProblem.REVIEW_CLOSED:
            text = (
                f"Something that {person} sent waits for your decision, and I can't write to "
                f"<#{notification.guild.review_channel_id}>. Please allow me View Channel, Send "
                "Messages and Embed Links there, or choose another channel with `/setup`. "
                f"{queue_hint}"
            )
        case DeliveryProblem.REVIEW_GONE:
            text = (
                f"Something that {person} sent waits for your decision, and the channel where I "
                f"post such things is gone. Please choose another with `/setup`. {queue_hint}"
            )
        case DeliveryProblem.LEFT:
            text = f"{person} has left this server, so I could not tell them. The decision stands."
            if notification.facts["with"] in (
                NotificationKind.APPROVED,
                NotificationKind.REINSTATED,
            ):
                text += " Nobody can find or book them. If they return, they can resume mentoring."
        case DeliveryProblem.ROLE_GONE:
            text = (
                f"{person} should get the mentor role, and it is gone: somebody deleted it. "
                f"Please choose another with `/setup`. {by_hand_hint}"
            )
        case DeliveryProblem.ROLE_REFUSED:
            verb, preposition = ("take", "from") if takes_role else ("give", "to")
            text = (
                f"I couldn't {verb} the role {role} {preposition} {person}. I need the permission "
                "Manage "
                "Roles, and my own role must stand above that one in Server Settings → Roles. "
                f"{by_hand_hint}"
            )
    return Message(text)


def _welcome(notification: DueNotification) -> Message:
    server = notification.facts["server"]
    card, actions = welcome.welcome_card(notification.guild.id, server, notification.facts["back"])
    return Message(f"Hello! I'm in {plain(server)} now.", card, actions)


def _setting_lost(notification: DueNotification) -> Message:
    card, actions = welcome.lost_card(
        notification.guild.id, notification.facts["server"], notification.facts["settings"]
    )
    return Message("Something that I need was deleted.", card, actions)


def _undelivered(notification: DueNotification) -> Message | None:
    counts = notification.undelivered_by_user or {}
    if not counts:
        return None
    lines = [
        f"• <@{user_id}>: {_count(count, 'message')}"
        if user_id
        else f"• {_count(count, 'message')} to this server's channels"
        for user_id, count in sorted(counts.items(), key=lambda item: -item[1])[:MAX_NAMES]
    ]
    if len(counts) > MAX_NAMES:
        lines.append(f"• and {len(counts) - MAX_NAMES} more people")
    return Message(
        "Some messages did not arrive in the last hour:\n"
        + "\n".join(lines)
        + "\nMost often somebody's direct messages are closed. They see what they missed when they "
        "next use one of my commands. `/setup` says whether I may write in the channels."
    )


def _place_failed(notification: DueNotification) -> Message:
    return Message(
        "I can't make the place to meet that this server has chosen: "
        f"{notification.facts['problem']} "
        "Until that is mended, people meet by the mentor's own link."
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _dispute(notification: DueNotification) -> Message | None:
    if notification.session is None:
        return None
    return Message(*dispute_card(notification.session, notification.guild))


def _grant_requested(notification: DueNotification) -> Message | None:
    request = notification.grant_request
    if request is None or not request.is_pending:
        return None
    return Message(*grant_request_card(request, notification.guild))


def _dispute_reminder(notification: DueNotification) -> Message | None:
    session = notification.session
    if session is None or session.status is not SessionStatus.DISPUTED:
        return None
    return Message(*reminder_card(session, notification.guild, notification.facts["days"]))


def _asked_if_active(notification: DueNotification) -> Message:
    return activity_question(notification.guild.id, notification.facts["unanswered"])


def _paused_for_silence(notification: DueNotification) -> Message:
    return paused_card(notification.guild.id, notification.facts["unanswered"])


_RENDERERS: dict[NotificationKind, Callable[[DueNotification], Message | None]] = {
    NotificationKind.SUSPENDED: _suspended,
    NotificationKind.REINSTATED: _reinstated,
    NotificationKind.LOGGED: _logged,
    NotificationKind.DELIVERY_PROBLEM: _trouble,
    NotificationKind.UNDELIVERED: _undelivered,
    NotificationKind.MEETING_PLACE_FAILED: _place_failed,
    NotificationKind.DISPUTE_OPENED: _dispute,
    NotificationKind.DISPUTE_REMINDER: _dispute_reminder,
    NotificationKind.ASKED_IF_ACTIVE: _asked_if_active,
    NotificationKind.PAUSED_FOR_SILENCE: _paused_for_silence,
    NotificationKind.POINTS: points_messages.points_changed,
    NotificationKind.GRANT_REQUESTED: _grant_requested,
    NotificationKind.GRANT_DECIDED: points_messages.grant_decided,
    NotificationKind.WELCOME: _welcome,
    NotificationKind.SETTING_LOST: _setting_lost,
}
