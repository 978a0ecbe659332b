"""Rooms of group sessions: for everyone with a seat, created in time, once, and deleted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import discord
import pytest
import simcord
from simcord.enums import ChannelType

from bot.guilds.group_rooms import update_group_rooms
from bot.guilds.meeting_rooms import update_meeting_rooms
from mentorship.sessions.groups import group_changes, moving, places, seats
from mentorship.sessions.groups.seats import JoinRequest
from storage.tables import GroupPlace
from tests.journeys.groups.support import GroupSession, actor, announce_group, enable_community
from tests.journeys.sessions.test_meeting_rooms import allow_rooms
from tests.journeys.support.helpers import count_rows
from tests.journeys.support.scenarios import approved_mentor
from tests.journeys.support.simulated_guild import SimulatedGuild, message_text

ROOM_TYPES = (ChannelType.PRIVATE_THREAD, ChannelType.VOICE, ChannelType.STAGE_VOICE)
BEFORE = timedelta(minutes=15)


def rooms(guild: SimulatedGuild) -> list[Any]:
    """Return the voice and stage channels, and the threads that aren't archived."""
    return [
        channel
        for channel in guild.env.backend.channels.values()
        if channel.type in ROOM_TYPES
        and not (channel.thread_metadata and channel.thread_metadata.archived)
    ]


async def advance_to(guild: SimulatedGuild, end: datetime) -> None:
    """Let time pass, with the jobs for rooms at the times at which they have something to do."""
    await guild.advance_to(end)
    while await update_group_rooms(guild.bot, guild.db):
        pass
    await update_meeting_rooms(guild.bot, guild.db)


async def join(guild: SimulatedGuild, group: GroupSession, name: str) -> simcord.MemberActor:
    person = await guild.add_member(name, points=100)
    await guild.db.run(seats.join, actor(guild, person), JoinRequest(group.id))
    return person


@pytest.fixture
async def oliver(guild: SimulatedGuild) -> simcord.MemberActor:
    return await approved_mentor(guild, "Oliver")


async def create(
    guild: SimulatedGuild, oliver: simcord.MemberActor, place: str, **changes: Any
) -> GroupSession:
    allow_rooms(guild, place)
    return await announce_group(guild, oliver, place=place, capacity=5, **changes)


def thread_people(guild: SimulatedGuild, thread: Any) -> set[int]:
    return set(thread.thread_members) - {guild.env.backend.bot_user.id}


async def test_a_thread_has_everyone_with_a_seat_and_ends_with_the_session(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    group = await create(guild, oliver, "thread")
    maya, priya = [await join(guild, group, name) for name in ("Maya", "Priya")]
    start = (await group.view()).starts_at
    await guild.advance_to(start - timedelta(hours=1))
    text = message_text(guild.last_dm(maya))
    assert "A private thread for everyone with a seat opens 15 minutes before the start." in text
    assert "meet.example.com" not in text
    assert "meet.example.com" not in message_text(guild.last_dm(oliver))
    await advance_to(guild, start - BEFORE - timedelta(minutes=1))
    assert rooms(guild) == []
    await advance_to(guild, start - BEFORE)
    (thread,) = rooms(guild)
    assert thread_people(guild, thread) == {oliver.id, maya.id, priya.id}
    (greeting,) = guild.env.backend.messages[thread.id].values()
    assert "This is where “Office hours” meets on" in greeting.content
    assert "I'll archive this thread" in greeting.content

    # Whoever joins late is let in, and whoever leaves is removed.
    ken = await join(guild, group, "Ken")
    await guild.db.run(seats.leave, actor(guild, priya), group.id)
    await advance_to(guild, start - BEFORE)
    assert thread_people(guild, thread) == {oliver.id, maya.id, ken.id}

    await guild.advance_to(start)
    way_in = f"https://discord.com/channels/{guild.id}/{thread.id}"
    for person in (oliver, maya, ken):
        assert way_in in message_text(guild.last_dm(person))
    await advance_to(guild, (await group.view()).ends_at + timedelta(minutes=29))
    assert len(rooms(guild)) == 1
    await advance_to(guild, (await group.view()).ends_at + timedelta(minutes=30))
    assert rooms(guild) == []
    assert await count_rows(guild, GroupPlace) == 0


@pytest.mark.parametrize("place", ["voice", "stage"])
async def test_a_channel_admits_those_with_a_seat_only(
    guild: SimulatedGuild, oliver: simcord.MemberActor, place: str
) -> None:
    enable_community(guild)
    discord_guild = guild.bot.get_guild(guild.id)
    assert discord_guild is not None
    group = await create(guild, oliver, place)
    maya = await join(guild, group, "Maya")
    stranger = await guild.add_member("Stranger")
    start = (await group.view()).starts_at
    await advance_to(guild, start - BEFORE)
    (room,) = rooms(guild)
    channel = discord_guild.get_channel(room.id)
    assert channel is not None

    async def may_join() -> dict[str, bool]:
        people = {"Oliver": oliver, "Maya": maya, "Stranger": stranger}
        return {
            name: channel.permissions_for(await discord_guild.fetch_member(person.id)).connect
            for name, person in people.items()
        }

    assert await may_join() == {"Oliver": True, "Maya": True, "Stranger": False}
    await guild.db.run(seats.leave, actor(guild, maya), group.id)
    await advance_to(guild, start - BEFORE)
    channel = discord_guild.get_channel(room.id)
    assert channel is not None
    assert await may_join() == {"Oliver": True, "Maya": False, "Stranger": False}


async def test_a_stage_needs_a_community_and_falls_back_to_the_link(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    log = guild.handle.create_text_channel("mentor-log")
    await guild.configure(log_channel_id=log.id)
    group = await create(guild, oliver, "stage")
    maya = await join(guild, group, "Maya")
    start = (await group.view()).starts_at
    await advance_to(guild, start - BEFORE)
    await guild.deliver()
    assert rooms(guild) == []
    assert any(
        "Stage channels need a Community server" in message_text(each) for each in log.history()
    )
    await guild.advance_to(start)
    assert "https://meet.example.com/oliver" in message_text(guild.last_dm(maya))


async def test_without_permissions_the_moderators_are_told_what_lacks(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    log = guild.handle.create_text_channel("mentor-log")
    await guild.configure(log_channel_id=log.id)
    group = await create(guild, oliver, "thread")
    allow_rooms(guild, "thread", allowed=False)
    await advance_to(guild, (await group.view()).starts_at - BEFORE)
    await guild.deliver()
    assert any("Create Private Threads" in message_text(each) for each in log.history())
    # Once it may, the room is created.
    allow_rooms(guild, "thread")
    await advance_to(guild, (await group.view()).starts_at - timedelta(minutes=9))
    assert len(rooms(guild)) == 1


async def test_cancelling_and_moving_delete_the_room(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    group = await create(guild, oliver, "thread")
    await join(guild, group, "Maya")
    start = (await group.view()).starts_at
    await advance_to(guild, start - BEFORE)
    mentor = actor(guild, oliver)
    await guild.db.run(moving.move, mentor, group.id, start + timedelta(hours=2))
    await advance_to(guild, guild.now)
    assert rooms(guild) == []
    await advance_to(guild, start + timedelta(hours=2) - BEFORE)
    assert len(rooms(guild)) == 1
    await guild.db.run(group_changes.cancel, mentor, group.id)
    await advance_to(guild, guild.now)
    assert rooms(guild) == []


async def test_a_crash_after_creation_makes_no_second_room(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    group = await create(guild, oliver, "thread")
    start = (await group.view()).starts_at
    await guild.advance_to(start - BEFORE)
    # The program records that it starts, creates the room, and dies before recording the room.
    (room,) = await guild.db.run(places.claim)
    discord_guild = guild.bot.get_guild(guild.id)
    assert discord_guild is not None
    parent = discord_guild.get_channel(group.channel.id)
    assert isinstance(parent, discord.TextChannel)
    kind = discord.ChannelType.private_thread
    thread = await parent.create_thread(name=room.name, type=kind)
    await guild.restart_bot()
    await advance_to(guild, start - BEFORE + timedelta(minutes=3))
    assert [each.id for each in rooms(guild)] == [thread.id]
    assert (await group.view()).meeting_channel_id == thread.id


async def test_seats_have_no_rooms_of_their_own(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    parent = guild.handle.create_text_channel("rooms")
    await guild.configure(meeting_place="thread", meeting_parent_id=parent.id)
    group = await announce_group(guild, oliver)
    allow_rooms(guild, "thread")
    await join(guild, group, "Maya")
    await advance_to(guild, (await group.view()).starts_at - BEFORE)
    assert rooms(guild) == []
