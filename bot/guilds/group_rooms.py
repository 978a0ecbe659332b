"""Opens and closes the rooms of group sessions, and lets in those who have a seat."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import discord

from bot.formatting import discord_timestamp, plain_title
from bot.guilds.room_permissions import room_overwrites
from bot.guilds.room_places import OpenedRoom, RoomPlace, RoomRequest, RoomUnavailable, open_room
from bot.guilds.rooms import (
    archive_hint,
    attempt,
    close_room,
    create_private_thread,
    find_unrecorded,
    greet,
    is_in_use,
    was_greeted,
)
from bot.interaction import BotClient
from mentorship.sessions.groups import places
from mentorship.sessions.groups.places import GroupRoom
from storage import Database
from wording.translation import _

log = logging.getLogger(__name__)

MAX_STAGE_TOPIC = 120

_STAGE_IS_LIVE = 150006


async def update_group_rooms(
    bot: BotClient, db: Database, *, after_room: Callable[[], None] = lambda: None
) -> int:
    """Open the rooms that are due, bring open ones up to date, close those that are over and empty.

    `after_room` is called after each of them. Returns how many that were.
    """
    if not await db.read(places.has_due):
        return 0
    updated = 0
    for room in await db.run(places.claim):
        updated += await attempt(
            bot, db, room, places, _do_what_is_due(bot, db, room), subject={"group": room.group.id}
        )
        after_room()
    return updated


async def _do_what_is_due(bot: BotClient, db: Database, room: GroupRoom) -> None:
    if not room.is_wanted:
        await _close(bot, db, room)
    elif room.channel_id is None:
        await _open(bot, db, room)
    else:
        await _admit(bot, db, room, room.channel_id)


async def _close(bot: BotClient, db: Database, room: GroupRoom) -> None:
    # A room that another one replaces is closed at once: people are to meet in the other.
    if (
        not room.was_replaced
        and await is_in_use(bot, room, db.now())
        and await db.run(places.keep, room)
    ):
        return
    await close_room(bot, room)
    await db.run(places.record_closed, room)


async def _open(bot: BotClient, db: Database, room: GroupRoom) -> None:
    guild = bot.get_guild(room.guild.id)
    if guild is None:
        raise RoomUnavailable(_("I'm no longer in the server."))

    async def create(place: RoomPlace) -> int:
        if isinstance(place.parent, discord.TextChannel):
            return await create_private_thread(place.parent, room.name)
        is_stage = place.kind == "stage"
        create_channel = guild.create_stage_channel if is_stage else guild.create_voice_channel
        channel = await create_channel(
            room.name,
            category=place.parent,
            overwrites=_overwrites(guild, place.kind, room),
            reason=_("Meeting place of a session"),
        )
        return channel.id

    found = await find_unrecorded(bot, guild, room.name) if room.attempted_before else None
    if found is not None:
        opened = OpenedRoom(*found)
    else:
        request = RoomRequest(
            guild,
            room.guild,
            room.kind,
            room.people,
            for_group=True,
            announced_in=room.group.channel_id,
        )
        opened = await open_room(request, create)
    if opened.kind == "thread":
        if found is None or not await was_greeted(bot, guild.id, opened.channel_id):
            await _greet(bot, room, opened.channel_id)
        await _add_to_thread(bot, opened.channel_id, room.people)
    elif opened.kind == "stage" and room.starts_stage:
        await _start_stage(guild, room, opened.channel_id)
    opened_as = None if opened.kind == room.kind else opened.kind
    recorded = replace(room, opened_as=opened_as)
    await db.run(places.record_opened, recorded, opened.channel_id, opened.problem)


async def _admit(bot: BotClient, db: Database, room: GroupRoom, channel_id: int) -> None:
    """Let in who has joined since the room was created, and keep out who has left."""
    kind = room.opened_as or room.kind
    if kind == "thread":
        await _add_to_thread(bot, channel_id, room.newcomers)
        for user_id in room.former:
            with suppress(discord.NotFound):
                await bot.http.remove_user_from_thread(channel_id, user_id)
    else:
        guild = bot.get_guild(room.guild.id)
        channel = guild.get_channel(channel_id) if guild is not None else None
        if guild is None or not isinstance(channel, discord.VoiceChannel | discord.StageChannel):
            raise RoomUnavailable(_("The room of a session was deleted."))
        await channel.edit(overwrites=_overwrites(guild, kind, room))
        if room.starts_stage:
            await _start_stage(guild, room, channel_id)
    await db.run(places.record_opened, room, channel_id)


async def _start_stage(guild: discord.Guild, room: GroupRoom, channel_id: int) -> None:
    """Start the stage, unless somebody has. The mentor can do so too, so a failure is only logged.

    Discord ends a stage without speakers after some minutes, so it isn't started before the time.
    """
    channel = guild.get_channel(channel_id)
    if not isinstance(channel, discord.StageChannel) or channel.instance is not None:
        return
    try:
        await channel.create_instance(topic=room.group.title[:MAX_STAGE_TOPIC])
    except discord.HTTPException as error:
        if error.code != _STAGE_IS_LIVE:
            log.warning("can't start a stage", extra={"channel": channel_id, "problem": str(error)})


async def _greet(bot: BotClient, room: GroupRoom, thread_id: int) -> None:
    """Tell everyone with a seat in their thread when they meet."""
    group = room.group
    await greet(
        bot,
        room.guild.id,
        thread_id,
        _(
            "This is where “{title}” meets on {time}, with {name}.",
            title=plain_title(group.title),
            time=discord_timestamp(group.starts_at),
            name=f"<@{group.mentor.user_id}>",
        )
        + f"\n{archive_hint(room.closes_at)}",
        key=f"group place:{group.id}.{thread_id}",
        mentioned=[group.mentor.user_id],
    )


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


def _overwrites(
    guild: discord.Guild, kind: str, room: GroupRoom
) -> dict[Any, discord.PermissionOverwrite]:
    return room_overwrites(guild, kind, room.people, host_id=room.group.mentor.user_id)
