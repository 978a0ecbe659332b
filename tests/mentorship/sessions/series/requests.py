"""Series as tests book them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mentorship.actors import Actor
from mentorship.sessions.series import booking
from mentorship.sessions.series.quotes import SeriesRequest
from mentorship.sessions.series.views import SeriesView
from tests.mentorship.support.community import TUESDAY_NOON, Community


def request_for(
    mentor: Actor, count: int = 3, start: datetime = TUESDAY_NOON, **more: Any
) -> SeriesRequest:
    """Return a request for weekly sessions of an hour."""
    request = {"every_weeks": 1, "minutes": 60} | more
    return SeriesRequest(mentor.user_id, start, count=count, **request)


async def book_series(
    town: Community, mentee: Actor, mentor: Actor, count: int = 3, **more: Any
) -> SeriesView:
    request = request_for(mentor, count, **more)
    return (await town.db.run(booking.book_series, mentee, request)).series
