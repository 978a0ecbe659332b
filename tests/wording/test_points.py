"""Points in words."""

from __future__ import annotations

from mentorship.guilds.guild_settings import GuildSettings
from wording.points import counted_points, format_points
from wording.reader import ENGLISH


def test_points_have_the_guilds_currency() -> None:
    guild = GuildSettings(1, currency_emoji="⭐")
    assert format_points(1_200, guild, ENGLISH) == "⭐ 1,200"


def test_points_in_words_are_counted_unless_the_guild_has_a_name_for_them() -> None:
    assert counted_points(1, "points", ENGLISH) == "1 point"
    assert counted_points(1_200, "points", ENGLISH) == "1,200 points"
    assert counted_points(1, "karma", ENGLISH) == "1 karma"
