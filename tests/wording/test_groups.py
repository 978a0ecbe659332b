"""Group sessions in words."""

from __future__ import annotations

from wording import groups


def test_a_title_that_was_erased_is_replaced_by_words() -> None:
    assert groups.title("Office hours") == "Office hours"
    assert groups.title("") == "Group session"
