"""Mentors' own calendars: their busy times block slots, without buffers and without a reason."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from mentorship.availability import external_busy
from mentorship.availability.busy_times import NO_BUSY_TIMES, BusyTimes
from mentorship.availability.slots import (
    BookingLimits,
    bookable_slots,
    is_open,
    open_slots,
    overlaps,
    why_not_bookable,
)
from mentorship.errors import NotBookableReason
from mentorship.time.intervals import Span, to_epoch
from tests.mentorship.availability.strategies import DAY, MINUTE, schedule_of, utc

NOON = utc(2026, 4, 1, 12)
ALWAYS = schedule_of("UTC", [(day, 0, 1440) for day in range(7)], ())
SPANS = st.lists(
    st.tuples(st.integers(-200, 900), st.sampled_from([0, 1, 15, 30, 90])).map(
        lambda pair: Span(NOON + pair[0] * MINUTE, NOON + (pair[0] + pair[1]) * MINUTE)
    ),
    max_size=12,
)


@given(SPANS, SPANS, SPANS, st.sampled_from([15, 45]), st.sampled_from([0, 10]), st.booleans())
def test_external_busy_removes_exactly_the_slots_that_it_overlaps(
    busy, mentee_busy, external, duration, buffer, fill_gaps
):
    rules = {
        "busy": busy,
        "duration": duration,
        "step": 30,
        "buffer_before": buffer,
        "buffer_after": buffer,
        "fill_gaps": fill_gaps,
    }
    window = (NOON, NOON + 600 * MINUTE)
    times = BusyTimes.of(external)
    without = open_slots(ALWAYS, window=window, **rules)
    slots = open_slots(ALWAYS, window=window, mentee_busy=mentee_busy, external_busy=times, **rules)
    assert slots == [
        start
        for start in without
        if not overlaps(external, start, duration) and not overlaps(mentee_busy, start, duration)
    ]
    for start in without:
        open_then = is_open(
            ALWAYS, start=start, mentee_busy=mentee_busy, external_busy=times, **rules
        )
        assert open_then == (start in slots)


@given(SPANS, st.sampled_from([15, 60]))
def test_the_reason_of_external_busy_is_that_the_mentor_is_busy(external, duration):
    limits = BookingLimits(step=15, buffer_before=10, buffer_after=10, minimum_notice=0)
    rules = {"now": NOON - DAY, "external_busy": BusyTimes.of(external), "duration": duration}
    window = (NOON, NOON + 600 * MINUTE)
    listed = set(bookable_slots(ALWAYS, limits, window=window, **rules))
    for k in range((600 - duration) // 15 + 1):
        start = NOON + 15 * k * MINUTE
        reason = why_not_bookable(ALWAYS, limits, start=start, **rules)
        assert reason == (None if start in listed else NotBookableReason.BUSY)


@given(SPANS)
def test_busy_times_are_the_union_of_spans(spans):
    times = BusyTimes.of(spans)
    minutes = {
        minute
        for span in spans
        for minute in range(int((span.end - span.start) / MINUTE))
        for minute in [int((span.start - NOON) / MINUTE) + minute]
    }
    for minute in range(-200, 1000):
        start = to_epoch(NOON + minute * MINUTE)
        assert times.overlaps(start, start + 60) == (minute in minutes)
    assert all(a < b for a, b in zip(times.ends, times.starts[1:], strict=False))
    assert BusyTimes.of(times.spans) == times


def test_a_session_that_was_copied_to_the_calendar_can_be_left_out():
    first, second = (Span(NOON + k * DAY, NOON + k * DAY + 30 * MINUTE) for k in range(2))
    times = BusyTimes.of([first, second])
    assert times.without(first).spans == (second,)
    assert times.without(Span(first.start, second.end)) == times
    assert times.without(Span(NOON + 9 * DAY, NOON + 10 * DAY)) == times


def test_instants_of_both_databases_are_parsed_alike():
    of_sqlite = "2026-04-01 12:00:00.000000;2026-04-01 12:30:00.000000"
    of_postgresql = "2026-04-01 12:00:00+00;2026-04-01 14:30:00+02"
    expected = BusyTimes.of([Span(NOON, NOON + 30 * MINUTE)])
    assert external_busy.parse(of_sqlite) == external_busy.parse(of_postgresql) == expected
    assert external_busy.parse(None) is NO_BUSY_TIMES


def test_texts_too_long_to_cache_are_parsed_too():
    start = datetime(2026, 4, 1, tzinfo=UTC)
    spans = [
        Span(start + timedelta(hours=k), start + timedelta(hours=k + 0.5)) for k in range(3000)
    ]
    starts, ends = (",".join(map(str, each)) for each in zip(*map(_bounds, spans), strict=True))
    assert external_busy.parse(f"{starts};{ends}") == BusyTimes.of(spans)


def _bounds(span: Span) -> tuple[datetime, datetime]:
    return span.start, span.end
