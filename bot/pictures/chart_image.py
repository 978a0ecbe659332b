"""What charts show. Without other imports, since the drawing process loads it.

All texts are in the reader's language already, and `is_right_to_left` is its direction: then the
vertical axis is at the right, and time and bars go to the left. Equal content gives equal bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers of the same kind, one for each label; None where there is none.

    `labels` are the numbers as the bars of a `BarChart` show them, empty for none.
    """

    name: str
    values: tuple[float | None, ...]
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ColumnChart:
    """Columns over time: the series of one label are stacked on each other.

    `ticks` are the labels below the columns that are named, by their index, and `scale` those of
    numbers on the vertical axis.
    """

    title: str
    series: tuple[Series, ...]
    ticks: tuple[tuple[int, str], ...]
    scale: tuple[tuple[float, str], ...]
    is_right_to_left: bool = False


@dataclass(frozen=True, slots=True)
class LineChart:
    """A line for each series, over time. The vertical axis goes from `lowest` to `highest`."""

    title: str
    series: tuple[Series, ...]
    ticks: tuple[tuple[int, str], ...]
    scale: tuple[tuple[float, str], ...]
    lowest: float
    highest: float
    is_right_to_left: bool = False


@dataclass(frozen=True, slots=True)
class BarChart:
    """A horizontal bar for each label, from top to bottom. Its series are side by side."""

    title: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    is_right_to_left: bool = False


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Shares by column and row, from 0 to 1; None is drawn as an empty cell.

    `cells` has a tuple of rows for each column. `rows` are the labels of rows, by their index, and
    stand at the upper edge of the row. `legend` says what the lowest and highest share mean, and
    `empty` what an empty cell is.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int, str], ...]
    cells: tuple[tuple[float | None, ...], ...]
    legend: tuple[str, str]
    empty: str
    is_right_to_left: bool = False


ChartImage: TypeAlias = ColumnChart | LineChart | BarChart | HeatMap
"""The content of a chart."""
