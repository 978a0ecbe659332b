"""Commands for the bot's operator, sent as messages: `@mentorbot sync`."""

from __future__ import annotations

from discord.ext import commands

from bot.interaction import BotClient
from bot.replies import nonce


class Operator(commands.Cog):
    def __init__(self, bot: BotClient) -> None:
        self.bot = bot

    @commands.command()
    @commands.is_owner()
    async def sync(self, ctx: commands.Context[BotClient]) -> None:
        """Hand the slash commands to Discord again."""
        synced = await self.bot.tree.sync()
        await _reply(ctx, f"Discord now has {len(synced)} commands.")

    @sync.error
    async def refused(self, ctx: commands.Context[BotClient], error: commands.CommandError) -> None:
        if isinstance(error, commands.NotOwner):
            await _reply(ctx, "Only the person who runs this bot can do that.")
        else:
            raise error


async def _reply(ctx: commands.Context[BotClient], text: str) -> None:
    """Reply once, even if several processes received the message."""
    await ctx.reply(text, mention_author=False, nonce=nonce(f"operator:{ctx.message.id}"))
