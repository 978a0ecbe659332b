"""A greeting in the guild for somebody who invited the bot and can't receive direct messages."""

from __future__ import annotations

import logging

import discord

from bot.interaction import BotClient
from bot.notifications.rendering import render
from bot.readers import readers_in
from bot.replies import nonce
from mentorship.delivery.loading import DueNotification

log = logging.getLogger(__name__)


async def greet_in_guild(bot: BotClient, notification: DueNotification) -> None:
    """Greet the person who invited the bot in the guild's system channel, if it has one.

    Everyone there can read it, so it is in the language of the guild.
    """
    guild = bot.get_guild(notification.guild.id)
    channel = guild.system_channel if guild is not None else None
    if channel is None or not channel.permissions_for(channel.guild.me).send_messages:
        return
    card = render(notification, readers_in(guild, notification.guild))
    if card is None:
        return
    try:
        await channel.send(
            view=card.layout(f"<@{notification.user_id}>, "),
            nonce=nonce(f"instead:{notification.key}"),
            allowed_mentions=discord.AllowedMentions(
                users=[discord.Object(notification.user_id or 0)]
            ),
        )
    except discord.HTTPException as error:
        log.warning(
            "can't greet in the guild",
            extra={"guild": notification.guild.id, "problem": str(error)},
        )
