"""The names and descriptions of slash commands, and Discord's translations of them.

They are in the catalogues with a context that says what they are, so that a translator can tell the
command `/book` from the button *Book*. In Discord's clients, people see and type the names of their
own Discord language; the English ones work in no other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import TranslationContextLocation as Location

from wording import catalogues
from wording.command_names import name_context, option_context
from wording.translation import pgettext

_NAME = re.compile(r"^[-_'\w]{1,32}$")


class TextKind(Enum):
    """What a text of a command is, which decides what Discord allows in it."""

    NAME = "name"
    """A command's, a group's or an option's: 1 to 32 lower-case letters, digits, - and _."""
    TITLE = "title"
    """A command's in the menu of a member or message: 1 to 32 characters."""
    CHOICE = "choice"
    DESCRIPTION = "description"

    def allows(self, text: str) -> bool:
        """Tell whether Discord accepts a text of this kind."""
        match self:
            case TextKind.NAME:
                return _NAME.match(text) is not None and text == text.lower()
            case TextKind.TITLE:
                return 1 <= len(text) <= 32
            case _:
                return 1 <= len(text) <= 100


@dataclass(frozen=True, slots=True)
class CommandText:
    """A text of a command. No two names in the same `scope` may be equal."""

    kind: TextKind
    context: str
    text: str
    comment: str
    scope: str = ""


def command_texts(tree: app_commands.CommandTree[Any]) -> Iterator[CommandText]:
    """Return the texts of all commands of a tree."""
    for kind in (discord.AppCommandType.user, discord.AppCommandType.message):
        for menu in tree.get_commands(type=kind):
            yield CommandText(
                TextKind.TITLE,
                _title_context(menu.name),
                menu.name,
                "In a member's menu, under Apps. At most 32 characters.",
            )
    for command in sorted(tree.walk_commands(), key=lambda each: each.qualified_name):
        path = command.qualified_name
        yield CommandText(
            TextKind.NAME,
            name_context(path),
            command.name,
            f"The name of /{path} or its last word: lower case, no spaces, at most 32 characters.",
            scope=f"/{path.rpartition(' ')[0]}",
        )
        yield CommandText(
            TextKind.DESCRIPTION,
            _DESCRIPTION,
            command.description,
            f"Of /{path}. At most 100 characters.",
        )
        if isinstance(command, app_commands.Command):
            for parameter in command.parameters:
                yield from _option_texts(path, parameter)


def _option_texts(path: str, parameter: app_commands.Parameter) -> Iterator[CommandText]:
    name = parameter.display_name
    yield CommandText(
        TextKind.NAME,
        option_context(path),
        name,
        f"An option of /{path}: lower case, no spaces, at most 32 characters.",
        scope=f"the options of /{path}",
    )
    yield CommandText(
        TextKind.DESCRIPTION,
        _DESCRIPTION,
        str(parameter.description),
        f"Of the option {name} of /{path}. At most 100 characters.",
    )
    for choice in parameter.choices:
        yield CommandText(
            TextKind.CHOICE,
            _CHOICE,
            choice.name,
            f"A choice of the option {name} of /{path}. At most 100 characters.",
        )


def _title_context(title: str) -> str:
    return "command in a member's menu"


_DESCRIPTION, _CHOICE = "description of a command", "choice of a command"


def describe(command: app_commands.Command[Any, ..., Any]) -> str:
    """Return what a command does, in the language that is spoken."""
    return pgettext(_DESCRIPTION, command.description)


class CommandTranslator(app_commands.Translator):
    """Gives Discord the names and descriptions in each of its languages that has a catalogue."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """Return the translation, None where there is none or Discord wouldn't accept it."""
        catalogue = catalogues.find(str(locale))
        if catalogue.tag.partition("-")[0] == "en":
            return None
        kind, message_context = _what_is(context)
        text = catalogue.pgettext(message_context, string.message)
        if text == string.message or not kind.allows(text):
            return None
        return text


def _what_is(context: app_commands.TranslationContextTypes) -> tuple[TextKind, str]:
    data: Any = context.data
    match context.location:
        case Location.command_name | Location.group_name:
            if isinstance(data, app_commands.ContextMenu):
                return TextKind.TITLE, _title_context(data.name)
            return TextKind.NAME, name_context(data.qualified_name)
        case Location.parameter_name:
            return TextKind.NAME, option_context(data.command.qualified_name)
        case Location.choice_name:
            return TextKind.CHOICE, _CHOICE
        case _:
            return TextKind.DESCRIPTION, _DESCRIPTION
