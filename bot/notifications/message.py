"""What a notice becomes when it is sent."""

from __future__ import annotations

from dataclasses import dataclass

import discord
from discord import ui


@dataclass(frozen=True, slots=True)
class Card:
    """A message. `content` is the news in a line, which a phone shows before it is opened."""

    content: str
    embed: discord.Embed | None = None
    view: ui.View | None = None
