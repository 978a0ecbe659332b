"""Errors in Discord's markup."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.errors import sentence
from mentorship.errors import MentorshipError
from tests.errors import kinds, sample
from wording.reader import ENGLISH

NAMES = ("name", "mentor_name", "currency")


@pytest.mark.parametrize("kind", list(kinds()), ids=lambda kind: kind.__name__)
def test_names_in_errors_are_no_markup(kind: type[MentorshipError]) -> None:
    error: Any = sample(kind)
    names = {name: "**Al** <@1>" for name in NAMES if isinstance(vars(error).get(name), str)}
    text = sentence(replace(error, **names), ENGLISH)
    assert "**Al**" not in text
    assert "<@1>" not in text
    if "currency" in names:
        assert r"\*\*Al\*\* \<\@1\>" in text
