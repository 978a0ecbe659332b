"""Commands that the operator sends as messages, through dpytest."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import discord
import discord.ext.test as dpytest
import pytest
from discord.ext import commands
from discord.ext.test.backend import FakeHttp

from bot.client import MentorBot
from storage import Database


@pytest.fixture
async def handed_over(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of the commands that were synced last; dpytest's Discord has no commands."""
    names: list[str] = []

    async def accept(_discord: FakeHttp, _application: int, payload: list[Any]) -> list[Any]:
        names[:] = [command["name"] for command in payload]
        return [
            {"description": "", **command, "id": str(number), "application_id": "1", "version": "1"}
            for number, command in enumerate(payload, 1)
        ]

    monkeypatch.setattr(FakeHttp, "bulk_upsert_global_commands", accept, raising=False)
    return names


@pytest.fixture
async def bot(db: Database, handed_over: list[str]) -> AsyncIterator[MentorBot]:
    bot = MentorBot(db)
    await bot._async_setup_hook()
    # dpytest finds people in the cache only, which discord.py fills for bots that see all members.
    bot._connection._intents = discord.Intents.all()
    bot._connection.member_cache_flags = discord.MemberCacheFlags.all()
    dpytest.configure(bot, members=["Olga", "Mallory"])
    # dpytest puts its HTTP side into the client, where the command tree took the old one from.
    bot.tree._http = bot.http
    bot._connection.application_id = 1
    await bot.setup_hook()
    handed_over.clear()
    bot.owner_id = dpytest.get_config().members[0].id
    yield bot
    await dpytest.empty_queue()


async def test_the_operator_syncs_the_commands(bot: MentorBot, handed_over: list[str]) -> None:
    assert bot.user is not None
    await dpytest.message(f"{bot.user.mention} sync", member=0)
    assert sorted(handed_over) == [
        "Book a session",
        "Mentor profile",
        "ask",
        "block",
        "book",
        "calendar",
        "cancel",
        "help",
        "insights",
        "invitations",
        "language",
        "leaderboard",
        "mentor",
        "mentorship",
        "moderation",
        "notifications",
        "points",
        "privacy",
        "rate",
        "requests",
        "reschedule",
        "session",
        "sessions",
        "setup",
        "timezone",
        "unblock",
    ]
    reply = f"Discord now has {len(handed_over)} commands."
    assert dpytest.verify().message().content(reply)


async def test_only_the_operator_can_sync(bot: MentorBot, handed_over: list[str]) -> None:
    assert bot.user is not None
    # dpytest raises what the bot was answering, after it has answered.
    with pytest.raises(commands.NotOwner):
        await dpytest.message(f"{bot.user.mention} sync", member=1)
    assert handed_over == []
    assert dpytest.verify().message().content("Only the person who runs this bot can do that.")
