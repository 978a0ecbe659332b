"""Draw charts as PNG files.

The sizes are those of the picture of a week: for a phone of 390 points, on which Discord shows a
card's picture about 265 points wide.
"""

from __future__ import annotations

import io
import warnings
from functools import singledispatch

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, MaxNLocator

from bot.pictures.chart_image import BarChart, ChartImage, ColumnChart, HeatMap, LineChart, Series
from bot.pictures.colours import BACKGROUND, COLUMN, DIM_INK, INK, RULE, SCALE, SERIES

WIDTH = 600
"""Pixels. `HEIGHT` is that of a chart over time; others are as high as their content."""

HEIGHT = 430

FONTS = ["DejaVu Sans"]
"""Typefaces, each for the letters that those before it lack. matplotlib contains this one."""

_DPI = 100
_TEXT, _SMALL_TEXT = 18.0, 16.0
"""Sizes of text, in points of 100/72 pixels: 25 and 22 pixels."""

_MARGIN, _TITLE, _LEGEND_LINE = 14, 50, 36
_BAR, _ROW = 58, 22
_HATCHES = ("", "//", "..")
_MOST_COLUMNS = 36
"""Columns with gaps between them; more are drawn as one shape."""

_MARKERS = ("o", "s", "^")
_LONGEST_LABEL = 230
"""Pixels of the label of a horizontal bar; a longer one is cut."""

# The table beside a chart has the letters that the typefaces lack.
warnings.filterwarnings("ignore", "Glyph .* missing from font")

mpl.rcParams.update(
    {
        "font.family": FONTS,
        "font.size": _TEXT,
        # What people typed may hold dollar signs.
        "text.parse_math": False,
        "text.color": INK,
        "axes.edgecolor": RULE,
        "axes.facecolor": BACKGROUND,
        "axes.labelcolor": INK,
        "axes.axisbelow": True,
        "figure.facecolor": BACKGROUND,
        "grid.color": RULE,
        "hatch.color": BACKGROUND,
        "hatch.linewidth": 3,
        "xtick.color": DIM_INK,
        "ytick.color": DIM_INK,
        "xtick.labelsize": _SMALL_TEXT,
        "ytick.labelsize": _SMALL_TEXT,
    }
)


@singledispatch
def draw_chart(image: ChartImage) -> bytes:
    """Return the chart as a PNG file."""
    raise TypeError(f"{image!r} is no chart")


@draw_chart.register
def _(image: ColumnChart) -> bytes:
    figure, axes, top = _figure(image.title, image.series, HEIGHT)
    count = len(image.series[0].values)
    bottoms = [0.0] * count
    for number, series in enumerate(image.series):
        heights = [value or 0.0 for value in series.values]
        tops = [bottom + height for bottom, height in zip(bottoms, heights, strict=True)]
        if count <= _MOST_COLUMNS:
            axes.bar(
                range(count),
                heights,
                width=0.8,
                bottom=bottoms,
                color=SERIES[number],
                hatch=_HATCHES[number],
                edgecolor=BACKGROUND,
                linewidth=1,
            )
        else:
            # One shape takes a tenth of the time that many columns take.
            edges = [each + offset for each in range(count) for offset in (-0.5, 0.5)]
            axes.fill_between(
                edges,
                [bottom for bottom in bottoms for _ in range(2)],
                [top for top in tops for _ in range(2)],
                facecolor=SERIES[number],
                hatch=_HATCHES[number],
                edgecolor=BACKGROUND,
                linewidth=0,
            )
        bottoms = tops
    axes.set_xlim(-0.6, count - 0.4)
    # An empty chart has an axis as well, from 0 to 1.
    axes.set_ylim(0, max(*bottoms, 1.0) * 1.08)
    _finish_time_axis(figure, axes, top, image.ticks)
    return _png(figure)


@draw_chart.register
def _(image: LineChart) -> bytes:
    figure, axes, top = _figure(image.title, image.series, HEIGHT, are_lines=True)
    count = len(image.series[0].values)
    for number, series in enumerate(image.series):
        axes.plot(
            range(count),
            [float("nan") if value is None else value for value in series.values],
            color=SERIES[number],
            marker=_MARKERS[number],
            markersize=11 if count <= _MOST_COLUMNS else 5,
            linewidth=4 if count <= _MOST_COLUMNS else 2,
            clip_on=False,
        )
    axes.set_xlim(-0.6, count - 0.4)
    axes.set_ylim(image.lowest, image.highest)
    _finish_time_axis(figure, axes, top, image.ticks)
    return _png(figure)


@draw_chart.register
def _(image: BarChart) -> bytes:
    count, of_each = len(image.labels), len(image.series)
    height = count * _BAR + _TITLE + _LEGEND_LINE * (of_each if of_each > 1 else 0) + 2 * _MARGIN
    figure, axes, top = _figure(image.title, image.series, height)
    thickness = 0.72 / of_each
    longest = max((value or 0.0 for each in image.series for value in each.values), default=0.0)
    for number, series in enumerate(image.series):
        places = [row - 0.36 + thickness * (number + 0.5) for row in range(count)]
        bars = axes.barh(
            places,
            [value or 0.0 for value in series.values],
            height=thickness,
            color=SERIES[number],
            hatch=_HATCHES[number],
            edgecolor=BACKGROUND,
        )
        numbers = [f" {value:g}" if value else "" for value in series.values]
        axes.bar_label(bars, numbers, color=INK, fontsize=_SMALL_TEXT if of_each == 1 else 14)
    axes.set_xlim(0, max(longest, 1.0) * 1.14)
    axes.set_ylim(count - 0.5, -0.5)
    names = [_shortened(figure, label, _LONGEST_LABEL) for label in image.labels]
    axes.set_yticks(range(count), names, color=INK)
    axes.set_xticks([])
    axes.tick_params(length=0)
    labels = axes.get_yticklabels()
    left = max((_width(figure, label) for label in labels), default=0.0) + _MARGIN + 8
    _place(figure, axes, left, top, _MARGIN)
    return _png(figure)


@draw_chart.register
def _(image: HeatMap) -> bytes:
    rows = len(image.cells[0])
    # Between 14 and 24 pixels a row, so that a day isn't higher than a phone.
    row = min(24, max(14, 480 // rows))
    height = _TITLE + 40 + rows * row + 2 * _LEGEND_LINE + 2 * _MARGIN
    figure, axes, top = _figure(image.title, (), height)
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
            axes.add_patch(patch)
    axes.set_xlim(0, len(image.columns))
    axes.set_ylim(rows, 0)
    axes.set_yticks([index for index, _ in image.rows], [label for _, label in image.rows])
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    left = max(_width(figure, label) for label in axes.get_yticklabels()) + _MARGIN + 8
    room = (WIDTH - left - _MARGIN) / len(image.columns) - 2
    names = [_shortened(figure, label, room) for label in image.columns]
    axes.set_xticks([each + 0.5 for each in range(len(names))], names, color=INK)
    _place(figure, axes, left, top + 40, _MARGIN + 2 * _LEGEND_LINE)
    _add_scale(figure, image, colours)
    return _png(figure)


def _add_scale(figure: Figure, image: HeatMap, colours: LinearSegmentedColormap) -> None:
    """Add the legend of a heat map: the scale with its ends, and what an empty cell is."""
    height = figure.bbox.height
    y = (_MARGIN + _LEGEND_LINE * 1.5) / height
    low = figure.text(_MARGIN / WIDTH, y, image.legend[0], va="center", fontsize=_SMALL_TEXT)
    x, steps, step = _MARGIN + _width(figure, low) + 12, 5, 26
    for number in range(steps):
        fill = colours(number / (steps - 1))
        _add_box(figure, x + number * step, y * height, step - 3, fill, "", DIM_INK)
    x += steps * step + 9
    figure.text(x / WIDTH, y, image.legend[1], va="center", fontsize=_SMALL_TEXT)
    y = (_MARGIN + _LEGEND_LINE * 0.5) / height
    _add_box(figure, _MARGIN, y * height, 23, COLUMN, "", RULE)
    figure.text((_MARGIN + 36) / WIDTH, y, image.empty, va="center", fontsize=_SMALL_TEXT)


def _figure(
    title: str, series: tuple[Series, ...], height: int, are_lines: bool = False
) -> tuple[Figure, Axes, float]:
    """Return a figure with its title and legend, and how many pixels they take at the top."""
    figure = Figure(figsize=(WIDTH / _DPI, height / _DPI), dpi=_DPI)
    FigureCanvasAgg(figure)
    heading = figure.text(
        _MARGIN / WIDTH, 1 - _MARGIN / height, title, va="top", fontsize=_TEXT, fontweight="bold"
    )
    _fit(figure, heading, WIDTH - 2 * _MARGIN)
    top = float(_MARGIN + _TITLE)
    if len(series) > 1:
        top += _add_legend(figure, series, top, are_lines)
    axes = figure.add_axes((0, 0, 1, 1))
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)
    return figure, axes, top


def _add_legend(figure: Figure, series: tuple[Series, ...], top: float, are_lines: bool) -> float:
    """Name the series, in as few lines as they fit in. Return the height of the lines."""
    height = figure.bbox.height
    x, line = float(_MARGIN), 0
    for number, each in enumerate(series):
        name = figure.text(0, 0, each.name, va="center", fontsize=_SMALL_TEXT)
        _fit(figure, name, WIDTH - 2 * _MARGIN - 44)
        width = 44 + _width(figure, name)
        if x > _MARGIN and x + width > WIDTH - _MARGIN:
            x, line = float(_MARGIN), line + 1
        y = height - top - _LEGEND_LINE * (line + 0.35)
        name.set_position(((x + 44) / WIDTH, y / height))
        if are_lines:
            _add_line(figure, x, y, 34, number)
        else:
            _add_box(figure, x, y, 34, SERIES[number], _HATCHES[number])
        x += width + 26
    return _LEGEND_LINE * (line + 1)


def _add_box(
    figure: Figure,
    x: float,
    y: float,
    width: float,
    fill: object,
    hatch: str,
    edge: str = BACKGROUND,
) -> None:
    """Draw a box of a legend; `y` is its middle, in pixels from the bottom."""
    size = (figure.bbox.width, figure.bbox.height)
    box = Rectangle(
        (x / size[0], (y - 11) / size[1]),
        width / size[0],
        22 / size[1],
        transform=figure.transFigure,
        facecolor=fill,
        edgecolor=edge,
        hatch=hatch,
        linewidth=1.5,
    )
    figure.add_artist(box)


def _add_line(figure: Figure, x: float, y: float, width: float, number: int) -> None:
    """Draw the line of a series in the legend, with its marker."""
    size = (figure.bbox.width, figure.bbox.height)
    line = Line2D(
        [x / size[0], (x + width / 2) / size[0], (x + width) / size[0]],
        [y / size[1]] * 3,
        transform=figure.transFigure,
        color=SERIES[number],
        marker=_MARKERS[number],
        markevery=[1],
        markersize=11,
        linewidth=4,
    )
    figure.add_artist(line)


def _finish_time_axis(
    figure: Figure, axes: Axes, top: float, ticks: tuple[tuple[int, str], ...]
) -> None:
    """Name the labelled columns, and put the axes below the legend."""
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.yaxis.grid(visible=True, linewidth=1.5)
    axes.set_xticks([index for index, _ in ticks], [label for _, label in ticks])
    axes.tick_params(length=0, pad=8)
    axes.spines["bottom"].set_visible(True)
    widths = [_width(figure, label) for label in axes.get_yticklabels()]
    left = max(widths, default=0.0) + _MARGIN + 8
    _place(figure, axes, left, top, _MARGIN + 40)


def _place(figure: Figure, axes: Axes, left: float, top: float, bottom: float) -> None:
    """Put the axes into the figure, with so many pixels around them."""
    height = figure.bbox.height
    axes.set_position(
        (
            left / WIDTH,
            bottom / height,
            (WIDTH - left - _MARGIN) / WIDTH,
            (height - top - bottom) / height,
        )
    )


def _width(figure: Figure, text: Text) -> float:
    return float(text.get_window_extent(figure.canvas.get_renderer()).width)  # type: ignore[attr-defined]  # it is Agg's


def _fit(figure: Figure, text: Text, room: float) -> None:
    """Write a text smaller if it is wider than `room`, and cut it if that isn't enough."""
    width = _width(figure, text)
    if width > room:
        text.set_fontsize(max(float(text.get_fontsize()) * room / width, 12.0))
        _shorten(figure, text, room)


def _shorten(figure: Figure, text: Text, room: float) -> None:
    """Cut a text that is wider than `room`."""
    words = text.get_text()
    while len(words) > 1 and _width(figure, text) > room:
        words = words[:-1]
        text.set_text(f"{words.rstrip()}…")


def _shortened(figure: Figure, words: str, room: float) -> str:
    """Return the label of an axis, cut if it is wider than `room`."""
    text = figure.text(0, 0, words, fontsize=_SMALL_TEXT)
    _shorten(figure, text, room)
    text.remove()
    return text.get_text()


def _png(figure: Figure) -> bytes:
    file = io.BytesIO()
    # Without the version of matplotlib, so that an update keeps pictures equal.
    figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()
