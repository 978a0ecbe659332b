"""Points in words."""

from __future__ import annotations

from mentorship.guilds.guild_settings import DEFAULT_CURRENCY, GuildSettings
from wording.cldr import format_number
from wording.reader import Reader
from wording.translation import _, ngettext, pgettext


def format_points(points: int, guild: GuildSettings, reader: Reader) -> str:
    """Write a number of points with the guild's currency: `🪙 1,200`."""
    return f"{guild.currency_emoji} {format_number(points, reader.formats)}"


def currency_name(name: str) -> str:
    """Return what a guild calls its points: its own name for them, or the reader's word."""
    if name != DEFAULT_CURRENCY:
        return name
    # Translators: “You earn points by mentoring”, where a server has no name of its own for them.
    return pgettext("what a server calls its points", "points")


def counted_points(points: int, currency: str, reader: Reader) -> str:
    """Write a number of points in words: `40 points`, or `40 karma` by a guild's own name."""
    if currency == DEFAULT_CURRENCY:
        return ngettext("{count} point", "{count} points", points)
    return f"{format_number(points, reader.formats)} {currency}"


def points_in_label(points: int, guild: GuildSettings, reader: Reader) -> str:
    """Write a number of points for a button, a menu or a suggestion: `🪙 1,200`, or `free`.

    A server's own emoji isn't shown there, so its currency is in words: `1,200 karma`.
    """
    if not points:
        return pgettext("a price", "free")
    if guild.currency_emoji.startswith("<"):
        return counted_points(points, guild.currency_name, reader)
    return format_points(points, guild, reader)


def hourly_rate_in_label(rate: int, guild: GuildSettings, reader: Reader) -> str:
    """Write a mentor's rate for a menu or a suggestion: `🪙 60/h`, or `free`."""
    if not rate:
        return pgettext("a price", "free")
    return _("{points}/h", points=points_in_label(rate, guild, reader))
