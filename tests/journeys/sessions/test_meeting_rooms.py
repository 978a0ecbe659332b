"""A place to meet: made in time, for the two alone, once, and gone afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import discord
import pytest
import simcord
from simcord.enums import ChannelType

from bot.guilds.meeting_rooms import update_meeting_rooms
from bot.guilds.permissions import MEETING_PERMISSIONS, permission_label
from mentorship.actors import Actor
from mentorship.administration import setup
from mentorship.availability import editor
from mentorship.sessions import meeting
from storage import Transaction
from storage.tables import MeetingPlace
from tests.journeys.support.people import confirmed, mentor
from tests.journeys.support.world import World, words

LINK = "https://meet.example.org/oliver"


async def wants(town: World, kind: str, *, allowed: bool = True) -> simcord.ChannelHandle:
    """Let the server want places of a kind, and the bot be allowed to make them or not. Returns
    the moderators' log channel."""
    rooms = town.guild.create_text_channel("rooms")
    log = town.guild.create_text_channel("mentor-log")
    chief = Actor(user_id=1, name="chief", guild_id=town.guild.id, manages_guild=True)
    parent = rooms.id if kind == "thread" else None
    await town.db.run(
        setup.configure,
        chief,
        meeting_place=kind,
        meeting_parent_id=parent,
        log_channel_id=log.id,
    )
    # To remove a thread, Discord asks for Manage Threads; simcord for Manage Channels.
    flags = dict.fromkeys([*MEETING_PERMISSIONS[kind], "manage_channels"], allowed)
    for role in town.env.backend.get_guild(town.guild.id).roles.values():
        if role.managed:
            granted = discord.Permissions(role.permissions)
            granted.update(**flags)
            town.env.backend.edit_role(town.guild.id, role.id, {"permissions": granted.value})
    return log


async def pair(town: World) -> tuple[simcord.MemberActor, simcord.MemberActor, datetime]:
    """Oliver and Maya, who meet at 15:00."""
    oliver = await mentor(town, "Oliver")
    maya = await town.person("Maya", zone="America/New_York", points=500)
    host = Actor(oliver.id, "Oliver", town.guild.id)
    await town.db.run(editor.set_limits, host, meeting_link=LINK)
    starts = town.now.replace(hour=15)
    await confirmed(town, maya, oliver, starts)
    return oliver, maya, starts


def places(town: World) -> list[Any]:
    """The threads and voice channels that exist, with what Discord knows of them."""
    backend = town.env.backend
    return [
        channel
        for channel in backend.channels.values()
        if channel.type in (ChannelType.PRIVATE_THREAD, ChannelType.VOICE)
    ]


async def pass_to(town: World, then: datetime) -> None:
    """Let time pass with all jobs, a minute at a time."""
    while town.now < then:
        await town.env.advance_time(60)
        await update_meeting_rooms(town.bot, town.db)
        await town.wait_until(town.now)
        await town.deliver()


@pytest.mark.parametrize("kind", ["thread", "voice"])
async def test_it_opens_before_and_is_gone_after(town: World, kind: str) -> None:
    await wants(town, kind)
    oliver, maya, starts = await pair(town)
    await town.wait_until(starts - timedelta(hours=1))
    assert "for the two of you opens 15 minutes before" in words(town.last_dm(maya))
    await pass_to(town, starts - timedelta(minutes=16))
    assert places(town) == []
    await pass_to(town, starts - timedelta(minutes=15))
    (place,) = places(town)
    assert place.name == "Oliver & Maya · 2 Mar 15.00 UTC"

    # Both are told the way in, with the reminder and at the start.
    await pass_to(town, starts)
    way_in = f"https://discord.com/channels/{town.guild.id}/{place.id}"
    for person in (oliver, maya):
        assert all(way_in in words(message) for message in town.inbox(person)[-2:])
        assert LINK not in words(town.last_dm(person))

    await pass_to(town, starts + timedelta(hours=1, minutes=29))
    assert len(places(town)) == 1
    await pass_to(town, starts + timedelta(hours=1, minutes=30))
    assert places(town) == []
    assert await rows(town) == 0


async def rows(town: World) -> int:
    async def count(tx: Transaction) -> int:
        return len((await tx.connection.execute(MeetingPlace.__table__.select())).all())

    return await town.db.read(count)


async def test_only_the_two_are_in_the_thread_and_it_greets_them(town: World) -> None:
    await wants(town, "thread")
    oliver, maya, starts = await pair(town)
    await pass_to(town, starts - timedelta(minutes=15))
    (thread,) = places(town)
    assert thread.type == ChannelType.PRIVATE_THREAD
    members = set(thread.thread_members) - {town.env.backend.bot_user.id}
    assert members == {oliver.id, maya.id}
    (greeting,) = town.env.backend.messages[thread.id].values()
    assert f"<@{oliver.id}>, <@{maya.id}>: here you two meet" in greeting.content
    assert "copy what you want to keep" in greeting.content


async def test_only_the_two_can_join_the_voice_channel(town: World) -> None:
    await wants(town, "voice")
    oliver, maya, starts = await pair(town)
    stranger = await town.person("Stranger")
    await pass_to(town, starts - timedelta(minutes=15))
    (place,) = places(town)
    guild = town.bot.get_guild(town.guild.id)
    assert guild is not None
    channel = guild.get_channel(place.id)
    assert channel is not None
    may = {}
    for person in (oliver, maya, stranger):
        granted = channel.permissions_for(await guild.fetch_member(person.id))
        may[person.id] = (granted.view_channel, granted.connect)
    assert may == {
        oliver.id: (True, True),
        maya.id: (True, True),
        stranger.id: (False, False),
    }


@pytest.mark.parametrize("kind", ["thread", "voice"])
async def test_dying_over_it_makes_no_second_one(town: World, kind: str) -> None:
    await wants(town, kind)
    _oliver, _maya, starts = await pair(town)
    await town.wait_until(starts - timedelta(minutes=20))
    await town.env.advance_time(300)
    # The program writes down that it begins, makes the place, and dies before it writes that.
    (begun,) = await town.db.run(meeting.claim_rooms_to_open)
    guild = town.bot.get_guild(town.guild.id)
    assert guild is not None
    if kind == "voice":
        made = (await guild.create_voice_channel(begun.name)).id
    else:
        rooms = guild.get_channel(begun.guild.meeting_parent_id or 0)
        assert isinstance(rooms, discord.TextChannel)
        made = (
            await rooms.create_thread(name=begun.name, type=discord.ChannelType.private_thread)
        ).id
    await town.restart()
    await pass_to(town, starts)
    assert [place.id for place in places(town)] == [made]
    assert f"/{made}" in words(town.last_dm(_maya))


@pytest.mark.parametrize("kind", ["thread", "voice"])
async def test_it_is_removed_though_the_program_was_down_at_the_end(town: World, kind: str) -> None:
    await wants(town, kind)
    _oliver, _maya, starts = await pair(town)
    await pass_to(town, starts)
    assert len(places(town)) == 1
    await town.env.advance_time(timedelta(days=3).total_seconds())
    await town.restart()
    await update_meeting_rooms(town.bot, town.db)
    assert places(town) == []


async def test_a_session_that_is_called_off_takes_its_place_along(town: World) -> None:
    await wants(town, "thread")
    _oliver, maya, starts = await pair(town)
    await pass_to(town, starts - timedelta(minutes=9))
    assert len(places(town)) == 1
    asked = await maya.user.click(town.last_dm(maya), label="Cancel session")
    await maya.user.click(asked.response, label="Yes, cancel it")
    await update_meeting_rooms(town.bot, town.db)
    assert places(town) == []


@pytest.mark.parametrize("kind", ["thread", "voice"])
async def test_without_the_permission_they_meet_by_the_mentor_s_link(
    town: World, kind: str
) -> None:
    log = await wants(town, kind, allowed=False)
    _oliver, maya, starts = await pair(town)
    await pass_to(town, starts)
    assert places(town) == []
    assert f"Where: {LINK}" in words(town.last_dm(maya))
    said = [words(message) for message in log.history()]
    news = [text for text in said if "the place to meet" in text]
    assert len(news) == 1, "once, not each time that it is tried"
    assert any(permission_label(need) in news[0] for need in MEETING_PERMISSIONS[kind])


async def test_what_passes_only_delays_it(town: World) -> None:
    await wants(town, "voice")
    _oliver, maya, starts = await pair(town)
    town.env.inject_error("POST", "/guilds/*/channels", status=503)
    await pass_to(town, starts)
    (place,) = places(town)
    assert f"/{place.id}" in words(town.last_dm(maya))


async def test_nobody_else_s_guild_gets_one(town: World) -> None:
    oliver, maya, starts = await pair(town)
    await pass_to(town, starts)
    assert places(town) == []
    assert f"Where: {LINK}" in words(town.last_dm(maya))
    assert f"Where: {LINK}" in words(town.last_dm(oliver))
