"""Points in words."""

from __future__ import annotations

from mentorship.guilds.guild_settings import GuildSettings
from wording.reader import Reader


def format_points(points: int, guild: GuildSettings, reader: Reader) -> str:
    """Write a number of points with the guild's currency: `🪙 1,200`."""
    return f"{guild.currency_emoji} {points:,}"
