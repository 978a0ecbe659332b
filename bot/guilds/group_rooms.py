"""Creates and deletes the rooms of group sessions, and lets in those who have a seat."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import discord

from bot.formatting import discord_timestamp, plain_title
from bot.guilds.permissions import GROUP_ROOM_PERMISSIONS
from bot.guilds.rooms import (
    RoomUnavailable,
    attempt,
    create_private_thread,
    delete_room,
    find_unrecorded,
    require_permissions,
)
from bot.interaction import BotClient
from bot.replies import nonce
from mentorship.sessions.groups import places
from mentorship.sessions.groups.places import GroupRoom
from storage import Database

log = logging.getLogger(__name__)


async def update_group_rooms(
    bot: BotClient, db: Database, *, after_room: Callable[[], None] = lambda: None
) -> int:
    """Create the rooms that should open now, bring open ones up to date, delete the others.

    `after_room` is called after each of them. Returns how many that were.
    """
    if not await db.read(places.has_due):
        return 0
    updated = 0
    for room in await db.run(places.claim):
        updated += await attempt(
            db,
            room,
            places,
            _do_what_is_due(bot, db, room),
            permissions=GROUP_ROOM_PERMISSIONS,
            subject={"group": room.group.id},
        )
        after_room()
    return updated


async def _do_what_is_due(bot: BotClient, db: Database, room: GroupRoom) -> None:
    if not room.is_wanted:
        await delete_room(bot, room)
        await db.run(places.record_closed, room)
    elif room.channel_id is None:
        await _open(bot, db, room)
    else:
        await _admit(bot, db, room, room.channel_id)


async def _open(bot: BotClient, db: Database, room: GroupRoom) -> None:
    guild = bot.get_guild(room.guild.id)
    if guild is None:
        raise RoomUnavailable("I'm no longer in the server.")
    channel_id = (
        await find_unrecorded(bot, guild, room.kind, room.name) if room.attempted_before else None
    )
    create = _open_thread if room.kind == "thread" else _open_channel
    await db.run(places.record_opened, room, await create(bot, guild, room, channel_id))


async def _admit(bot: BotClient, db: Database, room: GroupRoom, channel_id: int) -> None:
    """Let in who has joined since the room was created, and keep out who has left."""
    if room.kind == "thread":
        await _add_to_thread(bot, channel_id, room.newcomers)
        for user_id in room.former:
            with suppress(discord.NotFound):
                await bot.http.remove_user_from_thread(channel_id, user_id)
    else:
        guild = bot.get_guild(room.guild.id)
        channel = guild.get_channel(channel_id) if guild is not None else None
        if guild is None or not isinstance(channel, discord.VoiceChannel | discord.StageChannel):
            raise RoomUnavailable("The room of a session was deleted.")
        await channel.edit(overwrites=_overwrites(guild, room))
    await db.run(places.record_opened, room, channel_id)


async def _open_thread(
    bot: BotClient, guild: discord.Guild, room: GroupRoom, thread_id: int | None
) -> int:
    """Create a private thread, add everyone with a seat and greet them. Returns its id."""
    parent = _thread_parent(guild, room)
    require_permissions(guild, GROUP_ROOM_PERMISSIONS["thread"], parent)
    if thread_id is None:
        thread_id = await create_private_thread(parent, room.name)
    await _add_to_thread(bot, thread_id, room.people)
    group = room.group
    await bot.get_partial_messageable(thread_id, guild_id=guild.id).send(
        f"This is where “{plain_title(group.title)}” meets on "
        f"{discord_timestamp(group.starts_at)}, with <@{group.mentor.user_id}>.\n"
        f"This thread is deleted {discord.utils.format_dt(room.closes_at, 'R')}, so copy anything "
        "you want to keep.",
        nonce=nonce(f"group place:{group.id}.{thread_id}"),
        allowed_mentions=discord.AllowedMentions(users=[discord.Object(group.mentor.user_id)]),
    )
    return thread_id


def _thread_parent(guild: discord.Guild, room: GroupRoom) -> discord.TextChannel:
    """Return the channel for the thread: the one for rooms, for notices, or the announcement's."""
    settings = room.guild
    for channel_id in (
        settings.meeting_parent_id,
        room.group.channel_id,
        settings.notices_channel_id,
    ):
        channel = guild.get_channel(channel_id) if channel_id is not None else None
        if isinstance(channel, discord.TextChannel):
            return channel
    raise RoomUnavailable("No text channel is chosen for the threads.")


async def _add_to_thread(bot: BotClient, thread_id: int, people: tuple[int, ...]) -> None:
    for user_id in people:
        try:
            await bot.http.add_user_to_thread(thread_id, user_id)
        except (discord.NotFound, discord.Forbidden) as error:
            # They have left the server, or can't see the channel; the others can.
            log.info(
                "can't add somebody to a thread",
                extra={"channel": thread_id, "user": user_id, "problem": str(error)},
            )


async def _open_channel(
    _bot: BotClient, guild: discord.Guild, room: GroupRoom, channel_id: int | None
) -> int:
    """Create a voice or stage channel that only those with a seat can see. Returns its id."""
    if channel_id is not None:
        return channel_id
    parent_id = room.guild.meeting_parent_id
    parent = guild.get_channel(parent_id) if parent_id is not None else None
    category = parent if isinstance(parent, discord.CategoryChannel) else None
    if room.kind == "stage" and "COMMUNITY" not in guild.features:
        raise RoomUnavailable(
            "Stage channels need a Community server: Server Settings → Enable Community."
        )
    require_permissions(guild, GROUP_ROOM_PERMISSIONS[room.kind], category)
    create = guild.create_stage_channel if room.kind == "stage" else guild.create_voice_channel
    options: dict[str, Any] = {
        "category": category,
        "overwrites": _overwrites(guild, room),
        "reason": "Meeting place of a session",
    }
    channel = await create(room.name, **options)
    return channel.id


def _overwrites(
    guild: discord.Guild, room: GroupRoom
) -> dict[discord.Role | discord.Member | discord.Object, discord.PermissionOverwrite]:
    """Return who may see and join a voice or stage channel."""
    overwrites: dict[discord.Role | discord.Member | discord.Object, Any] = {
        guild.default_role: discord.PermissionOverwrite(view_channel=False, connect=False),
        guild.me: discord.PermissionOverwrite(view_channel=True, connect=True),
    }
    # A moderator of a stage lets people speak.
    moderates = dict.fromkeys(("manage_channels", "mute_members", "move_members"), True)
    for user_id in room.people:
        is_host = room.kind == "stage" and user_id == room.group.mentor.user_id
        overwrites[discord.Object(user_id, type=discord.Member)] = discord.PermissionOverwrite(
            view_channel=True, connect=True, speak=True, **(moderates if is_host else {})
        )
    return overwrites
