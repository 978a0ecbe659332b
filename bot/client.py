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
from bot.admission import Crowd
from bot.cogs import COGS
from bot.lru_cache import Recent
from bot.notifications.dm_rate_limit import Openings
from bot.notifications.undelivered import show_missed
from bot.telemetry import Observer
from bot.views.availability import panel
from bot.views.booking import flow
from bot.views.members import notification_settings, points, privacy, timezone
from bot.views.members.timezone import Step
from bot.views.mentors import application_form, profile
from bot.views.mentors.application_form import Unfinished
from bot.views.moderation import dispute, queue, review_card
from bot.views.search import results
from bot.views.sessions import (
    attendance,
    calendar,
    rating,
    reschedule,
    session_actions,
    session_list,
)
from bot.views.setup import pages
from bot.views.setup.forms import Draft
from storage import Database

log = logging.getLogger(__name__)

# What still works after a restart, by the custom ids on messages that were sent long ago.
LASTING = (
    *application_form.LASTING,
    *queue.LASTING,
    *notification_settings.LASTING,
    *points.LASTING,
    *privacy.LASTING,
    *profile.LASTING,
    *review_card.LASTING,
    *results.LASTING,
    *flow.LASTING,
    *calendar.LASTING,
    *session_actions.LASTING,
    *session_list.LASTING,
    *reschedule.LASTING,
    *attendance.LASTING,
    *dispute.LASTING,
    *rating.LASTING,
    *pages.LASTING,
    *panel.LASTING,
    *timezone.LASTING,
)


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


class Tree(app_commands.CommandTree["MentorBot"]):
    """The commands; whatever one of them raises is answered in one place."""

    async def interaction_check(self, interaction: discord.Interaction[MentorBot]) -> bool:
        if isinstance(self.client, Worker):
            return False
        telemetry.begin(interaction)
        return True

    async def on_error(
        self,
        interaction: discord.Interaction[MentorBot],
        error: app_commands.AppCommandError,
    ) -> None:
        await errors.answer(interaction, error)
        telemetry.end(interaction, telemetry.command_name(interaction))


async def _completed(interaction: discord.Interaction[MentorBot], _command: object) -> None:
    telemetry.end(interaction, telemetry.command_name(interaction))


def answer_refusals(tree: app_commands.CommandTree[MentorBot]) -> None:
    """Let every command that is in the tree by now answer its refusals itself."""
    for kind in discord.AppCommandType:
        for command in tree.walk_commands(type=kind):
            if isinstance(command, app_commands.Command | app_commands.ContextMenu):
                # The library reads a command's options from its callback as it is written, and has
                # no public way to put something around that afterwards.
                command._callback = errors.answering_refusals(command._callback)


class MentorBot(commands.Bot):
    """mentorbot's Discord face over a database. It starts no loop: jobs are called from outside.

    `observe` is told of each command and button once it is answered.
    """

    def __init__(self, db: Database, observe: Observer = telemetry.nobody, **shards: Any) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            intents=intents(),
            tree_cls=Tree,
            help_command=None,
            # The shortest that there is: delivery looks after longer waits itself.
            max_ratelimit_timeout=30.0,
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_contexts=app_commands.AppCommandContext(guild=True),
            allowed_installs=app_commands.AppInstallationType(guild=True),
            **shards,
        )
        self.db = db
        self.crowd = Crowd()
        self.observe = observe
        self.add_listener(_completed, "on_app_command_completion")
        self.openings = Openings()
        self.waiting_for_zone: Recent[Step] = Recent()
        self.unfinished_forms: Recent[Unfinished] = Recent()
        self.hours_drafts: Recent[str] = Recent()
        self.setup_drafts: Recent[Draft] = Recent()
        self.building = asyncio.Lock()
        self.explained = messages.cooldown()

    async def setup_hook(self) -> None:
        await self.prepare()
        await self.tree.sync()

    async def prepare(self) -> None:
        """Take in all commands and buttons; Discord is not told of them yet."""
        for cog in COGS:
            await self.add_cog(cog(self))
        answer_refusals(self.tree)
        self.add_dynamic_items(*LASTING)

    async def on_app_command_completion(
        self, interaction: discord.Interaction[MentorBot], _command: object
    ) -> None:
        await show_missed(interaction)

    async def on_message(self, message: discord.Message) -> None:
        await messages.hear(self, message)

    async def on_ready(self) -> None:
        log.info("ready", extra={"guilds": len(self.guilds)})

    def hears_of(self, guild_id: int) -> bool:
        """Whether Discord tells this process of a server: of those on its shards alone."""
        return True


class ShardedBot(MentorBot, commands.AutoShardedBot):
    """The bot on several of Discord's shards, in as many processes as one likes."""

    def __init__(self, db: Database, observe: Observer, shards: Shards) -> None:
        super().__init__(db, observe, shard_count=shards.count, shard_ids=list(shards.ids) or None)

    def hears_of(self, guild_id: int) -> bool:
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
