"""The actions of the audit log, as people choose and type them."""

from __future__ import annotations

import pytest

from mentorship.administration.audit import ACTIONS
from wording.administration.audit import action_name, find_action
from wording.reader import ENGLISH

OPTION_LIMIT = 40
"""Characters of the option of `/moderation audit`."""


@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_is_found_by_its_name(action: str) -> None:
    name = action_name(action, ENGLISH)
    assert name.casefold() != action.replace("_", " ")
    assert len(name) <= OPTION_LIMIT
    assert find_action(f" {name.upper()} ", ENGLISH) == action
    assert find_action(action, ENGLISH) == action


def test_an_action_of_a_newer_version_is_spelt_like_its_event() -> None:
    assert action_name("mentor.praised_publicly", ENGLISH) == "mentor praised publicly"
