"""Where everything is in the picture of a week, in pixels from its upper left corner.

In a language that is written from right to left, everything is mirrored: the first day is at the
right, and so is the axis. The letters and ticks of a shape are not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

from bot.pictures.text import fitting_size, width_of
from bot.pictures.week_image import BlockKind, WeekImage

WIDTH = 600
AXIS = 98
"""Pixels for the labels of an axis."""

TEXT, SMALLEST_TEXT = 29, 16
"""Sizes of text in pixels. On a phone of 390 points, 29 are about 13 points."""

_MARGIN = 12
_HEADER, _GRID, _LINE = 84, 430, 42

_LAYERS = {BlockKind.BUSY: 1, BlockKind.BOOKED: 2}
"""What is drawn on top of other blocks."""

Box: TypeAlias = tuple[int, int, int, int]
"""The left, upper, right and lower edge."""


@dataclass(frozen=True, slots=True)
class Label:
    """A line of text. `anchor` says which end of it is at `x`: `l`, `m` or `r`."""

    text: str
    x: int
    y: int
    anchor: str
    size: int
    is_dim: bool = False


@dataclass(frozen=True, slots=True)
class WeekLayout:
    """The parts of a picture, in the order in which they are drawn."""

    height: int
    is_right_to_left: bool
    columns: tuple[Box, ...]
    rules: tuple[Box, ...]
    blocks: tuple[tuple[BlockKind, Box], ...]
    labels: tuple[Label, ...]


def lay_out(image: WeekImage) -> WeekLayout:
    """Return where the parts of a picture are."""
    layout = _from_left_to_right(image)
    return _mirrored(layout) if image.is_right_to_left else layout


def _from_left_to_right(image: WeekImage) -> WeekLayout:
    bottom = _HEADER + _GRID
    left = _MARGIN + AXIS
    right = WIDTH - _MARGIN - (AXIS if image.second_axis else 0)
    width = (right - left) // len(image.days)

    def y_of(minute: int) -> int:
        return _HEADER + (minute - image.first) * _GRID // (image.last - image.first)

    columns: list[Box] = []
    labels: list[Label] = []
    size = _fitting(image, [weekday for weekday, _ in image.days], width - 6)
    for day, (weekday, number) in enumerate(image.days):
        x = left + day * width
        columns.append((x + 2, _HEADER, x + width - 3, bottom))
        labels.append(Label(weekday, x + width // 2, 25, "m", size))
        labels.append(Label(number, x + width // 2, 59, "m", TEXT, is_dim=True))
    size = _fitting(image, [label for _, label in image.axis], AXIS)
    rules = []
    for minute, label in image.axis:
        y = y_of(minute)
        rules.append((left, y, left + width * len(image.days), y))
        labels.append(Label(label, left - 10, y, "r", size))
    size = _fitting(image, [label for _, label in image.second_axis], AXIS)
    for minute, label in image.second_axis:
        labels.append(Label(label, right + 6, y_of(minute), "l", size, is_dim=True))
    blocks: list[tuple[BlockKind, Box]] = []
    # Bookings last, on top of the hours that they are in.
    for block in sorted(image.blocks, key=lambda block: _LAYERS.get(block.kind, 0)):
        x = left + block.day * width
        top, end = y_of(block.start), y_of(block.end)
        blocks.append((block.kind, (x + 5, top, x + width - 6, max(end - 1, top + 3))))
    y = bottom + 20
    for line in _legend_lines(image):
        x = _MARGIN
        for kind, label in line:
            blocks.append((kind, (x, y + 3, x + 34, y + 32)))
            size = _fitting(image, [label], WIDTH - 2 * _MARGIN - 44)
            labels.append(Label(label, x + 44, y + 18, "l", size))
            x += _entry_width(image, label)
        y += _LINE
    for note in image.notes:
        size = _fitting(image, [note], WIDTH - 2 * _MARGIN)
        labels.append(Label(note, _MARGIN, y + 18, "l", size, is_dim=True))
        y += _LINE
    return WeekLayout(
        y + _MARGIN,
        image.is_right_to_left,
        tuple(columns),
        tuple(rules),
        tuple(blocks),
        tuple(labels),
    )


def _mirrored(layout: WeekLayout) -> WeekLayout:
    opposite = {"l": "r", "m": "m", "r": "l"}

    def mirrored(box: Box) -> Box:
        left, top, right, bottom = box
        return WIDTH - 1 - right, top, WIDTH - 1 - left, bottom

    return replace(
        layout,
        columns=tuple(map(mirrored, layout.columns)),
        rules=tuple(map(mirrored, layout.rules)),
        blocks=tuple((kind, mirrored(box)) for kind, box in layout.blocks),
        labels=tuple(
            replace(label, x=WIDTH - 1 - label.x, anchor=opposite[label.anchor])
            for label in layout.labels
        ),
    )


def _legend_lines(image: WeekImage) -> list[list[tuple[BlockKind, str]]]:
    """Divide the legend into lines that fit."""
    lines: list[list[tuple[BlockKind, str]]] = []
    room = 0
    for kind, label in image.legend:
        needed = _entry_width(image, label)
        if not lines or needed > room:
            lines.append([])
            room = WIDTH - 2 * _MARGIN
        lines[-1].append((kind, label))
        room -= needed
    return lines


def _entry_width(image: WeekImage, label: str) -> int:
    return 44 + round(width_of(label, TEXT, image.is_right_to_left)) + 28


def _fitting(image: WeekImage, texts: list[str], room: int) -> int:
    return fitting_size(texts, room, TEXT, SMALLEST_TEXT, image.is_right_to_left)
