"""Somebody leaves the server, and those who had counted on them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import simcord

from bot.guilds.membership import detect_departures
from tests.journeys.support.people import booked, card, confirmed, mentor
from tests.journeys.support.world import World, words

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
    assert await detect_departures(town.bot, town.db, soon) == 0, "nothing begins soon"
    await town.env.advance_time((THURSDAY - soon - town.now).total_seconds())
    assert await detect_departures(town.bot, town.db, soon) == 1
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
    assert await detect_departures(town.bot, town.db) == 1
    assert await detect_departures(town.bot, town.db) == 0, "once is enough"
    await town.deliver()
    assert "Maya has left the server, so your session is cancelled." in words(town.last_dm(oliver))
    assert await town.balance(maya) == 200, "in time, so all of it came back"


MESSAGES = "/channels/*/messages"


@pytest.mark.parametrize(
    "refused",
    [{"status": 403, "code": 50007}, {"status": 404, "code": 10003, "times": 2}],
    ids=["closed to the bot", "account gone"],
)
async def test_a_mentor_who_left_is_noticed_when_a_message_can_t_reach_them(
    town: World, oliver: simcord.MemberActor, maya: simcord.MemberActor, refused: dict[str, int]
) -> None:
    await booked(town, maya, oliver, THURSDAY)
    await town.deliver()
    before = len(town.inbox(oliver))
    ines = await town.person("Ines", zone="Europe/Lisbon", points=200)
    shown = await card(town, ines, oliver, THURSDAY + timedelta(days=1))
    await ines.click(shown.response, label="Confirm")
    town.guild.remove_member(oliver)
    town.env.inject_error("POST", MESSAGES, **refused)
    await town.deliver()
    assert len(town.inbox(oliver)) == before
    for mentee in (maya, ines):
        assert "Oliver has left the server." in words(town.last_dm(mentee))
        assert await town.balance(mentee) == 200


async def test_closed_messages_alone_call_nothing_off(
    town: World, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    shown = await card(town, maya, oliver, THURSDAY)
    await maya.click(shown.response, label="Confirm")
    town.env.inject_error("POST", MESSAGES, status=403, code=50007)
    await town.deliver()
    listed = await maya.slash(town.square, "sessions")
    assert "**Oliver**, 60 minutes, waiting for Oliver" in words(listed.response)


@pytest.mark.parametrize(
    "refused",
    [{"status": 403}, {"status": 404, "code": 10004}],
    ids=["not allowed to know", "another thing is not found"],
)
async def test_when_discord_does_not_say_nobody_is_taken_to_have_left(
    town: World, oliver: simcord.MemberActor, maya: simcord.MemberActor, refused: dict[str, int]
) -> None:
    await confirmed(town, maya, oliver, THURSDAY)
    town.guild.remove_member(oliver)
    town.env.inject_error("GET", "/guilds/*/members/*", times=2, **refused)
    assert await detect_departures(town.bot, town.db) == 0
    listed = await maya.slash(town.square, "sessions")
    assert "**Oliver**, 60 minutes, confirmed" in words(listed.response)
    assert await detect_departures(town.bot, town.db) == 1, "and asked about again the next time"
