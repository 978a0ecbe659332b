"""Opens and closes the meeting rooms of sessions: private threads and voice channels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import discord

from bot.formatting import discord_timestamp, plain
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
from mentorship.sessions.places import meeting
from mentorship.sessions.places.meeting import MeetingRoom
from storage import Database
from wording.translation import _


async def update_meeting_rooms(
    bot: BotClient, db: Database, *, after_room: Callable[[], None] = lambda: None
) -> int:
    """Open the rooms that are due, and close those that are over and empty.

    `after_room` is called after each of them. Returns how many were handled.
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
                bot, db, room, meeting, work(bot, db, room), subject={"session": room.session.id}
            )
            after_room()
    return updated


async def _close(bot: BotClient, db: Database, room: MeetingRoom) -> None:
    if await is_in_use(bot, room, db.now()) and await db.run(meeting.keep, room):
        return
    await close_room(bot, room)
    await db.run(meeting.record_closed, room)


async def _open(bot: BotClient, db: Database, room: MeetingRoom) -> None:
    guild = bot.get_guild(room.guild.id)
    if guild is None:
        raise RoomUnavailable(_("I'm no longer in the server."))
    session = room.session
    people = (session.mentor.user_id, session.mentee.user_id)

    async def create(place: RoomPlace) -> int:
        if isinstance(place.parent, discord.TextChannel):
            return await create_private_thread(place.parent, room.name)
        channel = await guild.create_voice_channel(
            room.name,
            category=place.parent,
            overwrites=room_overwrites(guild, place.kind, people),
            reason=_("Meeting place of a session"),
        )
        return channel.id

    found = await find_unrecorded(bot, guild, room.name) if room.attempted_before else None
    if found is not None:
        opened = OpenedRoom(*found)
    else:
        opened = await open_room(RoomRequest(guild, room.guild, room.kind, people), create)
    if opened.kind == "thread":
        for user_id in people:
            await bot.http.add_user_to_thread(opened.channel_id, user_id)
        if found is None or not await was_greeted(bot, guild.id, opened.channel_id):
            await _greet(bot, room, opened.channel_id, people)
    opened_as = None if opened.kind == room.kind else opened.kind
    recorded = replace(room, opened_as=opened_as)
    await db.run(meeting.record_opened, recorded, opened.channel_id, opened.problem)


async def _greet(
    bot: BotClient, room: MeetingRoom, thread_id: int, people: tuple[int, int]
) -> None:
    """Tell both participants in their thread when they meet."""
    session = room.session
    topic = [f"> {plain(session.topic)}"] if session.topic else []
    await greet(
        bot,
        room.guild.id,
        thread_id,
        "\n".join(
            (
                # Translators: {first} and {second} are mentions of two people, {time} is a date.
                _(
                    "{first} and {second}, this is where you meet on {time}.",
                    first=f"<@{people[0]}>",
                    second=f"<@{people[1]}>",
                    time=discord_timestamp(session.starts_at),
                ),
                *topic,
                archive_hint(room.closes_at),
            )
        ),
        key=f"place:{session.id}.{thread_id}",
        mentioned=people,
    )
