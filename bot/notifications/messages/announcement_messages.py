"""The message to a mentor whose group session can't be announced, or isn't any more."""

from __future__ import annotations

from bot.components.cards import Accent, Card, action_rows
from bot.formatting import plain_title
from bot.notifications.message import Message
from bot.views.groups.items import DetailsButton
from mentorship.delivery.loading import DueNotification
from mentorship.notifications.channel_cards import ChannelProblem
from mentorship.sessions.groups.group_views import GroupView
from mentorship.statuses import SessionStatus
from wording.reader import Reader
from wording.translation import _, sentences


def announcement_failed(
    notification: DueNotification, group: GroupView, reader: Reader
) -> Message | None:
    """Return what is wrong, and how to announce the session again."""
    if group.status is not SessionStatus.CONFIRMED or group.message_id is not None:
        return None
    channel = f"<#{notification.facts['channel']}>"
    problem = ChannelProblem(notification.facts["problem"])
    elsewhere = _("To announce it in another channel, open it with `/session list` in the server.")
    match problem:
        case ChannelProblem.CHANNEL_GONE:
            text = sentences(_("The channel was deleted."), elsewhere)
        case ChannelProblem.MESSAGE_DELETED:
            text = _(
                "The announcement in {channel} was deleted. I won't post it again "
                "unless you do: open the session with `/session list` in the server "
                "and choose a channel.",
                channel=channel,
            )
        case ChannelProblem.CHANNEL_CLOSED:
            text = _(
                "I'm not allowed to post in {channel}. Ask a moderator to let my "
                "role view it and send messages there. I'll keep trying.",
                channel=channel,
            )
    if group.seats_taken:
        kept = _("The session itself isn't affected, and everyone keeps their seat.")
        text = f"{text}\n{kept}"
    return Message(
        _("“{title}” isn't announced.", title=plain_title(group.title)),
        Card(title=plain_title(group.title), text=text, accent=Accent.WAITING),
        action_rows(DetailsButton(group.id)),
    )
