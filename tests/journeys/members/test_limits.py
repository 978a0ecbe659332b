"""What people see who have reached a limit outside of booking."""

from __future__ import annotations

from datetime import timedelta

from tests.journeys.support.simulated_guild import SimulatedGuild, message_text


async def test_data_can_be_downloaded_once_an_hour(guild: SimulatedGuild) -> None:
    maya = await guild.add_member("Maya", zone="America/New_York")
    first = await maya.slash(guild.channel, "privacy export")
    assert "Here's all I keep about you" in message_text(first.response)
    second = await maya.slash(guild.channel, "privacy export")
    assert "You can download or erase your data once an hour." in (message_text(second.response))
    assert not second.response.attachments
    await guild.advance_to(guild.now + timedelta(hours=1))
    third = await maya.slash(guild.channel, "privacy export")
    assert "Here's all I keep about you" in message_text(third.response)


async def test_gifts_to_people_new_to_the_bot_are_limited(guild: SimulatedGuild) -> None:
    await guild.configure(limit_gifts_to_strangers=1)
    maya = await guild.add_member("Maya", zone="America/New_York", points=10)
    sam, kim = await guild.add_member("Sam"), await guild.add_member("Kim")
    card = await maya.slash(guild.channel, "points give", member=sam, amount=2)
    await maya.click(card.response, label="Give")
    refused = await maya.slash(guild.channel, "points give", member=kim, amount=2)
    assert "You've sent 1 gift to people who have never used this bot in the last 24 hours" in (
        message_text(refused.response)
    )
    assert await guild.balance(maya) == 8
