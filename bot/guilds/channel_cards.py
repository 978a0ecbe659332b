"""Posts and edits messages that show a row's state in a channel."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import aiohttp
import discord
from discord import ui

from bot.interaction import BotClient
from bot.replies import NO_MENTIONS, nonce
from mentorship.notifications.channel_cards import ChannelProblem

UNKNOWN_MESSAGE = 10008
"""Discord's error code for a message that was deleted, where the channel is still there."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why Discord has refused a message. `problem` is None for what people can't solve."""

    reason: str
    problem: ChannelProblem | None = None


def failure_of(error: Exception) -> Failure | None:
    """Return what an error says about a message, None if it isn't Discord's or the network's."""
    match error:
        case discord.Forbidden():
            return Failure(error.text, ChannelProblem.CHANNEL_CLOSED)
        case discord.NotFound(code=code) if code == UNKNOWN_MESSAGE:
            return Failure(error.text, ChannelProblem.MESSAGE_DELETED)
        case discord.NotFound():
            return Failure(error.text, ChannelProblem.CHANNEL_GONE)
        case discord.RateLimited() | discord.HTTPException() | aiohttp.ClientError() | OSError():
            return Failure(f"{type(error).__name__}: {error}")
    return None


async def post(
    bot: BotClient, guild_id: int, channel_id: int, layout: ui.LayoutView, key: str
) -> int:
    """Post a message, once for each key, and return its id.

    Discord recognizes a repeated attempt for some minutes. Raises Discord's errors.
    """
    channel = bot.get_partial_messageable(channel_id, guild_id=guild_id)
    message = await channel.send(view=layout, nonce=nonce(key), allowed_mentions=NO_MENTIONS)
    return message.id


async def delete(bot: BotClient, channel_id: int, message_id: int) -> None:
    """Delete a message of the bot's, if it still can. Raises Discord's other errors."""
    with suppress(discord.NotFound, discord.Forbidden):
        await bot.http.delete_message(channel_id, message_id)


async def edit(
    bot: BotClient, guild_id: int, channel_id: int, message_id: int, layout: ui.LayoutView
) -> None:
    """Replace what a message says. Raises Discord's errors."""
    channel = bot.get_partial_messageable(channel_id, guild_id=guild_id)
    message = channel.get_partial_message(message_id)
    await message.edit(view=layout, allowed_mentions=NO_MENTIONS)
