"""What Discord asks of the bot for each kind of meeting room, and who may do what in one. Pure.

Two of Discord's rules are easily missed:

- In the overwrites of a new channel, a bot can allow and deny only permissions that it has in the
  whole server (https://github.com/discord/discord-api-docs/issues/2522). Having them in the
  category isn't enough.
- A new channel with overwrites of its own doesn't inherit the category's. What the bot needs later,
  to let people in and to delete the channel, it therefore needs in the whole server, too.

A thread has the permissions of its parent channel instead. People see a private thread only if they
can see the parent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import discord

from wording.translation import _, ngettext

ROOM_KINDS = ("thread", "voice", "stage")

MAX_CHANNELS = 500
"""Channels of a server, threads not counted."""

MAX_CHANNELS_IN_CATEGORY = 50

MAX_THREADS = 1_000
"""Active threads of a server."""

_HIDDEN = ("view_channel", "connect")
"""Denied to everyone in a voice or stage channel, except to those who meet there."""

_FOR_BOT = ("view_channel", "connect")
_FOR_PEOPLE = {
    "voice": ("view_channel", "connect", "speak"),
    "stage": ("view_channel", "connect", "request_to_speak"),
}
_FOR_HOST = {"voice": (), "stage": ("manage_channels", "mute_members", "move_members")}
"""With these three, somebody is the stage's moderator: they start it and let people speak."""

PARTICIPANT_NEEDS = ("view_channel", "send_messages_in_threads")
"""What everyone who meets in a thread needs in its parent channel."""


@dataclass(frozen=True, slots=True)
class RoomNeeds:
    """The permissions that a room takes, by discord.py's names.

    `server` is what the bot needs in the whole server, `parent` what it needs in the text channel
    or category.
    """

    server: tuple[str, ...]
    parent: tuple[str, ...]


def room_needs(kind: str, *, for_group: bool = False) -> RoomNeeds:
    """Return what the bot needs to open, change and close a room of a kind.

    A group session's changes when somebody joins or leaves.
    """
    if kind == "thread":
        return RoomNeeds(
            (),
            (
                "view_channel",
                "create_private_threads",
                "send_messages_in_threads",
                # To remove who has left, and to lock the thread when it is archived.
                "manage_threads",
            ),
        )
    given = [*_HIDDEN, *_FOR_BOT, *_FOR_PEOPLE[kind], *_FOR_HOST[kind], "manage_channels"]
    if for_group:
        # Changing overwrites takes it, creating a channel with them doesn't.
        given.append("manage_roles")
    return RoomNeeds(tuple(dict.fromkeys(given)), ("view_channel", "manage_channels"))


def room_overwrites(
    guild: discord.Guild, kind: str, people: Iterable[int], host_id: int | None = None
) -> dict[Any, discord.PermissionOverwrite]:
    """Return who may see and join a voice or stage channel.

    The host moderates a stage. Allows and denies nothing but what `room_needs` has.
    """
    overwrites: dict[Any, discord.PermissionOverwrite] = {
        guild.default_role: discord.PermissionOverwrite(**dict.fromkeys(_HIDDEN, False)),
        guild.me: discord.PermissionOverwrite(**dict.fromkeys(_FOR_BOT, True)),
    }
    for user_id in people:
        allowed = (*_FOR_PEOPLE[kind], *(_FOR_HOST[kind] if user_id == host_id else ()))
        overwrites[discord.Object(user_id, type=discord.Member)] = discord.PermissionOverwrite(
            **dict.fromkeys(allowed, True)
        )
    return overwrites


def can_meet_in(parent: discord.TextChannel, member: discord.Member) -> bool:
    """Return whether somebody can see and use a private thread below the channel."""
    return _allows(parent.permissions_for(member))


def is_open_to_all(parent: discord.TextChannel) -> bool:
    """Return whether every member can meet below the channel, whatever their roles."""
    everyone = parent.guild.default_role
    return _allows(parent.permissions_for(everyone)) and not any(
        getattr(overwrite, name) is False
        for target, overwrite in parent.overwrites.items()
        if target != everyone
        for name in PARTICIPANT_NEEDS
    )


def is_open_to_members(parent: discord.TextChannel, apart_from: Iterable[int | None] = ()) -> bool:
    """Return whether members can meet below the channel: all, or those with some ordinary role.

    Roles of bots, of managers and those with the ids `apart_from` aren't ordinary.
    """
    others = set(apart_from)
    roles = [
        role
        for role in parent.guild.roles
        if not (role.managed or role.id in others)
        and not (role.permissions.administrator or role.permissions.manage_guild)
    ]
    return any(_allows(parent.permissions_for(role)) for role in roles)


def _allows(granted: discord.Permissions) -> bool:
    """Return whether these permissions are enough to meet in a private thread."""
    return all(getattr(granted, name) for name in PARTICIPANT_NEEDS)


def space_left(parent: discord.CategoryChannel | None, guild: discord.Guild) -> str | None:
    """Return why no channel can be created in the category or the server, None if one can."""
    if len(guild.channels) >= MAX_CHANNELS:
        return _full_server()
    if parent is not None and len(parent.channels) >= MAX_CHANNELS_IN_CATEGORY:
        return _(
            "{category} has {number} channels, which is Discord's limit for a category.",
            category=parent.mention,
            number=MAX_CHANNELS_IN_CATEGORY,
        )
    return None


def _full_server() -> str:
    return _("The server has {number} channels, which is Discord's limit.", number=MAX_CHANNELS)


# https://docs.discord.com/developers/topics/opcodes-and-status-codes#json-json-error-codes
_TOO_MANY_CHANNELS, _TOO_MANY_THREADS = 30013, 160006
_INVALID_FORM = 50035
_GONE = 10003


def full_problem(error: discord.HTTPException, parent: discord.abc.GuildChannel | None) -> str:
    """Return which of Discord's limits a refusal is about; empty if it is about none.

    A full category is reported as an invalid form.
    """
    if error.code == _INVALID_FORM and isinstance(parent, discord.CategoryChannel):
        return _(
            "Discord takes no more channels in {category}: {problem}.",
            category=parent.mention,
            problem=error.text,
        )
    if error.code == _TOO_MANY_CHANNELS:
        return _full_server()
    if error.code == _TOO_MANY_THREADS:
        return ngettext(
            "The server has {count} active thread, which is Discord's limit.",
            "The server has {count} active threads, which is Discord's limit.",
            MAX_THREADS,
        )
    return ""


def is_gone(error: discord.HTTPException) -> bool:
    """Return whether a refusal says that the channel doesn't exist any more."""
    return error.code == _GONE
