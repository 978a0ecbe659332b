"""Points in words."""

from __future__ import annotations

from mentorship.guilds.guild_settings import GuildSettings
from wording.reader import Reader


def format_points(points: int, guild: GuildSettings, reader: Reader) -> str:
    """Write a number of points with the guild's currency: `🪙 1,200`."""
    return f"{guild.currency_emoji} {points:,}"


def points_in_label(points: int, guild: GuildSettings, reader: Reader) -> str:
    """Write a number of points for a button, a menu or a suggestion: `🪙 1,200`, or `free`.

    A server's own emoji isn't shown there, so its currency is in words: `1,200 karma`.
    """
    if not points:
        return "free"
    if guild.currency_emoji.startswith("<"):
        return f"{points:,} {guild.currency_name}"
    return format_points(points, guild, reader)


def hourly_rate_in_label(rate: int, guild: GuildSettings, reader: Reader) -> str:
    """Write a mentor's rate for a menu or a suggestion: `🪙 60/h`, or `free`."""
    return f"{points_in_label(rate, guild, reader)}/h" if rate else "free"
