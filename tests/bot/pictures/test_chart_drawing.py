"""Charts themselves: their size, what tells series apart, and texts of any kind and length."""

from __future__ import annotations

import io
import warnings
from itertools import pairwise

import pytest
from PIL import Image, ImageChops, ImageColor

from bot.pictures import colours
from bot.pictures.chart_drawing import WIDTH, draw_chart
from bot.pictures.chart_image import ChartImage, ColumnChart, HeatMap, LineChart, Series
from tests.bot.pictures.charts import bar_chart, column_chart, every_kind, heat_map
from tests.bot.pictures.test_drawing import contrast, luminance


def draw(image: ChartImage) -> Image.Image:
    return Image.open(io.BytesIO(draw_chart(image))).convert("RGB")


@pytest.mark.parametrize("image", every_kind(), ids=lambda image: type(image).__name__)
def test_every_kind_is_as_wide_as_other_pictures_with_equal_bytes(image: ChartImage) -> None:
    picture = draw(image)
    assert picture.width == WIDTH
    assert picture.height <= 800, "a chart isn't higher than a phone"
    assert draw_chart(image) == draw_chart(image)


def test_colours_of_series_stand_out_from_the_background() -> None:
    """By WCAG 2.2: text by 4.5 to 1 (1.4.3), and graphics by 3 to 1 (1.4.11)."""
    for ink in (colours.INK, colours.DIM_INK):
        assert contrast(ink, colours.BACKGROUND) >= 4.5
    for fill in colours.SERIES:
        assert contrast(fill, colours.BACKGROUND) >= 3
    # Cells of the heat map stand out by their edge.
    assert contrast(colours.DIM_INK, colours.BACKGROUND) >= 3


def test_the_scale_of_a_heat_map_gets_lighter_from_none_to_all() -> None:
    steps = colours.SCALE
    assert all(contrast(first, second) > 1.3 for first, second in pairwise(steps))
    assert sorted(steps, key=luminance) == list(steps)


def test_series_differ_without_colour() -> None:
    """The first is plain, the second striped, the third dotted."""
    patterns = []
    for number in range(3):
        values = [(0.0,)] * number + [(9.0,)] + [(0.0,)] * (2 - number)
        chart = ColumnChart("", tuple(Series("", each) for each in values), (), ())
        grey = draw(chart).convert("L")
        box = grey.crop((280, 250, 340, 310))
        patterns.append(len([each for each in box.getcolors(256) or [] if each[0] > 40]))
        assert box.getextrema()[0] != box.getextrema()[1] or number == 0
    assert patterns[0] == 1


def test_an_empty_cell_has_no_edge() -> None:
    offered, empty = draw(heat_map(0.0)), draw(heat_map(None))
    assert ImageChops.difference(offered, empty).getbbox() is not None


@pytest.mark.parametrize(
    "image",
    [
        ColumnChart("Nothing", (Series("Sessions", (0,)),), ((0, "Dec"),), ((0, "0"),)),
        ColumnChart("Ten years", (Series("Sessions", tuple(range(120))),), ((0, "2016"),), ()),
        LineChart("No rating", (Series("Rating", (None,)),), ((0, "Dec"),), (), 1, 5),
        HeatMap("Half hours", ("Mon",) * 7, ((0, "0:00"),), ((1.0,) * 48,) * 7, ("0%", "1"), "-"),
    ],
    ids=lambda image: image.title,
)
def test_little_and_much_can_be_drawn(image: ChartImage) -> None:
    assert draw(image).height <= 900


def test_texts_of_people_are_drawn_as_they_are() -> None:
    """Dollar signs are no formula, and letters that the typeface lacks cost no chart."""
    labels = ("$\\frac{x$", "w" * 32, "データ分析", "العربية", "🪙\u202e", "<b>", "%s {x}")
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        assert draw(bar_chart(*labels)).width == WIDTH


def test_long_texts_are_cut_within_the_picture() -> None:
    picture = draw(column_chart("W" * 300))
    edge = picture.crop((WIDTH - 8, 0, WIDTH, picture.height))
    assert edge.getcolors() == [(8 * picture.height, (0x1F, 0x22, 0x29))]


def test_a_line_has_a_gap_where_there_is_no_value() -> None:
    """Not even a line to zero: the months beside the one without a value aren't connected."""

    def blue_pixels(*values: float | None) -> int:
        picture = draw(LineChart("Rating", (Series("Rating", values),), (), (), 0, 5))
        middle = picture.crop((200, 90, 450, picture.height))
        blue = ImageColor.getrgb(colours.SERIES[0])
        return sum(count for count, colour in middle.getcolors(100_000) or [] if colour == blue)

    assert blue_pixels(4.0, 4.0, 4.0) > 500
    assert blue_pixels(4.0, None, 4.0) == 0
