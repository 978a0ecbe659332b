"""The picture itself: what tells its parts apart, in both themes and without colour."""

from __future__ import annotations

import io
from dataclasses import replace
from itertools import pairwise

from PIL import Image, ImageChops, ImageColor

from bot.pictures import colours, drawing
from bot.pictures.drawing import draw_week
from bot.pictures.week_image import Block, BlockKind
from tests.bot.pictures.weeks import week_image


def pixels_of(kind: BlockKind) -> Image.Image:
    """Draw one block of a kind, and cut it out."""
    image = replace(week_image(), blocks=(Block(3, 600, 900, kind),), second_axis=())
    empty = replace(image, blocks=())
    with_block, without = (open_png(draw_week(each)) for each in (image, empty))
    box = ImageChops.difference(with_block, without).getbbox()
    assert box is not None
    return with_block.crop(box)


def open_png(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


def test_kinds_differ_without_colour() -> None:
    """Open hours are plain, bookings have a bright edge and a tick, time off has stripes.

    Busy times have a dim edge and a dash.
    """
    grey = {kind: pixels_of(kind).convert("L") for kind in BlockKind}
    counts = {kind: len(image.getcolors(256 * 256) or []) for kind, image in grey.items()}
    assert counts[BlockKind.OPEN] == 1
    booked, off = grey[BlockKind.BOOKED], grey[BlockKind.OFF]
    assert booked.getpixel((0, 0)) != booked.getpixel((12, 12))
    assert booked.getpixel((12, 12)) == booked.getpixel((12, booked.height - 12))
    busy = grey[BlockKind.BUSY]
    assert busy.getpixel((0, 0)) != busy.getpixel((12, 12))
    assert busy.getpixel((0, 0)) != booked.getpixel((0, 0))
    middle = busy.height // 2
    assert busy.getpixel((busy.width // 2, middle)) != busy.getpixel((busy.width // 2, 12))
    assert busy.getpixel((8, middle)) == busy.getpixel((12, 12))
    column = [off.getpixel((off.width // 2, y)) for y in range(6, off.height - 6)]
    stripes = sum(first != second for first, second in pairwise(column))
    assert stripes >= 10


def test_text_and_blocks_stand_out_from_the_background() -> None:
    """By WCAG 2.2: text by 4.5 to 1 (1.4.3), and graphics by 3 to 1 (1.4.11)."""
    for ink in (colours.INK, colours.DIM_INK):
        assert contrast(ink, colours.BACKGROUND) >= 4.5
    for fill in (drawing._OPEN, drawing._BOOKED_EDGE, drawing._OFF):
        assert contrast(fill, colours.COLUMN) >= 3


def contrast(first: str, second: str) -> float:
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour (WCAG 2.2)."""
    parts = [part / 255 for part in ImageColor.getrgb(colour)[:3]]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
