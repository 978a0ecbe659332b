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
from wording.durations import counted
from wording.reader import Reader


def event_failed(
    _notification: DueNotification, group: GroupView, _reader: Reader
) -> Message | None:
    """Return that the bot may not manage events, and how to try again."""
    if group.status is not SessionStatus.CONFIRMED or group.wants_event:
        return None
    state = "isn't in the server's events." if group.event_id is None else "can't be updated there."
    return Message(
        f"“{plain_title(group.title)}” {state}",
        Card(
            title=plain_title(group.title),
            text="I'm not allowed to manage events. Ask a moderator to allow **Create Events** for "
            "my role, then try again. The session itself isn't affected.",
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
    card = Card(title=f"Move the session to {discord_timestamp(start)}?", accent=Accent.WAITING)
    card.add_fact("Current time", discord_timestamp(group.starts_at))
    card.add_fact("New time", discord_timestamp(start))
    card.add_text(groups.asked_again(group, reader, is_offered=True))
    return Message(
        f"Somebody moved the Discord event of “{plain_title(group.title)}”. The session still "
        f"starts {discord_timestamp(group.starts_at)}.",
        card,
        action_rows(
            ConfirmMoveButton(group.id, start, group.revision, group.seats_taken),
            RestoreEventButton(group.id),
        ),
    )


def _renamed(group: GroupView, title: str) -> Message | None:
    if title == group.title:
        return None
    card = Card(title="Rename the session, too?", accent=Accent.WAITING)
    card.add_fact("Current title", plain_title(group.title))
    card.add_kept(Kept.GROUP_TITLE, "New title", title)
    return Message(
        f"Somebody renamed the Discord event of “{plain_title(group.title)}”.",
        card,
        action_rows(
            RenameGroupButton(group.id), RestoreEventButton(group.id, "Keep current title")
        ),
    )


def event_cancelled(
    _notification: DueNotification, group: GroupView, reader: Reader
) -> Message | None:
    """Return the question whether the session should be cancelled like its event."""
    if group.status is not SessionStatus.CONFIRMED or group.wants_event:
        return None
    card = Card(title="Cancel the session, too?", accent=Accent.WAITING)
    card.add_fact("When", discord_timestamp(group.starts_at))
    if group.seats_taken:
        people = counted(group.seats_taken, "person has", reader, "people have")
        them = "They're" if group.seats_taken > 1 else "They are"
        refund = f" {them} refunded in full if you cancel." if group.price else ""
        card.add_text(f"{people} a seat.{refund}")
    else:
        card.add_text("Nobody has a seat yet.")
    card.add_text("If you keep it, it takes place without an event in Discord.")
    return Message(
        f"Somebody cancelled the Discord event of “{plain_title(group.title)}”. The session still "
        "takes place.",
        card,
        action_rows(
            ConfirmCancelGroupButton(group.id, group.seats_taken), DismissButton("Keep session")
        ),
    )
