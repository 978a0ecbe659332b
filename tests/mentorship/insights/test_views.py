"""What is computed from figures."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from statistics import median_low

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorship.insights import views
from mentorship.insights.views import (
    ANSWER_LIMITS,
    HALF_HOURS,
    Distribution,
    HeatMap,
    InsightsRange,
    MonthFigures,
)

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


@given(st.lists(st.integers(0, 5_000), min_size=1))
def test_the_median_of_a_distribution_is_that_of_its_values(values: list[int]) -> None:
    counts = [0] * (len(ANSWER_LIMITS) + 1)
    for value in values:
        counts[views.class_of(value, ANSWER_LIMITS)] += 1
    distribution = Distribution(ANSWER_LIMITS, tuple(counts))
    expected = views.class_of(median_low(values), ANSWER_LIMITS)
    assert distribution.total == len(values)
    assert distribution.is_median_above == (expected == len(ANSWER_LIMITS))
    if not distribution.is_median_above:
        assert distribution.median_limit == ANSWER_LIMITS[expected]


def test_a_distribution_without_values_has_no_median() -> None:
    empty = Distribution(ANSWER_LIMITS, (0,) * (len(ANSWER_LIMITS) + 1))
    assert empty.median_limit is None
    assert not empty.is_median_above


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(-500, 500))
def test_months_are_shifted_back_and_forth(day: date, months: int) -> None:
    month = views.month_of(day)
    shifted = views.shift(month, months)
    assert views.shift(shifted, -months) == month
    assert len(views.months_between(min(month, shifted), max(month, shifted))) == abs(months) + 1


def test_months_between_are_consecutive() -> None:
    months = views.months_between(date(2025, 11, 1), date(2026, 2, 1))
    assert months == [date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)]


@given(
    st.integers(0, 10**7).map(lambda minutes: _EPOCH + timedelta(minutes=minutes)),
    st.integers(-12 * 2, 14 * 2).map(lambda steps: steps * 30),
)
def test_half_hours_rotate_to_the_clock_of_a_zone(instant: datetime, offset: int) -> None:
    def half_hour(at: datetime) -> int:
        return at.weekday() * 48 + at.hour * 2 + at.minute // 30

    week = [0] * HALF_HOURS
    week[half_hour(instant)] = 1
    local = instant + timedelta(minutes=offset)
    assert views.rotate(week, offset)[half_hour(local)] == 1


def test_a_share_needs_offered_time() -> None:
    offered, used = [0] * HALF_HOURS, [0] * HALF_HOURS
    assert HeatMap(tuple(offered), tuple(used)).is_empty
    assert HeatMap(tuple(offered), tuple(used)).share is None
    # Tuesday, 10:00 to 11:00.
    offered[48 + 20], offered[48 + 21], used[48 + 21] = 30, 30, 30
    week = HeatMap(tuple(offered), tuple(used))
    assert week.share == week.share_at(1, 10) == 0.5
    assert week.share_at(1, 11) is None


def test_totals_are_sums() -> None:
    sums = views.total(
        [
            MonthFigures(date(2026, 1, 1), sessions=2, minutes=90, reviews=1, stars=5),
            MonthFigures(date(2026, 2, 1), sessions=1, minutes=30, reviews=1, stars=4),
        ]
    )
    assert (sums.month, sums.sessions, sums.hours, sums.rating) == (None, 3, 2.0, 4.5)
    assert views.total([]).rating is None


@pytest.mark.parametrize(("span", "months"), [("month", 1), ("quarter", 3), ("year", 12)])
def test_ranges_are_calendar_months(span: str, months: int) -> None:
    assert InsightsRange(span).months == months
