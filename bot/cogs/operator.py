"""Commands for the bot's operator, sent as messages: `@mentorbot sync`."""

from __future__ import annotations

from discord.ext import commands

from bot.interaction import BotClient


class Operator(commands.Cog):
    def __init__(self, bot: BotClient) -> None:
        self.bot = bot

    @commands.command()
    @commands.is_owner()
    async def sync(self, ctx: commands.Context[BotClient]) -> None:
        """Hand the slash commands to Discord again."""
        synced = await self.bot.tree.sync()
        await ctx.reply(f"Discord has {len(synced)} commands now.", mention_author=False)

    @sync.error
    async def refused(self, ctx: commands.Context[BotClient], error: commands.CommandError) -> None:
        if isinstance(error, commands.NotOwner):
            await ctx.reply("Only whoever runs this bot can do that.", mention_author=False)
        else:
            raise error
