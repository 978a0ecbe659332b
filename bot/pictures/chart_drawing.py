"""Draw charts as PNG files.

The sizes are those of the picture of a week: for a phone of 390 points, on which Discord shows a
card's picture about 265 points wide.
"""

from __future__ import annotations

from functools import singledispatch

from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle

from bot.pictures.chart_image import BarChart, ChartImage, ColumnChart, HeatMap, LineChart
from bot.pictures.chart_page import (
    HATCHES,
    LEGEND_LINE,
    MARGIN,
    MARKERS,
    SMALL_TEXT,
    TITLE,
    WIDTH,
    Page,
)
from bot.pictures.colours import BACKGROUND, COLUMN, DIM_INK, INK, RULE, SCALE, SERIES

HEIGHT = 430
"""Pixels of a chart over time; others are as high as their content."""

_BAR = 58
_MOST_COLUMNS = 36
"""Columns with gaps between them; more are drawn as one shape."""

_LONGEST_LABEL = 230
"""Pixels of the label of a horizontal bar; a longer one is cut."""


def draw_chart(image: ChartImage) -> bytes:
    """Return the chart as a PNG file."""
    return page_of(image).png()


@singledispatch
def page_of(image: ChartImage) -> Page:
    """Return the page with the chart on it."""
    raise TypeError(f"{image!r} is no chart")


@page_of.register
def _(image: ColumnChart) -> Page:
    page = Page(image.title, HEIGHT, image.is_right_to_left)
    page.add_legend(image.series)
    count = len(image.series[0].values)
    bottoms = [0.0] * count
    for number, series in enumerate(image.series):
        heights = [value or 0.0 for value in series.values]
        tops = [bottom + height for bottom, height in zip(bottoms, heights, strict=True)]
        if count <= _MOST_COLUMNS:
            page.axes.bar(
                range(count),
                heights,
                width=0.8,
                bottom=bottoms,
                color=SERIES[number],
                hatch=HATCHES[number],
                edgecolor=BACKGROUND,
                linewidth=1,
            )
        else:
            # One shape takes a tenth of the time that many columns take.
            edges = [each + offset for each in range(count) for offset in (-0.5, 0.5)]
            page.axes.fill_between(
                edges,
                [bottom for bottom in bottoms for _ in range(2)],
                [top for top in tops for _ in range(2)],
                facecolor=SERIES[number],
                hatch=HATCHES[number],
                edgecolor=BACKGROUND,
                linewidth=0,
            )
        bottoms = tops
    # An empty chart has an axis as well, from 0 to 1.
    page.axes.set_ylim(0, max(*bottoms, 1.0) * 1.08)
    _finish_time_axis(page, count, image.ticks, image.scale)
    return page


@page_of.register
def _(image: LineChart) -> Page:
    page = Page(image.title, HEIGHT, image.is_right_to_left)
    page.add_legend(image.series, are_lines=True)
    count = len(image.series[0].values)
    for number, series in enumerate(image.series):
        page.axes.plot(
            range(count),
            [float("nan") if value is None else value for value in series.values],
            color=SERIES[number],
            marker=MARKERS[number],
            markersize=11 if count <= _MOST_COLUMNS else 5,
            linewidth=4 if count <= _MOST_COLUMNS else 2,
            clip_on=False,
        )
    page.axes.set_ylim(image.lowest, image.highest)
    _finish_time_axis(page, count, image.ticks, image.scale)
    return page


@page_of.register
def _(image: BarChart) -> Page:
    count, of_each = len(image.labels), len(image.series)
    height = count * _BAR + TITLE + LEGEND_LINE * (of_each if of_each > 1 else 0) + 2 * MARGIN
    page = Page(image.title, height, image.is_right_to_left)
    page.add_legend(image.series)
    thickness = 0.72 / of_each
    longest = max((value or 0.0 for each in image.series for value in each.values), default=0.0)
    page.set_horizontal_range(0, max(longest, 1.0) * 1.14)
    for number, series in enumerate(image.series):
        places = [row - 0.36 + thickness * (number + 0.5) for row in range(count)]
        bars = page.axes.barh(
            places,
            [value or 0.0 for value in series.values],
            height=thickness,
            color=SERIES[number],
            hatch=HATCHES[number],
            edgecolor=BACKGROUND,
        )
        size = SMALL_TEXT if of_each == 1 else 14
        page.axes.bar_label(bars, series.labels, padding=7, color=INK, fontsize=size)
    page.axes.set_ylim(count - 0.5, -0.5)
    names = [page.shortened(label, _LONGEST_LABEL) for label in image.labels]
    page.label_rows(list(enumerate(names)))
    page.axes.set_xticks([])
    page.axes.tick_params(axis="y", length=0, labelcolor=INK)
    page.place_axes(page.width_of_row_labels(), page.top, MARGIN)
    return page


@page_of.register
def _(image: HeatMap) -> Page:
    rows = len(image.cells[0])
    # Between 14 and 24 pixels a row, so that a day isn't higher than a phone.
    row = min(24, max(14, 480 // rows))
    height = TITLE + 40 + rows * row + 2 * LEGEND_LINE + 2 * MARGIN
    page = Page(image.title, height, image.is_right_to_left)
    colours = LinearSegmentedColormap.from_list("fill", SCALE)
    for column, cells in enumerate(image.cells):
        for number, share in enumerate(cells):
            box = (column + 0.04, number + 0.06)
            if share is None:
                patch = Rectangle(box, 0.92, 0.88, facecolor=COLUMN, linewidth=0)
            else:
                patch = Rectangle(
                    box, 0.92, 0.88, facecolor=colours(share), edgecolor=DIM_INK, linewidth=1.5
                )
            page.axes.add_patch(patch)
    page.set_horizontal_range(0, len(image.columns))
    page.axes.set_ylim(rows, 0)
    page.label_rows(image.rows)
    start = page.width_of_row_labels()
    room = (WIDTH - start - MARGIN) / len(image.columns) - 2
    names = [page.shortened(label, room) for label in image.columns]
    page.label_columns([(number + 0.5, name) for number, name in enumerate(names)])
    page.axes.tick_params(length=0, labeltop=True, labelbottom=False)
    page.axes.tick_params(axis="x", labelcolor=INK)
    page.place_axes(start, page.top + 40, MARGIN + 2 * LEGEND_LINE)
    _add_scale(page, image, colours)
    return page


def _add_scale(page: Page, image: HeatMap, colours: LinearSegmentedColormap) -> None:
    """Add the legend of a heat map: the scale with its ends, and what an empty cell is."""
    y = MARGIN + LEGEND_LINE * 1.5
    low = page.text(MARGIN, y, image.legend[0], SMALL_TEXT)
    x, steps, step = MARGIN + page.width_of(low) + 12, 5, 26
    for number in range(steps):
        page.box(x + number * step, y, step - 3, colours(number / (steps - 1)), "", DIM_INK)
    page.text(x + steps * step + 9, y, image.legend[1], SMALL_TEXT)
    y = MARGIN + LEGEND_LINE * 0.5
    page.box(MARGIN, y, 23, COLUMN, "", RULE)
    page.text(MARGIN + 36, y, image.empty, SMALL_TEXT)


def _finish_time_axis(
    page: Page,
    count: int,
    ticks: tuple[tuple[int, str], ...],
    scale: tuple[tuple[float, str], ...],
) -> None:
    """Name the labelled columns and numbers, and put the axes below the legend."""
    page.set_horizontal_range(-0.6, count - 0.4)
    page.label_rows(scale)
    page.label_columns(ticks)
    page.axes.yaxis.grid(visible=True, linewidth=1.5)
    page.axes.tick_params(length=0, pad=8)
    # On one line, although Arabic letters are of different heights.
    page.axes.tick_params(axis="x", pad=22)
    for label in page.axes.get_xticklabels():
        label.set_verticalalignment("baseline")
    page.axes.spines["bottom"].set_visible(True)
    page.place_axes(page.width_of_row_labels(), page.top, MARGIN + 40)
