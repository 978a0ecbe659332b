"""Creates and deletes meeting rooms of sessions: private threads and voice channels."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from typing import Any

import aiohttp
import discord

from bot.formatting import discord_timestamp, plain
from bot.guilds.permissions import (
    MEETING_PERMISSIONS,
    meeting_parent,
    missing_permissions,
    permission_label,
)
from bot.interaction import BotClient
from bot.replies import nonce
from mentorship.faults import concerns_row
from mentorship.sessions import meeting
from mentorship.sessions.meeting import MeetingRoom
from storage import Database

log = logging.getLogger(__name__)


async def update_meeting_rooms(
    bot: BotClient, db: Database, *, after_room: Callable[[], None] = lambda: None
) -> int:
    """Create the rooms that should open now and delete those that should close.

    `after_room` is called after each of them. Returns how many were created or deleted.
    """
    if not await db.read(meeting.has_due_rooms):
        return 0
    updated = 0
    for list_due, task in (
        (meeting.claim_rooms_to_open, _open),
        (meeting.claim_rooms_to_close, _close),
    ):
        for room in await db.run(list_due):
            updated += await _run_task(bot, db, room, task)
            after_room()
    return updated


class RoomUnavailable(Exception):
    """The guild's settings or permissions prevent the room; the text is for its moderators."""


RoomTask = Callable[[BotClient, Database, MeetingRoom], Coroutine[Any, Any, None]]


async def _run_task(bot: BotClient, db: Database, room: MeetingRoom, task: RoomTask) -> bool:
    """Create or delete a room; returns whether it worked.

    What Discord refuses is recorded for the moderators. Other failures are recorded and tried again
    later. Raises only what isn't about this room, such as a database that is away.
    """
    try:
        await task(bot, db, room)
    except RoomUnavailable as error:
        await db.run(meeting.record_failure, room, str(error))
    except discord.Forbidden as error:
        permissions = ", ".join(map(permission_label, MEETING_PERMISSIONS[room.kind]))
        problem = f"Discord says “{error.text}”. My role needs {permissions}."
        await db.run(meeting.record_failure, room, problem)
    except (discord.RateLimited, discord.HTTPException, aiohttp.ClientError, OSError) as error:
        await db.run(meeting.postpone, room, f"{type(error).__name__}: {error}")
    except Exception as error:
        # Only this room fails; the others are handled.
        if not concerns_row(error):
            raise
        await db.run(meeting.record_fault, room, error)
    else:
        return True
    log.warning(
        "can't create or delete a meeting room",
        extra={"guild": room.guild.id, "session": room.session.id, "kind": room.kind},
    )
    return False


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


async def _close(bot: BotClient, db: Database, room: MeetingRoom) -> None:
    guild = bot.get_guild(room.guild.id)
    if guild is not None:
        channel_id = room.channel_id or await find_unrecorded(bot, guild, room.kind, room.name)
        if channel_id is not None:
            with suppress(discord.NotFound):  # Somebody has deleted it.
                await bot.http.delete_channel(channel_id, reason="The session is over")
    await db.run(meeting.record_closed, room)


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
