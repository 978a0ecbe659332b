"""The demo in Chromium, used like a first-time visitor."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("simcord", reason="the demo needs simcord")
playwright = pytest.importorskip(
    "playwright.async_api", reason="the browser's tests need playwright: pip install playwright"
)

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason=f"none of these is installed: {BROWSERS}"),
]


@contextmanager
def run_demo() -> Iterator[str]:
    """Run the demo with the command from the README; yields its address."""
    with subprocess.Popen(
        [sys.executable, "-m", "mentorbot", "demo", "--no-browser", "--port", "0"],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": "1"},
        encoding="utf-8",
        cwd=Path(__file__).parents[3],
    ) as program:
        assert program.stdout is not None
        try:
            line = next(line for line in program.stdout if "The demo is at" in line)
            yield line.split()[-1]
        finally:
            program.terminate()


@pytest.fixture
def address() -> Iterator[str]:
    """The address of a demo used by one test only."""
    with run_demo() as address:
        yield address


@pytest.fixture(scope="module")
def any_address() -> Iterator[str]:
    """The address of a demo shared by the tests that don't depend on its state."""
    with run_demo() as address:
        yield address


@asynccontextmanager
async def browser(width: int, scheme: str = "light") -> AsyncIterator[tuple[Any, list[str]]]:
    """Open a browser; yields its context and the list of JavaScript errors.

    If the test fails, prints the text of all pages.
    """
    async with playwright.async_playwright() as running:
        chromium = await running.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        context = await chromium.new_context(
            viewport={"width": width, "height": 844}, color_scheme=scheme
        )
        context.set_default_timeout(10_000)
        errors: list[str] = []
        context.on("weberror", lambda failure: errors.append(str(failure.error)))
        try:
            yield context, errors
        except BaseException:
            for page in context.pages:
                print(f"--- {page.url}", await page.locator("body").inner_text(), sep="\n")
            raise
        finally:
            await chromium.close()


@pytest.mark.parametrize("width", [390, pytest.param(1280, marks=pytest.mark.long)])
async def test_a_visitor_books_confirms_skips_and_sees_the_reminder(
    address: str, width: int
) -> None:
    async with browser(width) as (context, errors):
        room = await context.new_page()
        await room.goto(address)
        step = room.locator(".step.current")

        async with context.expect_page() as opened:
            await step.get_by_role("link", name="Open #mentorship as Maya").click()
        discord = await opened.value
        composer = discord.locator("#channel-composer-input")
        await composer.click()
        await composer.press_sequentially("/book", delay=30)
        await discord.get_by_role("option").filter(has_text="/book").first.click()
        await discord.locator("#send-message").click()
        await discord.get_by_text("Choose a mentor").click()
        await discord.get_by_role("option", name="Oliver Hughes").last.click()
        slot = re.compile(r"^\d\d:\d\d ")
        await discord.get_by_role("button", name=slot).first.click()
        await discord.get_by_role("button", name="Confirm").last.click()

        await step.get_by_role("link", name="Open Oliver’s messages").click()
        await discord.get_by_text("Maya Torres would like a session with you").last.wait_for()
        await discord.get_by_role("button", name="Confirm").last.click()

        await step.get_by_role("button", name="Skip to ten minutes before").click()
        await room.get_by_role("log").get_by_text("10 minutes").last.wait_for()
        await room.get_by_role("link", name="Open Direct messages as Maya, 3 new").wait_for()
        await step.get_by_role("link", name="Open Maya’s messages").click()
        await discord.get_by_text("Oliver Hughes starts in 10 minutes").last.wait_for()
        await room.get_by_text("That was the tour.").wait_for()

        assert len(context.pages) == 2, "all channels open in the same other tab"
        assert errors == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_control_room_fits_a_small_phone(any_address: str, scheme: str) -> None:
    async with browser(360, scheme) as (context, errors):
        room = await context.new_page()
        await room.goto(any_address)
        await room.locator(".person").last.wait_for()

        assert await room.evaluate("document.documentElement.scrollWidth") == 360
        small = await room.evaluate(
            "[...document.querySelectorAll('.channel, button, .primary, summary')]"
            ".filter((each) => each.getClientRects().length)"
            ".filter((each) => !each.closest('.step:not(.current)'))"
            ".filter((each) => each.getBoundingClientRect().height < 44)"
            ".map((each) => each.outerHTML)"
        )
        assert small == [], "touch targets are at least 44 pixels high"
        assert errors == []


@pytest.mark.long
async def test_the_keyboard_reaches_the_steps_and_problems_are_shown(any_address: str) -> None:
    async with browser(1280) as (context, _):
        room = await context.new_page()
        await room.goto(any_address)
        await room.locator(".step.current").wait_for()

        await room.keyboard.press("Tab")
        assert await room.evaluate("document.activeElement.className") == "skip-link"
        await room.keyboard.press("Enter")
        await room.keyboard.press("Tab")
        focused = await room.evaluate("document.activeElement.textContent")
        assert focused == "Open #mentorship as Maya"

        await room.route("**/api/**", lambda route: route.abort())
        await room.get_by_role("alert").get_by_text("The demo doesn’t answer.").wait_for()
        await room.unroute("**/api/**")
        await room.get_by_role("alert").wait_for(state="hidden")
