"""The message that a notification becomes."""

from __future__ import annotations

from dataclasses import dataclass

import discord
from discord import ui


@dataclass(frozen=True, slots=True)
class Card:
    """A message. `content` is a one-line summary, which phones show without opening the message."""

    content: str
    embed: discord.Embed | None = None
    view: ui.View | None = None
