"""`/help`: what a person can do, by what they are, with commands to click."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import discord
from discord import app_commands

from mentorship.standing import Standing

Command = app_commands.Command[Any, ..., Any]


@dataclass(frozen=True, slots=True)
class _Chapter:
    """Commands for some people, by their whole names and in the order that they are told in."""

    title: str
    commands: tuple[str, ...]
    ending: str = ""


_EVERYONE = _Chapter(
    "What you can do",
    (
        "mentor search",
        "book",
        "sessions",
        "cancel",
        "rate",
        "mentor profile",
        "points balance",
        "timezone set",
        "timezone show",
        "timezone convert",
        "mentor apply",
        "mentor status",
    ),
    "Or open a person's menu (right click, or hold on a phone) → Apps → **Book a session** or "
    "**Mentor profile**.",
)
_MENTORS = _Chapter(
    "As a mentor",
    ("mentor hours", "mentor edit", "mentor pause", "mentor resume", "mentor stop"),
    "You confirm or decline requests in the direct messages that I send you.",
)
_MODERATORS = _Chapter(
    "As a moderator",
    (
        "moderation queue",
        "moderation suspend",
        "moderation reinstate",
        "moderation hide-review",
        "moderation audit",
    ),
    "You decide on applications with the buttons on their cards.",
)
_MANAGERS = _Chapter(
    "As somebody who runs this server",
    ("setup",),
    "The page **Check permissions** in there says what I lack and how to give it.",
)
_GROUPS = {"moderation": _MODERATORS, "setup": _MANAGERS}


def help_cards(
    standing: Standing, commands: Iterable[Command], ids: Mapping[str, int]
) -> Sequence[discord.Embed]:
    """A card for each thing that the person is. A command without a place in a chapter is for
    everyone, or for those whose group it belongs to. `ids` are Discord's, of the whole commands."""
    chapters = {
        _EVERYONE: True,
        _MENTORS: standing.mentors,
        _MODERATORS: standing.moderates,
        _MANAGERS: standing.manages,
    }
    known = {command.qualified_name: command for command in commands}
    placed = {name for chapter in chapters for name in chapter.commands}
    rest: dict[_Chapter, list[str]] = {chapter: [] for chapter in chapters}
    for name in known.keys() - placed:
        rest[_GROUPS.get(name.split()[0], _EVERYONE)].append(name)
    return [
        _card(chapter, [*chapter.commands, *sorted(rest[chapter])], known, ids, standing)
        for chapter, shown in chapters.items()
        if shown
    ]


def _card(
    chapter: _Chapter,
    names: Iterable[str],
    known: Mapping[str, Command],
    ids: Mapping[str, int],
    standing: Standing,
) -> discord.Embed:
    lines = list(_lines(chapter, names, known, ids, standing))
    return discord.Embed(
        title=chapter.title,
        description="\n".join(lines),
        colour=discord.Colour.blurple(),
    )


def _lines(
    chapter: _Chapter,
    names: Iterable[str],
    known: Mapping[str, Command],
    ids: Mapping[str, int],
    standing: Standing,
) -> Iterator[str]:
    if not standing.guild_ready:
        if chapter is _MANAGERS:
            yield "**Begin here:** one click in there makes this server ready."
        elif chapter is _EVERYONE and not standing.manages:
            yield "Mentoring is not set up here yet. Someone with Manage Server can do it.\n"
    for name in names:
        if name in known:
            yield f"{mention(name, ids)} {_lowered(known[name].description)}"
    if chapter.ending:
        yield f"\n{chapter.ending}"


def mention(name: str, ids: Mapping[str, int]) -> str:
    """A command to click, or just its name where Discord does not know it."""
    command_id = ids.get(name.split()[0])
    return f"</{name}:{command_id}>" if command_id is not None else f"`/{name}`"


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]
