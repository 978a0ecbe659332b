"""How the tests of slots compare results with the oracle's."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from mentorship.availability.opening_hours import Schedule, open_intervals
from mentorship.availability.slots import is_open
from mentorship.time.intervals import Span
from tests.mentorship.availability.strategies import MINUTE

BUFFERS_BEFORE = st.sampled_from([0, 0, 10, 30])
BUFFERS_AFTER = st.sampled_from([0, 0, 5, 30])


@st.composite
def busy_near(
    draw: st.DrawFn, begin: datetime, lengths: st.SearchStrategy[int], min_size: int = 0
) -> list[tuple[datetime, datetime]]:
    """Draw up to eight busy spans around `begin`, whose lengths are minutes."""
    offsets = draw(
        st.lists(st.tuples(st.integers(-200, 5000), lengths), min_size=min_size, max_size=8)
    )
    return [
        (begin + offset * MINUTE, begin + (offset + length) * MINUTE) for offset, length in offsets
    ]


def assert_open_minutes(schedule: Schedule, begin: datetime, expected: Sequence[bool]) -> None:
    """Assert that from `begin` on exactly the expected minutes are open, in separate intervals."""
    result = open_intervals(schedule, Span(begin, begin + len(expected) * MINUTE))
    minutes = [False] * len(expected)
    for span in result:
        for k in range((span.start - begin) // MINUTE, (span.end - begin) // MINUTE):
            minutes[k] = True
    assert minutes == expected
    assert all(a.end < b.start for a, b in pairwise(result))


def assert_is_open_agrees(
    schedule: Schedule,
    window: tuple[datetime, datetime],
    result: Iterable[datetime],
    near: Iterable[datetime],
    **arguments: Any,
) -> None:
    """Assert that `is_open` says the same as the slots in `result`.

    It is called with the starts `near` them, and with others of the window.
    """
    begin, end = window
    listed = set(result)
    others = {begin + k * 5 * MINUTE for k in range(0, (end - begin) // (5 * MINUTE), 17)}
    for start in others.union(near):
        if start + arguments["duration"] * MINUTE <= end:
            assert is_open(schedule, start=start, **arguments) == (start in listed), start
