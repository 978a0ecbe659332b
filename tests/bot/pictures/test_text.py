"""Lines in several typefaces: their width, and that no letter is a box."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw, ImageFont, features

from bot.pictures import text as texts
from bot.pictures.text import fitting_size, width_of, write
from bot.pictures.typefaces import CJK, DEJAVU, THAI, has_letter
from bot.pictures.week_layout import AXIS, TEXT, WIDTH
from tests.bot.pictures.samples import LANGUAGES, NAMES

SCALE = 265 / WIDTH
"""On a phone of 390 points, a card's picture is 265 points wide in simcord's preview."""


@pytest.mark.parametrize("text", [*LANGUAGES.values(), *NAMES])
@pytest.mark.parametrize("is_right_to_left", [False, True])
def test_every_letter_has_a_shape(text: str, is_right_to_left: bool) -> None:
    parts = texts._parts(text, is_right_to_left)
    shown = texts.visual_order(text, is_right_to_left)
    assert "".join(part for _, part in parts) == shown, "nothing is left out"
    for typeface, part in parts:
        assert all(has_letter(typeface, letter) for letter in part)


def test_a_line_is_as_wide_as_its_ink() -> None:
    for text in ("Oliver 田中 12", "محمد (田中)"):
        picture = Image.new("L", (600, 60))
        write(ImageDraw.Draw(picture), (300, 30), text, "white", 29, "l")
        box = picture.getbbox()
        assert box is not None
        assert 297 <= box[0] <= 304
        assert abs(box[2] - 300 - width_of(text, 29)) <= 4
        mirrored = Image.new("L", (600, 60))
        write(ImageDraw.Draw(mirrored), (300, 30), text, "white", 29, "r")
        right = mirrored.getbbox()
        assert right is not None
        assert abs(right[2] - 300) <= 4
        assert 12 <= box[1] < 22 < 38 < box[3] <= 48, "its middle is where it was put"


def test_typefaces_follow_the_letters() -> None:
    assert texts._parts("Ana 田中", False) == ((DEJAVU, "Ana "), (CJK, "田中"))
    assert texts._parts("田中 Ana", True) == ((CJK, "田中"), (DEJAVU, " Ana"))
    assert [typeface for typeface, _ in texts._parts("สมชาย", False)] == [THAI]


def test_letters_that_are_in_order_already_are_not_ordered_again() -> None:
    assert texts._font(DEJAVU, 29).layout_engine is ImageFont.Layout.BASIC
    is_shaped = features.check("raqm")
    assert (texts._font(THAI, 29).layout_engine is ImageFont.Layout.RAQM) == is_shaped


def test_pictures_do_not_depend_on_a_library_of_the_system(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Servers often lack fribidi, without which Pillow neither orders nor joins letters."""
    before = [width_of(text, 29, True) for text in LANGUAGES.values()]
    monkeypatch.setattr(features, "check", lambda feature: False)
    texts._font.cache_clear()
    try:
        assert [width_of(text, 29, True) for text in LANGUAGES.values()] == before
        assert all(width_of(name, 29) for name in NAMES)
    finally:
        texts._font.cache_clear()


def test_every_text_fits_at_a_readable_size() -> None:
    labels = ["12:30 AM", "10:30 PM", "24:00"]
    size = fitting_size(labels, AXIS, TEXT, 16)
    assert max(width_of(label, size) for label in labels) <= AXIS
    assert size * SCALE >= 8.5
    assert TEXT * SCALE >= 12
    assert fitting_size([], 10, TEXT, 16) == TEXT
    assert fitting_size(["a" * 500], 10, TEXT, 16) == 16
