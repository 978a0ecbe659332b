"""Kinds of notifications, as members see them in their settings."""

from __future__ import annotations

from collections.abc import Mapping

from mentorship.notifications.catalogue import NotificationKind
from wording.reader import Reader
from wording.translation import N_, _


def kind_name(kind: NotificationKind, reader: Reader) -> str:
    """Return the name of a kind that can be switched off."""
    return _(_NAMES[kind])


def switch(kind: NotificationKind, reader: Reader) -> str:
    """Return what a switch for a kind says: `Notify me when a mentor confirms`."""
    return _(_SWITCHES[kind])


_NAMES: Mapping[NotificationKind, str] = {
    # Translators: a line of a list under the heading "You aren\'t notified when".
    NotificationKind.CONFIRMED: N_("a mentor confirms"),
    # Translators: a line of a list under the heading "You aren\'t notified when".
    NotificationKind.COMPLETED: N_("a session is completed"),
    # Translators: a line of a list under the heading "You aren\'t notified when".
    NotificationKind.RATED: N_("someone rates you"),
    # Translators: a line of a list under the heading "You aren\'t notified when".
    NotificationKind.THANKED: N_("someone thanks you"),
    # Translators: a line of a list under the heading "You aren\'t notified when".
    NotificationKind.ROLE_EARNED: N_("you earn a role"),
    # Translators: a line of a list under the heading "You aren\'t notified when".
    NotificationKind.REPLIED: N_("a mentor replies to your review"),
    # Translators: a line of a list under the heading "You aren\'t notified when".
    NotificationKind.POINTS: N_("your points change"),
    # Translators: a line of a list under the heading "You aren\'t notified when".
    NotificationKind.HELP_REQUESTED: N_("a member asks for help"),
    # Translators: a line of a list under the heading "You aren\'t notified when".
    NotificationKind.STEP_DUE: N_("a next step is due"),
    # Translators: a line of a list under the heading "You aren\'t notified when".
    NotificationKind.SLOT_OPENED: N_("a mentor has a slot you asked about"),
    # Translators: a line of a list under the heading "You aren\'t notified when".
    NotificationKind.GOALS_QUESTION: N_("it's time to look at your goals"),
}

_SWITCHES: Mapping[NotificationKind, str] = {
    NotificationKind.CONFIRMED: N_("Notify me when a mentor confirms"),
    NotificationKind.COMPLETED: N_("Notify me when a session is completed"),
    NotificationKind.RATED: N_("Notify me when someone rates you"),
    NotificationKind.THANKED: N_("Notify me when someone thanks you"),
    NotificationKind.ROLE_EARNED: N_("Notify me when you earn a role"),
    NotificationKind.REPLIED: N_("Notify me when a mentor replies to your review"),
    NotificationKind.POINTS: N_("Notify me when your points change"),
    NotificationKind.HELP_REQUESTED: N_("Notify me when a member asks for help"),
    NotificationKind.STEP_DUE: N_("Notify me when a next step is due"),
    NotificationKind.SLOT_OPENED: N_("Notify me when a mentor has a slot you asked about"),
    NotificationKind.GOALS_QUESTION: N_("Notify me when it's time to look at your goals"),
}
