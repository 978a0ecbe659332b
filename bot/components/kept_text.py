"""Text that a card keeps for its buttons, because it is too long for a custom id."""

from __future__ import annotations

import discord

from bot.formatting import unplain


def kept_text(card: discord.Message | None) -> dict[str, str]:
    """Return the fields of a card by name, as they were before `bot.formatting.plain`."""
    return {
        field.name or "": unplain(field.value or "")
        for embed in (card.embeds if card is not None else ())
        for field in embed.fields
    }
