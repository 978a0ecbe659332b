"""The screenshots in the documentation are those that `make pictures` takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="the pictures are taken with playwright")

from docs.pictures import HERE, PICTURES

ROOT = Path(__file__).parents[1]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


def used_screenshots() -> set[Path]:
    """Return the images that the pages show."""
    return {
        (page.parent / path).resolve()
        for page in PAGES
        for path in re.findall(r"!\[[^]]+\]\(((?!http)[^)]+)\)", page.read_text("utf-8"))
    }


def test_each_screenshot_is_generated_and_used_on_a_page() -> None:
    generated = {HERE / f"{name}.png" for name in PICTURES}
    assert used_screenshots() == generated == set(HERE.iterdir())


def test_screenshots_are_smaller_than_200_kb() -> None:
    assert all(picture.stat().st_size < 200_000 for picture in HERE.iterdir())
