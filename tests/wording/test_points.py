"""Points in words."""

from __future__ import annotations

from mentorship.guilds.guild_settings import GuildSettings
from wording.points import format_points
from wording.reader import ENGLISH


def test_points_have_the_guilds_currency() -> None:
    guild = GuildSettings(1, currency_emoji="⭐")
    assert format_points(1_200, guild, ENGLISH) == "⭐ 1,200"
