"""Kinds of notifications, as members see them in their settings."""

from __future__ import annotations

from collections.abc import Mapping

from mentorship.notifications.catalogue import NotificationKind
from wording.reader import Reader


def kind_name(kind: NotificationKind, reader: Reader) -> str:
    """Return the name of a kind that can be switched off."""
    return _NAMES[kind]


_NAMES: Mapping[NotificationKind, str] = {
    NotificationKind.CONFIRMED: "a mentor confirms",
    NotificationKind.COMPLETED: "a session is completed",
    NotificationKind.RATED: "someone rates you",
    NotificationKind.THANKED: "someone thanks you",
    NotificationKind.ROLE_EARNED: "you earn a role",
    NotificationKind.REPLIED: "a mentor replies to your review",
    NotificationKind.POINTS: "your points change",
    NotificationKind.HELP_REQUESTED: "a member asks for help",
    NotificationKind.STEP_DUE: "a next step is due",
    NotificationKind.SLOT_OPENED: "a mentor has a slot you asked about",
    NotificationKind.GOALS_QUESTION: "it's time to look at your goals",
}
