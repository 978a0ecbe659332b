"""A Discord and a database in which all is well, for the program to look at."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import discord
import pytest

from bot.client import MentorBot, permissions
from mentorship.administration import setup
from storage import Database
from tests.mentorbot.fake_discord import DiscordStandin, Guild, discord_standin
from tests.mentorbot.sample_names import CHIEF, LOG, MENTORS, OWN, REVIEW, SERVER


@pytest.fixture
async def standin(migrated_file: Path, tmp_path: Path) -> AsyncIterator[DiscordStandin]:
    """A Discord in which all is well, and a database of a server that is set up there."""
    shutil.copy(migrated_file, tmp_path / "mentorbot.db")
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/mentorbot.db")
    await database.run(
        setup.configure,
        CHIEF,
        review_channel_id=REVIEW,
        log_channel_id=LOG,
        mentor_role_id=MENTORS,
    )
    await database.close()
    async with discord_standin() as standin:
        standin.guilds[SERVER] = Guild(
            "Riverside",
            roles={
                SERVER: ("@everyone", 0, 0),
                MENTORS: ("Mentors", 1, 0),
                OWN: ("mentorbot", 2, permissions().value),
            },
            mine=(OWN,),
            channels={REVIEW: 0, LOG: 0},
        )
        bot = MentorBot(database)
        await bot.prepare()
        for kind in discord.AppCommandType:
            standin.commands += [command.name for command in bot.tree.get_commands(type=kind)]
        yield standin
