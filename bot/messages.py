"""Text messages to the bot: the operator's commands, and everything else that people write.

Somebody who replies to a reminder may expect the other person to read it. The bot explains that
nobody does.
"""

from __future__ import annotations

import logging
from contextlib import suppress

import discord
from discord.ext import commands

from bot.interaction import BotClient
from bot.readers import readers_in
from bot.replies import nonce
from mentorship.errors import MentorshipError
from mentorship.guilds import guild_settings
from storage import StorageError
from wording.translation import N_, _, speaking

log = logging.getLogger(__name__)

EXPLANATION_COOLDOWN = 300.0
"""Seconds between two explanations to the same person."""

HELP_IN_GUILD = N_(
    "My commands begin with a slash: type `/` and choose one. `/help` shows what you can do here."
)
HELP_IN_DM = N_(
    "I'm a bot, and nobody reads what you write to me here.\nTo reach the other "
    "person in a session, write to them in your server. To move, cancel or rate a "
    "session, use the buttons on its card, or `/sessions` in your server."
)
COMMAND_IN_DM = N_(
    "Commands work in your server, not in direct messages. Open your server and type "
    "`{command}` there."
)


def explanation_cooldown() -> commands.CooldownMapping[discord.Message]:
    """Return the mapping that tracks who got an explanation recently."""
    return commands.CooldownMapping.from_cooldown(1, EXPLANATION_COOLDOWN, commands.BucketType.user)


async def handle_message(bot: BotClient, message: discord.Message) -> None:
    """Run the command in a message, or explain to its author how commands work.

    In a guild only messages that start by mentioning the bot are meant for it. Direct messages
    always are.
    """
    if message.author.bot or message.is_system():
        return
    context = await bot.get_context(message)
    if context.command is not None:
        await bot.invoke(context)
    elif message.guild is None or context.prefix is not None:
        await _explain(bot, message)


async def _explain(bot: BotClient, message: discord.Message) -> None:
    seconds = discord.utils.utcnow().timestamp()
    if bot.explanation_cooldown.update_rate_limit(message, seconds) is not None:
        return
    try:
        await message.reply(
            await _explanation(bot, message),
            mention_author=False,
            # Another process that received the message, too, sends the same.
            nonce=nonce(f"explanation:{message.id}"),
        )
    except discord.HTTPException as error:
        log.info("can't reply to a message", extra={"problem": str(error)})


async def _explanation(bot: BotClient, message: discord.Message) -> str:
    if message.guild is not None:
        settings = None
        # Without the database, the server's language in Discord has to do.
        with suppress(MentorshipError, StorageError):
            settings = await bot.db.read(guild_settings.load, message.guild.id)
        with speaking(readers_in(message.guild, settings).locale):
            return _(HELP_IN_GUILD)
    name = message.content.removeprefix("/").partition(" ")[0]
    # Discord doesn't say in which language the author of a message uses it.
    with speaking(await bot.languages.of(message.author.id)):
        if message.content.startswith("/") and bot.tree.get_command(name) is not None:
            return _(COMMAND_IN_DM, command=f"/{name}")
        return _(HELP_IN_DM)
