"""How a mentor treats bookings, in words."""

from __future__ import annotations

from mentorship.mentors.track_record import CompletionRate, ResponseRate
from wording.cldr import format_number, format_percent
from wording.durations import duration
from wording.reader import Reader
from wording.translation import _, ngettext


def usual_answer(hours: int, reader: Reader) -> str:
    """Write how fast a mentor usually answers a request."""
    return _("Usually answers within {time}", time=duration(hours * 60, reader))


def answers(rate: ResponseRate, hours: int | None, reader: Reader) -> str:
    """Write how many requests a mentor answers, and how fast, if it is usually within a day."""
    answered = format_number(rate.answered, reader.formats)
    if hours is None:
        # Translators: the number of requests that a mentor has answered, "12 of 14 requests".
        return ngettext(
            "{answered} of {count} request",
            "{answered} of {count} requests",
            rate.requests,
            answered=answered,
        )
    # Translators: {time} is a length of time, such as "2 hours".
    return ngettext(
        "{answered} of {count} request, usually within {time}",
        "{answered} of {count} requests, usually within {time}",
        rate.requests,
        answered=answered,
        time=duration(hours * 60, reader),
    )


def completion_rate(rate: CompletionRate, reader: Reader) -> str:
    """Write which share of a mentor's sessions took place."""
    percent = format_percent(rate.percent / 100, reader.formats)
    return _("{percent} of sessions took place as agreed", percent=percent)
