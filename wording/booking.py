"""Bookings in sentences."""

from __future__ import annotations

from datetime import datetime

from mentorship.time.timezones import ZoneName
from wording import times
from wording.reader import InstantFormatter, Reader
from wording.translation import _, ngettext


def unanswered_request(
    mentor: str, deadline: datetime, price: int, reader: Reader, when: InstantFormatter
) -> str:
    """Write for the mentee what happens to a request that `mentor` hasn't confirmed by `deadline`.

    `price` is in points.
    """
    if price:
        return _(
            "If {name} doesn't confirm by {time}, you're refunded in full.",
            name=mentor,
            time=when(deadline),
        )
    return _(
        "If {name} doesn't confirm by {time}, the request expires.",
        name=mentor,
        time=when(deadline),
    )


def zone_hint(zone: ZoneName, reader: Reader) -> str:
    """Write whose time the slots are in, which the reader chooses from.

    The offset is left out: it may change between the first slot and the last.
    """
    return _(
        "Times below are in your time zone ({zone}).",
        zone=times.zone_name(zone, reader),
    )


def questions_ahead(mentor: str, count: int, reader: Reader) -> str:
    """Write that confirming opens a form with the mentor's questions."""
    return ngettext(
        "{name} has {count} question for you, which you'll answer next.",
        "{name} has {count} questions for you, which you'll answer next.",
        count,
        name=mentor,
    )


def question_label(number: int, reader: Reader) -> str:
    """Name a question by its number, where its text doesn't fit or is gone."""
    return _("Question {number}", number=number)
