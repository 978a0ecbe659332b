"""What charts show. Without other imports, since the drawing process loads it.

All texts are in the reader's language already. Equal content gives equal bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers of the same kind, one for each label; None where there is none."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class ColumnChart:
    """Columns over time: the series of one label are stacked on each other.

    `ticks` are the labels below the columns that are named, by their index.
    """

    title: str
    series: tuple[Series, ...]
    ticks: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class LineChart:
    """A line for each series, over time. The vertical axis goes from `lowest` to `highest`."""

    title: str
    series: tuple[Series, ...]
    ticks: tuple[tuple[int, str], ...]
    lowest: float
    highest: float


@dataclass(frozen=True, slots=True)
class BarChart:
    """A horizontal bar for each label, from top to bottom. Its series are side by side."""

    title: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]


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


ChartImage: TypeAlias = ColumnChart | LineChart | BarChart | HeatMap
"""The content of a chart."""
