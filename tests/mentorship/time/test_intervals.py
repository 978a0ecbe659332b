"""Intervals: merging and subtracting, compared with sets of minutes."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorship.time.intervals import from_epoch, merge, subtract, to_epoch

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

intervals = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8)


def minutes(pairs: list[tuple[int, int]]) -> set[int]:
    return {minute for start, end in pairs for minute in range(start, end)}


@given(intervals)
def test_merging_keeps_the_minutes_in_sorted_separate_intervals(pairs: list[tuple[int, int]]):
    merged = merge(pairs)
    assert minutes(merged) == minutes(pairs)
    assert all(start < end for start, end in merged)
    assert all(first[1] < second[0] for first, second in itertools.pairwise(merged))


@given(intervals)
def test_touching_intervals_can_stay_apart(pairs: list[tuple[int, int]]):
    merged = merge(pairs, touching=False)
    assert minutes(merged) == minutes(pairs)
    assert all(first[1] <= second[0] for first, second in itertools.pairwise(merged))
    boundaries = {start for start, _ in merged}
    for start in boundaries:
        assert not any(before < start < after for before, after in pairs)


def test_merging_instants():
    spans = [(NOON + HOUR, NOON + 2 * HOUR), (NOON, NOON + HOUR)]
    assert merge(spans) == [(NOON, NOON + 2 * HOUR)]
    assert merge(spans, touching=False) == sorted(spans)


@given(st.tuples(st.integers(0, 60), st.integers(0, 60)), intervals)
def test_subtracting_leaves_the_minutes_outside(
    interval: tuple[int, int], removed: list[tuple[int, int]]
):
    rest = list(subtract(interval, sorted(removed)))
    assert minutes(rest) == minutes([interval]) - minutes(removed)
    assert all(start < end for start, end in rest)


def test_instants_convert_to_seconds_since_1970_and_back():
    assert to_epoch(NOON) == 1_772_452_800
    assert from_epoch(1_772_452_800) == NOON
    with pytest.raises(ValueError, match="must be aware"):
        to_epoch(NOON.replace(tzinfo=None))
