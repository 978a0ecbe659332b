"""What a mentor's profile says about how they treat bookings; pure.

Everything comes from counters of the profile, which the transitions of sessions keep:

- `answers_1h` to `answers_24h` count the booking requests that were answered within so many hours,
  each including the shorter ones. The time during which the program was down doesn't count.
- `requests_answered` and `requests_expired` count the requests by how they ended.
- `sessions_completed` counts sessions that took place, `sessions_failed` those that didn't because
  of the mentor: a no-show, a dispute that was refunded, or a late cancellation.

Nothing is shown of a mentor's first few requests and sessions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

LEAST_REQUESTS = 5
"""Requests after which a profile shows how they were answered."""

LEAST_SESSIONS = 5
"""Sessions after which a profile shows how many of them took place."""

ANSWER_HOURS = (1, 2, 6, 12, 24)
"""The bounds between which answers are counted, in hours."""


class Counters(Protocol):
    """The counters of a mentor's profile, as a row of the database has them."""

    answers_1h: int
    answers_2h: int
    answers_6h: int
    answers_12h: int
    answers_24h: int
    requests_answered: int
    requests_expired: int
    sessions_completed: int
    sessions_failed: int


COUNTERS = (
    *(f"answers_{hours}h" for hours in ANSWER_HOURS),
    *("requests_answered", "requests_expired", "sessions_completed", "sessions_failed"),
)
"""The names of the counters' columns."""


@dataclass(frozen=True, slots=True)
class ResponseRate:
    """How many of a mentor's requests, `requests` in all, they answered in time."""

    answered: int
    requests: int


@dataclass(frozen=True, slots=True)
class CompletionRate:
    """How many of a mentor's sessions, `due` in all, took place.

    Sessions that the mentee cancelled or missed aren't among them.
    """

    completed: int
    due: int

    @property
    def percent(self) -> int:
        """The share in percent, rounded down: 100 only if all took place."""
        return self.completed * 100 // self.due


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """How a mentor treats bookings; a part is None while there is too little to say.

    `answer_hours` is within how many hours they answer at least half of all requests, one of
    `ANSWER_HOURS`. It is None, too, if they need longer.
    """

    response_rate: ResponseRate | None
    answer_hours: int | None
    completion_rate: CompletionRate | None


def track_record(profile: Counters) -> TrackRecord:
    """Return what a profile's counters say."""
    answered, expired = profile.requests_answered, profile.requests_expired
    within = {hours: int(getattr(profile, f"answers_{hours}h")) for hours in ANSWER_HOURS}
    return TrackRecord(
        response_rate(answered, expired),
        answer_hours(within, answered + expired),
        completion_rate(profile.sessions_completed, profile.sessions_failed),
    )


def response_rate(answered: int, expired: int) -> ResponseRate | None:
    """Return a mentor's response rate; None until there are `LEAST_REQUESTS`."""
    requests = answered + expired
    return ResponseRate(answered, requests) if requests >= LEAST_REQUESTS else None


def answer_hours(answered_within: dict[int, int], requests: int) -> int | None:
    """Return the median of the times to answer, rounded up to a bound; None if it is beyond all.

    A request that expired counts as one that was answered later than all others, so a mentor who
    answers few requests fast doesn't look fast. None until there are `LEAST_REQUESTS`.
    """
    if requests < LEAST_REQUESTS:
        return None
    return next(
        (hours for hours in ANSWER_HOURS if answered_within[hours] * 2 >= requests),
        None,
    )


def completion_rate(completed: int, failed: int) -> CompletionRate | None:
    """Return the share of sessions that took place; None until there are `LEAST_SESSIONS`."""
    due = completed + failed
    return CompletionRate(completed, due) if due >= LEAST_SESSIONS else None


def bounds_reached(waited: timedelta) -> frozenset[int]:
    """Return those of `ANSWER_HOURS` within which an answer came."""
    return frozenset(hours for hours in ANSWER_HOURS if waited <= timedelta(hours=hours))
