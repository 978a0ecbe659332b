"""What the messages that show a row's state in a channel, and are edited in place, have in common.

A row's `card_due_at` is the mark that its message is to be posted or edited. A worker claims what
is due for the time of a lease, sends it, and clears the mark unless the row has changed meanwhile.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum, auto

LEASE = timedelta(minutes=1)
"""Time to post or edit a claimed message before it is claimed again."""

FIRST_RETRY_DELAY = timedelta(minutes=1)
"""Time between a failure and the next attempt; each further failure in a row doubles it."""

MAX_RETRY_DELAY = timedelta(hours=1)

BATCH_SIZE = 20
"""Maximum number of messages that one call claims."""


class ChannelProblem(StrEnum):
    """Why a message can't be posted or edited. The values are stored."""

    CHANNEL_GONE = auto()
    CHANNEL_CLOSED = auto()
    """The bot may not write to it. It is tried again."""

    MESSAGE_DELETED = auto()
    """Somebody who may delete it doesn't want it there, so it isn't posted again by itself."""


def retry_at(now: datetime, attempts: int) -> datetime:
    """Return when to try again, after `attempts` failures in a row before this one."""
    doublings: int = min(attempts, 10)
    return now + min(FIRST_RETRY_DELAY * 2.0**doublings, MAX_RETRY_DELAY)
