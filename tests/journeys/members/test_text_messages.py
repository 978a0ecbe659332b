"""Text messages to the bot, which only answers commands."""

from __future__ import annotations

import pytest
import simcord

from bot import messages
from tests.journeys.support.simulated_guild import SimulatedGuild


def bot_messages(guild: SimulatedGuild, channel: simcord.ChannelHandle) -> list[str]:
    return [each.content for each in channel.history() if each.author.id == guild.bot_id]


async def test_a_direct_message_is_answered_once_with_help(
    guild: SimulatedGuild,
) -> None:
    maya = await guild.add_member("Maya")
    await maya.send_dm("I'll be ten minutes late!")
    await maya.send_dm("Hello?")
    assert [message.content for message in guild.inbox(maya)] == [messages.HELP_IN_DM]

    await guild.env.advance_time(messages.EXPLANATION_COOLDOWN + 1)
    await maya.send_dm("Is anybody there?")
    assert len(guild.inbox(maya)) == 2


async def test_a_command_typed_in_a_direct_message_is_sent_to_the_server(
    guild: SimulatedGuild,
) -> None:
    maya = await guild.add_member("Maya")
    await maya.send_dm("/book mentor: Oliver")
    (answer,) = guild.inbox(maya)
    assert "not in direct messages" in answer.content
    assert "`/book`" in answer.content
    oliver = await guild.add_member("Oliver")
    await oliver.send_dm("/o\\")
    assert [message.content for message in guild.inbox(oliver)] == [messages.HELP_IN_DM]


async def test_a_message_mentioning_the_bot_is_answered_with_help(
    guild: SimulatedGuild, caplog: pytest.LogCaptureFixture
) -> None:
    maya = await guild.add_member("Maya")
    await maya.send(guild.channel, f"<@{guild.bot_id}> how do I book somebody?")
    assert bot_messages(guild, guild.channel) == [messages.HELP_IN_GUILD]

    # Each person gets one answer for a while, and nobody is mentioned.
    await maya.send(guild.channel, f"<@{guild.bot_id}>")
    oliver = await guild.add_member("Oliver")
    await oliver.send(guild.channel, f"<@{guild.bot_id}> hi")
    replies = [each for each in guild.channel.history() if each.author.id == guild.bot_id]
    assert len(replies) == 2
    assert not any(each.mentions for each in replies)
    assert not [each for each in caplog.records if each.levelname == "ERROR"]


async def test_messages_not_meant_for_the_bot_are_ignored(
    guild: SimulatedGuild,
) -> None:
    maya = await guild.add_member("Maya")
    for content in ("good morning", f"ask <@{guild.bot_id}> for a mentor", "/book", "!help"):
        await maya.send(guild.channel, content)
    assert bot_messages(guild, guild.channel) == []


async def test_a_refused_reply_is_logged_without_an_error(
    guild: SimulatedGuild, caplog: pytest.LogCaptureFixture
) -> None:
    maya = await guild.add_member("Maya")
    guild.env.inject_error("POST", f"/channels/{guild.channel.id}/messages", status=403)
    with caplog.at_level("INFO"):
        await maya.send(guild.channel, f"<@{guild.bot_id}> hi")
    assert bot_messages(guild, guild.channel) == []
    assert "can't reply to a message" in caplog.messages
    assert not [each for each in caplog.records if each.levelname == "ERROR"]
