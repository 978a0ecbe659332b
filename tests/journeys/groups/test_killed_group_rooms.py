"""The program is killed after each request about a group's room: none is lost, none doubled."""

from __future__ import annotations

from datetime import timedelta

import pytest
import simcord
from simcord.enums import ChannelType

from bot.guilds.group_rooms import update_group_rooms
from mentorship.sessions.places.join_link import OPENS_BEFORE
from mentorship.sessions.places.meeting import CLOSES_AFTER, LEASE
from storage.tables import GroupPlace
from tests.journeys.groups.support import GroupSession, enable_community
from tests.journeys.groups.test_group_rooms import advance_to, create, join, rooms
from tests.journeys.sessions.test_killed_rooms import Killed, each_request, killed_after
from tests.journeys.support.helpers import count_rows
from tests.journeys.support.scenarios import approved_mentor
from tests.journeys.support.simulated_guild import SimulatedGuild

TO_OPEN = {"thread": 4, "stage": 1}
TO_START = {"stage": 2}
TO_CLOSE = {"thread": 2, "stage": 1}
"""How many requests it takes."""


async def run_killed(guild: SimulatedGuild, monkeypatch: pytest.MonkeyPatch, request: int) -> None:
    """Run the job, killed after a request, and start the program again."""
    with killed_after(monkeypatch, request), pytest.raises(Killed):
        await update_group_rooms(guild.bot, guild.db)
    await guild.restart_bot()
    enable_community(guild)
    await guild.env.advance_time(LEASE.total_seconds() + 1)
    while await update_group_rooms(guild.bot, guild.db):
        pass


async def prepare(
    guild: SimulatedGuild, place: str
) -> tuple[simcord.MemberActor, simcord.MemberActor, GroupSession]:
    enable_community(guild)
    oliver = await approved_mentor(guild, "Oliver")
    group = await create(guild, oliver, place)
    return oliver, await join(guild, group, "Maya"), group


@pytest.mark.parametrize(("place", "request_number"), each_request(TO_OPEN))
async def test_a_room_is_opened_once_whenever_the_program_is_killed(
    guild: SimulatedGuild, monkeypatch: pytest.MonkeyPatch, place: str, request_number: int
) -> None:
    oliver, maya, group = await prepare(guild, place)
    await guild.advance_to((await group.view()).starts_at - OPENS_BEFORE)
    await run_killed(guild, monkeypatch, request_number)
    (room,) = rooms(guild)
    assert (await group.view()).meeting_channel_id == room.id
    if room.type == ChannelType.PRIVATE_THREAD:
        assert {oliver.id, maya.id} <= set(room.thread_members)
        written = guild.env.backend.messages[room.id].values()
        assert len([message for message in written if message.content]) == 1


@pytest.mark.parametrize(("place", "request_number"), each_request(TO_START))
async def test_a_stage_is_started_once_whenever_the_program_is_killed(
    guild: SimulatedGuild, monkeypatch: pytest.MonkeyPatch, place: str, request_number: int
) -> None:
    _oliver, _maya, group = await prepare(guild, place)
    start = (await group.view()).starts_at
    await advance_to(guild, start - OPENS_BEFORE)
    await guild.advance_to(start)
    await run_killed(guild, monkeypatch, request_number)
    (room,) = rooms(guild)
    assert list(guild.env.backend.stage_instances) == [room.id]


@pytest.mark.parametrize(("place", "request_number"), each_request(TO_CLOSE))
async def test_a_room_is_closed_whenever_the_program_is_killed(
    guild: SimulatedGuild, monkeypatch: pytest.MonkeyPatch, place: str, request_number: int
) -> None:
    _oliver, _maya, group = await prepare(guild, place)
    await advance_to(guild, (await group.view()).starts_at)
    assert len(rooms(guild)) == 1
    closes = (await group.view()).ends_at + CLOSES_AFTER
    await guild.env.advance_time((closes - guild.now + timedelta(seconds=1)).total_seconds())
    await run_killed(guild, monkeypatch, request_number)
    assert rooms(guild) == []
    assert await count_rows(guild, GroupPlace) == 0
