"""Creates and deletes meeting rooms of sessions: private threads and voice channels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import discord

from bot.formatting import discord_timestamp, plain
from bot.guilds.permissions import MEETING_PERMISSIONS, meeting_parent
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
from mentorship.sessions import meeting
from mentorship.sessions.meeting import MeetingRoom
from storage import Database


async def update_meeting_rooms(
    bot: BotClient, db: Database, *, after_room: Callable[[], None] = lambda: None
) -> int:
    """Create the rooms that should open now and delete those that should close.

    `after_room` is called after each of them. Returns how many were created or deleted.
    """
    if not await db.read(meeting.has_due_rooms):
        return 0
    updated = 0
    for claim, work in (
        (meeting.claim_rooms_to_open, _open),
        (meeting.claim_rooms_to_close, _close),
    ):
        for room in await db.run(claim):
            updated += await attempt(
                db,
                room,
                meeting,
                work(bot, db, room),
                permissions=MEETING_PERMISSIONS,
                subject={"session": room.session.id},
            )
            after_room()
    return updated


async def _close(bot: BotClient, db: Database, room: MeetingRoom) -> None:
    await delete_room(bot, room)
    await db.run(meeting.record_closed, room)


async def _open(bot: BotClient, db: Database, room: MeetingRoom) -> None:
    guild = bot.get_guild(room.guild.id)
    if guild is None:
        raise RoomUnavailable("I'm no longer in the server.")
    channel_id = (
        await find_unrecorded(bot, guild, room.kind, room.name) if room.attempted_before else None
    )
    create = {"thread": _make_thread, "voice": _make_voice_channel}[room.kind]
    created_id = await create(bot, guild, room, channel_id)
    await db.run(meeting.record_opened, room, created_id)


async def _make_thread(
    bot: BotClient, guild: discord.Guild, room: MeetingRoom, thread_id: int | None
) -> int:
    """Create a private thread, add both participants and greet them. Returns its id."""
    parent_id = meeting_parent(room.guild)
    parent = guild.get_channel(parent_id) if parent_id is not None else None
    if not isinstance(parent, discord.TextChannel):
        raise RoomUnavailable("No text channel is chosen for the threads.")
    require_permissions(guild, MEETING_PERMISSIONS[room.kind], parent)
    if thread_id is None:
        thread_id = await create_private_thread(parent, room.name)
    session = room.session
    participants = [discord.Object(person.user_id) for person in (session.mentor, session.mentee)]
    topic = f"\n> {plain(session.topic)}" if session.topic else ""
    for person in participants:
        await bot.http.add_user_to_thread(thread_id, person.id)
    await bot.get_partial_messageable(thread_id, guild_id=guild.id).send(
        f"<@{participants[0].id}> and <@{participants[1].id}>, this is where you meet on "
        f"{discord_timestamp(session.starts_at)}.{topic}\n"
        f"This thread is deleted {discord.utils.format_dt(room.closes_at, 'R')}, so copy anything "
        "you want to keep.",
        nonce=nonce(f"place:{session.id}.{thread_id}"),
        allowed_mentions=discord.AllowedMentions(users=participants),
    )
    return thread_id


async def _make_voice_channel(
    _bot: BotClient, guild: discord.Guild, room: MeetingRoom, channel_id: int | None
) -> int:
    """Create a voice channel that only the participants can see. Returns its id."""
    if channel_id is not None:
        return channel_id
    parent_id = meeting_parent(room.guild)
    parent = guild.get_channel(parent_id) if parent_id is not None else None
    category = parent if isinstance(parent, discord.CategoryChannel) else None
    require_permissions(guild, MEETING_PERMISSIONS[room.kind], category)
    session = room.session
    can_join = discord.PermissionOverwrite(view_channel=True, connect=True, speak=True)
    overwrites: dict[discord.Role | discord.Member | discord.Object, Any] = {
        guild.default_role: discord.PermissionOverwrite(view_channel=False, connect=False),
        guild.me: discord.PermissionOverwrite(view_channel=True, connect=True),
        discord.Object(session.mentor.user_id, type=discord.Member): can_join,
        discord.Object(session.mentee.user_id, type=discord.Member): can_join,
    }
    channel = await guild.create_voice_channel(
        room.name, category=category, overwrites=overwrites, reason="Meeting place of a session"
    )
    return channel.id
