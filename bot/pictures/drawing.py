"""Draw the picture of a week as a PNG file.

The sizes are for a phone of 390 points, on which Discord shows a card's picture about 265 points
wide. The picture has a background of its own, so it looks the same in Discord's light and dark
theme. Kinds of blocks differ in their pattern as well as in their colour.
"""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

from bot.pictures.colours import BACKGROUND, COLUMN, DIM_INK, INK, RULE
from bot.pictures.text import write
from bot.pictures.week_image import BlockKind, WeekImage
from bot.pictures.week_layout import WIDTH, Box, lay_out

_OPEN, _BOOKED, _BOOKED_EDGE, _OFF = "#43b581", "#5865f2", "#f4f5f7", "#9aa1ad"
_BUSY = "#5b616e"


def draw_week(image: WeekImage) -> bytes:
    """Return the picture as a PNG file."""
    layout = lay_out(image)
    canvas = Image.new("RGB", (WIDTH, layout.height), BACKGROUND)
    draw = ImageDraw.Draw(canvas)
    for column in layout.columns:
        draw.rectangle(column, COLUMN)
    for rule in layout.rules:
        draw.line(rule, RULE, 2)
    for label in layout.labels:
        ink = DIM_INK if label.is_dim else INK
        place = (label.x, label.y)
        write(draw, place, label.text, ink, label.size, label.anchor, layout.is_right_to_left)
    for kind, box in layout.blocks:
        _draw_block(canvas, draw, kind, box)
    file = io.BytesIO()
    canvas.save(file, "PNG", compress_level=3)
    return file.getvalue()


def _draw_block(canvas: Image.Image, draw: ImageDraw.ImageDraw, kind: BlockKind, box: Box) -> None:
    left, top, right, bottom = box
    middle_x, middle_y = (left + right) // 2, (top + bottom) // 2
    if kind is BlockKind.OPEN:
        draw.rectangle(box, _OPEN)
    elif kind is BlockKind.BOOKED:
        draw.rectangle(box, _BOOKED, _BOOKED_EDGE, 3)
        size = min(9, (bottom - top) // 2 - 3)
        if size > 2:
            tick = (
                (middle_x - size, middle_y),
                (middle_x - size // 3, middle_y + size * 2 // 3),
                (middle_x + size, middle_y - size * 2 // 3),
            )
            draw.line(tick, _BOOKED_EDGE, 4, "curve")
    elif kind is BlockKind.BUSY:
        draw.rectangle(box, _BUSY, _OFF, 3)
        if bottom - top > 10:
            draw.line((middle_x - 9, middle_y, middle_x + 9, middle_y), _BOOKED_EDGE, 4)
    else:
        _draw_stripes(canvas, box)


def _draw_stripes(canvas: Image.Image, box: Box) -> None:
    left, top, right, bottom = box
    width, height = right - left + 1, bottom - top + 1
    stripes = Image.new("RGB", (width, height), COLUMN)
    draw = ImageDraw.Draw(stripes)
    for x in range(-height, width, 16):
        draw.line((x, height, x + height, 0), _OFF, 4)
    draw.rectangle((0, 0, width - 1, height - 1), None, _OFF, 3)
    canvas.paste(stripes, (left, top))
