"""How a mentor treats bookings, in words."""

from __future__ import annotations

from mentorship.mentors.track_record import CompletionRate, ResponseRate
from wording.durations import duration
from wording.reader import Reader


def usual_answer(hours: int, reader: Reader) -> str:
    """Write how fast a mentor usually answers a request."""
    return f"Usually answers within {duration(hours * 60, reader)}"


def answers(rate: ResponseRate, hours: int | None, reader: Reader) -> str:
    """Write how many requests a mentor answers, and how fast, if it is usually within a day."""
    if hours is None:
        return f"{rate.answered:,} of {rate.requests:,} requests"
    time = duration(hours * 60, reader)
    return f"{rate.answered:,} of {rate.requests:,} requests, usually within {time}"


def completion_rate(rate: CompletionRate, reader: Reader) -> str:
    """Write which share of a mentor's sessions took place."""
    return f"{rate.percent}% of sessions took place as agreed"
