"""When people are busy by their own calendars, as slots need it.

Like commitments, these times block a mentor's slots in every guild, without a reason. They are read
with the mentor's calendar, in the same statement.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Text, bindparam, cast, func, select, type_coerce

from mentorship.availability import hours_limits
from mentorship.availability.busy_times import NO_BUSY_TIMES, BusyTimes
from mentorship.time.intervals import Span
from storage.queries import instant_in_json
from storage.tables import ExternalBusy

_MAX_CACHED = 100_000
"""The longest text that is cached, of about 2,000 spans. All of them take 70 MB at most."""


def params(now: datetime, until: datetime | None = None) -> dict[str, object]:
    """Return the parameters of `column`, for slots that end by `until`.

    Without one, they are those for the furthest time that anybody can choose.
    """
    return {
        "external_since": now,
        "external_until": until or now + timedelta(days=hours_limits.DAYS_AHEAD),
    }


def column(dialect: str, person: ColumnElement[int]) -> ColumnElement[Any]:
    """The external busy spans of a person in another table, as one text column for `parse`.

    All starts, then all ends, both in one order: SQLite writes that in half the time of a JSON
    list of pairs.
    """
    instants = (ExternalBusy.starts_at.expression, ExternalBusy.ends_at.expression)
    starts, ends = (
        func.aggregate_strings(
            # SQLite stores instants as text.
            type_coerce(each, Text) if dialect == "sqlite" else cast(each, Text),
            ",",
        )
        for each in instants
    )
    return (
        select(starts + ";" + ends)
        .where(
            ExternalBusy.user_id == person,
            ExternalBusy.ends_at > bindparam("external_since"),
            ExternalBusy.starts_at < bindparam("external_until"),
        )
        .scalar_subquery()
    )


def parse(written: str | None) -> BusyTimes:
    """Parse the text of `column`. Each text is parsed once, as a calendar is read again and again.

    Raises `ValueError` for unreadable instants.
    """
    if written is None:
        return NO_BUSY_TIMES
    return _parse(written) if len(written) > _MAX_CACHED else _parse_once(written)


def _parse(written: str) -> BusyTimes:
    starts, ends = (
        [instant_in_json(each) for each in part.split(",")] for part in written.split(";")
    )
    return BusyTimes.of(map(Span, starts, ends))


_parse_once = lru_cache(maxsize=256)(_parse)
