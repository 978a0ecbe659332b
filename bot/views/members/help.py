"""The pages of `/help`: the commands that a person can use, by their roles in the guild."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import discord
from discord import app_commands, ui

from bot.command_texts import describe
from bot.components.cards import empty_layout
from mentorship.members.roles import MemberRoles
from wording.translation import N_, _

_LONGEST = 4_000
"""Discord's limit of characters of text in a message of components."""

Command = app_commands.Command[Any, ..., Any]


@dataclass(frozen=True, slots=True)
class _Chapter:
    """A list of commands by their full names, in the order in which they are shown.

    `title` and `ending` are translated where they are shown.
    """

    title: str
    commands: tuple[str, ...]
    ending: str = ""


_EVERYONE = _Chapter(
    N_("What you can do"),
    (
        "mentor search",
        "book",
        "session list",
        "ask",
        "sessions",
        "invitations",
        "requests",
        "reschedule",
        "cancel",
        "rate",
        "mentor profile",
        "points balance",
        "points history",
        "points give",
        "notifications",
        "calendar",
        "timezone set",
        "timezone show",
        "timezone convert",
        "mentor apply",
        "mentor status",
        "block",
        "unblock",
        "privacy export",
        "privacy forget",
    ),
    # Translators: "Apps" is Discord's own word in that menu; the rest are names of commands
    N_(
        "Or open a person's menu (right click, or hold on a phone) → Apps → **Book a session** or "
        "**Mentor profile**."
    ),
)
_MENTORS = _Chapter(
    N_("As a mentor"),
    (
        "mentor hours",
        "session create",
        "mentor invite",
        "mentor edit",
        "mentor questions",
        "insights",
        "mentor pause",
        "mentor resume",
        "mentor stop",
    ),
    N_("Confirm or decline requests in the direct messages I send you."),
)
_MODERATORS = _Chapter(
    N_("As a moderator"),
    (
        "moderation queue",
        "moderation suspend",
        "moderation reinstate",
        "moderation hide-review",
        "moderation grant",
        "moderation deduct",
        "moderation blocks",
        "moderation demand",
        "insights",
        "moderation audit",
    ),
    N_("Decide on applications with the buttons on their cards."),
)
_MANAGERS = _Chapter(
    N_("As a server manager"),
    ("setup",),
    N_("**Check permissions** there shows what I'm missing, and how to fix it."),
)
_GROUPS = {"moderation": _MODERATORS, "setup": _MANAGERS}


def help_pages(
    roles: MemberRoles, commands: Iterable[Command], ids: Mapping[str, int]
) -> Sequence[ui.LayoutView]:
    """Return a chapter for each role of the person, in as few messages as possible.

    A command that no chapter lists is for everyone, or for those who can use its group. `ids` are
    Discord's ids of the top-level commands. Components are used because embeds don't show clickable
    commands everywhere.
    """
    chapters = {
        _EVERYONE: True,
        _MENTORS: roles.is_mentor,
        _MODERATORS: roles.is_moderator,
        _MANAGERS: roles.manages_guild,
    }
    commands_by_name = {command.qualified_name: command for command in commands}
    listed = {name for chapter in chapters for name in chapter.commands}
    unlisted: dict[_Chapter, list[str]] = {chapter: [] for chapter in chapters}
    for name in commands_by_name.keys() - listed:
        unlisted[_GROUPS.get(name.split()[0], _EVERYONE)].append(name)
    texts = [
        "\n".join(
            (
                f"### {_(chapter.title)}",
                *_lines(
                    chapter,
                    [*chapter.commands, *sorted(unlisted[chapter])],
                    commands_by_name,
                    ids,
                    roles,
                ),
            )
        )
        for chapter, is_shown in chapters.items()
        if is_shown
    ]
    return [_page(texts_of_page) for texts_of_page in _packed(texts)]


def _packed(texts: Iterable[str]) -> list[list[str]]:
    """Group the texts so that each group fits into a message."""
    groups: list[list[str]] = [[]]
    for text in texts:
        if groups[-1] and sum(map(len, groups[-1])) + len(text) > _LONGEST:
            groups.append([])
        groups[-1].append(text)
    return groups


def _page(texts: Iterable[str]) -> ui.LayoutView:
    page = empty_layout()
    page.add_item(ui.Container(*map(ui.TextDisplay, texts), accent_colour=discord.Colour.blurple()))
    return page


def _lines(
    chapter: _Chapter,
    names: Iterable[str],
    commands_by_name: Mapping[str, Command],
    ids: Mapping[str, int],
    roles: MemberRoles,
) -> Iterator[str]:
    if not roles.is_guild_set_up:
        if chapter is _MANAGERS:
            yield _("**Start here:** one click sets up this server.")
        elif chapter is _EVERYONE and not roles.manages_guild:
            hint = _(
                "Mentoring isn't set up here yet. Someone with Manage Server can use `/setup`."
            )
            yield f"{hint}\n"
    for name in names:
        if name in commands_by_name:
            yield f"{mention(name, ids)} {describe(commands_by_name[name])}"
    if chapter.ending:
        yield f"\n{_(chapter.ending)}"


def mention(name: str, ids: Mapping[str, int]) -> str:
    """Return a clickable command, or its name if Discord's id is not known."""
    command_id = ids.get(name.split()[0])
    return f"</{name}:{command_id}>" if command_id is not None else f"`/{name}`"
