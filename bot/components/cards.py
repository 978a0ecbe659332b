"""Cards: what the bot's messages are made of, in Discord's current components.

A message is a heading above a card, a card, and rows of buttons inside it. `build_layout` puts them
together and keeps them within Discord's limits.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from enum import Enum
from typing import Any, NamedTuple, Self, TypeAlias

import discord
from discord import ui

from bot.components.direction import right_to_left
from bot.components.message_reader import FOOTER_ID, TITLE_ID, Kept
from bot.formatting import plain, shortened
from wording.lists import before_value
from wording.translation import is_right_to_left

log = logging.getLogger(__name__)

ActionRows: TypeAlias = Sequence[ui.ActionRow[Any]]
"""Rows of buttons and menus, as `action_rows` returns them."""

MAX_TEXT = 4_000
"""Characters of all texts of a message together."""

MAX_DESCRIPTION = 1_024
"""Characters of what describes a picture."""

BUTTONS_IN_ROW = 5
"""Buttons that Discord shows in one row. A menu fills a row by itself."""


_HALF_MARKUP = re.compile(r"(?<!\\)(?P<whole>(?:\\\\)*)\\$|(?<!\\)<[^<>\\]*$")
"""A backslash that escapes nothing, or a timestamp or mention that isn't closed, at the end."""


class Accent(Enum):
    """The colour of a card's edge, which says what state its subject is in."""

    NEUTRAL = discord.Colour.blurple()
    WAITING = discord.Colour.gold()
    """Somebody has to act."""
    AGREED = discord.Colour.green()
    FAULT = discord.Colour.red()
    """Cancelled, refused, or about to be lost."""
    OVER = discord.Colour.light_grey()
    """A draft, or over."""


class Picture(NamedTuple):
    """A picture on a card: the name and content of its file, and the same in words.

    The description is for those who can't see it, and is cut to `MAX_DESCRIPTION`.
    """

    name: str
    content: bytes
    description: str


class Card:
    """The content of a message, built from top to bottom.

    `title` and `text` come first, next to the picture at `thumbnail` (a URL) if there is one. The
    title leads to `url`. Markup in them has its effect, so escape what people typed
    (`bot.formatting.plain`).
    """

    def __init__(
        self,
        title: str | None = None,
        text: str | None = None,
        accent: Accent = Accent.NEUTRAL,
        *,
        url: str | None = None,
        thumbnail: str | None = None,
    ) -> None:
        self.title = title
        self.text = text
        self.accent = accent
        self.url = url
        self.thumbnail = thumbnail
        self.pictures: list[Picture] = []
        self._parts: list[ui.Item[Any]] = []
        self._notes: list[ui.Item[Any]] = []
        self._facts: list[str] = []

    def add_fact(self, name: str, value: str) -> Self:
        """Add a value with its name in bold.

        The name is beside it, or above if the value has several lines or is a quotation. Facts in a
        row share one text.
        """
        self._facts.append(_fact(name, value))
        return self

    def add_long_fact(self, name: str, value: str) -> Self:
        """Add a value that may be long, as a text of its own: the facts around it aren't cut."""
        return self.add_text(_fact(name, value))

    def add_text(self, text: str) -> Self:
        """Add a paragraph."""
        return self._add(ui.TextDisplay(text))

    def add_section(self, text: str, accessory: ui.Item[Any]) -> Self:
        """Add a paragraph with a button or a thumbnail (`ui.Thumbnail`) to its right."""
        return self._add(ui.Section(ui.TextDisplay(text), accessory=accessory))

    def add_kept(self, kept: Kept, name: str, text: str) -> Self:
        """Add typed text that the card's buttons read again (`kept_text`); it is escaped."""
        return self._add(ui.TextDisplay(_fact(name, plain(text)), id=kept))

    def add_picture(self, picture: Picture) -> Self:
        """Add a picture, whose file is sent with the message."""
        self.pictures.append(picture)
        text = shortened(picture.description, MAX_DESCRIPTION)
        item = discord.MediaGalleryItem(f"attachment://{picture.name}", description=text)
        return self._add(ui.MediaGallery(item))

    def add_divider(self) -> Self:
        """Add a line."""
        return self._add(ui.Separator())

    def add_actions(self, *items: ui.Item[Any]) -> Self:
        """Add buttons and menus beside what they act on."""
        for row in action_rows(*items):
            self._add(row)
        return self

    def add_note(self, text: str) -> Self:
        """Add a line in small print at the end of the card."""
        self._notes.append(ui.TextDisplay(f"-# {text}"))
        return self

    def build(self, actions: ActionRows = ()) -> ui.Container[Any]:
        """Return the card as a component, with its last actions at the end."""
        self._flush_facts()
        items = [*self._head(), *self._parts, *self._notes, *actions]
        return ui.Container(*items, accent_colour=self.accent.value)

    def _head(self) -> list[ui.Item[Any]]:
        lines = []
        if self.title:
            lines.append(f"### [{self.title}]({self.url})" if self.url else f"### {self.title}")
        if self.text:
            lines.append(self.text)
        if not lines:
            return []
        text = ui.TextDisplay[Any]("\n".join(lines), id=TITLE_ID)
        if self.thumbnail is None:
            return [text]
        return [ui.Section(text, accessory=ui.Thumbnail(self.thumbnail))]

    def _add(self, item: ui.Item[Any]) -> Self:
        self._flush_facts()
        self._parts.append(item)
        return self

    def _flush_facts(self) -> None:
        if self._facts:
            self._parts.append(ui.TextDisplay("\n".join(self._facts)))
            self._facts = []


def _fact(name: str, value: str) -> str:
    is_block = "\n" in value or value.startswith("> ")
    if is_block:
        return f"**{name}**\n{value}"
    return f"**{before_value(name)}** {value}"


def action_rows(*items: ui.Item[Any]) -> ActionRows:
    """Arrange buttons and menus in rows.

    Their custom ids route the presses, so they work for as long as the message is there. A row
    ends when it is full, and where the items' `row` changes.
    """
    rows: list[list[ui.Item[Any]]] = []
    for item in items:
        last = rows[-1] if rows else []
        fits = bool(last) and item.width == last[0].width == 1 and len(last) < BUTTONS_IN_ROW
        if fits and item.row == last[-1].row:
            last.append(item)
        else:
            rows.append([item])
    return [ui.ActionRow(*row) for row in rows]


class Layout(ui.LayoutView):
    """A message in the direction of the language that was spoken when it was created."""

    def __init__(self) -> None:
        super().__init__(timeout=None)
        self._is_right_to_left = is_right_to_left()

    def to_components(self) -> list[dict[str, Any]]:
        """Return the message as Discord's API takes it."""
        components: list[dict[str, Any]] = super().to_components()  # type: ignore[no-untyped-call]
        if self._is_right_to_left:
            _direct(components)
        return components


def _direct(components: list[dict[str, Any]]) -> None:
    for component in components:
        if component["type"] == discord.ComponentType.text_display.value:
            component["content"] = right_to_left(component["content"])
        _direct(component.get("components", []))


def empty_layout() -> ui.LayoutView:
    """Return an empty message of which discord.py keeps nothing after it was sent.

    Its buttons are created again from their custom ids at each press. discord.py would remember
    each reply that one person sees for a quarter of an hour, with a task that waits for its end.
    """
    layout = Layout()
    layout.stop()
    return layout


def build_layout(
    heading: str | None = None, card: Card | None = None, actions: ActionRows = ()
) -> ui.LayoutView:
    """Return a message: text above the card, the card, and the actions inside it.

    A text that is longer than Discord allows is cut, the longest first.
    """
    layout = empty_layout()
    if heading:
        layout.add_item(ui.TextDisplay(heading))
    for item in actions if card is None else [card.build(actions)]:
        layout.add_item(item)
    _shorten(layout)
    return layout


def add_footer(layout: ui.LayoutView, markup: str) -> None:
    """Add a line below a message, such as the server that a direct message is from."""
    layout.add_item(ui.TextDisplay(markup, id=FOOTER_ID))
    _shorten(layout)


def _shorten(layout: ui.LayoutView) -> None:
    """Cut the longest texts of a message that is too long for Discord."""
    texts = [item for item in layout.walk_children() if isinstance(item, ui.TextDisplay)]
    most = MAX_TEXT
    if is_right_to_left():
        # Two characters a line, see `bot.components.direction`.
        most -= sum(2 * (text.content.count("\n") + 1) for text in texts)
    while (excess := sum(len(text.content) for text in texts) - most) > 0:
        log.warning("a message is too long and is cut", extra={"characters": excess})
        longest = max(texts, key=lambda text: len(text.content))
        length = max(len(longest.content) - excess, most // len(texts))
        longest.content = _cut(longest.content, length)


def _cut(markup: str, length: int) -> str:
    """Return at most `length` characters, without half an escape or timestamp at the end."""
    text = shortened(markup, length).removesuffix("…")
    return _HALF_MARKUP.sub(lambda match: match["whole"] or "", text) + "…"
