"""Messages about a mentorship and its goals."""

from __future__ import annotations

from bot.notifications.message import Message
from mentorship.delivery.loading import DueNotification
from wording.reader import Reader


def goals_question(notification: DueNotification, reader: Reader) -> Message | None:
    """Ask a mentee how far they have come with their goals."""
    question = notification.goal_question
    if question is None:
        return None
    return Message("How are your goals going?")


def ended(notification: DueNotification, reader: Reader) -> Message | None:
    """Tell the other of two people that their mentorship has ended."""
    mentorship = notification.mentorship
    if mentorship is None or not mentorship.has_ended or notification.user_id is None:
        return None
    return Message("Your mentorship has ended.")
