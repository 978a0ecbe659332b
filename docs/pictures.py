"""Takes the pictures of docs/pictures from the demo, so that they stay true: `make pictures`.

Needs a Chromium or Chrome that is installed. The demo's people, their history and its clock are the
same every time, and so are the pictures, but for the fonts of the machine. Each picture holds the
text that it shows, so that a test can compare it with what its caption says.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import BrowserContext, FloatRect, Locator, Page, sync_playwright

HERE = Path(__file__).parent / "pictures"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
SLOT = re.compile(r"^\d{1,2}:\d\d ")
"""The label of a button that chooses a slot."""

TEXT_KEY = "Description"
"""The PNG keyword under which a picture holds its text."""


@contextmanager
def demo() -> Iterator[str]:
    """Run the demo by the command that the README names; yields its address."""
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


def open_channel(context: BrowserContext, address: str, person: str, channel: str) -> Page:
    """Open a channel of the simulated Discord as somebody sees it."""
    page = context.new_page()
    page.goto(f"{address}open/{person}/{channel}")
    page.locator("#channel-composer-input").wait_for()
    return page


def send_command(page: Page, text: str) -> None:
    """Type a command and send it without options."""
    composer = page.locator("#channel-composer-input")
    composer.click()
    composer.press_sequentially(text, delay=20)
    page.get_by_role("option").filter(has_text=text).first.click()
    page.locator("#send-message").click()


def newest(page: Page) -> Locator:
    """Return the newest message of the channel."""
    return page.locator(MESSAGE).last


def with_button(page: Page, label: str) -> Locator:
    """Return the newest message that has a button, once it's there."""
    messages = page.locator(MESSAGE).filter(has=page.get_by_role("button", name=label, exact=True))
    messages.last.wait_for()
    return messages.last


def control_room(context: BrowserContext, address: str) -> Locator:
    page = context.new_page()
    page.goto(address)
    page.locator(".step.current").wait_for()
    return page.locator(".room")


def search(context: BrowserContext, address: str) -> Locator:
    page = open_channel(context, address, "maya", "mentorship")
    send_command(page, "/mentor search")
    return with_button(page, "Next")


def approval(context: BrowserContext, address: str) -> Locator:
    return with_button(open_channel(context, address, "priya", "mentor-review"), "Approve")


def group_session(context: BrowserContext, address: str) -> Locator:
    page = open_channel(context, address, "maya", "group-sessions")
    page.locator(MESSAGE).filter(has_text="Python office hours").last.wait_for()
    return page.locator(MESSAGE).filter(has_text="Python office hours").last


def hours(context: BrowserContext, address: str) -> Locator:
    page = open_channel(context, address, "oliver", "mentorship")
    send_command(page, "/mentor hours")
    return with_button(page, "Type hours")


def booking(context: BrowserContext, address: str) -> Locator:
    page = open_channel(context, address, "maya", "mentorship")
    send_command(page, "/book")
    page.get_by_text("Choose a mentor").last.click()
    page.get_by_role("option", name="Oliver Hughes").last.click()
    page.get_by_role("button", name=SLOT).first.click()
    return with_button(page, "Confirm")


def request(context: BrowserContext, address: str) -> Locator:
    """Take the mentor's message, after the mentee has confirmed the booking."""
    page = booking(context, address).page
    page.get_by_role("button", name="Confirm", exact=True).last.click()
    with_button(page, "Cancel session")
    return with_button(open_channel(context, address, "oliver", "dm"), "Confirm")


def reminder(context: BrowserContext, address: str) -> Locator:
    """Take the mentee's last reminder, after the mentor has confirmed the request."""
    page = open_channel(context, address, "oliver", "dm")
    with_button(page, "Confirm").get_by_role("button", name="Confirm", exact=True).click()
    with_button(page, "Add meeting link")
    skipped = context.request.post(f"{address}api/skip", data={"to": "session"})
    assert skipped.ok, skipped.text()
    page = open_channel(context, address, "maya", "dm")
    newest(page).get_by_text("10 minutes").first.wait_for()
    return newest(page)


def mentorship(context: BrowserContext, address: str) -> Locator:
    page = open_channel(context, address, "maya", "mentorship")
    composer = page.locator("#channel-composer-input")
    composer.click()
    composer.press_sequentially("/mentorship", delay=20)
    page.get_by_role("option").filter(has_text="/mentorship").first.click()
    page.keyboard.type("Ingrid")
    page.get_by_role("option").filter(has_text="Ingrid Solberg").first.click()
    page.locator("#send-message").click()
    return with_button(page, "Add goal")


def insights(context: BrowserContext, address: str) -> Locator:
    page = open_channel(context, address, "priya", "mentorship")
    send_command(page, "/insights")
    card = with_button(page, "Download CSV")
    # The chart may be drawn after the card was sent.
    card.get_by_role("img", name="Sessions").wait_for()
    return card


@dataclass(frozen=True)
class Picture:
    """What is taken, in a window of which width, and how much of it from the top (CSS pixels)."""

    take: Callable[[BrowserContext, str], Locator]
    width: int = 620
    height: int = 900


PICTURES = {
    "control-room": Picture(control_room, 1160, 820),
    "search": Picture(search, height=640),
    "approval": Picture(approval),
    "mentorship": Picture(mentorship),
    "insights": Picture(insights, height=640),
    "group-session": Picture(group_session),
    "hours": Picture(hours, height=1400),
    "booking": Picture(booking),
    "request": Picture(request),
    "reminder": Picture(reminder),
}
"""All pictures, in the order in which they are taken from one demo: each continues what the ones
before it have done."""

MESSAGE = "[data-message-id]"
TALL = 3_000
"""So high a window that nothing in it has to be scrolled."""


@dataclass(frozen=True)
class Shot:
    """A picture as PNG, and the text that it shows."""

    png: bytes
    text: str


def shoot(picture: Picture, context: BrowserContext, address: str) -> Shot:
    """Take a picture."""
    subject = picture.take(context, address)
    subject.page.mouse.move(0, 0)
    # A long channel shows its end; what is above that is moved into the window.
    subject.evaluate("message => message.scrollIntoView({block: 'center'})")
    subject.page.wait_for_load_state("networkidle")
    around = subject.bounding_box()
    assert around is not None
    part: FloatRect = {**around, "height": min(around["height"], picture.height)}
    png = subject.page.screenshot(clip=part, animations="disabled")
    return Shot(png, " ".join(subject.inner_text().split()))


def shoot_all() -> Iterator[tuple[str, Shot]]:
    """Start a demo and a browser, and take all pictures. Raises `LookupError` without a browser."""
    chromium = next(filter(None, map(shutil.which, BROWSERS)), None)
    if chromium is None:
        raise LookupError(f"The pictures need a browser: install one of {', '.join(BROWSERS)}.")
    with demo() as address, sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium, args=list(QUIET))
        for name, picture in PICTURES.items():
            context = browser.new_context(
                viewport={"width": picture.width, "height": TALL}, color_scheme="light"
            )
            yield name, shoot(picture, context, address)
            context.close()
        browser.close()


def save(shot: Shot, file: Path) -> None:
    """Write a picture with its text, in 256 colours, which a screenshot can't be told from."""
    texts = PngInfo()
    texts.add_itxt(TEXT_KEY, shot.text)
    with Image.open(io.BytesIO(shot.png)) as image:
        image.convert("RGB").quantize(256).save(file, optimize=True, pnginfo=texts)


def read_text(file: Path) -> str:
    """Return the text that a picture shows. Raises KeyError if it holds none."""
    with Image.open(file) as image:
        return str(image.info[TEXT_KEY])


def main() -> None:
    """Take all pictures, and print where they are."""
    try:
        for name, shot in shoot_all():
            file = HERE / f"{name}.png"
            save(shot, file)
            print(f"{file.relative_to(Path.cwd())}: {file.stat().st_size // 1_000} kB")
    except LookupError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
