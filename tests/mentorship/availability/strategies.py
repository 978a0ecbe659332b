"""Random zones, windows of time and hours for the tests of slots."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import pytz
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from mentorship.availability.opening_hours import DateOverride, Schedule, WeeklyHours
from mentorship.availability.travel import Travel
from mentorship.time import timezones
from tests.mentorship.availability import oracle

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TESTED_FROM, TESTED_UNTIL = datetime(1970, 1, 8, tzinfo=UTC), datetime(2037, 12, 20, tzinfo=UTC)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


fewer_examples = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
few_examples = settings(fewer_examples, max_examples=20)
"""Where the oracle takes long; a long test has `more_examples`."""
more_examples = settings(fewer_examples, max_examples=300)


@cache
def changes(zone: str) -> tuple[datetime, ...]:
    """Return every change of the zone's offset from 1970 to 2037."""
    spans = timezones.offset_spans(
        zone, int(TESTED_FROM.timestamp()), int(TESTED_UNTIL.timestamp())
    )
    # Monrovia's change of 1972 is at half a minute; see is_exact_in_pytz.
    return tuple(EPOCH + timedelta(seconds=s.start) for s in spans[1:] if s.start % 60 == 0)


def is_exact_in_pytz(zone: str, instant: datetime) -> bool:
    # pytz rounds the offset of 44 minutes and 30 seconds that Monrovia had until 1972.
    return not (zone == "Africa/Monrovia" and instant.year <= 1972)


ZONES = st.sampled_from(pytz.all_timezones)
RESTLESS = st.sampled_from([zone for zone in pytz.common_timezones if changes(zone)])
STARTS = st.integers(0, 95).map(lambda quarter: quarter * 15) | st.integers(0, 1439)
ENDS = st.integers(1, 96).map(lambda quarter: quarter * 15) | st.integers(1, 1440)
WEEKLY = st.lists(st.tuples(st.integers(0, 6), STARTS, ENDS), max_size=12).map(tuple)


@st.composite
def windows(draw: st.DrawFn) -> tuple[str, datetime, datetime]:
    """Draw a zone and a window of up to four days, usually around an offset change."""
    if draw(st.integers(0, 4)):
        zone = draw(RESTLESS)
        middle = draw(st.sampled_from(changes(zone)))
    else:
        zone = draw(ZONES)
        middle = draw(
            st.datetimes(TESTED_FROM.replace(tzinfo=None), TESTED_UNTIL.replace(tzinfo=None))
        ).replace(second=0, microsecond=0, tzinfo=UTC)
    begin = middle - draw(st.integers(0, 3 * 1440)) * MINUTE
    end = begin + draw(st.integers(60, 4 * 1440)) * MINUTE
    if not is_exact_in_pytz(zone, end):
        begin, end = begin.replace(year=1980), begin.replace(year=1980) + (end - begin)
    return zone, begin, end


@st.composite
def overrides_near(draw: st.DrawFn, begin: datetime) -> tuple[oracle.Override, ...]:
    days = draw(st.lists(st.integers(-2, 6), max_size=4))
    return tuple(
        (
            begin.date() + day * DAY,
            tuple(draw(st.lists(st.tuples(STARTS, ENDS), max_size=3))),
        )
        for day in days
    )


def schedule_of(
    zone: str, weekly: tuple[oracle.Rule, ...], overrides: tuple[oracle.Override, ...]
) -> Schedule:
    return Schedule(
        zone,
        tuple(WeeklyHours(*rule) for rule in weekly),
        tuple(DateOverride(day, hours) for day, hours in overrides),
    )


FAR_APART = st.sampled_from(
    [
        "Pacific/Kiritimati",
        "Etc/GMT+12",
        "Pacific/Auckland",
        "America/Los_Angeles",
        "Asia/Kathmandu",
    ]
)


@st.composite
def trips_near(draw: st.DrawFn, begin: datetime) -> list[oracle.Trip]:
    """Draw up to three trips, also of one day, on adjacent dates, and across the date line."""
    trips = []
    first = begin.date() + draw(st.integers(-3, 2)) * DAY
    for _ in range(draw(st.integers(1, 3))):
        last = first + draw(st.sampled_from([0, 0, 1, 2])) * DAY
        zone = draw(ZONES | RESTLESS | FAR_APART)
        if is_exact_in_pytz(zone, begin):
            trips.append((first, last, zone))
        first = last + draw(st.sampled_from([1, 1, 2])) * DAY
    return trips


def travelling(schedule: Schedule, trips: list[oracle.Trip]) -> Schedule:
    return replace(schedule, travel=tuple(Travel(*trip) for trip in trips))
