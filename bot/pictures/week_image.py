"""What a picture of a week shows. Without other imports, since the drawing process loads it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class BlockKind(Enum):
    """What a block of time is."""

    OPEN = "open"
    BOOKED = "booked"
    BUSY = "busy"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Block:
    """A block in the column `day` (0 is the first), from `start` to `end` in minutes of the day."""

    day: int
    start: int
    end: int
    kind: BlockKind


@dataclass(frozen=True, slots=True)
class WeekImage:
    """The content of a picture. Equal content gives equal bytes.

    `days` are the labels of the columns, each a weekday and a day of the month. The grid shows the
    minutes from `first` to `last`. `axis` and `second_axis` label minutes of the grid before and
    after the days; without labels there is no second axis. `legend` names the kinds of blocks,
    and `notes` are lines below it. All texts are in the reader's language already, and
    `is_right_to_left` is its direction: then the first day and the axis are at the right.
    """

    days: tuple[tuple[str, str], ...]
    blocks: tuple[Block, ...]
    first: int
    last: int
    axis: tuple[tuple[int, str], ...]
    second_axis: tuple[tuple[int, str], ...]
    legend: tuple[tuple[BlockKind, str], ...]
    notes: tuple[str, ...]
    is_right_to_left: bool = False
