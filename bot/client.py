"""The bot's Discord client, its intents and permissions, and its variants for sharding."""

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
from bot.command_texts import CommandTranslator
from bot.drafts import WAITING_LIFETIME, Drafts, FlowStore
from bot.interaction import BotClient, Interaction
from bot.languages import LanguageChoices, speak_to
from bot.notifications.undelivered import show_undelivered
from bot.persistent_items import PERSISTENT_ITEMS
from bot.pictures.renderer import PictureRenderer
from bot.telemetry import Observer
from bot.views.mentors.return_card import look_at_mentor
from mentorship.calendars.options import CalendarOptions
from mentorship.calendars.refreshing import BusyRefresher
from mentorship.delivery import message_updates, outbox
from mentorship.search.unmet import SearchMemory
from storage import Database

log = logging.getLogger(__name__)


def intents() -> discord.Intents:
    """Return the bot's gateway intents; none of them is privileged.

    Messages are for the operator's commands alone. Discord includes the text of a message only if
    it mentions the bot or was sent to it directly. Scheduled events tell what people change about
    those of group sessions. Voice states tell whether people are still in a room.
    """
    return discord.Intents(
        guilds=True,
        guild_messages=True,
        dm_messages=True,
        guild_scheduled_events=True,
        voice_states=True,
    )


def permissions() -> discord.Permissions:
    """Return the permissions that the invite link requests.

    Manage Channels lets `/setup` create channels. Which permissions a guild needs with its settings
    is in `bot.guilds.permissions`.
    """
    return discord.Permissions(
        view_channel=True,
        send_messages=True,
        embed_links=True,
        attach_files=True,
        read_message_history=True,
        manage_roles=True,
        manage_channels=True,
        create_events=True,
    )


@dataclass(frozen=True, slots=True)
class Shards:
    """The shards of Discord that a process connects to: those in `ids`, of `count`.

    Without a count Discord recommends one; without ids the process connects to all of them.
    """

    count: int | None = None
    ids: tuple[int, ...] = ()


class CommandTree(app_commands.CommandTree[BotClient]):
    """The command tree. Every error of a command is answered in one place."""

    async def interaction_check(self, interaction: Interaction) -> bool:
        if isinstance(self.client, Worker):
            return False
        telemetry.start(interaction)
        await speak_to(interaction)
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
    """Make every command in the tree answer the `MentorshipError`s that it raises."""
    for kind in discord.AppCommandType:
        for command in tree.walk_commands(type=kind):
            if isinstance(command, app_commands.Command | app_commands.ContextMenu):
                # discord.py reads a command's options from the signature of its callback and has
                # no public way to wrap the callback afterwards.
                command._callback = errors.answer_domain_errors(command._callback)


class MentorBot(BotClient):
    """The Discord bot on top of a database. It starts no background loop: jobs call it.

    `observe` is called with the name, duration and outcome of each command and component after it
    was answered. `pictures` may be shared by several bots; otherwise they end with this one.
    `calendars` says which calendars people can use.
    """

    def __init__(
        self,
        db: Database,
        observe: Observer = telemetry.ignore,
        pictures: PictureRenderer | None = None,
        calendars: CalendarOptions | None = None,
        **shards: Any,
    ) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            intents=intents(),
            tree_cls=CommandTree,
            help_command=None,
            # The shortest that discord.py allows: delivery handles longer rate limits itself.
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
        self.delivery_turns = outbox.new_turns()
        self.last_updated_guild = message_updates.FIRST_GUILD
        self.last_compared_guild = 0
        self.drafts = Drafts()
        self.languages = LanguageChoices(db)
        self.meeting_providers: tuple[str, ...] = ()
        self.waiting_for_timezone = FlowStore(WAITING_LIFETIME)
        self.channel_creation_lock = asyncio.Lock()
        self.pictures = pictures or PictureRenderer()
        self._owns_pictures = pictures is None
        self.calendar_refresher: BusyRefresher | None = None
        self.calendars = calendars or CalendarOptions()
        self.search_memory = SearchMemory()
        self.explanation_cooldown = messages.explanation_cooldown()

    async def setup_hook(self) -> None:
        if self._owns_pictures:
            self.pictures.start()
        await self.prepare()
        await self.tree.sync()

    async def close(self) -> None:
        """Disconnect, and end the process that draws pictures."""
        await super().close()
        if self._owns_pictures:
            self.pictures.close()

    async def prepare(self) -> None:
        """Register all commands and persistent items, without syncing them to Discord."""
        for cog in COGS:
            await self.add_cog(cog(self))
        await self.tree.set_translator(CommandTranslator())
        answer_domain_errors(self.tree)
        self.add_dynamic_items(*PERSISTENT_ITEMS)

    async def on_app_command_completion(self, interaction: Interaction, _command: object) -> None:
        await show_undelivered(interaction)
        await look_at_mentor(interaction)

    async def on_message(self, message: discord.Message) -> None:
        await messages.handle_message(self, message)

    async def on_ready(self) -> None:
        log.info("ready", extra={"guilds": len(self.guilds)})

    def handles_guild(self, guild_id: int) -> bool:
        """Return whether this process receives the guild's events."""
        return True


class ShardedBot(MentorBot, commands.AutoShardedBot):
    """The bot on several of Discord's shards, in one process or several."""

    def __init__(
        self,
        db: Database,
        observe: Observer,
        shards: Shards,
        calendars: CalendarOptions | None = None,
    ) -> None:
        super().__init__(
            db,
            observe,
            calendars=calendars,
            shard_count=shards.count,
            shard_ids=list(shards.ids) or None,
        )

    def is_connected(self) -> bool:
        """Return whether the bot is ready and all its shards are connected to Discord."""
        # `is_ready` alone stays true when the connection is lost.
        return self.is_ready() and not any(shard.is_closed() for shard in self.shards.values())

    def handles_guild(self, guild_id: int) -> bool:
        # https://docs.discord.com/developers/events/gateway#sharding-sharding-formula
        shard = (guild_id >> 22) % (self.shard_count or 1)
        return not self.shard_ids or shard in self.shard_ids


class Worker(ShardedBot):
    """The bot of a process that only runs jobs, while other processes answer people.

    It connects to all guilds, because jobs give roles and create meeting rooms. It ignores
    commands, buttons and messages.
    """

    async def setup_hook(self) -> None:
        """Do nothing: a worker has no commands."""

    async def on_message(self, message: discord.Message) -> None:
        """Do nothing: other processes handle messages."""
