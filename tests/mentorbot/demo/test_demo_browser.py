"""The demo in Chromium, used like a first-time visitor."""

from __future__ import annotations

import asyncio
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


async def open_as_maya(context: Any, room: Any) -> Any:
    """Open #mentorship as Maya from the tour; returns the page of the other tab."""
    async with context.expect_page() as opened:
        await room.get_by_role("link", name="Open #mentorship as Maya").first.click()
    discord = await opened.value
    await discord.locator("#channel-composer-input").wait_for()
    return discord


async def type_command(discord: Any, text: str) -> None:
    """Type into the message field, until the command is in the list."""
    composer = discord.locator("#channel-composer-input")
    await composer.click()
    await composer.press_sequentially(text, delay=30)
    await discord.get_by_role("option").filter(has_text=text).first.wait_for()


async def open_book_command(context: Any, address: str) -> Any:
    """Choose /book in #mentorship as Maya, without options yet; returns the page of the channel."""
    room = await context.new_page()
    await room.goto(address)
    discord = await open_as_maya(context, room)
    await type_command(discord, "/book")
    await discord.keyboard.press("Enter")
    return discord


SLOT = re.compile(r"^(?:\d\d:\d\d |\d{1,2}:\d\d [AP]M )")
"""The label of a button that chooses a slot."""


@pytest.mark.parametrize("width", [390, pytest.param(1280, marks=pytest.mark.long)])
async def test_a_visitor_books_confirms_skips_and_sees_the_reminder(
    address: str, width: int
) -> None:
    async with browser(width) as (context, errors):
        room = await context.new_page()
        await room.goto(address)
        step = room.locator(".step.current")

        discord = await open_as_maya(context, room)
        await type_command(discord, "/book")
        await discord.locator("#send-message").click()  # chooses the command that is typed
        await discord.locator("#send-message").click()
        await discord.get_by_text("Choose a mentor").click()
        await discord.get_by_role("option", name="Oliver Hughes").last.click()
        await discord.get_by_role("button", name=SLOT).first.click()
        await discord.get_by_role("button", name="Confirm").last.click()

        await step.get_by_role("link", name="Open Oliver’s messages").click()
        await discord.get_by_text("would like a session with you").last.wait_for()
        await discord.get_by_role("button", name="Confirm").last.click()

        await step.get_by_role("button", name="Skip to 10 minutes before").click()
        await room.get_by_role("log").get_by_text("10 minutes").last.wait_for()
        news = room.get_by_role("log").get_by_role("link").filter(has_text="Maya")
        assert re.search(r"\w{3}, \w{3} \d+, 1:50\sPM in New York", await news.last.inner_text())
        await room.get_by_role("tab", name="People").click()
        await room.get_by_role("link", name="Open Direct messages as Maya, 3 new").wait_for()
        await room.get_by_role("tab", name="Tour").click()
        await step.get_by_role("link", name="Open Maya’s messages").click()
        await discord.get_by_text("starts in 10 minutes").last.wait_for()
        await room.get_by_role("heading", name="One booking in four steps").wait_for()
        await room.get_by_text("4 of 4 done").wait_for()

        assert len(context.pages) == 2, "all channels open in the same other tab"
        assert errors == []


async def test_choices_are_there_before_a_letter_is_typed(any_address: str) -> None:
    async with browser(1280) as (context, errors):
        discord = await open_book_command(context, any_address)
        await discord.get_by_role("option", name="mentor").click()

        await discord.get_by_role("option", name=re.compile("^Oliver Hughes · ")).click()

        mentor = discord.get_by_role("combobox", name="mentor")
        assert (await mentor.input_value()).startswith("Oliver Hughes · "), "not his id"
        await discord.locator("#send-message").click()
        await discord.get_by_role("button", name=SLOT).first.wait_for()
        assert errors == []


async def test_a_command_waits_until_its_suggestions_are_there(any_address: str) -> None:
    async with browser(1280) as (context, errors):
        discord = await open_book_command(context, any_address)
        suggesting = asyncio.Event()
        answering = asyncio.Event()

        async def hold_suggestions(route: Any) -> None:
            if "autocomplete_command" in (route.request.post_data or ""):
                suggesting.set()
                await answering.wait()
            await route.continue_()

        await discord.route("**/api/action", hold_suggestions)
        await discord.get_by_role("option", name="mentor").click()
        await suggesting.wait()
        await discord.keyboard.type("Oliver Hughes")
        await discord.keyboard.press("Enter")
        answering.set()
        await discord.get_by_role("button", name=SLOT).first.wait_for()
        assert errors == []


async def test_text_that_starts_like_a_command_is_not_sent(any_address: str) -> None:
    async with browser(1280) as (context, errors):
        room = await context.new_page()
        await room.goto(any_address)
        discord = await open_as_maya(context, room)
        composer = discord.locator("#channel-composer-input")
        await composer.fill("/nonsense")
        await discord.locator("#send-message").click()
        await discord.get_by_role("status").get_by_text("choose one from the list").wait_for()
        assert await composer.input_value() == "/nonsense"
        assert await discord.get_by_role("log").get_by_text("/nonsense").count() == 0

        await discord.get_by_role("link", name="Control room").click()
        await room.bring_to_front()
        assert len(context.pages) == 2, "the way back opens no third tab"
        assert errors == []


async def test_the_buttons_below_a_picture_are_in_view(any_address: str) -> None:
    async with browser(1280) as (context, errors):
        discord = await context.new_page()
        await discord.goto(f"{any_address}open/oliver/mentorship")
        await type_command(discord, "/mentor hours")
        await discord.keyboard.press("Enter")
        await discord.keyboard.press("Enter")
        await discord.get_by_role("button", name="Type hours").wait_for()

        # The picture may still be loading, so the buttons may still move.
        await discord.wait_for_function(
            """() => {
                const picture = document.querySelector(".gallery-image");
                const buttons = document.querySelectorAll(".component-button");
                const end = [...buttons].at(-1).getBoundingClientRect().bottom;
                const composer = document.getElementById("channel-composer");
                return picture?.naturalWidth && end <= composer.getBoundingClientRect().top;
            }"""
        )
        assert errors == []


async def test_a_channel_that_was_closed_says_how_to_open_it(any_address: str) -> None:
    async with browser(390) as (context, errors):
        first, second = await context.new_page(), await context.new_page()
        await first.goto(f"{any_address}open/tomas/mentorship")
        await first.get_by_role("log").get_by_text("Welcome to #mentorship").wait_for()
        await second.goto(f"{any_address}open/priya/mentorship")
        await first.bring_to_front()

        words = first.get_by_role("alert").get_by_text("Open it again from the control room.")
        await words.wait_for()
        await first.reload()
        await words.wait_for()
        assert errors == []


async def find_violations(page: Any) -> list[str]:
    """Return what axe-core finds on a page: the rule, and the elements that break it."""
    axe = pytest.importorskip("axe_playwright_python.async_playwright", reason="finds violations")
    results = (await axe.Axe().run(page)).response
    return [
        f"{each['id']}: {[node['html'] for node in each['nodes']]}"
        for each in results["violations"]
    ]


TABS = ("Tour", "People", "Data", "REST API")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
async def test_axe_finds_no_violation_on_any_tab(any_address: str, width: int, scheme: str) -> None:
    async with browser(width, scheme) as (context, errors):
        room = await context.new_page()
        await room.goto(any_address)
        await room.locator(".step.current").wait_for()
        for tab in TABS:
            await room.get_by_role("tab", name=tab).click()
            await room.get_by_role("tabpanel", name=tab).wait_for()
            assert await find_violations(room) == [], tab
            assert await room.evaluate("document.documentElement.scrollWidth") == width, tab
        await room.get_by_role("button", name="Start over").click()
        assert await find_violations(room) == []
        assert errors == []


async def test_axe_finds_no_violation_in_a_channel(any_address: str) -> None:
    """Before the first card, in one with a menu, and in one with buttons and a picture."""
    async with browser(1280) as (context, _):
        discord = await context.new_page()
        await discord.goto(f"{any_address}open/tomas/mentorship")
        await discord.get_by_role("log").get_by_text("Welcome to #mentorship").wait_for()
        assert await find_violations(discord) == []

        discord = await open_book_command(context, any_address)
        await discord.keyboard.press("Enter")
        await discord.get_by_text("Choose a mentor").first.wait_for()
        assert await find_violations(discord) == []
        await discord.get_by_text("Choose a mentor").click()
        await discord.get_by_role("option", name="Oliver Hughes").last.click()
        await discord.get_by_role("button", name=SLOT).first.wait_for()
        assert await find_violations(discord) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_control_room_fits_a_small_phone(any_address: str, scheme: str) -> None:
    async with browser(360, scheme) as (context, errors):
        room = await context.new_page()
        await room.goto(any_address)
        await room.get_by_role("tab", name="People").click()
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


async def test_the_tour_can_be_done_with_the_keyboard_alone(address: str) -> None:
    async with browser(1280) as (context, errors):
        room = await context.new_page()
        await room.goto(address)
        await room.locator(".step.current").wait_for()
        press = room.keyboard.press

        async def focused() -> str:
            return str(await room.evaluate("document.activeElement.textContent")).strip()

        await press("Tab")
        assert await focused() == "Go to the tour"
        await press("Enter")
        await press("Tab")
        assert await focused() == "Tour"
        await press("ArrowLeft")
        assert await focused() == "REST API"
        await press("ArrowRight")
        assert await focused() == "Tour"
        await press("Tab")
        assert await focused() == "One booking in four steps0 of 4 done"
        await press("Tab")
        assert await focused() == "Open #mentorship as Maya"
        async with context.expect_page() as opened:
            await press("Enter")

        discord = await opened.value
        await discord.locator("#channel-composer-input").wait_for()
        await tab_to(discord, "Message")
        await discord.keyboard.type("/book", delay=30)
        await discord.get_by_role("option").filter(has_text="/book").first.wait_for()
        await discord.keyboard.press("Enter")
        await discord.get_by_role("button", name="Command /book").wait_for()
        await discord.keyboard.press("Enter")
        await discord.get_by_text("Choose a mentor").wait_for()
        assert errors == []


async def tab_to(page: Any, label: str) -> None:
    """Press Tab until the field with a label has the focus."""
    field = page.get_by_label(label, exact=True)
    for _ in range(20):
        if await field.evaluate("field => field === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"Tab doesn't lead to {label}")


async def test_the_token_is_copied_but_not_shown(any_address: str) -> None:
    async with browser(390) as (context, errors):
        await context.grant_permissions(["clipboard-read", "clipboard-write"])
        room = await context.new_page()
        await room.route("**/api/state", lambda route: route.abort())
        await room.goto(f"{any_address}#api")
        copy = room.get_by_role("button", name="Copy token")
        assert await copy.is_disabled(), "there is no token yet"
        await room.unroute("**/api/state")
        await copy.click()
        await room.get_by_role("status").get_by_text("Token copied").wait_for()

        token = await room.evaluate("navigator.clipboard.readText()")

        assert token.count(".") == 2
        assert token not in await room.content()
        await room.get_by_role("button", name="Copy commands").click()
        await room.get_by_role("status").get_by_text("Commands copied").wait_for()
        assert f"export TOKEN={token}\n" in await room.evaluate("navigator.clipboard.readText()")
        assert errors == []


async def test_the_page_says_when_the_demo_does_not_answer(any_address: str) -> None:
    async with browser(1280) as (context, _):
        room = await context.new_page()
        await room.goto(any_address)
        await room.locator(".step.current").wait_for()

        await room.route("**/api/**", lambda route: route.abort())
        await room.get_by_role("alert").get_by_text("The demo doesn’t answer.").wait_for()
        await room.unroute("**/api/**")
        await room.get_by_role("alert").wait_for(state="hidden")
