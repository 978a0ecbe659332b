"""Moderators see what members wait for help with."""

from __future__ import annotations

from datetime import timedelta

from tests.journeys.offers.test_help_requests import ask, offer
from tests.journeys.support.scenarios import approved_mentor
from tests.journeys.support.simulated_guild import SimulatedGuild, message_text


async def test_demand_counts_open_requests_by_expertise_only(guild: SimulatedGuild) -> None:
    moderator = await guild.add_moderator("Mod")
    maya, ken = [await guild.add_member(name, zone="UTC", points=100) for name in ("Maya", "Ken")]
    none = await moderator.slash(guild.channel, "moderation demand")
    assert message_text(none.response) == "Nobody is waiting for help at the moment."
    asked_at = guild.now
    await ask(guild, maya, expertise="gardening")
    await guild.env.advance_time(timedelta(hours=1).total_seconds())
    await ask(guild, ken, expertise="Gardening")
    oliver = await approved_mentor(guild, "Oliver")
    await ask(guild, ken)
    shown = message_text((await moderator.slash(guild.channel, "moderation demand")).response)
    oldest = f"<t:{round(asked_at.timestamp())}:R>"
    assert f"**gardening**: 2 open requests, the oldest sent {oldest}" in shown
    assert shown.index("gardening") < shown.index("**python**: 1 open request,")
    for private in ("Maya", "Ken", "My tests are slow."):
        assert private not in shown
    await offer(guild, oliver)
    shown = message_text((await moderator.slash(guild.channel, "moderation demand")).response)
    assert "python" not in shown, "a mentor has offered a time"
    refused = await maya.slash(guild.channel, "moderation demand")
    assert "moderator" in message_text(refused.response)
