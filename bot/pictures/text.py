"""Lines of text in Pillow's pictures, in all typefaces that their letters need."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache
from itertools import groupby

from PIL import ImageDraw, ImageFont, features

from bot.pictures.letter_order import visual_order
from bot.pictures.typefaces import DEJAVU, UNKNOWN, Typeface, drawable, typeface_of


def width_of(text: str, size: int, is_right_to_left: bool = False) -> float:
    """Return how many pixels wide a line is in letters of `size` pixels."""
    return sum(_font(face, size).getlength(part) for face, part in _parts(text, is_right_to_left))


def fitting_size(
    texts: Iterable[str], room: float, largest: int, smallest: int, is_right_to_left: bool = False
) -> int:
    """Return the largest size in which none of the texts is wider than `room`, if there is one."""
    widest = max((width_of(text, largest, is_right_to_left) for text in texts), default=0.0)
    if widest <= room:
        return largest
    return max(smallest, math.floor(largest * room / widest))


def write(
    draw: ImageDraw.ImageDraw,
    at: tuple[float, float],
    text: str,
    ink: str,
    size: int,
    anchor: str,
    is_right_to_left: bool = False,
) -> None:
    """Write a line. Its left end, middle or right end is `at`, by the anchor `l`, `m` or `r`.

    `at` is in the middle between the line's top and bottom.
    """
    x, y = at
    if anchor != "l":
        width = width_of(text, size, is_right_to_left)
        x -= width / 2 if anchor == "m" else width
    ascent, descent = _font(DEJAVU, size).getmetrics()
    baseline = y + (ascent - descent) / 2
    for face, part in _parts(text, is_right_to_left):
        font = _font(face, size)
        draw.text((x, baseline), part, ink, font, "ls")
        x += font.getlength(part)


@lru_cache(maxsize=2_048)
def _parts(text: str, is_right_to_left: bool) -> tuple[tuple[Typeface, str], ...]:
    """Divide a line, from left to right, by the typefaces of its letters."""
    letters = visual_order(drawable(text), is_right_to_left)
    if letters.isascii():
        return ((DEJAVU, letters),)
    # The form of an Arabic letter may be missing although the letter is there.
    known = [(face, letter) for letter in letters if (face := typeface_of(letter)) is not None]
    groups = groupby(known, key=lambda each: each[0])
    return tuple((face, "".join(letter for _, letter in group)) for face, group in groups) or (
        (DEJAVU, UNKNOWN),
    )


@lru_cache(maxsize=128)
def _font(face: Typeface, size: int) -> ImageFont.FreeTypeFont:
    # Without the library of the system, letters of scripts that need it stand side by side.
    is_shaped = face.needs_shaping and features.check("raqm")
    engine = ImageFont.Layout.RAQM if is_shaped else ImageFont.Layout.BASIC
    return ImageFont.truetype(str(face.path), size, layout_engine=engine)
