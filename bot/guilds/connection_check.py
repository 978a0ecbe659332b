"""What Discord reports about the bot over HTTP: its account, its commands, its guilds.

No gateway connection is made, so a bot that runs with the same token is not disturbed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import discord

from bot.client import MentorBot
from bot.guilds.permissions import RequirementCheck, check_group_rooms, check_requirements
from mentorship.guilds.guild_settings import GuildSettings
from storage import Database


@dataclass(frozen=True, slots=True)
class ApplicationInfo:
    """The bot's account.

    Discord allows `starts` gateway connections a day, of which `starts_left` are left. `missing`
    are commands that are not synced in their current form.
    """

    name: str
    starts: int
    starts_left: int
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GuildConnection:
    """A guild in the database. `name` is None if the bot is not in it any more.

    `rooms` are checks of what mentors may choose for group sessions, and the guild can do without.
    """

    guild_id: int
    name: str | None
    checks: Sequence[RequirementCheck] = ()
    rooms: Sequence[RequirementCheck] = ()


@asynccontextmanager
async def logged_in_client(token: str) -> AsyncIterator[discord.Client]:
    """Open a client that is logged in over HTTP. Raises discord.py's errors."""
    # No event is received, but discord.py prints a warning without this intent.
    async with discord.Client(intents=discord.Intents(guilds=True)) as client:
        await client.login(token)
        yield client


async def load_application(client: discord.Client) -> ApplicationInfo:
    """Load the bot's account and compare its commands with those that Discord has."""
    info = await client.application_info()
    _shards, _address, limit = await client.http.get_bot_gateway()
    synced = {command["name"] for command in await client.http.get_global_commands(info.id)}
    missing = sorted(await _defined_commands() - synced)
    return ApplicationInfo(info.name, limit["total"], limit["remaining"], tuple(missing))


async def check_guild(client: discord.Client, settings: GuildSettings) -> GuildConnection:
    """Check the permissions of the bot in a guild of the database."""
    assert client.user is not None
    try:
        guild = await client.fetch_guild(settings.id, with_counts=False)
        me = await guild.fetch_member(client.user.id)
        channels = await guild.fetch_channels()
    except (discord.Forbidden, discord.NotFound):
        return GuildConnection(settings.id, None)
    return GuildConnection(
        settings.id,
        guild.name,
        check_requirements(settings, me, channels),
        check_group_rooms(settings, me, channels),
    )


async def sync(token: str, database: Database) -> int:
    """Sync the commands with Discord, as the bot does when it starts. Returns their number.

    Raises discord.py's errors.
    """
    async with MentorBot(database) as bot:
        await bot.login(token)
        return len(_names(bot))


async def _defined_commands() -> set[str]:
    # The database is never opened: defining the commands takes a bot, and a bot takes a database.
    """Return the names of the commands that this version defines."""
    bot = MentorBot(Database("sqlite+aiosqlite:///unused.db"))
    await bot.prepare()
    return _names(bot)


def _names(bot: MentorBot) -> set[str]:
    """Return the names of the bot's commands and context menus."""
    kinds = (bot.tree.get_commands(type=kind) for kind in discord.AppCommandType)
    return {command.name for commands in kinds for command in commands}
