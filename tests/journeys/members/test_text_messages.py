"""People who write to the bot as if somebody read it."""

from __future__ import annotations

import pytest
import simcord

from bot import messages
from tests.journeys.support.world import World


def said_by_bot(town: World, channel: simcord.ChannelHandle) -> list[str]:
    return [each.content for each in channel.history() if each.author.id == town.bot_id]


async def test_whoever_answers_a_private_message_hears_that_nobody_reads_it(town: World) -> None:
    maya = await town.person("Maya")
    await maya.send_dm("I'll be ten minutes late!")
    await maya.send_dm("Hello?")
    assert [told.content for told in town.inbox(maya)] == [messages.HELP_IN_DM]

    await town.env.advance_time(messages.EXPLANATION_COOLDOWN + 1)
    await maya.send_dm("Is anybody there?")
    assert len(town.inbox(maya)) == 2


async def test_whoever_begins_with_the_bot_s_name_hears_where_commands_are(
    town: World, caplog: pytest.LogCaptureFixture
) -> None:
    maya = await town.person("Maya")
    await maya.send(town.square, f"<@{town.bot_id}> how do I book somebody?")
    assert said_by_bot(town, town.square) == [messages.HELP_IN_GUILD]

    # Each person is told, and once for a while; a reader's name is not called out for it.
    await maya.send(town.square, f"<@{town.bot_id}>")
    oliver = await town.person("Oliver")
    await oliver.send(town.square, f"<@{town.bot_id}> hi")
    told = [each for each in town.square.history() if each.author.id == town.bot_id]
    assert len(told) == 2
    assert not any(each.mentions for each in told)
    assert not [each for each in caplog.records if each.levelname == "ERROR"]


async def test_people_who_talk_about_the_bot_or_to_each_other_are_left_alone(town: World) -> None:
    maya = await town.person("Maya")
    for words in ("good morning", f"ask <@{town.bot_id}> for a mentor", "/book", "!help"):
        await maya.send(town.square, words)
    assert said_by_bot(town, town.square) == []


async def test_where_the_bot_may_not_write_it_is_silent(
    town: World, caplog: pytest.LogCaptureFixture
) -> None:
    maya = await town.person("Maya")
    town.env.inject_error("POST", f"/channels/{town.square.id}/messages", status=403)
    with caplog.at_level("INFO"):
        await maya.send(town.square, f"<@{town.bot_id}> hi")
    assert said_by_bot(town, town.square) == []
    assert "can't reply to a message" in caplog.messages
    assert not [each for each in caplog.records if each.levelname == "ERROR"]
