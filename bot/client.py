"""The bot itself: what it can do, and what it asks of Discord."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot import errors, messages, telemetry
from bot.admission import Admission
from bot.cogs import COGS
from bot.drafts import Drafts
from bot.interaction import BotClient, Interaction
from bot.lru_cache import LruCache
from bot.notifications.dm_rate_limit import DmRateLimit
from bot.notifications.undelivered import show_undelivered
from bot.persistent_items import PERSISTENT_ITEMS
from bot.telemetry import Observer
from storage import Database

log = logging.getLogger(__name__)


def intents() -> discord.Intents:
    """What the bot listens to: no privileged intent. Messages only for the operator's commands,
    whose text Discord gives away when the bot is mentioned or written to directly."""
    return discord.Intents(guilds=True, guild_messages=True, dm_messages=True)


def permissions() -> discord.Permissions:
    """What the invite link asks for, and no more. Manage Channels makes the channels that `/setup`
    offers; what a guild needs with its settings is `bot.guilds.permissions`."""
    return discord.Permissions(
        view_channel=True,
        send_messages=True,
        embed_links=True,
        attach_files=True,
        read_message_history=True,
        manage_roles=True,
        manage_channels=True,
    )


@dataclass(frozen=True, slots=True)
class Shards:
    """Which of Discord's shards a process connects to: `ids` of `count`. Without a count as many
    as Discord recommends, and without ids all of them."""

    count: int | None = None
    ids: tuple[int, ...] = ()


class CommandTree(app_commands.CommandTree[BotClient]):
    """The commands; whatever one of them raises is answered in one place."""

    async def interaction_check(self, interaction: Interaction) -> bool:
        if isinstance(self.client, Worker):
            return False
        telemetry.start(interaction)
        return True

    async def on_error(
        self,
        interaction: Interaction,
        error: app_commands.AppCommandError,
    ) -> None:
        await errors.answer(interaction, error)
        telemetry.finish(interaction, telemetry.command_name(interaction))


async def _completed(interaction: Interaction, _command: object) -> None:
    telemetry.finish(interaction, telemetry.command_name(interaction))


def answer_domain_errors(tree: app_commands.CommandTree[BotClient]) -> None:
    """Let every command that is in the tree by now answer its refusals itself."""
    for kind in discord.AppCommandType:
        for command in tree.walk_commands(type=kind):
            if isinstance(command, app_commands.Command | app_commands.ContextMenu):
                # The library reads a command's options from its callback as it is written, and has
                # no public way to put something around that afterwards.
                command._callback = errors.answer_domain_errors(command._callback)


class MentorBot(BotClient):
    """mentorbot's Discord face over a database. It starts no loop: jobs are called from outside.

    `observe` is told of each command and button once it is answered.
    """

    def __init__(self, db: Database, observe: Observer = telemetry.ignore, **shards: Any) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            intents=intents(),
            tree_cls=CommandTree,
            help_command=None,
            # The shortest that there is: delivery looks after longer waits itself.
            max_ratelimit_timeout=30.0,
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_contexts=app_commands.AppCommandContext(guild=True),
            allowed_installs=app_commands.AppInstallationType(guild=True),
            **shards,
        )
        self.db = db
        self.admission = Admission()
        self.observe = observe
        self.add_listener(_completed, "on_app_command_completion")
        self.dm_rate_limit = DmRateLimit()
        self.drafts = Drafts()
        self.waiting_for_timezone = LruCache()
        self.channel_creation_lock = asyncio.Lock()
        self.explanation_cooldown = messages.explanation_cooldown()

    async def setup_hook(self) -> None:
        await self.prepare()
        await self.tree.sync()

    async def prepare(self) -> None:
        """Take in all commands and buttons; Discord is not told of them yet."""
        for cog in COGS:
            await self.add_cog(cog(self))
        answer_domain_errors(self.tree)
        self.add_dynamic_items(*PERSISTENT_ITEMS)

    async def on_app_command_completion(self, interaction: Interaction, _command: object) -> None:
        await show_undelivered(interaction)

    async def on_message(self, message: discord.Message) -> None:
        await messages.handle_message(self, message)

    async def on_ready(self) -> None:
        log.info("ready", extra={"guilds": len(self.guilds)})

    def handles_guild(self, guild_id: int) -> bool:
        """Whether Discord tells this process of a server: of those on its shards alone."""
        return True


class ShardedBot(MentorBot, commands.AutoShardedBot):
    """The bot on several of Discord's shards, in as many processes as one likes."""

    def __init__(self, db: Database, observe: Observer, shards: Shards) -> None:
        super().__init__(db, observe, shard_count=shards.count, shard_ids=list(shards.ids) or None)

    def handles_guild(self, guild_id: int) -> bool:
        # https://docs.discord.com/developers/events/gateway#sharding-sharding-formula
        shard = (guild_id >> 22) % (self.shard_count or 1)
        return not self.shard_ids or shard in self.shard_ids


class Worker(ShardedBot):
    """What runs the jobs where other processes answer people. It sees all servers as the bot does,
    since roles are given and places made there, and leaves commands and buttons to the others."""

    async def setup_hook(self) -> None:
        """It has no commands."""

    async def on_message(self, message: discord.Message) -> None:
        """It leaves these to the others, too."""
