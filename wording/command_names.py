"""The names of slash commands in other languages, and texts that mention them.

Discord's clients show a command by its name in the person's language. Translators write `/book` as
in English; whoever reads the text sees the name that they have to type.
"""

from __future__ import annotations

import re
from collections.abc import Callable

Lookup = Callable[[str, str], str]
"""Takes a context and an English name, and returns the name in the language."""

_COMMAND = re.compile(r"`/([a-z][^`]*)`")


def name_context(path: str) -> str:
    """Return the context of the name of the command `path`, such as `mentor hours`."""
    return f"name of /{path}"


def option_context(path: str) -> str:
    """Return the context of the names of a command's options."""
    return f"option of /{path}"


def localise(text: str, lookup: Lookup) -> str:
    """Return a text with the commands in it as the language calls them.

    `` `/mentor hours` `` becomes `` `/mentor zeiten` ``, and `` `/book mentor:` `` has its option
    translated.
    """
    return _COMMAND.sub(lambda match: f"`/{_localise_path(match[1], lookup)}`", text)


def _localise_path(words: str, lookup: Lookup) -> str:
    path, localised = "", []
    for word in words.split(" "):
        option, colon, value = word.partition(":")
        if colon:
            localised.append(f"{lookup(option_context(path), option)}:{value}")
        else:
            path = f"{path} {word}".strip()
            localised.append(lookup(name_context(path), word))
    return " ".join(localised)
