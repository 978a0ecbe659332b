"""Drawing charts in their own process, which is started when the first is needed."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator

import pytest

from bot.pictures.renderer import PictureRenderer
from tests.bot.pictures.charts import column_chart, every_kind
from tests.bot.pictures.weeks import week_image

PATIENCE = 30
"""Seconds that a picture may take while many tests share the machine."""


@pytest.fixture(scope="module")
def shared() -> Iterator[PictureRenderer]:
    """A renderer whose process has loaded matplotlib, since that takes longer than a test."""
    renderer = PictureRenderer(PATIENCE)
    yield renderer
    renderer.close()


async def test_the_process_is_started_by_the_first_chart(shared: PictureRenderer) -> None:
    await shared.draw(week_image())
    assert shared.chart_process_id is None
    assert not shared.has_drawn_charts
    first = await shared.draw(column_chart())
    assert first is not None
    assert first.startswith(b"\x89PNG")
    assert shared.has_drawn_charts
    assert shared.chart_process_id not in (None, shared.process_id)
    drawn = shared.drawn
    assert await shared.draw(column_chart()) == first
    assert shared.drawn == drawn, "equal charts are drawn once"


async def test_every_kind_of_chart_is_drawn_in_the_process(shared: PictureRenderer) -> None:
    for chart in every_kind():
        assert await shared.draw(chart) is not None


async def test_a_week_does_not_wait_for_a_chart(shared: PictureRenderer) -> None:
    await shared.draw(column_chart("first"))
    process = shared.chart_process_id
    assert process is not None
    os.kill(process, signal.SIGSTOP)
    chart = asyncio.ensure_future(shared.draw(column_chart("hangs")))
    try:
        assert await shared.draw(week_image("meanwhile")) is not None
        assert not chart.done()
    finally:
        os.kill(process, signal.SIGCONT)
    assert await chart is not None


async def test_the_deadline_of_one_chart_may_be_its_own(shared: PictureRenderer) -> None:
    await shared.draw(column_chart("first"))
    assert await shared.draw(column_chart("late"), deadline=0.01) is None
    assert await shared.draw(column_chart("late")) is not None


async def test_a_killed_process_is_replaced_by_the_next_chart(shared: PictureRenderer) -> None:
    await shared.draw(column_chart("first"))
    killed = shared.chart_process_id
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    assert await shared.draw(column_chart("after the kill")) is not None
    assert shared.chart_process_id not in (None, killed)
    assert shared.has_drawn_charts


async def test_a_hanging_process_is_replaced_by_one_that_has_to_load_its_library(
    shared: PictureRenderer,
) -> None:
    await shared.draw(column_chart("first"))
    hanging = shared.chart_process_id
    assert hanging is not None
    os.kill(hanging, signal.SIGSTOP)
    shared.patience = 0.2
    assert await shared.draw(column_chart("never drawn")) is None
    shared.patience = PATIENCE
    assert not shared.has_drawn_charts
    assert await shared.draw(column_chart("drawn by another")) is not None
    assert shared.chart_process_id not in (None, hanging)


async def test_the_event_loop_is_never_held_while_a_chart_is_drawn(
    shared: PictureRenderer,
) -> None:
    await shared.draw(column_chart("first"))
    drawing = asyncio.gather(*(shared.draw(column_chart(str(number))) for number in range(5)))
    turns, started = 0, time.perf_counter()
    while not drawing.done():
        await asyncio.sleep(0)
        turns += 1
    assert all(await drawing)
    assert turns > 100, f"only {turns} turns in {time.perf_counter() - started:.1f} s"
