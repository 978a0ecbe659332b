"""Somebody leaves the server, and those who had counted on them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import simcord

from bot.membership import look_for
from tests.journeys.people import booked, confirmed, mentor
from tests.journeys.world import World, words

THURSDAY = datetime.fromisoformat("2026-03-05T10:00+00:00")


@pytest.fixture
async def oliver(town: World) -> simcord.MemberActor:
    return await mentor(town, "Oliver")


@pytest.fixture
async def maya(town: World) -> simcord.MemberActor:
    return await town.person("Maya", zone="America/New_York", points=200)


async def test_a_mentor_who_left_is_noticed_before_the_start(
    town: World, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await confirmed(town, maya, oliver, THURSDAY)
    await booked(town, maya, oliver, THURSDAY + timedelta(days=1))
    town.guild.remove_member(oliver)
    soon = timedelta(minutes=10)
    assert await look_for(town.bot, town.db, soon) == 0, "nothing begins soon"
    await town.env.advance_time((THURSDAY - soon - town.now).total_seconds())
    assert await look_for(town.bot, town.db, soon) == 1
    await town.deliver()
    news = [words(message) for message in town.inbox(maya)[-2:]]
    assert any("Oliver has left the server, so your session is cancelled." in one for one in news)
    assert any("Oliver has left the server." in one for one in news)
    assert all("🪙 60 are back" in one for one in news)
    assert await town.balance(maya) == 200
    found = await maya.autocomplete(town.square, "book", "mentor", "oliver")
    assert found == [], "and can't be booked any more"


async def test_a_mentee_who_left_frees_the_mentor_s_time(
    town: World, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await confirmed(town, maya, oliver, THURSDAY)
    town.guild.remove_member(maya)
    assert await look_for(town.bot, town.db) == 1
    assert await look_for(town.bot, town.db) == 0, "once is enough"
    await town.deliver()
    assert "Maya has left the server, so your session is cancelled." in words(town.last_dm(oliver))
    assert await town.balance(maya) == 200, "in time, so all of it came back"


async def test_when_discord_does_not_say_nobody_is_taken_to_have_left(
    town: World, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await confirmed(town, maya, oliver, THURSDAY)
    town.guild.remove_member(oliver)
    town.env.inject_error("GET", "/guilds/*/members/*", status=403, times=2)
    assert await look_for(town.bot, town.db) == 0
    listed = await maya.slash(town.square, "sessions")
    assert "**Oliver**, 60 minutes, confirmed" in words(listed.response)
    assert await look_for(town.bot, town.db) == 1, "and asked about again the next time"
