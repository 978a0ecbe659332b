"""Bookings in sentences."""

from __future__ import annotations

from datetime import datetime

from mentorship.time.timezones import ZoneName
from wording import times
from wording.durations import counted
from wording.reader import InstantFormatter, Reader


def unanswered_request(
    mentor: str, deadline: datetime, price: int, reader: Reader, when: InstantFormatter
) -> str:
    """Write for the mentee what happens to a request that `mentor` hasn't confirmed by `deadline`.

    `price` is in points.
    """
    outcome = "you're refunded in full" if price else "the request expires"
    return f"If {mentor} doesn't confirm by {when(deadline)}, {outcome}."


def zone_hint(zone: ZoneName, reader: Reader) -> str:
    """Write whose time the slots are in, which the reader chooses from.

    The offset is left out: it may change between the first slot and the last.
    """
    return f"Times below are in your time zone ({times.zone_name(zone, reader)})."


def questions_ahead(mentor: str, count: int, reader: Reader) -> str:
    """Write that confirming opens a form with the mentor's questions."""
    return f"{mentor} has {counted(count, 'question', reader)} for you, which you'll answer next."


def question_label(number: int, reader: Reader) -> str:
    """Name a question by its number, where its text doesn't fit or is gone."""
    return f"Question {number}"
