"""Where days, blocks and labels are, from left to right and from right to left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.pictures.text import width_of
from bot.pictures.week_image import BlockKind
from bot.pictures.week_layout import WIDTH, Label, WeekLayout, lay_out
from tests.bot.pictures.samples import LANGUAGES
from tests.bot.pictures.weeks import week_image
from wording.reader import Reader
from wording.times import hour_of_day, weekday_heading

MIRRORED = replace(week_image(), is_right_to_left=True)


def label_of(layout: WeekLayout, text: str) -> Label:
    return next(label for label in layout.labels if label.text == text)


def test_days_go_from_left_to_right() -> None:
    layout = lay_out(week_image())
    days = [label_of(layout, day).x for day, _ in week_image().days]
    assert days == sorted(days)
    assert label_of(layout, "10:00").x < layout.columns[0][0] < label_of(layout, "1:30 AM").x
    assert label_of(layout, "10:00").anchor == "r"


def test_everything_is_mirrored_in_a_language_from_right_to_left() -> None:
    layout, mirrored = lay_out(week_image()), lay_out(MIRRORED)
    days = [label_of(mirrored, day).x for day, _ in MIRRORED.days]
    assert days == sorted(days, reverse=True)
    first_axis, second_axis = label_of(mirrored, "10:00"), label_of(mirrored, "1:30 AM")
    assert second_axis.x < mirrored.columns[6][0] < mirrored.columns[0][2] < first_axis.x
    assert (first_axis.anchor, second_axis.anchor) == ("l", "r")
    for (kind, box), (same, other) in zip(layout.blocks, mirrored.blocks, strict=True):
        assert kind is same
        assert (box[0] + other[2], box[2] + other[0]) == (WIDTH - 1, WIDTH - 1)
        assert (box[1], box[3]) == (other[1], other[3]), (
            "the time of day is still from top to bottom"
        )
    note = label_of(mirrored, "Your time (London)")
    assert (note.anchor, note.x) == ("r", WIDTH - 1 - label_of(layout, "Your time (London)").x)


def test_a_block_is_in_the_column_of_its_day() -> None:
    for image in (week_image(), MIRRORED):
        layout = lay_out(image)
        for kind, day in ((BlockKind.OFF, 1), (BlockKind.BUSY, 2)):
            box = next(box for each, box in layout.blocks if each is kind)
            left, _, right, _ = layout.columns[day]
            assert left < box[0] < box[2] < right
            assert left < label_of(layout, image.days[day][0]).x < right


def test_the_legend_begins_where_the_language_does() -> None:
    layout, mirrored = lay_out(week_image()), lay_out(MIRRORED)
    entries = [label_of(layout, label) for _, label in week_image().legend]
    assert entries[0].x < entries[1].x
    opposite = [label_of(mirrored, label) for _, label in week_image().legend]
    assert opposite[0].x > opposite[1].x


def test_a_legend_that_is_too_wide_has_more_lines() -> None:
    long = replace(week_image(), legend=tuple((kind, "x" * 30) for kind in BlockKind))
    assert lay_out(long).height > lay_out(week_image()).height
    assert len({label.y for label in lay_out(long).labels if label.text == "x" * 30}) == 4


@pytest.mark.parametrize("tag", LANGUAGES)
def test_days_and_hours_of_every_language_can_be_read_on_a_phone(
    tag: str, untranslated: Callable[[str], None]
) -> None:
    """A card's picture is 265 points wide there, and text is at least 8.5 points high."""
    untranslated(tag)
    reader = Reader.of("en-US" if tag == "en" else tag)
    hours = tuple((60 * hour, hour_of_day(60 * hour + 30, reader)) for hour in range(10, 23, 2))
    image = replace(
        week_image(),
        days=tuple((weekday_heading(day, reader), "28") for day in range(7)),
        axis=hours,
        second_axis=hours,
    )
    layout = lay_out(image)
    shown = {*(text for _, text in hours), *(name for name, _ in image.days), "28"}
    sizes = {label.text: label.size for label in layout.labels if label.text in shown}
    assert set(sizes) == shown
    assert min(sizes.values()) * 265 / WIDTH >= 8.5
    for label in layout.labels:
        room = {"l": WIDTH - label.x, "r": label.x, "m": 2 * min(label.x, WIDTH - label.x)}
        assert width_of(label.text, label.size) <= room[label.anchor] + 1, label.text
