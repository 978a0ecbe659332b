"""Making and removing the places where people meet: private threads and voice channels."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import aiohttp
import discord

from bot.formatting import moment, plain
from bot.guilds.permissions import (
    MEETING_PERMISSIONS,
    meeting_parent,
    missing_permissions,
    permission_label,
)
from bot.interaction import BotClient
from bot.replies import nonce
from mentorship.sessions import meeting
from mentorship.sessions.meeting import Place
from storage import Database

log = logging.getLogger(__name__)


async def update_meeting_rooms(bot: BotClient, db: Database) -> int:
    """Make the places that are to open now and remove those that are over. Returns how many."""
    if not await db.read(meeting.is_due):
        return 0
    tended = 0
    for take, tend in ((meeting.to_open, _open), (meeting.to_close, _close)):
        for place in await db.run(take):
            tended += await _run_task(bot, db, place, tend)
    return tended


class _RoomUnavailable(Exception):
    """The place can't be made as the guild is set up; a sentence for its moderators."""


RoomTask = Callable[[BotClient, Database, Place], Coroutine[Any, Any, None]]


async def _run_task(bot: BotClient, db: Database, place: Place, tend: RoomTask) -> bool:
    """Tend a place; what Discord refuses or fails at is written down, and tried again."""
    try:
        await tend(bot, db, place)
    except _RoomUnavailable as error:
        await db.run(meeting.failed, place, str(error))
    except discord.Forbidden as error:
        wanted = ", ".join(map(permission_label, MEETING_PERMISSIONS[place.kind]))
        problem = f"Discord says “{error.text}”. My role needs {wanted}."
        await db.run(meeting.failed, place, problem)
    except (discord.RateLimited, discord.HTTPException, aiohttp.ClientError, OSError) as error:
        await db.run(meeting.put_off, place, f"{type(error).__name__}: {error}")
    else:
        return True
    log.warning(
        "a place to meet could not be tended",
        extra={"guild": place.guild.id, "session": place.session.id, "kind": place.kind},
    )
    return False


async def _open(bot: BotClient, db: Database, place: Place) -> None:
    guild = bot.get_guild(place.guild.id)
    if guild is None:
        raise _RoomUnavailable("I am not in the server any more.")
    found = await _find_unrecorded(bot, guild, place) if place.begun_before else None
    make = {"thread": _make_thread, "voice": _make_voice_channel}[place.kind]
    channel = await make(bot, guild, place, found)
    await db.run(meeting.opened, place, channel)


async def _close(bot: BotClient, db: Database, place: Place) -> None:
    guild = bot.get_guild(place.guild.id)
    if guild is not None:
        channel_id = place.channel_id or await _find_unrecorded(bot, guild, place)
        if channel_id is not None:
            with suppress(discord.NotFound):  # Somebody removed it by hand.
                await bot.http.delete_channel(channel_id, reason="The session is over")
    await db.run(meeting.closed, place)


async def _find_unrecorded(bot: BotClient, guild: discord.Guild, place: Place) -> int | None:
    """What was made before the program died over it."""
    if place.kind == "voice":
        channels = await guild.fetch_channels()
        return next((each.id for each in channels if each.name == place.name), None)
    assert bot.user is not None
    threads = await guild.active_threads()
    mine = (each for each in threads if each.owner_id == bot.user.id)
    return next((each.id for each in mine if each.name == place.name), None)


async def _make_thread(
    bot: BotClient, guild: discord.Guild, place: Place, found: int | None
) -> int:
    """A private thread with the two in it, who are greeted."""
    parent_id = meeting_parent(place.guild)
    parent = guild.get_channel(parent_id) if parent_id is not None else None
    if not isinstance(parent, discord.TextChannel):
        raise _RoomUnavailable("there is no text channel chosen for the threads.")
    _require_permissions(guild, place, parent)
    if found is None:
        thread = await parent.create_thread(
            name=place.name,
            type=discord.ChannelType.private_thread,
            invitable=False,
            auto_archive_duration=1_440,
            reason="A place for a session",
        )
        found = thread.id
    session = place.session
    people = [discord.Object(person.user_id) for person in (session.mentor, session.mentee)]
    topic = f"\n> {plain(session.topic)}" if session.topic else ""
    for person in people:
        await bot.http.add_user_to_thread(found, person.id)
    await bot.get_partial_messageable(found, guild_id=guild.id).send(
        f"<@{people[0].id}>, <@{people[1].id}>: here you two meet, {moment(session.starts_at)}."
        f"{topic}\nThe thread is removed {discord.utils.format_dt(place.closes_at, 'R')}; "
        "copy what you want to keep.",
        nonce=nonce(f"place:{session.id}.{found}"),
        allowed_mentions=discord.AllowedMentions(users=people),
    )
    return found


async def _make_voice_channel(
    _bot: BotClient, guild: discord.Guild, place: Place, found: int | None
) -> int:
    """A voice channel that nobody sees or joins but the two."""
    if found is not None:
        return found
    parent_id = meeting_parent(place.guild)
    parent = guild.get_channel(parent_id) if parent_id is not None else None
    category = parent if isinstance(parent, discord.CategoryChannel) else None
    _require_permissions(guild, place, category)
    session = place.session
    comes_in = discord.PermissionOverwrite(view_channel=True, connect=True, speak=True)
    overwrites: dict[discord.Role | discord.Member | discord.Object, Any] = {
        guild.default_role: discord.PermissionOverwrite(view_channel=False, connect=False),
        guild.me: discord.PermissionOverwrite(view_channel=True, connect=True),
        discord.Object(session.mentor.user_id, type=discord.Member): comes_in,
        discord.Object(session.mentee.user_id, type=discord.Member): comes_in,
    }
    channel = await guild.create_voice_channel(
        place.name, category=category, overwrites=overwrites, reason="A place for a session"
    )
    return channel.id


def _require_permissions(
    guild: discord.Guild, place: Place, parent: discord.abc.GuildChannel | None
) -> None:
    """Raise `_RoomUnavailable` with the names of the permissions that the bot lacks there."""
    granted = guild.me.guild_permissions if parent is None else parent.permissions_for(guild.me)
    lacking = missing_permissions(granted, MEETING_PERMISSIONS[place.kind])
    if lacking:
        there = f" in {parent.mention}" if parent is not None else ""
        raise _RoomUnavailable(
            f"I lack {', '.join(lacking)}{there}. Allow it for my role in Server Settings → Roles."
        )
