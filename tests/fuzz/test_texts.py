"""Tricky and generated text in every input: command options, forms, and messages to the bot."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any

import discord
import pytest
import simcord
from discord import AppCommandOptionType as Type
from discord import app_commands
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.journeys.support.components import read_text
from tests.journeys.support.helpers import at
from tests.journeys.support.scenarios import approved_mentor, book_and_confirm
from tests.journeys.support.simulated_guild import SimulatedGuild, message_text
from wording.errors import INTERNAL

TRICKY_TEXTS = (
    "@everyone <@&1> <@2> @here",
    "# A heading\n> quoted\n[Claim your points](https://evil.example)",
    "```\nblock\n``` `code` ||spoiler|| **bold** __under__ ~~gone~~",
    "\u202egnirts desrever\u202c \u2066isolate\u2069",
    "z\u0335\u0322\u0327a\u0334lgo" + "\u0300" * 40,
    "\u200b\u200c\u200d\ufeff",
    "👩‍👩‍👧‍👦🏳️‍🌈👍🏽",
    "nul\x00bell\x07escape\x1b[31m",
    "x" * 4_000,
    "ﷺ" * 90,
    "../../etc/passwd'; DROP TABLE members; --",
    "{0} %s {guild} ${HOME}",
    "<t:99999999999999:F> <t:-1:R>",
    "9" * 40,
    "99999999999999999999",
    "9223372036854775808",
    "-1",
    "1e400 NaN ∞",
    "٣٤ ௧ 一二三",
    "tomorrow at noon\n\nand also yesterday " * 5,
)
PIECES = (
    *("@everyone", "@here", "<@2>", "<@&1>", "<#1>", "</book:1>", "<:x:1>", "<t:1:R>", "https://"),
    *("*", "**", "_", "~~", "||", "`", "```", "> ", "# ", "- ", "1. ", "[a](https://evil.example)"),
    *("\u202e", "\u2066", "\u200b", "\u200d", "\ufeff", "\u0300", "\ufe0f", "\U000e0001", "ﷺ"),
    *("\x00", "\x1b[31m", "\n", "\r", "\t", " ", "\\", "'", '"', "{", "}", "%s", "&amp;", ":", ","),
)
"""Characters with a meaning to Discord, to terminals, or in bidirectional text."""

TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300),
    st.lists(st.sampled_from(PIECES) | st.characters(codec="utf-8"), min_size=1, max_size=40).map(
        "".join
    ),
)


NEVER_SEEN = ("Traceback", "Error(", "sqlalchemy", INTERNAL.partition(".")[0])


def slash_commands(bot: Any) -> Iterator[app_commands.Command[Any, Any, Any]]:
    """Yield all slash commands, so that new ones are tested automatically."""
    for command in bot.tree.walk_commands():
        if isinstance(command, app_commands.Command):
            yield command


def is_free_text(parameter: app_commands.Parameter) -> bool:
    """Tell whether an option takes free text instead of choices."""
    return parameter.type is Type.string and not parameter.choices


def option_value(parameter: app_commands.Parameter, text: str, member: Any) -> Any:
    """Return a value for an option: `text` if it takes free text, otherwise a valid value."""
    if parameter.choices:
        return parameter.choices[0].value
    if parameter.type is Type.string:
        longest = parameter.max_value if isinstance(parameter.max_value, int) else 6_000
        return text[:longest]
    if parameter.type in (Type.integer, Type.number):
        return parameter.min_value or 1
    if parameter.type is Type.boolean:
        return True
    return member


@pytest.fixture
async def max_(guild: SimulatedGuild) -> simcord.MemberActor:
    """A member with all permissions: a mentor who moderates and manages the server."""
    person = await approved_mentor(guild, "Max")
    chiefs = guild.handle.create_role("Chiefs", permissions=discord.Permissions(manage_guild=True))
    guild.env.backend.get_guild(guild.id).members[person.id].role_ids.append(chiefs.id)
    maya = await guild.add_member("Maya", zone="America/New_York", points=500)
    await book_and_confirm(guild, maya, person, at(guild, 15))
    return person


def check(guild: SimulatedGuild, result: simcord.InteractionResult, source: str) -> None:
    """Assert that the bot has answered, without internals and without active markup."""
    assert result.acknowledged, source
    for message in (result.response, *result.followups):
        if message is None:
            continue
        text = f"{message_text(message)}\n{read_text(message)}"
        assert not [word for word in NEVER_SEEN if word in text], f"{source}: {text}"
        # Discord shows text between backquotes without markup.
        active = re.sub(r"`[^`]*`", "", text).replace("\\]", "")
        assert "](https://evil.example)" not in active, f"{source}: {text}"
        assert not any(line.startswith("# ") for line in text.splitlines()), f"{source}: {text}"


async def use_commands(guild: SimulatedGuild, person: simcord.MemberActor, text: str) -> int:
    """Use every command with `text` in each free-text option; returns how many times."""
    count = 0
    for command in slash_commands(guild.bot):
        for parameter in filter(is_free_text, command.parameters):
            options = {
                each.display_name: option_value(each, text, person)
                for each in command.parameters
                if each.required or each is parameter
            }
            source = f"/{command.qualified_name} {options}"
            result = await person.slash(guild.channel, command.qualified_name, **options)
            check(guild, result, source)
            count += 1
            if parameter.autocomplete:
                choices = await person.autocomplete(
                    guild.channel,
                    command.qualified_name,
                    parameter.display_name,
                    text[:100],
                )
                assert len(choices) <= 25, source
                assert all(1 <= len(choice["name"]) <= 100 for choice in choices), source
        if not any(parameter.required for parameter in command.parameters):
            await _submit_form(guild, person, command.qualified_name, text)
    return count


async def _submit_form(
    guild: SimulatedGuild, person: simcord.MemberActor, name: str, text: str
) -> None:
    """If a command opens a form, submit it with `text` in each field."""
    result = await person.slash(guild.channel, name)
    if result.modal is None:
        return
    fields = [field["component"] for field in result.modal["components"] if "component" in field]
    texts = {
        field["custom_id"]: text[: field.get("max_length") or 4_000].ljust(
            field.get("min_length") or 0, "x"
        )
        for field in fields
        if field["type"] == 4
    }
    check(guild, await person.submit_modal(result, texts), f"the form of /{name}: {texts}")


async def use_everywhere(
    guild: SimulatedGuild, person: simcord.MemberActor, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Use a text in all inputs; assert that nothing breaks, leaks or pings anyone."""
    caplog.clear()
    # A client can't send a message that looks empty, so there is a prefix.
    await person.send_dm(f"well: {text}"[:2_000])
    await person.send(guild.channel, f"<@{guild.bot_id}> {text}"[:2_000])
    assert await use_commands(guild, person, text) > 20
    await guild.deliver()
    for each in guild.members.values():
        for message in guild.inbox(each):
            assert not [word for word in NEVER_SEEN if word in message_text(message)]
    pinged = [
        message
        for channel in (guild.channel, guild.review_channel)
        for message in channel.history()
        if message.author.id == guild.bot_id and (message.mention_everyone or message.role_mentions)
    ]
    assert pinged == []
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [record.exc_info for record in errors] == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(text, marks=() if number < 4 else pytest.mark.long, id=str(number))
        for number, text in enumerate(TRICKY_TEXTS)
    ],
)
async def test_every_input_handles_known_tricky_texts(
    guild: SimulatedGuild, max_: simcord.MemberActor, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    await use_everywhere(guild, max_, text, caplog)


@pytest.mark.long
@pytest.mark.parametrize("batch", range(6))
# simcord gets slower with each action of a person, so each guild only gets a few texts.
@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(text=TEXTS)
async def test_every_input_handles_generated_texts(
    guild: SimulatedGuild,
    max_: simcord.MemberActor,
    caplog: pytest.LogCaptureFixture,
    batch: int,
    text: str,
) -> None:
    """30 texts in all."""
    await use_everywhere(guild, max_, text, caplog)
