"""`/timezone`: the person's own time zone, and conversion between zones."""

from __future__ import annotations

from functools import partial

import discord
from discord import app_commands
from discord.ext import commands

from bot.actors import actor_of
from bot.interaction import BotClient, Interaction
from bot.languages import locale_of
from bot.readers import reader_of
from bot.replies import respond
from bot.views.members.timezone import (
    convert,
    own_zone,
    set_typed_zone,
    with_timezone,
    zone_of_other,
)
from mentorship.actors import Actor
from mentorship.members import members
from mentorship.time import zone_search
from wording import times

Typed = app_commands.Range[str, 1, 100]


class Timezone(commands.GroupCog, group_name="timezone", group_description="Your time zone"):
    def __init__(self, bot: BotClient) -> None:
        self.bot = bot

    @app_commands.command(name="set", description="Set your time zone")
    @app_commands.describe(
        zone="City, country, offset (+5:30), or what your clock shows, such as “it's 10:30 here”"
    )
    async def set_(self, interaction: Interaction, zone: Typed) -> None:
        await set_typed_zone(interaction, zone)

    @app_commands.command(name="show", description="See what time it is for you or another member")
    @app_commands.describe(member="Whose time; yours if left out")
    async def show_(self, interaction: Interaction, member: discord.Member | None = None) -> None:
        actor, reader = actor_of(interaction), reader_of(interaction)
        now = self.bot.db.now()
        if member is None or member.id == actor.user_id:
            member_view = await self.bot.db.read(members.load, actor)
            await respond(interaction, own_zone(member_view, now, reader))
        else:
            other = Actor(member.id, member.display_name, actor.guild)
            member_view = await self.bot.db.read(members.load, other)
            await respond(interaction, zone_of_other(member_view, now, reader))

    @app_commands.command(name="convert", description="Convert a time to another time zone")
    @app_commands.describe(
        time="Such as tomorrow noon",
        source="The time zone it's in; yours if left out",
        target="The time zone you want it in; yours if left out",
    )
    @app_commands.rename(source="from", target="to")
    async def convert_(
        self,
        interaction: Interaction,
        time: Typed,
        source: Typed | None = None,
        target: Typed | None = None,
    ) -> None:
        await with_timezone(interaction, partial(convert, time, source, target))

    @set_.autocomplete("zone")
    @convert_.autocomplete("source")
    @convert_.autocomplete("target")
    async def zones(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        now, reader = self.bot.db.now(), reader_of(interaction)
        zones = zone_search.suggest(typed, now=now, locale=locale_of(interaction))
        return [
            app_commands.Choice(name=times.zone_label(zone, now, reader), value=zone)
            for zone in zones
        ]
