"""What the menu of a planned series carries: at most 100 characters, and nothing is lost."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.views.booking.steps import Selection
from bot.views.series.plans import PLAN_PATTERN, Plan
from mentorship.actors import MAX_ID

IDS = st.integers(1, MAX_ID)
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    start = FIRST + timedelta(minutes=draw(st.integers(0, 60 * 24 * 365 * 40)))
    selection = Selection(
        draw(IDS), draw(st.none() | IDS), draw(IDS), draw(st.integers(1, 240)), start
    )
    plan = Plan(selection, draw(st.sampled_from([1, 2])), draw(st.integers(2, 12)))
    for number in draw(st.sets(st.integers(1, plan.count))):
        even = start + timedelta(weeks=plan.every_weeks * (number - 1))
        # Half of the interval, and the most that clocks and trips can add.
        reach = plan.every_weeks * 7 * 24 * 30 + 26 * 60
        shift = draw(st.none() | st.integers(-reach, reach))
        moved_to = None if shift is None else even + timedelta(minutes=shift)
        plan = plan.with_change(number, moved_to)
    return plan


@given(plans())
def test_a_plan_fits_into_a_custom_id_and_is_read_back(plan: Plan) -> None:
    assert len(plan.custom_id) <= 100
    match = re.fullmatch(PLAN_PATTERN, plan.custom_id)
    assert match is not None
    assert Plan.decode(match) == plan


@given(plans(), st.integers(2, 12))
def test_another_number_of_dates_keeps_the_changes_of_those_left(plan: Plan, count: int) -> None:
    repeated = plan.repeated(plan.every_weeks, count)
    assert dict(repeated.changes) == {
        number: start for number, start in plan.changes.items() if number <= count
    }
    assert not plan.repeated(3 - plan.every_weeks, count).changes
