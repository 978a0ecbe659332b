"""What Discord says of a bot when asked over HTTP: its token, its gateway, its place in guilds.

No connection to the gateway is made, so a bot that runs with the same token is not disturbed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import discord

from bot.client import MentorBot
from bot.guilds.permissions import RequirementCheck, check_requirements
from mentorship.guilds.guild_settings import GuildSettings
from storage import Database


@dataclass(frozen=True, slots=True)
class ApplicationInfo:
    """The bot as Discord knows it. `starts_left` are today's connections to the gateway that are
    left, of `starts`; `missing` are commands that Discord hasn't been given as they are now."""

    name: str
    starts: int
    starts_left: int
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GuildConnection:
    """A guild that the data know. `name` is None where the bot isn't in it any more."""

    guild_id: int
    name: str | None
    findings: Sequence[RequirementCheck] = ()


@asynccontextmanager
async def logged_in_client(token: str) -> AsyncIterator[discord.Client]:
    """Discord's HTTP side, logged in. Raises discord.py's own errors."""
    # Nothing is listened to; without this one discord.py warns whoever runs the check.
    async with discord.Client(intents=discord.Intents(guilds=True)) as client:
        await client.login(token)
        yield client


async def load_application(client: discord.Client) -> ApplicationInfo:
    """The bot's own account and what Discord has of it."""
    info = await client.application_info()
    _shards, _address, limit = await client.http.get_bot_gateway()
    given = {command["name"] for command in await client.http.get_global_commands(info.id)}
    missing = sorted(await _defined_commands() - given)
    return ApplicationInfo(info.name, limit["total"], limit["remaining"], tuple(missing))


async def check_guild(client: discord.Client, settings: GuildSettings) -> GuildConnection:
    """A guild that the data know, with what it allows the bot."""
    assert client.user is not None
    try:
        guild = await client.fetch_guild(settings.id, with_counts=False)
        me = await guild.fetch_member(client.user.id)
        channels = await guild.fetch_channels()
    except (discord.Forbidden, discord.NotFound):
        return GuildConnection(settings.id, None)
    return GuildConnection(settings.id, guild.name, check_requirements(settings, me, channels))


async def sync(token: str, database: Database) -> int:
    """Hand the commands to Discord, as a start of the bot does; returns how many.

    Raises discord.py's own errors.
    """
    async with MentorBot(database) as bot:
        await bot.login(token)
        return len(_names(bot))


async def _defined_commands() -> set[str]:
    # Nothing is read from it: the commands of a bot are made with the bot.
    bot = MentorBot(Database("sqlite+aiosqlite:///unused.db"))
    await bot.prepare()
    return _names(bot)


def _names(bot: MentorBot) -> set[str]:
    """The names of all its commands and context menus."""
    kinds = (bot.tree.get_commands(type=kind) for kind in discord.AppCommandType)
    return {command.name for commands in kinds for command in commands}
