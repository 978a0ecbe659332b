"""The page that a chart is drawn on: its title, its legend, and its texts in every script.

Places are in pixels, from where lines of the language begin: in a language that is written from
right to left, `x` counts from the right edge. matplotlib orders and joins letters itself.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from functools import lru_cache

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from bot.pictures.chart_image import Series
from bot.pictures.colours import BACKGROUND, DIM_INK, INK, RULE, SERIES
from bot.pictures.typefaces import DEJAVU, Typeface, drawable, typeface_of

WIDTH = 600
"""Pixels."""

TEXT, SMALL_TEXT = 18.0, 16.0
"""Sizes of text, in points of 100/72 pixels: 25 and 22 pixels."""

MARGIN, TITLE, LEGEND_LINE = 14, 50, 36
HATCHES = ("", "//", "..")
MARKERS = ("o", "s", "^")

_DPI = 100
_SMALLEST_TEXT = 12.0
_RIGHT_TO_LEFT_MARK = "\u200f"

mpl.rcParams.update(
    {
        "font.family": DEJAVU.name,
        "font.size": TEXT,
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
        "xtick.labelsize": SMALL_TEXT,
        "ytick.labelsize": SMALL_TEXT,
    }
)


class Page:
    """A figure with its title, and axes that have yet to be placed.

    `top` is how many pixels the title and the legend take.
    """

    def __init__(self, title: str, height: int, is_right_to_left: bool) -> None:
        self.is_right_to_left = is_right_to_left
        self.figure = Figure(figsize=(WIDTH / _DPI, height / _DPI), dpi=_DPI)
        FigureCanvasAgg(self.figure)
        self.height = height
        heading = self.text(MARGIN, height - MARGIN, title, TEXT, va="top")
        if families_of(title) == [DEJAVU.name]:
            # The other typefaces have no bold letters.
            heading.set_fontweight("bold")
        self.fit(heading, WIDTH - 2 * MARGIN)
        self.top = float(MARGIN + TITLE)
        self.axes: Axes = self.figure.add_axes((0, 0, 1, 1))
        for side in ("top", "right", "left", "bottom"):
            self.axes.spines[side].set_visible(False)

    def text(self, x: float, y: float, words: str, size: float, va: str = "center") -> Text:
        """Add a line that begins at `x`; `y` counts from the bottom."""
        text = self.figure.text(
            0,
            y / self.height,
            self.ordered(words),
            va=va,
            ha="right" if self.is_right_to_left else "left",
            fontsize=size,
            fontfamily=families_of(words),
        )
        self.move(text, x, y)
        return text

    def move(self, text: Text, x: float, y: float) -> None:
        """Let a line begin at `x`; `y` counts from the bottom."""
        text.set_position((self.x(x) / WIDTH, y / self.height))

    def x(self, x: float) -> float:
        """Return how far to the right a place is."""
        return WIDTH - x if self.is_right_to_left else x

    def ordered(self, words: str) -> str:
        """Return a text as it can be drawn, in the direction of the page."""
        shown = drawable(words)
        return _RIGHT_TO_LEFT_MARK + shown if self.is_right_to_left and shown else shown

    def box(
        self,
        x: float,
        y: float,
        width: float,
        fill: object,
        hatch: str,
        edge: str = BACKGROUND,
    ) -> None:
        """Draw a box of a legend; `y` is its middle."""
        left = self.x(x + width) if self.is_right_to_left else x
        box = Rectangle(
            (left / WIDTH, (y - 11) / self.height),
            width / WIDTH,
            22 / self.height,
            transform=self.figure.transFigure,
            facecolor=fill,
            edgecolor=edge,
            hatch=hatch,
            linewidth=1.5,
        )
        self.figure.add_artist(box)

    def add_legend(self, series: Sequence[Series], are_lines: bool = False) -> None:
        """Name the series below the title, in as few lines as they fit in. One needs no name."""
        if len(series) < 2:
            return
        x, line = float(MARGIN), 0
        for number, each in enumerate(series):
            name = self.text(0, 0, each.name, SMALL_TEXT)
            self.fit(name, WIDTH - 2 * MARGIN - 44)
            width = 44 + self.width_of(name)
            if x > MARGIN and x + width > WIDTH - MARGIN:
                x, line = float(MARGIN), line + 1
            y = self.height - self.top - LEGEND_LINE * (line + 0.35)
            self.move(name, x + 44, y)
            if are_lines:
                self._add_line(x, y, 34, number)
            else:
                self.box(x, y, 34, SERIES[number], HATCHES[number])
            x += width + 26
        self.top += LEGEND_LINE * (line + 1)

    def _add_line(self, x: float, y: float, width: float, number: int) -> None:
        """Draw the line of a series in the legend, with its marker."""
        line = Line2D(
            [self.x(each) / WIDTH for each in (x, x + width / 2, x + width)],
            [y / self.height] * 3,
            transform=self.figure.transFigure,
            color=SERIES[number],
            marker=MARKERS[number],
            markevery=[1],
            markersize=11,
            linewidth=4,
        )
        self.figure.add_artist(line)

    def set_horizontal_range(self, first: float, last: float) -> None:
        """Show the numbers from `first`, where the language begins, to `last`."""
        self.axes.set_xlim(*((last, first) if self.is_right_to_left else (first, last)))

    def label_columns(self, ticks: Sequence[tuple[float, str]]) -> None:
        """Name places on the horizontal axis."""
        self._label(self.axes.set_xticks, ticks)

    def label_rows(self, ticks: Sequence[tuple[float, str]]) -> None:
        """Name places on the vertical axis, which is where the language begins."""
        self._label(self.axes.set_yticks, ticks)
        if self.is_right_to_left:
            self.axes.yaxis.tick_right()

    def _label(self, set_ticks: Callable[..., object], ticks: Sequence[tuple[float, str]]) -> None:
        labels = [self.ordered(label) for _, label in ticks]
        families = families_of("".join(label for _, label in ticks))
        set_ticks([at for at, _ in ticks], labels, fontfamily=families)

    def width_of_row_labels(self) -> float:
        """Return how many pixels the labels of the vertical axis take, with space around them."""
        widths = [self.width_of(label) for label in self.axes.get_yticklabels()]
        return max(widths, default=0.0) + MARGIN + 8

    def place_axes(self, start: float, top: float, bottom: float) -> None:
        """Put the axes into the page, with so many pixels around them; `start` is before them."""
        width = WIDTH - start - MARGIN
        left = MARGIN if self.is_right_to_left else start
        box = (left / WIDTH, bottom / self.height)
        self.axes.set_position((*box, width / WIDTH, (self.height - top - bottom) / self.height))

    def width_of(self, text: Text) -> float:
        """Return how many pixels wide a text is."""
        renderer = self.figure.canvas.get_renderer()  # type: ignore[attr-defined]  # it is Agg's
        return float(text.get_window_extent(renderer).width)

    def fit(self, text: Text, room: float) -> None:
        """Write a text smaller if it is wider than `room`, and cut it if that isn't enough."""
        width = self.width_of(text)
        if width > room:
            text.set_fontsize(max(float(text.get_fontsize()) * room / width, _SMALLEST_TEXT))
            self._shorten(text, room)

    def shortened(self, words: str, room: float) -> str:
        """Return the label of an axis, cut if it is wider than `room`."""
        text = self.text(0, 0, words, SMALL_TEXT)
        self._shorten(text, room)
        text.remove()
        return text.get_text().removeprefix(_RIGHT_TO_LEFT_MARK)

    def _shorten(self, text: Text, room: float) -> None:
        words = text.get_text()
        while len(words) > 1 and self.width_of(text) > room:
            words = words[:-1]
            text.set_text(f"{words.rstrip()}…")

    def png(self) -> bytes:
        """Return the page as a PNG file."""
        file = io.BytesIO()
        # Without the version of matplotlib, so that an update keeps pictures equal.
        self.figure.savefig(file, format="png", metadata={"Software": None})
        return file.getvalue()


@lru_cache(maxsize=512)
def families_of(text: str) -> list[str]:
    """Return the names of the typefaces that a text needs, DejaVu Sans first."""
    found = {face for letter in drawable(text) if not letter.isascii() for face in _face(letter)}
    return [DEJAVU.name, *sorted(_registered(face) for face in found - {DEJAVU})]


def _face(letter: str) -> tuple[Typeface, ...]:
    face = typeface_of(letter)
    return () if face is None else (face,)


@lru_cache
def _registered(face: Typeface) -> str:
    """Let matplotlib know a typeface, and return its name. It knows DejaVu Sans already."""
    font_manager.fontManager.addfont(str(face.path))
    return face.name
