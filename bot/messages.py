"""What is written to the bot as a message: the operator's commands, and whatever else people say.

Somebody who answers a reminder may think that the other person reads it. They are told that nobody
does.
"""

from __future__ import annotations

import logging

import discord
from discord.ext import commands

from bot.interaction import BotClient

log = logging.getLogger(__name__)

EXPLANATION_COOLDOWN = 300.0
"""Seconds for which somebody who was told is not told again, however much they write."""

HELP_IN_GUILD = (
    "My commands begin with a slash: type `/` and choose one. `/help` shows you all that you can "
    "do here."
)
HELP_IN_DM = (
    "I'm a program, and nobody reads what you write to me here.\n"
    "To reach the other person of a session, write to them in your server. To move, cancel or rate "
    "a session, use the buttons on its card or `/sessions` in your server."
)


def explanation_cooldown() -> commands.CooldownMapping[discord.Message]:
    """Who was told of late."""
    return commands.CooldownMapping.from_cooldown(1, EXPLANATION_COOLDOWN, commands.BucketType.user)


async def handle_message(bot: BotClient, message: discord.Message) -> None:
    """Run the command that a message is, or explain to its author where commands are.

    Only what begins with the bot's name is meant for it in a server; a private message always is.
    """
    if message.author.bot or message.is_system():
        return
    written = await bot.get_context(message)
    if written.command is not None:
        await bot.invoke(written)
    elif message.guild is None or written.prefix is not None:
        await _explain(bot, message)


async def _explain(bot: BotClient, message: discord.Message) -> None:
    now = discord.utils.utcnow().timestamp()
    if bot.explanation_cooldown.update_rate_limit(message, now) is not None:
        return
    try:
        await message.reply(HELP_IN_GUILD if message.guild else HELP_IN_DM, mention_author=False)
    except discord.HTTPException as error:
        log.info("a message can't be answered", extra={"problem": str(error)})
