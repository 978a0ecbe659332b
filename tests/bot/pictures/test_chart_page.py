"""Charts in other scripts, and mirrored in languages from right to left."""

from __future__ import annotations

import warnings
from dataclasses import replace

import pytest
from matplotlib.text import Text

from bot.pictures.chart_drawing import draw_chart, page_of
from bot.pictures.chart_image import ChartImage
from bot.pictures.chart_page import MARGIN, WIDTH, Page, families_of
from tests.bot.pictures.charts import bar_chart, column_chart, every_kind, heat_map, line_chart
from tests.bot.pictures.samples import LANGUAGES, NAMES


def mirrored(image: ChartImage) -> Page:
    return page_of(replace(image, is_right_to_left=True))


def middles_of(page: Page, labels: list[Text]) -> list[float]:
    """Return how far to the right the middle of each label is, in pixels."""
    page.png()
    extents = [label.get_window_extent() for label in labels]
    return [(extent.x0 + extent.x1) / 2 for extent in extents]


def test_time_goes_to_the_left_and_the_axis_is_at_the_right() -> None:
    for image in (column_chart(), line_chart()):
        page, other = page_of(image), mirrored(image)
        months = middles_of(page, page.axes.get_xticklabels())
        assert months == sorted(months)
        reversed_months = middles_of(other, other.axes.get_xticklabels())
        assert reversed_months == pytest.approx([WIDTH - each for each in months], abs=3)
        assert all(x < 60 for x in middles_of(page, page.axes.get_yticklabels()))
        numbers = [each.label2 for each in other.axes.yaxis.get_major_ticks()]
        assert all(x > WIDTH - 60 for x in middles_of(other, numbers))


def test_the_legend_begins_at_the_right() -> None:
    page = mirrored(column_chart())
    title, *names = page.figure.texts
    page.png()
    assert title.get_text().startswith("\u200f"), "a name at its start doesn't turn it round"
    assert title.get_window_extent().x1 == pytest.approx(WIDTH - MARGIN, abs=3)
    boxes = [artist.get_window_extent() for artist in page.figure.artists]
    assert len(boxes) == len(names) == 3
    for box, name in zip(boxes, names, strict=True):
        assert name.get_window_extent().x1 <= box.x0, "each name is left of its box"
    assert boxes[0].x1 == pytest.approx(WIDTH - MARGIN, abs=1)
    assert boxes[1].x1 < names[0].get_window_extent().x0


def test_bars_go_to_the_left_with_their_number_at_the_end() -> None:
    page = mirrored(bar_chart("python", "rust"))
    page.png()
    bars = [bar.get_window_extent() for bar in page.axes.containers[0]]
    assert bars[0].x1 == pytest.approx(bars[1].x1)
    assert bars[1].x0 < bars[0].x0, "two is longer than one"
    numbers = [text.get_window_extent() for text in page.axes.texts if text.get_text() == "2"]
    assert numbers[0].x1 <= bars[1].x0
    assert numbers[0].x0 >= 0


def test_the_days_and_hours_of_a_heat_map_are_mirrored() -> None:
    page = mirrored(heat_map())
    days = middles_of(page, [tick.label2 for tick in page.axes.xaxis.get_major_ticks()])
    assert days == sorted(days, reverse=True)
    low, high = page.figure.texts[-3], page.figure.texts[-2]
    assert low.get_window_extent().x0 > high.get_window_extent().x1


@pytest.mark.parametrize("is_right_to_left", [False, True])
def test_nothing_leaves_the_picture(is_right_to_left: bool) -> None:
    for image in every_kind():
        page = page_of(replace(image, is_right_to_left=is_right_to_left))
        page.png()
        labels = [*page.axes.get_xticklabels(), *page.axes.get_yticklabels()]
        for text in (*page.figure.texts, *page.axes.texts, *labels):
            if text.get_text().strip() and text.get_visible():
                extent = text.get_window_extent()
                assert -1 <= extent.x0 < extent.x1 <= WIDTH + 1, text.get_text()


@pytest.mark.parametrize("is_right_to_left", [False, True])
def test_no_letter_is_a_box(is_right_to_left: bool) -> None:
    """matplotlib warns of each letter that no typeface has."""
    texts = (*LANGUAGES.values(), *NAMES, "🐍 python", "\U0001f9ff")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draw_chart(replace(bar_chart(*texts), is_right_to_left=is_right_to_left))
        draw_chart(replace(column_chart(LANGUAGES["ja"]), is_right_to_left=is_right_to_left))


def test_only_the_typefaces_that_a_text_needs_are_loaded() -> None:
    assert families_of("Sessões por mês") == ["DejaVu Sans"]
    assert families_of("月ごとの予約") == ["DejaVu Sans", "Noto Sans CJK JP"]
    assert families_of("สมชาย 田") == ["DejaVu Sans", "Noto Sans CJK JP", "Noto Sans Thai"]


def test_equal_charts_in_another_script_are_equal_files() -> None:
    image = replace(bar_chart(*NAMES), is_right_to_left=True)
    assert draw_chart(image) == draw_chart(image)
