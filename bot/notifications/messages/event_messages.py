"""The messages to a mentor about the scheduled event of their group session in Discord."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.components.cards import Accent, Card, action_rows
from bot.components.message_reader import Kept
from bot.formatting import discord_timestamp, plain_title
from bot.notifications.message import Message
from bot.views.groups.calling_off import ConfirmCancelGroupButton
from bot.views.groups.event_questions import (
    RenameGroupButton,
    RestoreEventButton,
    RetryEventButton,
)
from bot.views.groups.items import DismissButton
from bot.views.groups.moving import ConfirmMoveButton
from mentorship.delivery.loading import DueNotification
from mentorship.sessions.groups.group_views import GroupView
from mentorship.statuses import SessionStatus
from wording import groups
from wording.reader import Reader
from wording.translation import _, ngettext, sentences


def event_failed(
    _notification: DueNotification, group: GroupView, _reader: Reader
) -> Message | None:
    """Return that the bot may not manage events, and how to try again."""
    if group.status is not SessionStatus.CONFIRMED or group.wants_event:
        return None
    title = plain_title(group.title)
    return Message(
        _("“{title}” isn't in the server's events.", title=title)
        if group.event_id is None
        else _("“{title}” can't be updated in the server's events.", title=title),
        Card(
            title=title,
            text=_(
                "I'm not allowed to manage events. Ask a moderator to allow "
                "**Create Events** for my role, then try again. The session itself "
                "isn't affected."
            ),
            accent=Accent.WAITING,
        ),
        action_rows(RetryEventButton(group.id)),
    )


def event_changed(
    notification: DueNotification, group: GroupView, reader: Reader
) -> Message | None:
    """Return the question whether the session should follow its event."""
    if group.status is not SessionStatus.CONFIRMED or not group.wants_event:
        return None
    if "title" in notification.facts:
        return _renamed(group, notification.facts["title"])
    start = datetime.fromtimestamp(notification.facts["start"], UTC)
    if start == group.starts_at or start <= notification.now:
        return None
    card = Card(
        title=_("Move the session to {time}?", time=discord_timestamp(start)), accent=Accent.WAITING
    )
    card.add_fact(_("Current time"), discord_timestamp(group.starts_at))
    card.add_fact(_("New time"), discord_timestamp(start))
    card.add_text(groups.asked_again(group, reader, is_offered=True))
    return Message(
        _(
            "Somebody moved the Discord event of “{title}”. The session still starts {time}.",
            title=plain_title(group.title),
            time=discord_timestamp(group.starts_at),
        ),
        card,
        action_rows(
            ConfirmMoveButton(group.id, start, group.revision, group.seats_taken),
            RestoreEventButton(group.id),
        ),
    )


def _renamed(group: GroupView, title: str) -> Message | None:
    if title == group.title:
        return None
    card = Card(title=_("Rename the session, too?"), accent=Accent.WAITING)
    card.add_fact(_("Current title"), plain_title(group.title))
    card.add_kept(Kept.GROUP_TITLE, _("New title"), title)
    return Message(
        _("Somebody renamed the Discord event of “{title}”.", title=plain_title(group.title)),
        card,
        action_rows(
            RenameGroupButton(group.id), RestoreEventButton(group.id, _("Keep current title"))
        ),
    )


def event_cancelled(
    _notification: DueNotification, group: GroupView, reader: Reader
) -> Message | None:
    """Return the question whether the session should be cancelled like its event."""
    if group.status is not SessionStatus.CONFIRMED or group.wants_event:
        return None
    card = Card(title=_("Cancel the session, too?"), accent=Accent.WAITING)
    card.add_fact(_("When"), discord_timestamp(group.starts_at))
    if group.seats_taken:
        people = ngettext(
            "{count} person has a seat.", "{count} people have a seat.", group.seats_taken
        )
        # Translators: whoever has a seat, of whom the sentence before it has spoken.
        refund = ngettext(
            "They are refunded in full if you cancel.",
            "They're refunded in full if you cancel.",
            group.seats_taken,
        )
        card.add_text(sentences(people, refund if group.price else ""))
    else:
        card.add_text(_("Nobody has a seat yet."))
    card.add_text(_("If you keep it, it takes place without an event in Discord."))
    return Message(
        _(
            "Somebody cancelled the Discord event of “{title}”. The session still takes place.",
            title=plain_title(group.title),
        ),
        card,
        action_rows(
            ConfirmCancelGroupButton(group.id, group.seats_taken), DismissButton(_("Keep session"))
        ),
    )
