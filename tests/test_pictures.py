"""The screenshots are those that `make pictures` takes, and show what their captions say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="the pictures are taken with playwright")

from docs import pictures
from docs.pictures import HERE, PICTURES

ROOT = Path(__file__).parents[1]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]

SHOWN = {
    "control-room": ("One booking in four steps", "Open #mentorship as Maya"),
    "search": ("Mentors", "Sofia Rossi", "Usually answers within", "EDT"),
    "approval": ("Tomás Lima", "Approve", "Reject"),
    "mentorship": ("Ingrid Solberg and Maya Torres", "Goal", "Next steps", "Timeline"),
    "insights": ("Server insights", "sessions took place", "Download CSV"),
    "group-session": ("Python office hours", "4 of 8 taken", "Join", "Leave", "Details"),
    "hours": ("When you can be booked", "6:00 PM", "Type hours"),
    "booking": ("Oliver's time (London)", "Confirm"),
    "request": ("would like a session with you", "Maya Torres", "Confirm", "Decline"),
    "reminder": ("starts in 10 minutes", "Oliver Hughes"),
}
"""What each picture must show for its caption to be true."""


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


@pytest.mark.parametrize("name", PICTURES)
def test_a_screenshot_shows_what_its_caption_says(name: str) -> None:
    text = pictures.read_text(HERE / f"{name}.png")

    assert [words for words in SHOWN[name] if words not in text] == []
    # Members of the demo have Discord in American English, so a card has one style of times.
    assert re.findall(r"\b\d{1,2}:\d\d\b(?! [AP]M|[–-])", text) == []


@pytest.mark.long
@pytest.mark.browser
def test_screenshots_show_what_the_demo_shows_today() -> None:
    try:
        stale = [
            name
            for name, shot in pictures.shoot_all()
            if shot.text != pictures.read_text(HERE / f"{name}.png")
        ]
    except LookupError as error:
        pytest.skip(str(error))
    assert stale == [], "run: make pictures"
