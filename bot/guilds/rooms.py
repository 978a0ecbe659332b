"""What the rooms of one-to-one and of group sessions have in common."""

from __future__ import annotations

import logging
from collections.abc import Coroutine, Iterable, Mapping
from contextlib import suppress
from typing import Any, Protocol, TypeVar

import aiohttp
import discord

from bot.guilds.permissions import missing_permissions, permission_label
from bot.interaction import BotClient
from mentorship.faults import concerns_row
from mentorship.guilds.guild_settings import GuildSettings
from storage import Database, Transaction

log = logging.getLogger(__name__)


class Room(Protocol):
    """A channel to create or to delete. `channel_id` is None until it is recorded."""

    @property
    def guild(self) -> GuildSettings: ...
    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def channel_id(self) -> int | None: ...


RoomT = TypeVar("RoomT", bound=Room)
RoomT_contra = TypeVar("RoomT_contra", bound=Room, contravariant=True)


class RoomRecords(Protocol[RoomT_contra]):
    """The use cases that record what became of a room."""

    async def record_failure(self, tx: Transaction, room: RoomT_contra, problem: str) -> None: ...
    async def postpone(self, tx: Transaction, room: RoomT_contra, problem: str) -> None: ...
    async def record_fault(self, tx: Transaction, room: RoomT_contra, error: Exception) -> None: ...


class RoomUnavailable(Exception):
    """The guild's settings or permissions prevent the room; the text is for its moderators."""


async def attempt(
    db: Database,
    room: RoomT,
    records: RoomRecords[RoomT],
    work: Coroutine[Any, Any, None],
    *,
    permissions: Mapping[str, Iterable[str]],
    subject: Mapping[str, int],
) -> bool:
    """Do what a room needs; returns whether it worked.

    What Discord refuses is recorded for the moderators, with the `permissions` that it takes, by
    the kind of room. Other failures are recorded and tried again later. Raises only what isn't
    about this room, such as a database that is away. `subject` says for the log whose room it is.
    """
    try:
        await work
    except RoomUnavailable as error:
        await db.run(records.record_failure, room, str(error))
    except discord.Forbidden as error:
        needed = ", ".join(map(permission_label, permissions.get(room.kind, ())))
        problem = f"Discord says “{error.text}”. My role needs {needed}."
        await db.run(records.record_failure, room, problem)
    except (discord.RateLimited, discord.HTTPException, aiohttp.ClientError, OSError) as error:
        await db.run(records.postpone, room, f"{type(error).__name__}: {error}")
    except Exception as error:
        # Only this room fails; the others are handled.
        if not concerns_row(error):
            raise
        await db.run(records.record_fault, room, error)
    else:
        return True
    log.warning(
        "can't create or delete a meeting room",
        extra={"guild": room.guild.id, "kind": room.kind, **subject},
    )
    return False


async def delete_room(bot: BotClient, room: Room) -> None:
    """Delete a room's channel, if it exists and the bot is still in the guild."""
    guild = bot.get_guild(room.guild.id)
    if guild is None:
        return
    channel_id = room.channel_id or await find_unrecorded(bot, guild, room.kind, room.name)
    if channel_id is not None:
        with suppress(discord.NotFound):  # Somebody has deleted it.
            await bot.http.delete_channel(channel_id, reason="The session is over")


async def find_unrecorded(bot: BotClient, guild: discord.Guild, kind: str, name: str) -> int | None:
    """Return the channel that was created, but not recorded, before the program died."""
    if kind != "thread":
        channels = await guild.fetch_channels()
        return next((channel.id for channel in channels if channel.name == name), None)
    assert bot.user is not None
    threads = await guild.active_threads()
    own_threads = (channel for channel in threads if channel.owner_id == bot.user.id)
    return next((channel.id for channel in own_threads if channel.name == name), None)


async def create_private_thread(parent: discord.TextChannel, name: str) -> int:
    """Create a private thread in which only moderators can invite. Returns its id."""
    thread = await parent.create_thread(
        name=name,
        type=discord.ChannelType.private_thread,
        invitable=False,
        auto_archive_duration=1_440,
        reason="Meeting place of a session",
    )
    return thread.id


def require_permissions(
    guild: discord.Guild, needed: Iterable[str], parent: discord.abc.GuildChannel | None
) -> None:
    """Raise `RoomUnavailable` with the needed permissions that the bot lacks in `parent`."""
    granted = guild.me.guild_permissions if parent is None else parent.permissions_for(guild.me)
    lacking = missing_permissions(granted, needed)
    if lacking:
        location = f" in {parent.mention}" if parent is not None else ""
        raise RoomUnavailable(
            f"I need {', '.join(lacking)}{location}. Allow it for my role in Server Settings → "
            "Roles."
        )
