"""`/block` and `/unblock`: members who can no longer reach the person through the bot."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.actors import actor_of
from bot.autocomplete import require_id
from bot.formatting import plain, shortened
from bot.interaction import BotClient, Interaction
from bot.replies import respond
from bot.views.members.blocks import show_block_card
from mentorship.errors import Field, MentorshipError
from mentorship.members import blocks
from mentorship.sessions.blocking import BlockTarget
from wording.names import tell_apart
from wording.translation import _


class Blocks(commands.Cog):
    def __init__(self, bot: BotClient) -> None:
        self.bot = bot

    @app_commands.command(description="Stop a member from booking you or giving you points")
    @app_commands.describe(member="The member to block. They aren't told")
    @app_commands.guild_only()
    async def block(self, interaction: Interaction, member: discord.Member | discord.User) -> None:
        target = BlockTarget(member.id, member.display_name, member.bot)
        await show_block_card(interaction, actor_of(interaction), target)

    @app_commands.command(description="Let a member you've blocked book you again")
    @app_commands.describe(member="The member to unblock")
    @app_commands.guild_only()
    async def unblock(self, interaction: Interaction, member: str) -> None:
        name = await self.bot.db.run(
            blocks.unblock, actor_of(interaction), require_id(member, Field.MEMBER)
        )
        await respond(interaction, _("{name} is no longer blocked.", name=plain(name)))

    @unblock.autocomplete("member")
    async def suggest_blocked(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        try:
            own = await self.bot.db.read(blocks.list_own, actor_of(interaction))
        except MentorshipError:
            return []
        names = tell_apart({each.user_id: shortened(each.name, 70) for each in own})
        return [
            app_commands.Choice(name=names[each.user_id], value=str(each.user_id))
            for each in own
            if typed.casefold() in each.name.casefold()
        ][:25]
