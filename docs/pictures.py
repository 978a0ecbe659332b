"""Takes the pictures of docs/pictures from the demo, so that they stay true: `make pictures`.

Needs a Chromium or Chrome that is installed. The demo's people, their history and its clock are the
same every time, and so are the pictures, but for the fonts of the machine.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import BrowserContext, FloatRect, Locator, Page, sync_playwright

HERE = Path(__file__).parent / "pictures"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
SLOT = re.compile(r"^\d\d:\d\d ")
"""The label of a button that chooses a slot."""


@contextmanager
def demo() -> Iterator[str]:
    """The demo, by the command that the README names; its address."""
    with subprocess.Popen(
        [sys.executable, "-m", "mentorbot", "demo", "--no-browser", "--port", "0"],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        encoding="utf-8",
    ) as program:
        assert program.stdout is not None
        try:
            yield next(line for line in program.stdout if "The demo is at" in line).split()[-1]
        finally:
            program.terminate()


def place(context: BrowserContext, address: str, person: str, where: str) -> Page:
    """A place of the simulated Discord, as somebody sees it."""
    page = context.new_page()
    page.goto(f"{address}open/{person}/{where}")
    page.locator("#channel-composer-input").wait_for()
    return page


def command(page: Page, text: str) -> None:
    """Type a command and send it as it stands."""
    composer = page.locator("#channel-composer-input")
    composer.click()
    composer.press_sequentially(text, delay=20)
    page.get_by_role("option").filter(has_text=text).first.click()
    page.locator("#send-message").click()


def choose(page: Page, menu: str, option: str | None = None) -> None:
    """Choose from a menu, the first where none is named."""
    page.get_by_text(menu).last.click()
    if option is not None:
        page.get_by_role("option", name=option).last.click()
    else:
        page.locator("[role=option]:visible").first.click()


def newest(page: Page) -> Locator:
    """The newest message of the place."""
    return page.locator(MESSAGE).last


def booking(context: BrowserContext, address: str) -> Locator:
    page = place(context, address, "maya", "mentorship")
    command(page, "/book")
    choose(page, "Choose a mentor", "Oliver Hughes")
    page.get_by_role("button", name=SLOT).first.click()
    page.get_by_role("button", name="Confirm").last.wait_for()
    return newest(page)


def approval(context: BrowserContext, address: str) -> Locator:
    page = place(context, address, "priya", "mentor-review")
    card = page.locator(MESSAGE).filter(has=page.get_by_role("button", name="Approve"))
    card.last.wait_for()
    return card.last


def hours(context: BrowserContext, address: str) -> Locator:
    page = place(context, address, "oliver", "mentorship")
    command(page, "/mentor hours")
    page.get_by_role("button", name="Type hours").last.wait_for()
    return newest(page)


def search(context: BrowserContext, address: str) -> Locator:
    page = place(context, address, "maya", "mentorship")
    command(page, "/mentor search")
    page.get_by_role("button", name="Next").wait_for()
    return newest(page)


def control_room(context: BrowserContext, address: str) -> Locator:
    page = context.new_page()
    page.goto(address)
    page.locator(".task").last.wait_for()
    return page.locator(".room")


@dataclass(frozen=True)
class Picture:
    """What is taken, in a window of which width, and how much of it from the top (CSS pixels)."""

    take: Callable[[BrowserContext, str], Locator]
    width: int = 620
    height: int = 900


PICTURES = {
    "control-room": Picture(control_room, 1160, 820),
    "search": Picture(search, height=640),
    "booking": Picture(booking),
    "approval": Picture(approval),
    "hours": Picture(hours),
}
MESSAGE = "[data-message-id]"
TALL = 3_000
"""So high a window that nothing in it has to be scrolled."""


def shot(picture: Picture, context: BrowserContext, address: str) -> bytes:
    """The picture as PNG."""
    thing = picture.take(context, address)
    thing.page.mouse.move(0, 0)
    # A long channel shows its end; what is above that is moved into the window.
    thing.evaluate("message => message.scrollIntoView({block: 'center'})")
    thing.page.wait_for_load_state("networkidle")
    around = thing.bounding_box()
    assert around is not None
    part: FloatRect = {**around, "height": min(around["height"], picture.height)}
    return thing.page.screenshot(clip=part, animations="disabled")


def main() -> None:
    """Take all of them; says where they are."""
    chromium = next(filter(None, map(shutil.which, BROWSERS)), None)
    if chromium is None:
        sys.exit(f"The pictures need a browser: install Chromium (one of {', '.join(BROWSERS)}).")
    with demo() as address, sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium, args=list(QUIET))
        for name, picture in PICTURES.items():
            context = browser.new_context(
                viewport={"width": picture.width, "height": TALL}, color_scheme="light"
            )
            file = HERE / f"{name}.png"
            file.write_bytes(shot(picture, context, address))
            print(f"{file.relative_to(Path.cwd())}: {file.stat().st_size // 1_000} kB")
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
