"""The names and descriptions of commands that Discord shows in other languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import discord
import pytest

from bot.client import MentorBot
from bot.command_texts import TextKind
from storage import Database
from wording import catalogues

NAME = re.compile(r"^[-_'\w]{1,32}$")
"""By docs.discord.com, "Application Command Naming"."""


@pytest.fixture
async def payloads() -> list[dict[str, Any]]:
    """Return what Discord is sent of each command."""
    bot = MentorBot(Database("sqlite+aiosqlite:///unused.db"))
    await bot.prepare()
    translator = bot.tree.translator
    assert translator is not None
    found = [
        await command.get_translated_payload(bot.tree, translator)
        for kind in discord.AppCommandType
        for command in bot.tree.get_commands(type=kind)
    ]
    await bot.db.close()
    return found


def parts(payload: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a command with its subcommands, options and choices."""
    yield payload
    for option in [*payload.get("options", []), *payload.get("choices", [])]:
        yield from parts(option)


async def test_discord_accepts_each_name_and_description(payloads: list[dict[str, Any]]) -> None:
    count = 0
    for payload in payloads:
        is_menu = payload["type"] != discord.AppCommandType.chat_input.value
        for part in parts(payload):
            is_choice = "value" in part
            for locale, name in (part.get("name_localizations") or {}).items():
                count += 1
                kind = TextKind.TITLE if is_menu else TextKind.NAME
                assert (TextKind.CHOICE if is_choice else kind).allows(name), (locale, name)
                if not is_menu and not is_choice:
                    assert NAME.match(name), (locale, name)
                    assert name == name.lower()
            for text in (part.get("description_localizations") or {}).values():
                assert 1 <= len(text) <= 100
    assert count > 500


async def test_each_language_of_discord_with_a_catalogue_has_names(
    payloads: list[dict[str, Any]],
) -> None:
    named = {
        locale
        for payload in payloads
        for part in parts(payload)
        for locale in part.get("name_localizations") or {}
    }
    expected = {
        locale.value for locale in discord.Locale if catalogues.language_tag(locale.value) != "en"
    }
    assert named == expected
    assert "ja" in named


async def test_siblings_have_different_names_in_each_language(
    payloads: list[dict[str, Any]],
) -> None:
    commands = [
        each for each in payloads if each["type"] == discord.AppCommandType.chat_input.value
    ]
    families = [commands, *(part.get("options", []) for each in commands for part in parts(each))]
    for locale in discord.Locale:
        for siblings in families:
            names = [
                (each.get("name_localizations") or {}).get(locale.value, each["name"])
                for each in siblings
            ]
            assert len(names) == len(set(names)), (locale.value, names)
