"""By how many minutes somebody can say that they are late, and when. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from mentorship.errors import NotAllowedNow, Obstacle, SessionAction, Subject
from mentorship.statuses import AGREED, SessionStatus

CHOICES = (5, 10, 15)
"""The delays to choose from, in minutes after the start."""

OPEN_BEFORE = timedelta(minutes=15)
"""How long before the start people can say so. Earlier, they can propose another time."""


def choices(
    status: SessionStatus,
    starts_at: datetime,
    ends_at: datetime,
    announced: int | None,
    now: datetime,
) -> tuple[int, ...]:
    """Return the delays, in minutes, that a person can announce now; none if it isn't the time.

    `announced` is what they have said before. A later notice can only name a longer delay, so a
    person can send at most one for each of `CHOICES`. A delay that has passed isn't offered, nor
    one that lasts until the end.
    """
    if status not in AGREED or now < starts_at - OPEN_BEFORE:
        return ()
    return tuple(
        minutes
        for minutes in CHOICES
        if minutes > (announced or 0) and now < starts_at + timedelta(minutes=minutes) < ends_at
    )


def require(
    minutes: int,
    status: SessionStatus,
    starts_at: datetime,
    ends_at: datetime,
    announced: int | None,
    now: datetime,
    subject: Subject = Subject.SESSION,
) -> None:
    """Raise `NotAllowedNow` unless a person can announce a delay of `minutes` now.

    The other arguments are as for `choices`.
    """
    if minutes in choices(status, starts_at, ends_at, announced, now):
        return
    obstacle: Obstacle | None = Obstacle.DELAY_PASSED
    if status not in AGREED:
        obstacle = None
    elif now < starts_at - OPEN_BEFORE:
        obstacle = Obstacle.NOT_NEAR_START
    elif announced is not None and minutes <= announced:
        obstacle = Obstacle.LONGER_DELAY_KNOWN
    raise NotAllowedNow(SessionAction.ANNOUNCE_DELAY, obstacle, status=status, subject=subject)
