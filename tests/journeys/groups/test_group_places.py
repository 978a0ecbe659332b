"""Rooms of group sessions: another place if the first is full, kept while used, stages started."""

from __future__ import annotations

from datetime import timedelta

import pytest
import simcord
from simcord.enums import ChannelType

from bot.guilds.group_rooms import update_group_rooms
from mentorship.sessions.groups import group_changes, reminders
from mentorship.sessions.groups.group_changes import GroupEdit
from mentorship.sessions.places.join_link import OPENS_BEFORE
from mentorship.sessions.places.meeting import CLOSES_AFTER, LONGEST_STAY, LOOK_AGAIN
from storage.tables import GroupPlace
from tests.journeys.groups.support import GroupSession, actor, enable_community
from tests.journeys.groups.test_group_rooms import advance_to, create, join, rooms
from tests.journeys.sessions.test_meeting_rooms import allow_rooms
from tests.journeys.sessions.test_occupied_rooms import handle
from tests.journeys.support.helpers import count_rows
from tests.journeys.support.scenarios import approved_mentor
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text

MINUTE = timedelta(minutes=1)
LINK = "https://meet.example.com/oliver"


@pytest.fixture
async def oliver(guild: SimulatedGuild) -> simcord.MemberActor:
    return await approved_mentor(guild, "Oliver")


@pytest.fixture
def community(guild: SimulatedGuild) -> None:
    enable_community(guild)


async def close_at(guild: SimulatedGuild, group: GroupSession, after: timedelta) -> None:
    """Let time pass until long after the end, and run the job that closes rooms."""
    now = (await group.view()).ends_at + CLOSES_AFTER + after
    await guild.env.advance_time((now - guild.now).total_seconds())
    while await update_group_rooms(guild.bot, guild.db):
        pass


async def test_a_full_server_gives_a_thread_instead_of_a_stage(
    guild: SimulatedGuild, oliver: simcord.MemberActor, community: None
) -> None:
    allow_rooms(guild, "stage", "thread")
    group = await create(guild, oliver, "stage")
    maya = await join(guild, group, "Maya")
    guild.env.inject_error("POST", "/guilds/*/channels", status=400, code=30013, times=None)
    start = (await group.view()).starts_at
    await advance_to(guild, start - OPENS_BEFORE)
    (thread,) = rooms(guild)
    assert thread.type == ChannelType.PRIVATE_THREAD
    # Whoever joins later is let into the thread.
    ken = await join(guild, group, "Ken")
    await advance_to(guild, start)
    assert {oliver.id, maya.id, ken.id} <= set(thread.thread_members)
    assert f"/{thread.id}" in message_text(guild.last_dm(maya))
    await close_at(guild, group, timedelta())
    assert rooms(guild) == []
    assert thread.thread_metadata.archived
    assert await count_rows(guild, GroupPlace) == 0


async def test_the_mentor_and_all_attendees_are_told_that_there_is_no_room(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    group = await create(guild, oliver, "voice")
    people = [await join(guild, group, name) for name in ("Maya", "Priya", "Ken")]
    allow_rooms(guild, "voice", allowed=False)
    start = (await group.view()).starts_at
    await advance_to(guild, start - OPENS_BEFORE)
    await guild.db.run(reminders.tell_due)
    await guild.deliver()
    for person in (oliver, *people):
        text = message_text(guild.last_dm(person))
        assert "The voice channel can't be opened" in text
        assert LINK in text
        assert "Join" in button_labels(guild.last_dm(person))
    # Nobody is led elsewhere once it has begun.
    await advance_to(guild, start)
    allow_rooms(guild, "voice")
    await advance_to(guild, start + timedelta(minutes=20))
    assert rooms(guild) == []
    await close_at(guild, group, timedelta())
    assert await count_rows(guild, GroupPlace) == 0


@pytest.mark.parametrize("place", ["voice", "stage"])
async def test_a_channel_is_kept_until_everyone_has_left(
    guild: SimulatedGuild, oliver: simcord.MemberActor, community: None, place: str
) -> None:
    group = await create(guild, oliver, place)
    maya = await join(guild, group, "Maya")
    await advance_to(guild, (await group.view()).starts_at)
    (room,) = rooms(guild)
    for person in (oliver, maya):
        await person.join_voice(handle(guild, room))
    await close_at(guild, group, timedelta())
    await maya.leave_voice()
    await close_at(guild, group, LOOK_AGAIN)
    assert rooms(guild) == [room]
    await oliver.leave_voice()
    await close_at(guild, group, 2 * LOOK_AGAIN)
    assert rooms(guild) == []


async def test_nobody_keeps_a_room_for_ever(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    group = await create(guild, oliver, "voice")
    await advance_to(guild, (await group.view()).starts_at)
    (room,) = rooms(guild)
    await oliver.join_voice(handle(guild, room))
    await close_at(guild, group, timedelta())
    await close_at(guild, group, LONGEST_STAY - MINUTE)
    assert rooms(guild) == [room]
    await close_at(guild, group, LONGEST_STAY + LOOK_AGAIN)
    assert rooms(guild) == []


async def test_a_room_is_replaced_even_if_people_are_in_it(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    allow_rooms(guild, "voice", "thread")
    group = await create(guild, oliver, "voice")
    start = (await group.view()).starts_at
    await advance_to(guild, start - OPENS_BEFORE)
    (room,) = rooms(guild)
    await oliver.join_voice(handle(guild, room))
    edit = GroupEdit(place="thread")
    await guild.db.run(group_changes.edit, actor(guild, oliver), group.id, edit)
    await advance_to(guild, guild.now)
    await advance_to(guild, guild.now + MINUTE)
    (thread,) = rooms(guild)
    assert thread.type == ChannelType.PRIVATE_THREAD


async def test_a_thread_is_below_the_channel_that_the_attendees_see(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    hidden = guild.handle.create_text_channel("staff")
    await guild.configure(meeting_parent_id=hidden.id)
    group = await create(guild, oliver, "thread")
    maya = await join(guild, group, "Maya")
    denied = simcord.backend.models.Overwrite(
        maya.id, simcord.enums.OverwriteType.MEMBER, deny=1 << 10
    )
    guild.env.backend.set_overwrite(hidden.id, denied)
    await advance_to(guild, (await group.view()).starts_at - OPENS_BEFORE)
    (thread,) = rooms(guild)
    assert thread.parent_id == group.channel.id


async def test_a_stage_starts_with_the_session_and_its_mentor_moderates(
    guild: SimulatedGuild, oliver: simcord.MemberActor, community: None
) -> None:
    group = await create(guild, oliver, "stage")
    await join(guild, group, "Maya")
    start = (await group.view()).starts_at
    await advance_to(guild, start - OPENS_BEFORE)
    await join(guild, group, "Ken")
    await advance_to(guild, start - MINUTE)
    (room,) = rooms(guild)
    stages = guild.env.backend.stage_instances
    # Discord would end a stage on which nobody speaks.
    assert stages == {}
    await advance_to(guild, start)
    assert stages[room.id].topic == "Office hours"
    channel = guild.bot.get_channel(room.id)
    discord_guild = guild.bot.get_guild(guild.id)
    assert channel is not None
    assert discord_guild is not None
    granted = channel.permissions_for(  # type: ignore[union-attr]
        await discord_guild.fetch_member(oliver.id)
    )
    assert (granted.mute_members, granted.move_members, granted.manage_channels) == (
        True,
        True,
        True,
    )
    # The mentor ends it: it isn't started again.
    guild.env.backend.delete_stage_instance(room.id)
    await guild.env.settle()
    await advance_to(guild, start + timedelta(minutes=30))
    assert stages == {}


async def test_a_stage_that_cannot_be_started_is_left_to_its_mentor(
    guild: SimulatedGuild, oliver: simcord.MemberActor, community: None
) -> None:
    group = await create(guild, oliver, "stage")
    start = (await group.view()).starts_at
    guild.env.inject_error("POST", "/stage-instances", status=400, code=150006, times=None)
    await advance_to(guild, start)
    (room,) = rooms(guild)
    assert (await group.view()).meeting_channel_id == room.id
