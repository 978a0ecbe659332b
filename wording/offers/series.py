"""Series in words: how often they repeat, and where a session stands in one."""

from __future__ import annotations

from mentorship.sessions.session_views import SeriesPlace
from wording.reader import Reader
from wording.translation import ngettext, npgettext, pgettext


def interval(every_weeks: int, reader: Reader) -> str:
    """Write how often sessions repeat: `every week`, `every 2 weeks`."""
    if every_weeks == 1:
        return pgettext("how often sessions repeat", "every week")
    return npgettext(
        "how often sessions repeat", "every {count} week", "every {count} weeks", every_weeks
    )


def interval_option(every_weeks: int, reader: Reader) -> str:
    """Write how often sessions repeat as a title or a choice: `Every week`, `Every 2 weeks`."""
    if every_weeks == 1:
        return pgettext("how often sessions repeat", "Every week")
    return npgettext(
        "how often sessions repeat", "Every {count} week", "Every {count} weeks", every_weeks
    )


def sessions(count: int, reader: Reader) -> str:
    """Write a number of sessions: `1 session`, `6 sessions`."""
    return ngettext("{count} session", "{count} sessions", count)


def place(place: SeriesPlace, reader: Reader) -> str:
    """Write where a session stands in its series: `3 of 6, weekly`."""
    number, size = place.number, place.size
    if place.every_weeks == 1:
        # Translators: the third of six sessions of a series: "3 of 6, weekly".
        return ngettext(
            "{number} of {count}, weekly", "{number} of {count}, weekly", size, number=number
        )
    # Translators: {interval} is how often sessions repeat: "3 of 6, every 2 weeks".
    return ngettext(
        "{number} of {count}, {interval}",
        "{number} of {count}, {interval}",
        size,
        number=number,
        interval=interval(place.every_weeks, reader),
    )
