"""The messages to moderators about what doesn't work: rights, channels, roles, deliveries."""

from __future__ import annotations

from bot.notifications.message import Message
from mentorship.delivery.loading import DueNotification
from mentorship.notifications.catalogue import DeliveryProblem, NotificationKind
from wording.integrations import meetings
from wording.reader import Reader
from wording.translation import _, ngettext, sentences

MAX_NAMES = 10
"""People who are named in one message to the moderators."""


def delivery_problem(notification: DueNotification, reader: Reader) -> Message:
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


def undelivered(notification: DueNotification, reader: Reader) -> Message | None:
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


def place_failed(notification: DueNotification, reader: Reader) -> Message:
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


def threshold_role_stopped(notification: DueNotification, reader: Reader) -> Message:
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


def webhook_disabled(notification: DueNotification, reader: Reader) -> Message:
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
