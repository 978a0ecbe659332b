"""The pages that are written by the program say what the program has."""

from __future__ import annotations

import pytest

from docs.reference import HERE, PAGES


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_as_the_program_would_write_it(name: str) -> None:
    assert (HERE / name).read_text("utf-8") == PAGES[name](), "run `make docs`"
