"""What the rooms of one-to-one and of group sessions have in common."""

from __future__ import annotations

import logging
from collections.abc import Coroutine, Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

import aiohttp
import discord

from bot.formatting import relative
from bot.guilds.room_places import RoomUnavailable, refusal
from bot.interaction import BotClient
from bot.readers import readers_in
from bot.replies import nonce
from mentorship.faults import concerns_row
from mentorship.guilds.guild_settings import GuildSettings
from storage import Database, Transaction
from wording.translation import _, speaking

log = logging.getLogger(__name__)


QUIET_THREAD = timedelta(minutes=10)
"""People have left a thread when nobody has written in it for this long."""

_ARCHIVED_ALREADY = 50083

_FIRST_MESSAGES = 20
"""Among these is the greeting, behind Discord's own messages about people who were added."""


class Room(Protocol):
    """A channel to open or to close, as the use cases claim it."""

    @property
    def guild(self) -> GuildSettings: ...
    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def channel_id(self) -> int | None: ...
    @property
    def opened_as(self) -> str | None: ...
    def is_over(self, now: datetime) -> bool: ...


RoomT = TypeVar("RoomT", bound=Room)
RoomT_contra = TypeVar("RoomT_contra", bound=Room, contravariant=True)


class RoomRecords(Protocol[RoomT_contra]):
    """The use cases that record what became of a room."""

    async def record_failure(self, tx: Transaction, room: RoomT_contra, problem: str) -> None: ...
    async def postpone(self, tx: Transaction, room: RoomT_contra, problem: str) -> None: ...
    async def record_fault(self, tx: Transaction, room: RoomT_contra, error: Exception) -> None: ...


async def attempt(
    bot: BotClient,
    db: Database,
    room: RoomT,
    records: RoomRecords[RoomT],
    work: Coroutine[Any, Any, None],
    *,
    subject: Mapping[str, int],
) -> bool:
    """Do what a room needs; returns whether it worked.

    What Discord refuses is recorded for the moderators, with the permissions that it takes. Other
    failures are recorded and tried again later. Raises only what isn't about this room, such as a
    database that is away. `subject` says for the log whose room it is.

    Everything that is written meanwhile is in the language of the server.
    """
    with speaking(readers_in(bot.get_guild(room.guild.id), room.guild).locale):
        return await _attempt(db, room, records, work, subject)


async def _attempt(
    db: Database,
    room: RoomT,
    records: RoomRecords[RoomT],
    work: Coroutine[Any, Any, None],
    subject: Mapping[str, int],
) -> bool:
    try:
        await work
    except RoomUnavailable as error:
        await db.run(records.record_failure, room, str(error))
    except discord.Forbidden as error:
        problem = refusal(error, room.opened_as or room.kind, for_group="group" in subject)
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
        "can't open or close a meeting room",
        extra={"guild": room.guild.id, "kind": room.kind, **subject},
    )
    return False


async def is_in_use(bot: BotClient, room: Room, now: datetime) -> bool:
    """Return whether people are in a room, or have just written in it.

    A thread that was called off is not in use: its greeting is its only message.
    """
    guild = bot.get_guild(room.guild.id)
    if guild is None or room.channel_id is None or not room.name:
        return False
    if (room.opened_as or room.kind) == "thread":
        return room.is_over(now) and await _was_written_in(bot, room.channel_id, now - QUIET_THREAD)
    channel = guild.get_channel(room.channel_id)
    if not isinstance(channel, discord.VoiceChannel | discord.StageChannel):
        return False
    # People in voice are cached, so that a bot among them can be told apart.
    members = (guild.get_member(user_id) for user_id in channel.voice_states)
    return any(member is None or not member.bot for member in members)


async def _was_written_in(bot: BotClient, thread_id: int, since: datetime) -> bool:
    """Return whether the last message in a thread is newer than that, and the thread is open."""
    try:
        thread = await bot.fetch_channel(thread_id)
    except (discord.NotFound, discord.Forbidden):
        return False
    if not isinstance(thread, discord.Thread) or thread.archived or not thread.last_message_id:
        return False
    return discord.utils.snowflake_time(thread.last_message_id) > since


async def close_room(bot: BotClient, room: Room) -> None:
    """Archive and lock a room's thread, or delete its channel, if it exists.

    What was written in a thread can be read afterwards. A thread that an erasure has ended is
    deleted, since it is named after the person.
    """
    guild = bot.get_guild(room.guild.id)
    if guild is None:
        return
    kind, channel_id = room.opened_as or room.kind, room.channel_id
    if channel_id is None:
        found = await find_unrecorded(bot, guild, room.name)
        if found is None:
            return
        kind, channel_id = found
    with suppress(discord.NotFound):  # Somebody has deleted it.
        if kind == "thread" and room.name:
            await _archive(bot, channel_id)
        else:
            await bot.http.delete_channel(channel_id, reason=_("The session is over"))


async def _archive(bot: BotClient, thread_id: int) -> None:
    try:
        await bot.http.edit_channel(
            thread_id, archived=True, locked=True, reason=_("The session is over")
        )
    except discord.HTTPException as error:
        if error.code != _ARCHIVED_ALREADY:
            raise


async def find_unrecorded(
    bot: BotClient, guild: discord.Guild, name: str
) -> tuple[str, int] | None:
    """Return kind and id of the channel that was created under this name, but not recorded.

    That happens if the program dies in between. An erased room, without a name, isn't found.
    """
    if not name:
        return None
    for channel in await guild.fetch_channels():
        if channel.name == name and isinstance(channel, discord.StageChannel):
            return "stage", channel.id
        if channel.name == name and isinstance(channel, discord.VoiceChannel):
            return "voice", channel.id
    assert bot.user is not None
    for thread in await guild.active_threads():
        if thread.name == name and thread.owner_id == bot.user.id:
            return "thread", thread.id
    return None


async def greet(
    bot: BotClient, guild_id: int, thread_id: int, text: str, key: str, mentioned: Iterable[int]
) -> None:
    """Post the first message of a thread and mention those people. `key` is unique to it."""
    people = [discord.Object(user_id) for user_id in mentioned]
    await bot.get_partial_messageable(thread_id, guild_id=guild_id).send(
        text, nonce=nonce(key), allowed_mentions=discord.AllowedMentions(users=people)
    )


def archive_hint(closes_at: datetime) -> str:
    """Return what the greeting in a thread says about its end."""
    # Translators: {time} is relative, such as “in 2 hours”.
    return _(
        "I'll archive this thread {time}, or later while you're still writing. You can read it "
        "afterwards.",
        time=relative(closes_at),
    )


async def was_greeted(bot: BotClient, guild_id: int, thread_id: int) -> bool:
    """Return whether the bot's first message is in a thread that an earlier attempt has created.

    Discord recognizes a repeated nonce, but for some minutes only. Without Read Message History the
    nonce has to do.
    """
    thread = bot.get_partial_messageable(thread_id, guild_id=guild_id)
    with suppress(discord.Forbidden):
        async for message in thread.history(limit=_FIRST_MESSAGES, oldest_first=True):
            if message.author == bot.user and message.type is discord.MessageType.default:
                return True
    return False


async def create_private_thread(parent: discord.TextChannel, name: str) -> int:
    """Create a private thread in which only moderators can invite. Returns its id."""
    thread = await parent.create_thread(
        name=name,
        type=discord.ChannelType.private_thread,
        invitable=False,
        auto_archive_duration=1_440,
        reason=_("Meeting place of a session"),
    )
    return thread.id
