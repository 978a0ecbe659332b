"""Kinds of notifications, as members see them in their settings."""

from __future__ import annotations

from collections.abc import Mapping

from mentorship.notifications.catalogue import Kind
from wording.reader import Reader


def kind_name(kind: Kind, reader: Reader) -> str:
    """Return the name of a kind that can be switched off."""
    return _NAMES[kind]


_NAMES: Mapping[Kind, str] = {
    Kind.CONFIRMED: "a mentor confirmed",
    Kind.HOW_WAS_IT: "how was your session?",
    Kind.COMPLETED: "a session is completed",
    Kind.RATED: "somebody rated you",
    Kind.REPLIED: "a mentor replied to your review",
    Kind.POINTS: "points came or went",
}
