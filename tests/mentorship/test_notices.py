"""The catalogue of notices."""

from __future__ import annotations

from mentorship.lifecycle import TRANSITIONS, Act
from mentorship.notices import WRITTEN_AHEAD, Kind


def test_there_is_a_notice_for_every_transition_that_tells_somebody() -> None:
    for row in TRANSITIONS:
        if row.act is not Act.START:
            assert Kind[row.target.name]


def test_what_is_written_ahead_is_about_a_session_to_come() -> None:
    assert set(WRITTEN_AHEAD) == {Kind.REMINDER, Kind.STARTING, Kind.HOW_WAS_IT}
