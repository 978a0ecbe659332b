"""A fake Discord and a database in which everything is set up correctly."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import discord
import pytest

from bot.client import MentorBot, permissions
from mentorship.administration import setup
from storage import Database
from tests.mentorbot.support.fake_discord import FakeDiscord, Guild, fake_discord
from tests.mentorbot.support.sample_ids import (
    BOT_ROLE,
    LOG_CHANNEL,
    MENTOR_ROLE,
    OWNER,
    REVIEW_CHANNEL,
    SERVER,
)


@pytest.fixture
async def standin(migrated_file: Path, tmp_path: Path) -> AsyncIterator[FakeDiscord]:
    """A fake Discord with one server, and a database in which that is set up."""
    shutil.copy(migrated_file, tmp_path / "mentorbot.db")
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/mentorbot.db")
    await database.run(
        setup.configure,
        OWNER,
        review_channel_id=REVIEW_CHANNEL,
        log_channel_id=LOG_CHANNEL,
        mentor_role_id=MENTOR_ROLE,
    )
    await database.close()
    async with fake_discord() as standin:
        standin.guilds[SERVER] = Guild(
            "Riverside",
            roles={
                SERVER: ("@everyone", 0, 0),
                MENTOR_ROLE: ("Mentors", 1, 0),
                BOT_ROLE: ("mentorbot", 2, permissions().value),
            },
            bot_roles=(BOT_ROLE,),
            channels={REVIEW_CHANNEL: 0, LOG_CHANNEL: 0},
        )
        bot = MentorBot(database)
        await bot.prepare()
        for kind in discord.AppCommandType:
            standin.commands += [command.name for command in bot.tree.get_commands(type=kind)]
        yield standin
