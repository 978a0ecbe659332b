"""When a notification is sent at once, although its reader has quiet hours. Pure.

Each kind has a `Timing` in the catalogue. This module says what that means.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mentorship.notifications.catalogue import Timing

FAIR_ANSWER_TIME = timedelta(hours=2)
"""The least time that quiet hours leave for an answer, from their end to its deadline."""

PREPARATION_TIME = timedelta(hours=1)
"""The least time that quiet hours leave between their end and the start of a session."""

SOON = timedelta(hours=12)
"""How long before its start the cancellation of a session is always sent at once."""

URGENCIES = (2, 1)
"""All priorities in which notifications are delivered; the highest is sent first."""


@dataclass(frozen=True, slots=True)
class Stakes:
    """What a notification is about, as far as it depends on time.

    Attributes:
        starts: The session's start, and the one that it was moved away from.
        answer_by: When the reader's silence has a consequence.
        useful_until: When the notification is dropped.
    """

    starts: tuple[datetime, ...] = ()
    answer_by: datetime | None = None
    useful_until: datetime | None = None


def can_wait(timing: Timing, stakes: Stakes, quiet_until: datetime, now: datetime) -> bool:
    """Return whether its reader loses nothing if it waits for the end of their quiet hours."""
    useful_until = stakes.useful_until
    start_is_near = any(
        now - PREPARATION_TIME <= start <= quiet_until + PREPARATION_TIME for start in stakes.starts
    )
    if timing is Timing.REMINDER:
        # One that another follows isn't missed: the next one takes its place.
        is_last = useful_until is None or useful_until in stakes.starts
        return not (start_is_near and is_last)
    if timing is Timing.NOW or (useful_until is not None and useful_until <= quiet_until):
        return False
    if timing is Timing.ANSWER:
        # After the deadline nothing can be lost, or a late question extends it.
        answer_by = stakes.answer_by
        return answer_by is None or not now < answer_by <= quiet_until + FAIR_ANSWER_TIME
    if timing is Timing.CANCELLATION and any(now <= each <= now + SOON for each in stakes.starts):
        return False
    return timing is Timing.CAN_WAIT or not start_is_near


def urgency(timing: Timing, due_at: datetime, starts_at: datetime | None) -> int:
    """Return the priority of a notification's delivery.

    What concerns the next hours is sent first: a start, and the cancellation of one that is near.
    """
    is_urgent = timing is Timing.NOW or (
        timing is Timing.CANCELLATION and starts_at is not None and starts_at - due_at <= SOON
    )
    return 2 if is_urgent else 1
