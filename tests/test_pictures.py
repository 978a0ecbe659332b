"""The pictures of the documentation are those that `make pictures` takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="the pictures are taken with playwright")

from docs.pictures import HERE, PICTURES

ROOT = Path(__file__).parents[1]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


def shown() -> set[Path]:
    """Every picture that a page shows."""
    return {
        (page.parent / path).resolve()
        for page in PAGES
        for path in re.findall(r"!\[[^]]+\]\(((?!http)[^)]+)\)", page.read_text("utf-8"))
    }


def test_each_is_taken_from_the_demo_and_shown_somewhere() -> None:
    taken = {HERE / f"{name}.png" for name in PICTURES}
    assert shown() == taken == set(HERE.iterdir())


def test_none_is_heavy() -> None:
    assert all(picture.stat().st_size < 200_000 for picture in HERE.iterdir())
