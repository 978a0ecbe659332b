"""The Discord permissions that the bot needs, and whether a guild grants them.

`requirements` depends on the guild's settings alone. `check_requirements` compares them with what
Discord reports. It takes objects from the gateway's cache or from HTTP requests, so `/setup` and
`mentorbot check` share it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import discord

from mentorship.guilds.guild_settings import GuildSettings

_SEND = ("view_channel", "send_messages")
_SEND_EMBEDS = (*_SEND, "embed_links")

_CHANNEL_FEATURES = {
    "review_channel_id": ("Applications reach the moderators", _SEND_EMBEDS),
    "notices_channel_id": ("People with closed direct messages are told of news", _SEND),
    "log_channel_id": ("What moderators do is logged", _SEND_EMBEDS),
}
MEETING_PERMISSIONS = {
    "thread": (
        "view_channel",
        "create_private_threads",
        "send_messages_in_threads",
        "manage_threads",
    ),
    # Discord lets a bot give in a channel only what it has itself.
    "voice": ("view_channel", "connect", "speak", "manage_channels"),
}
"""What the bot must be allowed for places to meet of each kind, where they are made."""

_MEETING_FEATURES = {
    "thread": "Private threads for sessions",
    "voice": "Voice channels for sessions",
}


@dataclass(frozen=True, slots=True)
class Requirement:
    """Permissions, by discord.py's names, that one feature takes.

    `setting` is the setting that makes it needed. `channel_id` is where, None for the whole server;
    `role_id` is a role that the bot's own has to stand above.
    """

    feature: str
    permissions: tuple[str, ...]
    setting: str
    channel_id: int | None = None
    role_id: int | None = None


@dataclass(frozen=True, slots=True)
class RequirementCheck:
    """How it stands with a need. `lacks` is empty when all is well; else `remedy` says what to do,
    in Discord's own words. `place` ends a sentence with where, as Discord markup."""

    need: Requirement
    place: str
    lacks: tuple[str, ...] = ()
    remedy: str = ""


def requirements(settings: GuildSettings) -> list[Requirement]:
    """All that the bot needs with these settings."""
    found = [
        Requirement(feature, permissions, setting, channel_id=channel_id)
        for setting, (feature, permissions) in _CHANNEL_FEATURES.items()
        if (channel_id := getattr(settings, setting)) is not None
    ]
    if settings.mentor_role_id is not None:
        found.append(
            Requirement(
                "Approved mentors get their role",
                ("manage_roles",),
                "mentor_role_id",
                role_id=settings.mentor_role_id,
            )
        )
    kind, where = settings.meeting_place, meeting_parent(settings)
    if kind in MEETING_PERMISSIONS and (where is not None or kind == "voice"):
        found.append(
            Requirement(
                _MEETING_FEATURES[kind],
                MEETING_PERMISSIONS[kind],
                "meeting_place",
                channel_id=where,
            )
        )
    return found


def meeting_parent(settings: GuildSettings) -> int | None:
    """Under which channel or category places to meet are made: a thread can't be without one."""
    if settings.meeting_place == "thread":
        return settings.meeting_parent_id or settings.notices_channel_id
    return settings.meeting_parent_id


def check_requirements(
    settings: GuildSettings, me: discord.Member, channels: Iterable[discord.abc.GuildChannel]
) -> list[RequirementCheck]:
    """Each need of the guild and how it stands. `me` is the bot there, `channels` all it has."""
    by_id = {channel.id: channel for channel in channels}
    return [_check(need, me, by_id) for need in requirements(settings)]


def missing_permissions(granted: discord.Permissions, wanted: Iterable[str]) -> tuple[str, ...]:
    """Of the wanted permissions those that are not granted, as Discord's settings call them."""
    return tuple(permission_label(name) for name in wanted if not getattr(granted, name))


def permission_label(name: str) -> str:
    """A permission as Discord's settings call it: `View Channel`."""
    return name.replace("_", " ").title().replace(" In ", " in ")


def _check(
    need: Requirement, me: discord.Member, channels: dict[int, discord.abc.GuildChannel]
) -> RequirementCheck:
    own = me.guild.self_role
    mine = f"**{own.name if own is not None else me.name}**"
    if need.channel_id is not None:
        place = f"in <#{need.channel_id}>"
        channel = channels.get(need.channel_id)
        if channel is None:
            return RequirementCheck(
                need, place, ("the channel",), "It was deleted. Choose another."
            )
        lacks = missing_permissions(channel.permissions_for(me), need.permissions)
        remedy = f"Edit Channel → Permissions: add {mine} there and allow {_join_names(lacks)}."
        return RequirementCheck(need, place, lacks, remedy if lacks else "")
    lacks = missing_permissions(me.guild_permissions, need.permissions)
    remedy = f"Server Settings → Roles → {mine} → Permissions: allow {_join_names(lacks)}."
    if need.role_id is None:
        return RequirementCheck(need, "in the whole server", lacks, remedy if lacks else "")
    place = f"for <@&{need.role_id}>"
    role = me.guild.get_role(need.role_id)
    if role is None:
        return RequirementCheck(need, place, ("the role",), "It was deleted. Choose another.")
    if role.is_default() or role.managed:
        return RequirementCheck(
            need,
            place,
            ("a role that can be given",),
            "Discord gives that role itself, and nobody else can. Choose another.",
        )
    remedies = [remedy] if lacks else []
    if role >= me.top_role:
        lacks = (*lacks, "a place above that role")
        remedies.append(f"Server Settings → Roles: drag {mine} above <@&{need.role_id}>.")
    return RequirementCheck(need, place, lacks, " ".join(remedies))


def _join_names(names: tuple[str, ...]) -> str:
    return ", ".join(f"**{name}**" for name in names)
