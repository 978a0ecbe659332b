"""Whatever people can type: into every option of every command and every form that one opens, and
to the bot itself."""

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

from tests.journeys.support.bookings import at
from tests.journeys.support.panel import read
from tests.journeys.support.people import confirmed, mentor
from tests.journeys.support.world import World, words

TRAPS = (
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
"""What means something to Discord, to terminals or to those who write from right to left."""

TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300),
    st.lists(st.sampled_from(PIECES) | st.characters(codec="utf-8"), min_size=1, max_size=40).map(
        "".join
    ),
)


NEVER_SEEN = ("Traceback", "Error(", "sqlalchemy", "Something broke on my side")


def leaves(bot: Any) -> Iterator[app_commands.Command[Any, Any, Any]]:
    """Every slash command, so that a new one is tried without anybody remembering."""
    for command in bot.tree.walk_commands():
        if isinstance(command, app_commands.Command):
            yield command


def typed(parameter: app_commands.Parameter) -> bool:
    """Whether people type text there, instead of choosing from a few words."""
    return parameter.type is Type.string and not parameter.choices


def filled(parameter: app_commands.Parameter, trap: str, someone: Any) -> Any:
    """Something for an option: the trap where text is typed, and what fits elsewhere."""
    if parameter.choices:
        return parameter.choices[0].value
    if parameter.type is Type.string:
        longest = parameter.max_value if isinstance(parameter.max_value, int) else 6_000
        return trap[:longest]
    if parameter.type in (Type.integer, Type.number):
        return parameter.min_value or 1
    if parameter.type is Type.boolean:
        return True
    return someone


@pytest.fixture
async def max_(town: World) -> simcord.MemberActor:
    """Somebody who may everything: a mentor who moderates and manages the server."""
    person = await mentor(town, "Max")
    chiefs = town.guild.create_role("Chiefs", permissions=discord.Permissions(manage_guild=True))
    town.env.backend.get_guild(town.guild.id).members[person.id].role_ids.append(chiefs.id)
    maya = await town.person("Maya", zone="America/New_York", points=500)
    await confirmed(town, maya, person, at(town, 15))
    return person


def check(town: World, seen: simcord.InteractionResult, where: str) -> None:
    """It was answered, in the bot's own words, and nobody was pinged."""
    assert seen.acknowledged, where
    for message in (seen.response, *seen.followups):
        if message is None:
            continue
        text = f"{words(message)}\n{read(message)}"
        assert not [word for word in NEVER_SEEN if word in text], f"{where}: {text}"
        # Between backquotes everything is shown as it is.
        marked = re.sub(r"`[^`]*`", "", text).replace("\\]", "")
        assert "](https://evil.example)" not in marked, f"{where}: {text}"
        assert not any(line.startswith("# ") for line in text.splitlines()), f"{where}: {text}"


async def tried(town: World, person: simcord.MemberActor, trap: str) -> int:
    """Use every command with the trap in each option that is typed. Returns how many were used."""
    used = 0
    for command in leaves(town.bot):
        for parameter in filter(typed, command.parameters):
            options = {
                each.display_name: filled(each, trap, person)
                for each in command.parameters
                if each.required or each is parameter
            }
            where = f"/{command.qualified_name} {options}"
            seen = await person.slash(town.square, command.qualified_name, **options)
            check(town, seen, where)
            used += 1
            if parameter.autocomplete:
                offered = await person.autocomplete(
                    town.square,
                    command.qualified_name,
                    parameter.display_name,
                    trap[:100],
                )
                assert len(offered) <= 25, where
                assert all(1 <= len(choice["name"]) <= 100 for choice in offered), where
        if not any(parameter.required for parameter in command.parameters):
            await _form(town, person, command.qualified_name, trap)
    return used


async def _form(town: World, person: simcord.MemberActor, name: str, trap: str) -> None:
    """Where a command opens a form, send it with the trap in each field."""
    seen = await person.slash(town.square, name)
    if seen.modal is None:
        return
    fields = [field["component"] for field in seen.modal["components"] if "component" in field]
    texts = {
        field["custom_id"]: trap[: field.get("max_length") or 4_000].ljust(
            field.get("min_length") or 0, "x"
        )
        for field in fields
        if field["type"] == 4
    }
    check(town, await person.submit_modal(seen, texts), f"the form of /{name}: {texts}")


async def survived(
    town: World, person: simcord.MemberActor, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Write a text wherever one can: nothing breaks, nothing is given away, nobody is pinged."""
    caplog.clear()
    # What looks empty is nothing that a client can send by itself.
    await person.send_dm(f"well: {text}"[:2_000])
    await person.send(town.square, f"<@{town.bot_id}> {text}"[:2_000])
    assert await tried(town, person, text) > 20
    await town.deliver()
    for each in town.people.values():
        for message in town.inbox(each):
            assert not [word for word in NEVER_SEEN if word in words(message)]
    pinged = [
        message
        for channel in (town.square, town.review)
        for message in channel.history()
        if message.author.id == town.bot_id and (message.mention_everyone or message.role_mentions)
    ]
    assert pinged == []
    broken = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [record.exc_info for record in broken] == []


@pytest.mark.parametrize(
    "trap",
    [
        pytest.param(trap, marks=() if number < 4 else pytest.mark.long, id=str(number))
        for number, trap in enumerate(TRAPS)
    ],
)
async def test_every_input_handles_known_tricky_texts(
    town: World, max_: simcord.MemberActor, trap: str, caplog: pytest.LogCaptureFixture
) -> None:
    await survived(town, max_, trap, caplog)


@pytest.mark.long
@pytest.mark.parametrize("sixth", range(6))
# simcord takes longer with each that a person does, so a few in each town.
@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(text=TEXTS)
async def test_every_input_handles_generated_texts(
    town: World,
    max_: simcord.MemberActor,
    caplog: pytest.LogCaptureFixture,
    sixth: int,
    text: str,
) -> None:
    """30 texts in all."""
    await survived(town, max_, text, caplog)
