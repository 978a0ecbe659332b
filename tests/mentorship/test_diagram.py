"""The documentation's picture of the statuses is the one that the code would draw now."""

from __future__ import annotations

from pathlib import Path

from mentorship import diagram

PAGE = Path(__file__).parents[2] / "docs" / "statuses.md"


def test_the_page_of_statuses_is_what_the_table_says() -> None:
    assert PAGE.read_text() == diagram.page(), (
        "the table of transitions has changed: "
        "python -m mentorship.diagram > docs/statuses.md draws the page anew"
    )
