"""`/help` shows each person their commands, and follows the command tree."""

from __future__ import annotations

import asyncio
import re
from itertools import pairwise

import discord
import pytest

from mentorship.actors import Actor
from mentorship.administration import setup
from tests.journeys.support.components import read_text
from tests.journeys.support.scenarios import approved_mentor
from tests.journeys.support.simulated_guild import SimulatedGuild


async def helped(guild: SimulatedGuild, person: object) -> str:
    answer = await person.slash(guild.channel, "help")  # type: ignore[attr-defined]
    assert answer.ephemeral
    return "\n".join(map(read_text, [answer.response, *answer.followups]))


def offered(text: str) -> set[str]:
    """Return the commands that can be clicked."""
    return {name for name, _ in re.findall(r"</([a-z -]+):(\d+)>", text)}


async def test_help_lists_commands_by_role(guild: SimulatedGuild) -> None:
    maya = await guild.add_member("Maya", zone="Europe/London")
    text = await helped(guild, maya)
    assert "What you can do" in text
    assert {"book", "sessions", "mentor search", "mentor apply"} <= offered(text)
    assert not {"mentor hours", "moderation queue", "setup"} & offered(text)

    oliver = await approved_mentor(guild, "Oliver")
    text = await helped(guild, oliver)
    assert "As a mentor" in text
    assert {"book", "mentor hours", "mentor pause"} <= offered(text)
    assert not {"moderation queue", "setup"} & offered(text)

    text = await helped(guild, await guild.add_moderator("Priya"))
    assert "As a moderator" in text
    assert {"moderation queue", "moderation suspend"} <= offered(text)
    assert not {"mentor hours", "setup"} & offered(text)

    chiefs = guild.handle.create_role("Chiefs", permissions=discord.Permissions(manage_guild=True))
    text = await helped(guild, await guild.add_member("Chief", roles=(chiefs,)))
    assert "As a server manager" in text
    assert {"setup", "moderation queue", "book"} <= offered(text)


async def test_help_links_every_command_by_its_id(guild: SimulatedGuild) -> None:
    chiefs = guild.handle.create_role("Chiefs", permissions=discord.Permissions(manage_guild=True))
    oliver = await approved_mentor(guild, "Oliver")
    guild.env.backend.get_guild(guild.id).members[oliver.id].role_ids.append(chiefs.id)
    text = await helped(guild, oliver)
    commands = {
        command.qualified_name
        for command in guild.bot.tree.walk_commands()
        if isinstance(command, discord.app_commands.Command)
    }
    assert offered(text) == commands - {"help"}
    ids = {command.name: command.id for command in await guild.bot.tree.fetch_commands()}
    for name, command_id in re.findall(r"</([a-z -]+):(\d+)>", text):
        assert int(command_id) == ids[name.split()[0]]
    # Chapters are ordered from commands for all to commands for few.
    chapters = ["What you can do", "As a mentor", "As a moderator", "As a server manager"]
    assert all(
        text.index(first) < text.index(next_names) for first, next_names in pairwise(chapters)
    )


async def test_help_names_commands_without_ids(guild: SimulatedGuild) -> None:
    maya = await guild.add_member("Maya", zone="Europe/London")
    guild.env.inject_error("GET", "/applications/*/commands", status=500, times=None)
    text = await helped(guild, maya)
    assert "`/book`" in text
    assert not offered(text)


async def test_help_before_setup_says_what_is_missing(guild: SimulatedGuild) -> None:
    chief = Actor(1, "chief", guild.id, manages_guild=True)
    await guild.db.run(setup.configure, chief, review_channel_id=None)
    maya = await guild.add_member("Maya", zone="Europe/London")
    assert "Mentoring isn't set up here yet" in await helped(guild, maya)
    chiefs = guild.handle.create_role("Chiefs", permissions=discord.Permissions(manage_guild=True))
    text = await helped(guild, await guild.add_member("Chief", roles=(chiefs,)))
    assert "Start here" in text


async def test_every_typed_option_has_a_limit_or_suggestions(guild: SimulatedGuild) -> None:
    """Text that Discord accepts and the bot refuses for its length costs the whole command."""
    unlimited = [
        f"{command.qualified_name} {option.name}"
        for command in guild.bot.tree.walk_commands()
        if isinstance(command, discord.app_commands.Command)
        for option in command.parameters
        if option.type is discord.AppCommandOptionType.string
        and not (option.max_value or option.choices or option.autocomplete)
    ]
    assert unlimited == []


@pytest.mark.parametrize("command", ["help", "sessions"])
async def test_an_answer_leaves_no_task_behind(guild: SimulatedGuild, command: str) -> None:
    """discord.py would wait a quarter of an hour for presses, which custom ids route anyway."""
    person = await guild.add_member("Maya")
    await person.slash(guild.channel, command)
    before = len(asyncio.all_tasks())
    for _ in range(5):
        await person.slash(guild.channel, command)
    assert len(asyncio.all_tasks()) == before
