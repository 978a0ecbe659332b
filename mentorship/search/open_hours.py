"""Find mentors by their hours: those who may have a slot in a span, and when hours begin next.

All of it errs on one side: it never leaves out a mentor whom `mentorship.availability.slots` would
call open. It lets some through who are closed: near a clock change, by a date override, while
they travel, or because they are busy.

A "clock time" below is a minute of the week, from Monday's midnight, on the clock of a zone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Select,
    String,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.types import TypeEngine

from mentorship.actors import Actor
from mentorship.time import timezones
from mentorship.time.intervals import Span
from storage import Transaction
from storage.queries import records_table
from storage.tables import DateOverrideRow, Listing, MentorProfile, TravelRow, WeeklyHoursRow

_DAY, _WEEK = 1_440, 10_080
"""Minutes."""

MAX_LISTED_SPAN = timedelta(days=2)
"""The longest span for which hours are listed: in a longer one, most mentors have some."""


class MentorZones:
    """The distinct time zones of a guild's mentors, which are loaded once for several scans.

    `listed` has what `list_profiles` has found, by span and limit.
    """

    def __init__(self) -> None:
        self._zones: list[str] | None = None
        self.listed: dict[tuple[Span, int], tuple[int, ...]] = {}

    async def load(self, tx: Transaction, actor: Actor) -> list[str]:
        """Return the zones of the actor's guild."""
        if self._zones is None:
            rows = await tx.connection.scalars(_SELECT_ZONES, {"guild": actor.guild})
            self._zones = list(rows)
        return self._zones


async def load_least_notice(tx: Transaction, actor: Actor) -> timedelta:
    """Return the shortest minimum notice of the guild's mentors, or 0 in a guild without any."""
    minutes = await tx.connection.scalar(_SELECT_LEAST_NOTICE, {"guild": actor.guild})
    return timedelta(minutes=minutes or 0)


async def list_profiles(
    tx: Transaction, actor: Actor, span: Span, zones: MentorZones, limit: int
) -> tuple[int, ...]:
    """List profiles of the actor's guild with hours in `span`, at most `limit`, in any order.

    A mentor can have several hours in the span, so fewer profiles than rows were found: the result
    is complete if it has fewer than `limit` rows, each profile being repeated for each row.
    """
    if (span, limit) in zones.listed:
        return zones.listed[span, limit]
    params = {
        "guild": actor.guild,
        "ranges": list(_clock_ranges(span, await zones.load(tx, actor))),
        **_notice_params(span, tx.now),
        "limit": limit,
        **_nearby_dates(span),
    }
    rows = await tx.connection.scalars(_select_profiles(tx.dialect), params)
    return zones.listed.setdefault((span, limit), tuple(rows))


async def find_next_start(
    tx: Transaction, actor: Actor, after: datetime, zones: MentorZones
) -> datetime | None:
    """Return an instant before which no mentor opens who isn't open at `after`; None if never.

    A mentor opens when their hours begin, or once their minimum notice has passed.
    """
    all_zones = await zones.load(tx, actor)
    slack = {
        zone: _clock_change(Span(after, after + timedelta(days=7)), zone) for zone in all_zones
    }
    clock_times = {zone: _clock_time(after, zone) for zone in all_zones}
    params = {
        "guild": actor.guild,
        "zones": [[zone, at // _DAY, at % _DAY] for zone, at in clock_times.items()],
        "date": after.date() + timedelta(days=1),
        "passed": _minutes(after - tx.now),
    }
    starts = await tx.connection.execute(_select_next_starts(tx.dialect), params)
    instants = [
        after + timedelta(minutes=(start - clock_times[zone]) % _WEEK - slack[zone])
        for zone, following, first in starts.all()
        if (start := first if following is None else following) is not None
    ]
    for select_next in (_SELECT_NEXT_DATE, _SELECT_NEXT_TRIP):
        next_date = await tx.connection.scalar(select_next, params)
        if next_date is None:
            continue
        midnight = datetime.combine(next_date, time(), UTC)
        instants.append(midnight - timedelta(days=1))
    notice = await tx.connection.scalar(_SELECT_NEXT_NOTICE, params)
    if notice is not None:
        instants.append(tx.now + timedelta(minutes=notice))
    return min(instants, default=None)


async def open_params(
    tx: Transaction, actor: Actor, span: Span, zones: MentorZones
) -> dict[str, object]:
    """Return the parameters of `join_open`: the mentors' clocks when `span` begins, and more."""
    all_zones = await zones.load(tx, actor)
    slack = max((_clock_change(span, zone) for zone in all_zones), default=0)
    return {
        "clocks": [[zone, (_clock_time(span.start, zone) - slack) % _WEEK] for zone in all_zones],
        "length": _length(span) + 2 * slack,
        **_notice_params(span, tx.now),
        **_nearby_dates(span),
    }


def join_open(dialect: str, listings: Any) -> tuple[Any, ColumnElement[bool]]:
    """Return `listings` joined with what the condition needs, and the condition.

    It is met by mentors with hours in a span that their minimum notice leaves open. `open_params`
    are its parameters.
    """
    clocks = records_table(dialect, "clocks", {"zone": String(), "clock_time": BigInteger()})
    has_weekly_hours = exists().where(
        WeeklyHoursRow.profile_id == Listing.profile_id,
        *_overlap_on_the_circle(clocks.c.clock_time),
    )
    has_override_hours = exists().where(
        DateOverrideRow.profile_id == Listing.profile_id, *_HAS_NEARBY_HOURS
    )
    is_travelling = exists().where(TravelRow.profile_id == Listing.profile_id, *_HAS_NEARBY_TRIP)
    # With an outer join SQLite scans in the order of the listings.
    joined = listings.outerjoin(clocks, clocks.c.zone == Listing.timezone)
    return joined, or_(has_weekly_hours, has_override_hours, is_travelling)


# --- Conditions -------------------------------------------------------------------------------


_STARTS = WeeklyHoursRow.weekday * _DAY + WeeklyHoursRow.start_minute
_LENGTH = (WeeklyHoursRow.end_minute - WeeklyHoursRow.start_minute + _DAY - 1) % _DAY + 1


_HAS_NEARBY_HOURS = (
    DateOverrideRow.date.between(bindparam("first_date"), bindparam("last_date")),
    DateOverrideRow.start_minute.is_not(None),
)

_HAS_NEARBY_TRIP = (
    TravelRow.last_date >= bindparam("first_date"),
    TravelRow.first_date <= bindparam("last_date"),
)


def _overlap_on_the_circle(clock_time: ColumnElement[int]) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions for weekly hours that a span overlaps once its notice has passed.

    The span lasts `length` minutes from `clock_time` on.
    """
    notice, length = WeeklyHoursRow.minimum_notice, bindparam("length", type_=BigInteger())
    after_notice = notice - bindparam("until_start")
    # How long after the beginning of the span the hours start, from 0 to a week.
    start = (_STARTS - clock_time + _WEEK) % _WEEK
    ends_after = case((after_notice > 0, after_notice), else_=literal(0))
    return (
        notice <= bindparam("longest_notice"),
        or_(
            # Those that start within the span, and those that started before it.
            (start < length) & (start + _LENGTH > ends_after),
            start - _WEEK + _LENGTH > ends_after,
        ),
    )


def _notice_params(span: Span, now: datetime) -> dict[str, int]:
    """Return how many minutes from now a span begins, and the longest notice for a slot in it."""
    until_start, until_end = span.start - now, span.end - now
    # A slot starts before the end of the span, or at its only instant.
    longest = max(_minutes_rounded_up(until_end) - 1, _minutes(until_start))
    return {"until_start": _minutes_rounded_up(until_start), "longest_notice": longest}


def _clock_ranges(span: Span, zones: list[str]) -> Iterator[list[object]]:
    """Yield the ranges of starts, by zone and weekday, from which hours may reach into `span`.

    As zone, weekday, first and last minute, and what to add to a minute of that day for the minutes
    from the span's beginning.
    """
    for zone in zones:
        slack = _clock_change(span, zone)
        begin = _clock_time(span.start, zone) - slack
        end = begin + _length(span) + 2 * slack
        for day in range((begin - _DAY) // _DAY, (end - 1) // _DAY + 1):
            midnight = day * _DAY
            first, last = max(0, begin - _DAY - midnight), min(_DAY, end - midnight) - 1
            yield [zone, day % 7, first, last, midnight - begin]


def _nearby_dates(span: Span) -> dict[str, Any]:
    """Return the first and the last date in any zone whose hours may lie in a span.

    Hours can start on the evening before.
    """
    return {
        "first_date": span.start.date() - timedelta(days=2),
        "last_date": span.end.date() + timedelta(days=1),
    }


def _length(span: Span) -> int:
    """Return how many minutes a span touches, from the whole minute in which it starts."""
    seconds = timedelta(seconds=span.start.second, microseconds=span.start.microsecond)
    return max(1, _minutes_rounded_up(span.end - span.start + seconds))


def _minutes(duration: timedelta) -> int:
    return duration // timedelta(minutes=1)


def _minutes_rounded_up(duration: timedelta) -> int:
    return -(-duration // timedelta(minutes=1))


def _clock_time(instant: datetime, zone: str) -> int:
    local = timezones.to_local(instant, zone)
    return local.weekday() * _DAY + local.hour * 60 + local.minute


def _clock_change(span: Span, zone: str) -> int:
    """Return by how many minutes, at most, the zone's clock changes within two days of `span`.

    Hours may be off by so much from what one offset says.
    """
    around = timedelta(days=2)
    first, last = span.start - around, span.end + around
    return abs(timezones.offset_at(first, zone) - timezones.offset_at(last, zone)) // 60


# --- Statements, built once -------------------------------------------------------------------

_IN_GUILD = MentorProfile.guild_id == bindparam("guild")
_OF_GUILD = MentorProfile.guild_id + 0 == bindparam("guild")
"""For a few profiles: `+ 0` keeps SQLite from beginning with all profiles of the guild."""

_SELECT_LEAST_NOTICE = select(func.min(MentorProfile.minimum_notice)).where(_IN_GUILD)
_SELECT_NEXT_NOTICE = _SELECT_LEAST_NOTICE.where(
    MentorProfile.minimum_notice >= bindparam("passed")
)


def _zones_query() -> Select[str]:
    """Select the distinct zones of a guild's mentors, by one step along an index for each."""
    least = func.min(MentorProfile.timezone)
    zones = select(least.label("zone")).where(_IN_GUILD).cte("zones", recursive=True)
    following = select(least).where(_IN_GUILD, MentorProfile.timezone > zones.c.zone)
    zones = zones.union_all(select(following.scalar_subquery()).where(zones.c.zone.is_not(None)))
    return select(zones.c.zone).where(zones.c.zone.is_not(None))


_SELECT_ZONES = _zones_query()

_SELECT_NEXT_DATE = (
    select(DateOverrideRow.date)
    .join(MentorProfile, MentorProfile.id == DateOverrideRow.profile_id)
    .where(
        _OF_GUILD,
        DateOverrideRow.date > bindparam("date"),
        DateOverrideRow.start_minute.is_not(None),
    )
    .order_by(DateOverrideRow.date)
    .limit(1)
)


_SELECT_NEXT_TRIP = select(func.min(TravelRow.first_date)).where(
    TravelRow.guild_id == bindparam("guild"),
    TravelRow.last_date > bindparam("date"),
    TravelRow.first_date > bindparam("date"),
)


def _hours_in(zones: CTE) -> ColumnElement[bool]:
    in_guild = WeeklyHoursRow.guild_id == bindparam("guild")
    return in_guild & (WeeklyHoursRow.timezone == zones.c.zone)


@cache
def _select_profiles(dialect: str) -> CompoundSelect[int]:
    columns: dict[str, TypeEngine[Any]] = {"zone": String()}
    columns |= dict.fromkeys(("weekday", "first", "last", "offset"), BigInteger())
    ranges = records_table(dialect, "ranges", columns)
    notice = WeeklyHoursRow.minimum_notice
    end = WeeklyHoursRow.start_minute + ranges.c.offset + _LENGTH
    weekly = (
        select(WeeklyHoursRow.profile_id)
        .select_from(ranges)
        .join(WeeklyHoursRow, _hours_in(ranges))
        .where(
            WeeklyHoursRow.weekday == ranges.c.weekday,
            WeeklyHoursRow.start_minute.between(ranges.c.first, ranges.c.last),
            end > 0,
            end > notice - bindparam("until_start"),
            notice <= bindparam("longest_notice"),
        )
    )
    dates = (
        select(DateOverrideRow.profile_id)
        .join(MentorProfile, MentorProfile.id == DateOverrideRow.profile_id)
        .where(
            _OF_GUILD,
            *_HAS_NEARBY_HOURS,
        )
    )
    trips = select(TravelRow.profile_id).where(
        TravelRow.guild_id == bindparam("guild"),
        *_HAS_NEARBY_TRIP,
    )
    return union_all(weekly, dates, trips).limit(bindparam("limit"))


@cache
def _select_next_starts(dialect: str) -> Select[str, int | None, int | None]:
    columns: dict[str, TypeEngine[Any]] = {"zone": String()}
    columns |= {"weekday": BigInteger(), "minute": BigInteger()}
    zones = records_table(dialect, "zones", columns)
    order = (WeeklyHoursRow.weekday, WeeklyHoursRow.start_minute)
    first = select(_STARTS).where(_hours_in(zones)).order_by(*order).limit(1).correlate(zones)
    following = first.where(tuple_(*order) >= tuple_(zones.c.weekday, zones.c.minute))
    return select(zones.c.zone, following.scalar_subquery(), first.scalar_subquery())
