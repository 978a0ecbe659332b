"""Drawing in another process: its cache, its death, and the event loop meanwhile."""

from __future__ import annotations

import asyncio
import io
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from bot.pictures.drawing import WIDTH
from bot.pictures.renderer import PictureRenderer
from tests.bot.pictures.weeks import week_image

PATIENCE = 20
"""Seconds that a picture may take while many tests share the machine."""


@pytest.fixture
def renderer() -> Iterator[PictureRenderer]:
    renderer = PictureRenderer(PATIENCE)
    yield renderer
    renderer.close()


async def test_equal_content_is_drawn_once_with_equal_bytes(renderer: PictureRenderer) -> None:
    first = await renderer.draw(week_image())
    again = await renderer.draw(week_image())
    other = await renderer.draw(week_image("Your time (Paris)"))
    assert first is not None
    assert first == again != other
    assert renderer.drawn == 2
    with Image.open(io.BytesIO(first)) as picture:
        assert (picture.format, picture.width) == ("PNG", WIDTH)
    # Another process draws the same bytes, so a restart doesn't change what people see.
    another = PictureRenderer(PATIENCE)
    assert await another.draw(week_image()) == first
    another.close()


async def test_the_process_that_was_started_ahead_draws_the_first_picture(
    renderer: PictureRenderer,
) -> None:
    renderer.start()
    async with asyncio.timeout(PATIENCE):
        while (started := renderer.process_id) is None:
            await asyncio.sleep(0)
    assert await renderer.draw(week_image()) is not None
    assert renderer.process_id == started


async def test_a_killed_process_is_replaced_by_the_next_picture(renderer: PictureRenderer) -> None:
    await renderer.draw(week_image("one"))
    killed = renderer.process_id
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    assert await renderer.draw(week_image("two")) is not None
    assert renderer.process_id not in (None, killed)


async def test_the_process_ignores_ctrl_c_and_knows_no_secrets(
    renderer: PictureRenderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MENTORBOT_DISCORD_TOKEN", "a-secret")
    await renderer.draw(week_image("one"))
    process = renderer.process_id
    assert process is not None
    assert b"MENTORBOT_" not in Path(f"/proc/{process}/environ").read_bytes()
    os.kill(process, signal.SIGINT)
    assert await renderer.draw(week_image("two")) is not None
    assert renderer.process_id == process


async def test_the_cache_drops_the_pictures_that_were_used_least_recently(
    renderer: PictureRenderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, three = (week_image(note) for note in ("one", "two", "three"))
    sizes = [len(await renderer.draw(week) or b"") for week in (one, two)]
    # Enough for two pictures, which differ little in size, but not for three.
    enough = sum(sizes) + min(sizes) // 2
    monkeypatch.setattr("bot.pictures.renderer.MAX_CACHED_BYTES", enough)
    await renderer.draw(one)
    await renderer.draw(three)
    assert renderer.drawn == 3
    await renderer.draw(one)
    assert renderer.drawn == 3, "the one that was used again is kept"
    await renderer.draw(two)
    assert renderer.drawn == 4


async def test_a_hanging_process_is_replaced() -> None:
    renderer = PictureRenderer(PATIENCE, patience=PATIENCE)
    await renderer.draw(week_image("one"))
    hanging = renderer.process_id
    assert hanging is not None
    os.kill(hanging, signal.SIGSTOP)
    renderer.deadline = renderer.patience = 0.2
    assert await renderer.draw(week_image("two")) is None, "the card isn't kept waiting"
    renderer.deadline = renderer.patience = PATIENCE
    assert await renderer.draw(week_image("three")) is not None
    assert not is_running(hanging)
    renderer.close()


async def test_a_picture_that_is_late_for_its_card_is_there_for_the_next(
    renderer: PictureRenderer,
) -> None:
    await renderer.draw(week_image("one"))
    process = renderer.process_id
    renderer.deadline = 0.001
    assert await renderer.draw(week_image("two")) is None
    renderer.deadline = PATIENCE
    assert await renderer.draw(week_image("two")) is not None
    assert renderer.process_id == process
    assert renderer.drawn == 2


async def test_cards_with_the_same_picture_at_once_share_it(renderer: PictureRenderer) -> None:
    pictures = await asyncio.gather(*(renderer.draw(week_image()) for _ in range(100)))
    assert len(set(pictures)) == 1
    assert renderer.drawn == 1


async def test_too_many_pictures_at_once_leave_the_process_alive(
    renderer: PictureRenderer,
) -> None:
    await renderer.draw(week_image())
    process = renderer.process_id
    renderer.deadline = 0.1
    weeks = (week_image(str(number)) for number in range(300))
    pictures = await asyncio.gather(*map(renderer.draw, weeks))
    assert None in pictures
    renderer.deadline = PATIENCE
    assert await renderer.draw(week_image("after")) is not None
    assert renderer.process_id == process


async def test_content_that_cannot_be_drawn_costs_one_picture(
    renderer: PictureRenderer, capfd: pytest.CaptureFixture[str]
) -> None:
    await renderer.draw(week_image("one"))
    process = renderer.process_id
    assert await renderer.draw(replace(week_image(), first=600, last=600)) is None
    assert "ZeroDivisionError" in capfd.readouterr().err, "the operator sees why"
    assert await renderer.draw(week_image("two")) is not None
    assert renderer.process_id == process


async def test_the_process_ends_with_the_bot(renderer: PictureRenderer) -> None:
    await renderer.draw(week_image("one"))
    process = renderer.process_id
    assert process is not None
    renderer.close()
    assert not is_running(process)
    assert await renderer.draw(week_image("two")) is None
    assert renderer.process_id is None


def test_the_process_ends_when_the_bot_is_killed() -> None:
    program = (
        "import asyncio, time\n"
        "from bot.pictures.renderer import PictureRenderer\n"
        "from tests.bot.pictures.weeks import week_image\n"
        f"renderer = PictureRenderer({PATIENCE})\n"
        "asyncio.run(renderer.draw(week_image()))\n"
        "print(renderer.process_id, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as bot:
        assert bot.stdout is not None
        process = int(bot.stdout.readline())
        watch = os.pidfd_open(process)
        bot.kill()
        ended, _, _ = select.select([watch], [], [], PATIENCE)
    os.close(watch)
    assert ended


async def test_the_event_loop_keeps_running_while_pictures_are_drawn(
    renderer: PictureRenderer,
) -> None:
    """The loop takes many turns between the first request and the last picture."""
    drawing = asyncio.gather(*(renderer.draw(week_image(str(number))) for number in range(8)))
    turns, started = 0, time.perf_counter()
    while not drawing.done():
        await asyncio.sleep(0)
        turns += 1
    assert all(await drawing)
    assert turns > 100, f"only {turns} turns in {time.perf_counter() - started:.1f} s"


def is_running(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True
