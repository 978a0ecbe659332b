"""The catalogue of notices."""

from __future__ import annotations

from mentorship.notices import WRITTEN_AHEAD, Kind


def test_what_is_written_ahead_is_about_a_session_to_come() -> None:
    assert set(WRITTEN_AHEAD) == {Kind.REMINDER, Kind.STARTING, Kind.HOW_WAS_IT}
