"""A welcome for whoever invited the bot and keeps their direct messages closed."""

from __future__ import annotations

import logging

import discord

from bot.interaction import BotClient
from bot.notifications.message import Card
from bot.replies import nonce
from mentorship.delivery.outbox import DueNotice

log = logging.getLogger(__name__)


async def greet_in_guild(bot: BotClient, notice: DueNotice, card: Card) -> None:
    """Greet whoever invited the bot where the server greets newcomers."""
    guild = bot.get_guild(notice.guild.id)
    place = guild.system_channel if guild is not None else None
    if place is None or not place.permissions_for(place.guild.me).send_messages:
        return
    try:
        await place.send(
            f"<@{notice.user_id}>, {card.content}",
            embed=card.embed or discord.utils.MISSING,
            view=card.view or discord.utils.MISSING,
            nonce=nonce(f"instead:{notice.key}"),
            allowed_mentions=discord.AllowedMentions(users=[discord.Object(notice.user_id or 0)]),
        )
    except discord.HTTPException as error:
        log.warning(
            "nobody could be welcomed", extra={"guild": notice.guild.id, "problem": str(error)}
        )
