"""What is sent during quiet hours: only what would lose its reader something if it waited."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorship.notifications.catalogue import Timing
from mentorship.notifications.timing import (
    FAIR_ANSWER_TIME,
    PREPARATION_TIME,
    SOON,
    Stakes,
    can_wait,
    urgency,
)
from tests.mentorship.support.community import hours

MIDNIGHT = datetime(2026, 3, 3, tzinfo=UTC)
MORNING = MIDNIGHT + hours(7)
"""When the quiet hours end."""

MINUTE = timedelta(minutes=1)
NEAR, FAR = MORNING + PREPARATION_TIME, MORNING + PREPARATION_TIME + MINUTE
"""The last start that can't wait for the morning, and the first that can."""

ANSWER_SOON, ANSWER_LATER = MORNING + FAIR_ANSWER_TIME, MORNING + FAIR_ANSWER_TIME + MINUTE


@pytest.mark.parametrize(
    ("timing", "stakes", "waits"),
    [
        (Timing.NOW, Stakes((FAR,)), False),
        (Timing.CAN_WAIT, Stakes((NEAR,)), True),
        (Timing.CAN_WAIT, Stakes(answer_by=MIDNIGHT + hours(1)), True),
        (Timing.START, Stakes((NEAR,)), False),
        (Timing.START, Stakes((FAR,)), True),
        (Timing.START, Stakes((FAR, NEAR)), False),
        (Timing.START, Stakes((MIDNIGHT - hours(24),)), True),
        (Timing.START, Stakes(), True),
        (Timing.ANSWER, Stakes((FAR,), ANSWER_SOON), False),
        (Timing.ANSWER, Stakes((FAR,), ANSWER_LATER), True),
        (Timing.ANSWER, Stakes((MIDNIGHT - hours(1),), ANSWER_LATER), True),
        (Timing.ANSWER, Stakes((), MIDNIGHT + MINUTE), False),
        (Timing.ANSWER, Stakes((), MIDNIGHT), True),
        (Timing.ANSWER, Stakes(), True),
        (Timing.CANCELLATION, Stakes((MIDNIGHT + SOON,)), False),
        (Timing.CANCELLATION, Stakes((MIDNIGHT + SOON + MINUTE,)), True),
        (Timing.REMINDER, Stakes((NEAR,), useful_until=NEAR), False),
        (Timing.REMINDER, Stakes((FAR,), useful_until=FAR), True),
        (Timing.REMINDER, Stakes((NEAR,), useful_until=NEAR - hours(2)), True),
    ],
)
def test_only_what_would_come_too_late_interrupts_quiet_hours(
    timing: Timing, stakes: Stakes, waits: bool
) -> None:
    assert can_wait(timing, stakes, MORNING, MIDNIGHT) is waits


def test_a_cancellation_before_a_long_night_ends_is_sent_at_once() -> None:
    evening = MORNING - SOON - hours(2)
    assert not can_wait(Timing.CANCELLATION, Stakes((NEAR,)), MORNING, evening)


@pytest.mark.parametrize("timing", [timing for timing in Timing if timing is not Timing.REMINDER])
def test_nothing_waits_until_it_is_useless(timing: Timing) -> None:
    assert not can_wait(timing, Stakes(useful_until=MORNING), MORNING, MIDNIGHT)


@given(
    st.sampled_from([Timing.ANSWER, Timing.START, Timing.CANCELLATION]),
    st.integers(1, 23 * 60),
    st.integers(1, 48 * 60),
)
def test_who_waits_has_time_left_in_the_morning(timing: Timing, night: int, minutes: int) -> None:
    """Whatever the length of the quiet hours that remain."""
    at = MIDNIGHT + timedelta(minutes=minutes)
    morning = MIDNIGHT + timedelta(minutes=night)
    if can_wait(timing, Stakes((at,), answer_by=at), morning, MIDNIGHT):
        assert at - morning > PREPARATION_TIME
        if timing is Timing.ANSWER:
            assert at - morning > FAIR_ANSWER_TIME


@pytest.mark.parametrize(
    ("timing", "start", "expected"),
    [
        (Timing.NOW, FAR, 2),
        (Timing.CANCELLATION, MIDNIGHT + SOON, 2),
        (Timing.CANCELLATION, MIDNIGHT + SOON + MINUTE, 1),
        (Timing.CANCELLATION, None, 1),
        (Timing.ANSWER, MIDNIGHT, 1),
    ],
)
def test_only_what_concerns_the_next_hours_is_urgent(
    timing: Timing, start: datetime | None, expected: int
) -> None:
    assert urgency(timing, MIDNIGHT, start) == expected
