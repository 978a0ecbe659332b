"""The time until a session starts, in notifications."""

from __future__ import annotations

from datetime import timedelta

from mentorship.sessions.places import session_link
from wording.reader import Reader
from wording.translation import npgettext, pgettext

JOIN_SHOWN_FROM = session_link.SHOWN_FROM + timedelta(minutes=5)
"""From how long before the start reminders have a Join button: one hour, with some slack."""


def time_left(left: timedelta, reader: Reader) -> str:
    """Return the time until the start as people say it, such as "in 2 hours".

    Rounded, since a reminder may be late after a downtime or quiet hours.
    """
    minutes = max(1, round(left.total_seconds() / 60))
    # Translators: each of these stands in a sentence such as “{title}” starts in 2 hours.
    if minutes < 60:
        return npgettext("when it starts", "in {count} minute", "in {count} minutes", minutes)
    hours = round(minutes / 60)
    if hours == 24:
        return pgettext("when it starts", "tomorrow")
    if hours < 48:
        return npgettext("when it starts", "in {count} hour", "in {count} hours", hours)
    days = round(hours / 24)
    return npgettext("when it starts", "in {count} day", "in {count} days", days)
