"""Meeting rooms: created in time, for the participants alone, once, and deleted afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import discord
import pytest
import simcord
from simcord.enums import ChannelType

from bot.guilds.meeting_rooms import update_meeting_rooms
from bot.guilds.permissions import permission_label
from bot.guilds.room_permissions import room_needs
from mentorship.actors import Actor
from mentorship.administration import setup
from mentorship.mentors import meeting_link
from mentorship.sessions.places import meeting
from storage import Transaction
from storage.tables import MeetingPlace
from tests.journeys.support.scenarios import approved_mentor, book_and_confirm
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text

LINK = "https://meet.example.org/oliver"


async def enable_rooms(
    guild: SimulatedGuild, kind: str, *, allowed: bool = True
) -> simcord.ChannelHandle:
    """Turn on meeting rooms of a kind, and allow the bot to create them or not.

    Returns the moderators' log channel.
    """
    rooms = guild.handle.create_text_channel("rooms")
    log = guild.handle.create_text_channel("mentor-log")
    chief = Actor(user_id=1, name="chief", guild_id=guild.id, manages_guild=True)
    parent = rooms.id if kind == "thread" else None
    await guild.db.run(
        setup.configure,
        chief,
        meeting_place=kind,
        meeting_parent_id=parent,
        log_channel_id=log.id,
    )
    allow_rooms(guild, kind, allowed=allowed)
    return log


def allow_rooms(guild: SimulatedGuild, *kinds: str, allowed: bool = True) -> None:
    """Give the bot what rooms of these kinds take in the whole server, or none of it."""
    backend = guild.env.backend
    # Archiving a thread takes Manage Threads in Discord, but Manage Channels in simcord.
    names = {"manage_channels"}
    for kind in kinds:
        needs = room_needs(kind, for_group=True)
        names |= {*needs.server, *needs.parent}
    everyone = backend.get_guild(guild.id).everyone_role
    of_people = {"connect", "speak", "request_to_speak", "send_messages_in_threads"}
    for role in backend.get_guild(guild.id).roles.values():
        if role.managed or role is everyone:
            changed = names - {"view_channel"} if role.managed or not allowed else of_people
            granted = discord.Permissions(role.permissions)
            granted.update(**dict.fromkeys(changed, allowed))
            backend.edit_role(guild.id, role.id, {"permissions": granted.value})


async def pair(
    guild: SimulatedGuild, link: str = LINK
) -> tuple[simcord.MemberActor, simcord.MemberActor, datetime]:
    """Return Oliver, whose meeting link is given, and Maya, who meet at 15:00, and that time."""
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=500)
    host = Actor(oliver.id, "Oliver", guild.id)
    await guild.db.run(meeting_link.change, host, link)
    starts = guild.now.replace(hour=15)
    await book_and_confirm(guild, maya, oliver, starts)
    return oliver, maya, starts


def rooms(guild: SimulatedGuild) -> list[Any]:
    """Return the voice channels, and the threads that aren't archived."""
    backend = guild.env.backend
    return [
        channel
        for channel in backend.channels.values()
        if channel.type in (ChannelType.PRIVATE_THREAD, ChannelType.VOICE)
        and not (channel.thread_metadata and channel.thread_metadata.archived)
    ]


async def advance_to(guild: SimulatedGuild, end: datetime) -> None:
    """Let time pass minute by minute with all jobs."""
    while guild.now < end:
        await guild.env.advance_time(60)
        await update_meeting_rooms(guild.bot, guild.db)
        await guild.advance_to(guild.now)
        await guild.deliver()


@pytest.mark.parametrize("kind", ["thread", "voice"])
async def test_a_room_opens_before_and_closes_after_the_session(
    guild: SimulatedGuild, kind: str
) -> None:
    await enable_rooms(guild, kind)
    oliver, maya, starts = await pair(guild)
    await guild.advance_to(starts - timedelta(hours=1))
    reminder = guild.last_dm(maya)
    assert "for the two of you opens 15 minutes before" in message_text(reminder)
    # Somebody who went to the link would wait there alone.
    assert LINK not in message_text(reminder)
    assert "Join" not in button_labels(reminder)
    await advance_to(guild, starts - timedelta(minutes=16))
    assert rooms(guild) == []
    await advance_to(guild, starts - timedelta(minutes=15))
    (channel,) = rooms(guild)
    assert channel.name == "Oliver & Maya · 2 Mar 15.00 UTC"
    # The reminder that was sent leads to the room.
    (reminder,) = [each for each in guild.inbox(maya) if each.id == reminder.id]
    assert "Join" in button_labels(reminder)

    # Both get the link at the start.
    await advance_to(guild, starts)
    way_in = f"https://discord.com/channels/{guild.id}/{channel.id}"
    for person in (oliver, maya):
        assert way_in in message_text(guild.last_dm(person))
        assert LINK not in message_text(guild.last_dm(person))

    await advance_to(guild, starts + timedelta(hours=1, minutes=29))
    assert len(rooms(guild)) == 1
    await advance_to(guild, starts + timedelta(hours=1, minutes=30))
    assert rooms(guild) == []
    assert await rows(guild) == 0


async def rows(guild: SimulatedGuild) -> int:
    async def count(tx: Transaction) -> int:
        return len((await tx.connection.execute(MeetingPlace.__table__.select())).all())

    return await guild.db.read(count)


async def test_a_thread_greets_the_two_participants_only(guild: SimulatedGuild) -> None:
    await enable_rooms(guild, "thread")
    oliver, maya, starts = await pair(guild)
    await advance_to(guild, starts - timedelta(minutes=15))
    (thread,) = rooms(guild)
    assert thread.type == ChannelType.PRIVATE_THREAD
    members = set(thread.thread_members) - {guild.env.backend.bot_user.id}
    assert members == {oliver.id, maya.id}
    (greeting,) = guild.env.backend.messages[thread.id].values()
    assert f"<@{oliver.id}> and <@{maya.id}>, this is where you meet on" in greeting.content
    assert "I'll archive this thread" in greeting.content


async def test_a_voice_channel_admits_the_two_participants_only(guild: SimulatedGuild) -> None:
    await enable_rooms(guild, "voice")
    oliver, maya, starts = await pair(guild)
    stranger = await guild.add_member("Stranger")
    await advance_to(guild, starts - timedelta(minutes=15))
    (room_channel,) = rooms(guild)
    discord_guild = guild.bot.get_guild(guild.id)
    assert discord_guild is not None
    channel = discord_guild.get_channel(room_channel.id)
    assert channel is not None
    may = {}
    for person in (oliver, maya, stranger):
        granted = channel.permissions_for(await discord_guild.fetch_member(person.id))
        may[person.id] = (granted.view_channel, granted.connect)
    assert may == {
        oliver.id: (True, True),
        maya.id: (True, True),
        stranger.id: (False, False),
    }


@pytest.mark.parametrize("kind", ["thread", "voice"])
async def test_a_crash_while_creating_a_room_makes_no_second(
    guild: SimulatedGuild, kind: str
) -> None:
    await enable_rooms(guild, kind)
    _oliver, _maya, starts = await pair(guild)
    await guild.advance_to(starts - timedelta(minutes=20))
    await guild.env.advance_time(300)
    # The program records that it starts, creates the room, and dies before recording the room.
    (room,) = await guild.db.run(meeting.claim_rooms_to_open)
    discord_guild = guild.bot.get_guild(guild.id)
    assert discord_guild is not None
    if kind == "voice":
        channel_id = (await discord_guild.create_voice_channel(room.name)).id
    else:
        parent = discord_guild.get_channel(room.guild.meeting_parent_id or 0)
        assert isinstance(parent, discord.TextChannel)
        channel_id = (
            await parent.create_thread(name=room.name, type=discord.ChannelType.private_thread)
        ).id
    await guild.restart_bot()
    await advance_to(guild, starts)
    assert [channel.id for channel in rooms(guild)] == [channel_id]
    assert f"/{channel_id}" in message_text(guild.last_dm(_maya))


@pytest.mark.parametrize("kind", ["thread", "voice"])
async def test_a_room_is_removed_after_downtime(guild: SimulatedGuild, kind: str) -> None:
    await enable_rooms(guild, kind)
    _oliver, _maya, starts = await pair(guild)
    await advance_to(guild, starts)
    assert len(rooms(guild)) == 1
    await guild.env.advance_time(timedelta(days=3).total_seconds())
    await guild.restart_bot()
    await update_meeting_rooms(guild.bot, guild.db)
    assert rooms(guild) == []


async def test_cancelling_a_session_removes_its_room(guild: SimulatedGuild) -> None:
    await enable_rooms(guild, "thread")
    _oliver, maya, starts = await pair(guild)
    await advance_to(guild, starts - timedelta(minutes=9))
    assert len(rooms(guild)) == 1
    preview = await maya.user.click(guild.last_dm(maya), label="Cancel session")
    await maya.user.click(preview.response, label="Cancel session")
    await update_meeting_rooms(guild.bot, guild.db)
    assert rooms(guild) == []


@pytest.mark.parametrize("kind", ["thread", "voice"])
async def test_without_permission_the_mentors_link_is_used(
    guild: SimulatedGuild, kind: str
) -> None:
    log = await enable_rooms(guild, kind, allowed=False)
    _oliver, maya, starts = await pair(guild)
    await advance_to(guild, starts)
    assert rooms(guild) == []
    assert f"Where: {LINK}" in message_text(guild.last_dm(maya))
    texts = [message_text(message) for message in log.history()]
    news = [text for text in texts if "create meeting rooms" in text]
    assert len(news) == 1, "once, not each time that it is tried"
    needs = room_needs(kind)
    assert any(permission_label(need) in news[0] for need in (*needs.server, *needs.parent))


async def test_temporary_errors_delay_the_room(guild: SimulatedGuild) -> None:
    await enable_rooms(guild, "voice")
    _oliver, maya, starts = await pair(guild)
    guild.env.inject_error("POST", "/guilds/*/channels", status=503)
    await advance_to(guild, starts)
    (channel,) = rooms(guild)
    assert f"/{channel.id}" in message_text(guild.last_dm(maya))


async def test_rooms_are_created_only_in_guilds_that_want_them(guild: SimulatedGuild) -> None:
    oliver, maya, starts = await pair(guild)
    await advance_to(guild, starts)
    assert rooms(guild) == []
    assert f"Where: {LINK}" in message_text(guild.last_dm(maya))
    assert f"Where: {LINK}" in message_text(guild.last_dm(oliver))
