"""Somebody leaves the guild, and the others get a notification."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import simcord

from bot.guilds.membership import detect_departures
from tests.journeys.support.scenarios import (
    approved_mentor,
    book,
    book_and_confirm,
    confirmation_card,
)
from tests.journeys.support.simulated_guild import SimulatedGuild, message_text

THURSDAY = datetime.fromisoformat("2026-03-05T10:00+00:00")


@pytest.fixture
async def oliver(guild: SimulatedGuild) -> simcord.MemberActor:
    return await approved_mentor(guild, "Oliver")


@pytest.fixture
async def maya(guild: SimulatedGuild) -> simcord.MemberActor:
    return await guild.add_member("Maya", zone="America/New_York", points=200)


async def test_a_departed_mentor_is_detected_before_the_start(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await book_and_confirm(guild, maya, oliver, THURSDAY)
    await book(guild, maya, oliver, THURSDAY + timedelta(days=1))
    guild.handle.remove_member(oliver)
    soon = timedelta(minutes=10)
    assert await detect_departures(guild.bot, guild.db, soon) == 0, "nothing begins soon"
    await guild.env.advance_time((THURSDAY - soon - guild.now).total_seconds())
    assert await detect_departures(guild.bot, guild.db, soon) == 1
    await guild.deliver()
    news = [message_text(message) for message in guild.inbox(maya)[-2:]]
    assert any("Oliver left the server, so your session is cancelled." in text for text in news)
    assert any("so your session request was declined." in text for text in news)
    assert all("refunded in full: 🪙 60" in text for text in news)
    assert await guild.balance(maya) == 200
    suggestions = await maya.autocomplete(guild.channel, "book", "mentor", "oliver")
    assert suggestions == [], "and can't be booked any more"


async def test_a_departed_mentee_frees_the_slot(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await book_and_confirm(guild, maya, oliver, THURSDAY)
    guild.handle.remove_member(maya)
    checked: list[int] = []
    found = await detect_departures(guild.bot, guild.db, after_person=lambda: checked.append(1))
    assert found == 1 <= len(checked)
    assert await detect_departures(guild.bot, guild.db) == 0, "once is enough"
    await guild.deliver()
    assert "Maya left the server, so your session is cancelled." in message_text(
        guild.last_dm(oliver)
    )
    assert await guild.balance(maya) == 200, "in time, so all of it came back"


MESSAGES = "/channels/*/messages"


@pytest.mark.parametrize(
    "refused",
    [{"status": 403, "code": 50007}, {"status": 404, "code": 10003, "times": 2}],
    ids=["closed to the bot", "account gone"],
)
async def test_a_failed_delivery_detects_a_departure(
    guild: SimulatedGuild,
    oliver: simcord.MemberActor,
    maya: simcord.MemberActor,
    refused: dict[str, int],
) -> None:
    await book(guild, maya, oliver, THURSDAY)
    await guild.deliver()
    before = len(guild.inbox(oliver))
    ines = await guild.add_member("Ines", zone="Europe/Lisbon", points=200)
    result = await confirmation_card(guild, ines, oliver, THURSDAY + timedelta(days=1))
    await ines.click(result.response, label="Confirm")
    guild.handle.remove_member(oliver)
    guild.env.inject_error("POST", MESSAGES, **refused)
    await guild.deliver()
    assert len(guild.inbox(oliver)) == before
    for mentee in (maya, ines):
        assert "so your session request was declined." in message_text(guild.last_dm(mentee))
        assert await guild.balance(mentee) == 200


async def test_closed_direct_messages_are_not_a_departure(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    result = await confirmation_card(guild, maya, oliver, THURSDAY)
    await maya.click(result.response, label="Confirm")
    guild.env.inject_error("POST", MESSAGES, status=403, code=50007)
    await guild.deliver()
    listed = await maya.slash(guild.channel, "sessions")
    assert "**Oliver** · waiting for an answer" in message_text(listed.response)


@pytest.mark.parametrize(
    "refused",
    [{"status": 403}, {"status": 404, "code": 10004}],
    ids=["not allowed to know", "another thing is not found"],
)
async def test_discord_errors_are_not_departures(
    guild: SimulatedGuild,
    oliver: simcord.MemberActor,
    maya: simcord.MemberActor,
    refused: dict[str, int],
) -> None:
    await book_and_confirm(guild, maya, oliver, THURSDAY)
    guild.handle.remove_member(oliver)
    guild.env.inject_error("GET", "/guilds/*/members/*", times=2, **refused)
    assert await detect_departures(guild.bot, guild.db) == 0
    listed = await maya.slash(guild.channel, "sessions")
    assert "**Oliver** · confirmed" in message_text(listed.response)
    assert await detect_departures(guild.bot, guild.db) == 1, "and asked about again the next time"
