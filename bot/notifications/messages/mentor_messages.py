"""The messages to mentors about their profile: applications, suspension, roles they earn."""

from __future__ import annotations

from bot.components.cards import Accent, Card, action_rows
from bot.formatting import plain, quoted
from bot.notifications.message import Message
from bot.views.mentors.application import ResubmitButton
from bot.views.moderation import review_card
from mentorship.delivery.loading import DueNotification
from mentorship.notifications.catalogue import NotificationKind
from mentorship.statuses import RevisionKind
from wording import examples
from wording.reader import Reader
from wording.translation import _, ngettext, sentences


def application_message(notification: DueNotification, reader: Reader) -> Message | None:
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


def suspended(notification: DueNotification, reader: Reader) -> Message:
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


def reinstated(_notice: DueNotification, reader: Reader) -> Message:
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


def role_earned(notification: DueNotification, reader: Reader) -> Message:
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
