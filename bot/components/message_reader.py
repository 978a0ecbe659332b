"""Reading the bot's own messages again: text too long for a custom id, titles, buttons.

Messages of older versions have embeds instead of components.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import IntEnum

import discord

from bot.components.direction import undirected
from bot.formatting import unplain


class Kept(IntEnum):
    """What a text is, as the id of the component that shows it. The ids never change."""

    TOPIC = 102
    MENTOR_QUERY = 103
    RECIPIENT = 104
    MEMBER = 105
    REASON = 106
    EXPERTISE = 107
    WORDS = 108
    HOURS = 109
    NOTE = 110
    DESCRIPTION = 120
    LINK = 121
    GROUP_TITLE = 122
    THANKS = 140


TITLE_ID = 100
"""The id of the component that shows a card's title."""

FOOTER_ID = 101
"""The id of the component below a direct message that names its server."""

_EMBED_FIELDS = {
    "Topic": Kept.TOPIC,
    "Looking for": Kept.MENTOR_QUERY,
    "To": Kept.RECIPIENT,
    "Member": Kept.MEMBER,
    "Reason": Kept.REASON,
    "Your reason": Kept.REASON,
    "Expertise": Kept.EXPERTISE,
    "Words in the bio": Kept.WORDS,
}
"""The names under which the embeds of older versions kept text."""


_NAME = re.compile(r"\*\*[^*]+\*\*\s")
"""The name that people read before a kept text; see `bot.components.cards.Card.add_kept`."""


def kept_text(card: discord.Message | None) -> dict[Kept, str]:
    """Return what a card keeps, as it was before `bot.formatting.plain`."""
    if card is None:
        return {}
    kept = {
        _EMBED_FIELDS[field.name]: unplain(field.value or "")
        for embed in card.embeds
        for field in embed.fields
        if field.name in _EMBED_FIELDS
    }
    known = set(Kept)
    for text in walk_components(card.components):
        if isinstance(text, discord.TextDisplay) and text.id in known:
            kept[Kept(text.id)] = unplain(_NAME.sub("", undirected(text.content), count=1))
    return kept


def title_of(card: discord.Message | None) -> str:
    """Return a card's title as it was before `bot.formatting.plain`, "" if it has none.

    A title that leads to an address keeps the markup of its link.
    """
    if card is None:
        return ""
    if card.embeds:
        return unplain(card.embeds[0].title or "")
    for text in walk_components(card.components):
        if isinstance(text, discord.TextDisplay) and text.id == TITLE_ID:
            return unplain(undirected(text.content).partition("\n")[0].removeprefix("### "))
    return ""


def footer_of(card: discord.Message | None) -> str:
    """Return the line below a message, with its markup, "" if it has none."""
    for text in walk_components(card.components if card is not None else []):
        if isinstance(text, discord.TextDisplay) and text.id == FOOTER_ID:
            return undirected(text.content)
    return ""


def custom_ids_of(card: discord.Message | None) -> list[str]:
    """Return the custom ids of a message's buttons."""
    return [
        component.custom_id
        for component in walk_components(card.components if card is not None else [])
        if isinstance(component, discord.Button) and component.custom_id is not None
    ]


def walk_components(components: Iterable[discord.Component]) -> Iterator[discord.Component]:
    """Yield all components in reading order."""
    for component in components:
        yield component
        yield from walk_components(getattr(component, "children", ()))
        accessory = getattr(component, "accessory", None)
        if accessory is not None:
            yield accessory
