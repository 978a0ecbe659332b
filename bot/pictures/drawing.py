"""Draw the picture of a week as a PNG file.

The sizes are for a phone of 390 points, on which Discord shows a card's picture about 265 points
wide. The picture has a background of its own, so it looks the same in Discord's light and dark
theme. Kinds of blocks differ in their pattern as well as in their colour.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from bot.pictures.colours import BACKGROUND, COLUMN, DIM_INK, INK, RULE
from bot.pictures.week_image import Block, BlockKind, WeekImage

WIDTH = 600
_MARGIN, _AXIS = 12, 92
_HEADER, _GRID, _LINE = 84, 430, 42
_TEXT, _SMALLEST_TEXT = 29, 16

_OPEN, _BOOKED, _BOOKED_EDGE, _OFF = "#43b581", "#5865f2", "#f4f5f7", "#9aa1ad"
_BUSY = "#5b616e"

_LAYERS = {BlockKind.BUSY: 1, BlockKind.BOOKED: 2}
"""What is drawn on top of other blocks."""

_Box = tuple[int, int, int, int]


def draw_week(image: WeekImage) -> bytes:
    """Return the picture as a PNG file."""
    bottom = _HEADER + _GRID
    lines = _legend_lines(image)
    height = bottom + 20 + _LINE * (len(lines) + len(image.notes)) + _MARGIN
    canvas = Image.new("RGB", (WIDTH, height), BACKGROUND)
    draw = ImageDraw.Draw(canvas)
    left = _MARGIN + _AXIS
    right = WIDTH - _MARGIN - (_AXIS if image.second_axis else 0)
    width = (right - left) // len(image.days)

    def y_of(minute: int) -> int:
        return _HEADER + (minute - image.first) * _GRID // (image.last - image.first)

    day_font = _fitting_font([weekday for weekday, _ in image.days], width - 6)
    for day, (weekday, number) in enumerate(image.days):
        x = left + day * width
        draw.rectangle((x + 2, _HEADER, x + width - 3, bottom), COLUMN)
        draw.text((x + width // 2, 8), weekday, INK, day_font, "ma")
        draw.text((x + width // 2, 42), number, DIM_INK, day_font, "ma")
    first_font, second_font = (
        _fitting_font([label for _, label in axis], _AXIS)
        for axis in (image.axis, image.second_axis)
    )
    for minute, label in image.axis:
        draw.line((left, y_of(minute), left + width * len(image.days), y_of(minute)), RULE, 2)
        draw.text((left - 10, y_of(minute)), label, INK, first_font, "rm")
    for minute, label in image.second_axis:
        draw.text((right + 6, y_of(minute)), label, DIM_INK, second_font, "lm")
    # Bookings last, on top of the hours that they are in.
    for block in sorted(image.blocks, key=lambda block: _LAYERS.get(block.kind, 0)):
        x = left + block.day * width
        _draw_block(canvas, draw, block, (x + 5, y_of(block.start), x + width - 6, y_of(block.end)))
    y = bottom + 20
    for line in lines:
        x = _MARGIN
        for kind, label in line:
            _draw_block(canvas, draw, Block(0, 0, 0, kind), (x, y + 3, x + 34, y + 33))
            _write(draw, (x + 44, y + 18), label, WIDTH, "lm", INK)
            x += _entry_width(label)
        y += _LINE
    for note in image.notes:
        _write(draw, (_MARGIN, y + 18), note, WIDTH - 2 * _MARGIN, "lm", DIM_INK)
        y += _LINE
    file = io.BytesIO()
    canvas.save(file, "PNG", compress_level=3)
    return file.getvalue()


def _draw_block(canvas: Image.Image, draw: ImageDraw.ImageDraw, block: Block, box: _Box) -> None:
    left, top, right, bottom = box
    box = (left, top, right, max(bottom - 1, top + 3))
    if block.kind is BlockKind.OPEN:
        draw.rectangle(box, _OPEN)
    elif block.kind is BlockKind.BOOKED:
        draw.rectangle(box, _BOOKED, _BOOKED_EDGE, 3)
        middle_x, middle_y = (left + right) // 2, (box[1] + box[3]) // 2
        size = min(9, (box[3] - box[1]) // 2 - 3)
        if size > 2:
            tick = (
                (middle_x - size, middle_y),
                (middle_x - size // 3, middle_y + size * 2 // 3),
                (middle_x + size, middle_y - size * 2 // 3),
            )
            draw.line(tick, _BOOKED_EDGE, 4, "curve")
    elif block.kind is BlockKind.BUSY:
        draw.rectangle(box, _BUSY, _OFF, 3)
        middle_x, middle_y = (left + right) // 2, (box[1] + box[3]) // 2
        if box[3] - box[1] > 10:
            draw.line((middle_x - 9, middle_y, middle_x + 9, middle_y), _BOOKED_EDGE, 4)
    else:
        _draw_stripes(canvas, box)


def _draw_stripes(canvas: Image.Image, box: _Box) -> None:
    left, top, right, bottom = box
    width, height = right - left + 1, bottom - top + 1
    stripes = Image.new("RGB", (width, height), COLUMN)
    draw = ImageDraw.Draw(stripes)
    for x in range(-height, width, 16):
        draw.line((x, height, x + height, 0), _OFF, 4)
    draw.rectangle((0, 0, width - 1, height - 1), None, _OFF, 3)
    canvas.paste(stripes, (left, top))


def _legend_lines(image: WeekImage) -> list[list[tuple[BlockKind, str]]]:
    """Divide the legend into lines that fit."""
    lines: list[list[tuple[BlockKind, str]]] = []
    room = 0
    for kind, label in image.legend:
        needed = _entry_width(label)
        if not lines or needed > room:
            lines.append([])
            room = WIDTH - 2 * _MARGIN
        lines[-1].append((kind, label))
        room -= needed
    return lines


def _entry_width(label: str) -> int:
    return 44 + round(_font(_TEXT).getlength(label)) + 28


def _write(
    draw: ImageDraw.ImageDraw, at: tuple[int, int], text: str, room: int, anchor: str, ink: str
) -> None:
    """Write a line of text, smaller if it would be wider than `room`."""
    draw.text(at, text, ink, _fitting_font([text], room), anchor)


def _fitting_font(texts: Sequence[str], room: int) -> ImageFont.FreeTypeFont:
    """Return one font in which none of the texts is wider than `room`, if there is one."""
    size = _TEXT
    while size > _SMALLEST_TEXT and any(_font(size).getlength(text) > room for text in texts):
        size -= 1
    return _font(size)


@lru_cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    """Return the typeface that Pillow contains, Aileron."""
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font
