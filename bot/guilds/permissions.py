"""The Discord permissions that the bot needs, and whether a guild grants them.

`requirements` depends on the guild's settings alone. `check_requirements` compares them with what
Discord reports. It takes objects from the gateway's cache or from HTTP requests, so `/setup` and
`mentorbot check` share it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import discord

from bot.guilds.room_permissions import (
    MAX_CHANNELS,
    MAX_CHANNELS_IN_CATEGORY,
    is_open_to_members,
    room_needs,
)
from mentorship.guilds.guild_settings import GuildSettings
from wording.lists import enumerated
from wording.reader import Reader
from wording.translation import N_, _, current_language, pgettext, sentences

_SEND = ("view_channel", "send_messages")
_SEND_EMBEDS = (*_SEND, "embed_links")

_CHANNEL_FEATURES = {
    "review_channel_id": (N_("Posting applications"), _SEND_EMBEDS),
    "notices_channel_id": (N_("Posting mentions of people I can't message"), _SEND),
    "log_channel_id": (N_("Logging what moderators do"), _SEND_EMBEDS),
    "sessions_channel_id": (N_("Announcing group sessions"), _SEND_EMBEDS),
    "requests_channel_id": (N_("Posting requests for help"), _SEND_EMBEDS),
}
EVENT_PERMISSIONS = ("create_events",)
"""Permissions that scheduled events take. With this one a bot may also edit those of its own."""

_MEETING_FEATURES = {
    "thread": N_("Creating private threads for sessions"),
    "voice": N_("Creating voice channels for sessions"),
}
_GROUP_ROOM_FEATURES = {
    "thread": N_("Private threads"),
    "voice": N_("Voice channels"),
    "stage": N_("Stage channels"),
}


@dataclass(frozen=True, slots=True)
class Requirement:
    """The permissions that a feature needs, by discord.py's names.

    `feature` is in English. `setting` is the setting that turns it on. `channel_id` is where they
    are needed, None for the whole guild. `role_id` is a role that the bot's own role must be above.
    `room_kind` is the kind of meeting room that needs them.
    """

    feature: str
    permissions: tuple[str, ...]
    setting: str
    channel_id: int | None = None
    role_id: int | None = None
    room_kind: str | None = None


@dataclass(frozen=True, slots=True)
class RequirementCheck:
    """Whether a requirement is met.

    `lacks` is empty if it is; otherwise `remedy` says what to do, in Discord's words. `location` is
    where the permissions are needed, in English and Discord's markup.
    """

    requirement: Requirement
    location: str
    lacks: tuple[str, ...] = ()
    remedy: str = ""

    @property
    def subject(self) -> str:
        """What the permissions are for, and where: `Posting applications in #reviews`."""
        need = self.requirement
        if need.role_id is not None:
            return _("Giving mentors the role {role}", role=f"<@&{need.role_id}>")
        # Translators: {feature} is what the bot does, such as “Posting applications”.
        if need.channel_id is None:
            return _("{feature} in the whole server", feature=_(need.feature))
        # Translators: {feature} is what the bot does, such as “Posting applications”.
        return _("{feature} in {channel}", feature=_(need.feature), channel=f"<#{need.channel_id}>")


def requirements(settings: GuildSettings) -> list[Requirement]:
    """Return what the bot needs with these settings."""
    needed = [
        Requirement(feature, permissions, setting, channel_id=channel_id)
        for setting, (feature, permissions) in _CHANNEL_FEATURES.items()
        if (channel_id := getattr(settings, setting)) is not None
    ]
    if settings.sessions_channel_id is not None:
        needed.append(
            Requirement(N_("Creating Discord events"), EVENT_PERMISSIONS, "sessions_channel_id")
        )
    if settings.mentor_role_id is not None:
        needed.append(
            Requirement(
                "Giving mentors the role",
                ("manage_roles",),
                "mentor_role_id",
                role_id=settings.mentor_role_id,
            )
        )
    kind = settings.meeting_place
    if kind in _MEETING_FEATURES:
        feature, parent_id = _MEETING_FEATURES[kind], meeting_parent(settings)
        needed += _room_requirements(kind, feature, "meeting_place", parent_id)
    return needed


def _room_requirements(
    kind: str, feature: str, setting: str, parent_id: int | None, *, for_group: bool = False
) -> list[Requirement]:
    """Return what a kind of room needs in the whole server, and in the channel or category."""
    needs = room_needs(kind, for_group=for_group)
    needed = []
    if needs.server:
        needed.append(Requirement(feature, needs.server, setting, room_kind=kind))
    if parent_id is not None:
        needed.append(
            Requirement(feature, needs.parent, setting, channel_id=parent_id, room_kind=kind)
        )
    return needed


def meeting_parent(settings: GuildSettings) -> int | None:
    """Return the channel or category in which meeting rooms are created; threads need one."""
    if settings.meeting_place == "thread":
        return settings.meeting_parent_id or settings.notices_channel_id
    return settings.meeting_parent_id


def check_requirements(
    settings: GuildSettings, me: discord.Member, channels: Iterable[discord.abc.GuildChannel]
) -> list[RequirementCheck]:
    """Check each requirement of the guild. `me` is the bot there, `channels` all its channels."""
    by_id = {channel.id: channel for channel in channels}
    return [_check(need, me, by_id, settings) for need in requirements(settings)]


def check_group_rooms(
    settings: GuildSettings, me: discord.Member, channels: Iterable[discord.abc.GuildChannel]
) -> list[RequirementCheck]:
    """Check what each kind of room takes that mentors may choose for a group session.

    No setting asks for one: without the permissions people meet at the session's link. Empty for a
    guild without a channel for group sessions.
    """
    if settings.sessions_channel_id is None:
        return []
    by_id = {channel.id: channel for channel in channels}
    parent = by_id.get(settings.meeting_parent_id or 0)
    category_id = parent.id if isinstance(parent, discord.CategoryChannel) else None
    thread_parent = parent if isinstance(parent, discord.TextChannel) else None
    thread_parent_id = settings.sessions_channel_id if thread_parent is None else thread_parent.id
    checks = []
    for kind, feature in _GROUP_ROOM_FEATURES.items():
        parent_id = thread_parent_id if kind == "thread" else category_id
        for need in _room_requirements(
            kind, feature, "sessions_channel_id", parent_id, for_group=True
        ):
            check = _check(need, me, by_id, settings)
            is_first = need.channel_id is None
            if kind == "stage" and is_first and "COMMUNITY" not in me.guild.features:
                community = _("Server Settings → Enable Community.")
                check = replace(
                    check,
                    lacks=(pgettext("what the bot needs", "a Community server"), *check.lacks),
                    remedy=sentences(community, check.remedy),
                )
            checks.append(check)
    return checks


def missing_permissions(granted: discord.Permissions, required: Iterable[str]) -> tuple[str, ...]:
    """Return those permissions that are not granted, as Discord's settings call them."""
    return tuple(permission_label(name) for name in required if not getattr(granted, name))


def permission_label(name: str) -> str:
    """Return a permission as Discord's settings call it, such as `View Channel`."""
    # Translators: all of these are named as in Discord's settings in your language.
    labels = {
        "connect": pgettext("permission in Discord", "Connect"),
        "create_events": pgettext("permission in Discord", "Create Events"),
        "create_private_threads": pgettext("permission in Discord", "Create Private Threads"),
        "embed_links": pgettext("permission in Discord", "Embed Links"),
        "manage_channels": pgettext("permission in Discord", "Manage Channels"),
        "manage_roles": pgettext("permission in Discord", "Manage Roles"),
        "manage_threads": pgettext("permission in Discord", "Manage Threads"),
        "move_members": pgettext("permission in Discord", "Move Members"),
        "mute_members": pgettext("permission in Discord", "Mute Members"),
        "request_to_speak": pgettext("permission in Discord", "Request To Speak"),
        "send_messages": pgettext("permission in Discord", "Send Messages"),
        "send_messages_in_threads": pgettext("permission in Discord", "Send Messages in Threads"),
        "speak": pgettext("permission in Discord", "Speak"),
        "view_channel": pgettext("permission in Discord", "View Channel"),
    }
    return labels.get(name) or name.replace("_", " ").title()


def _check(
    requirement: Requirement,
    me: discord.Member,
    channels: dict[int, discord.abc.GuildChannel],
    settings: GuildSettings,
) -> RequirementCheck:
    own_role = me.guild.self_role
    own_name = f"**{own_role.name if own_role is not None else me.name}**"
    if requirement.channel_id is not None:
        location = f"in <#{requirement.channel_id}>"
        channel = channels.get(requirement.channel_id)
        if channel is None:
            return RequirementCheck(
                requirement,
                location,
                (pgettext("what the bot needs", "another channel"),),
                # Translators: a channel was deleted.
                pgettext("channel", "This one was deleted. Choose another."),
            )
        lacks = missing_permissions(channel.permissions_for(me), requirement.permissions)
        # Translators: {role} is the bot's own.
        remedy = _(
            "Edit Channel → Permissions: add {role} and allow {permissions}.",
            role=own_name,
            permissions=_join_names(lacks),
        )
        check = RequirementCheck(requirement, location, lacks, remedy if lacks else "")
        return _check_room(check, channel, channels, settings)
    lacks = missing_permissions(me.guild_permissions, requirement.permissions)
    # Translators: {role} is the bot's own.
    remedy = _(
        "Server Settings → Roles → {role} → Permissions: allow {permissions}.",
        role=own_name,
        permissions=_join_names(lacks),
    )
    if requirement.role_id is None:
        check = RequirementCheck(requirement, "in the whole server", lacks, remedy if lacks else "")
        return _check_room(check, None, channels, settings)
    location = f"<@&{requirement.role_id}>"
    role = me.guild.get_role(requirement.role_id)
    if role is None:
        return RequirementCheck(
            requirement,
            location,
            (pgettext("what the bot needs", "another role"),),
            # Translators: a role was deleted.
            pgettext("role", "This one was deleted. Choose another."),
        )
    if role.is_default() or role.managed:
        return RequirementCheck(
            requirement,
            location,
            (pgettext("what the bot needs", "another role"),),
            # Translators: this role.
            pgettext("role", "Only Discord can give this one. Choose another."),
        )
    remedies = [remedy] if lacks else []
    if role >= me.top_role:
        lacks = (*lacks, pgettext("what the bot needs", "a role above that role"))
        remedies.append(
            _(
                "Server Settings → Roles: drag {role} above {other}.",
                role=own_name,
                other=f"<@&{requirement.role_id}>",
            )
        )
    return RequirementCheck(requirement, location, lacks, sentences(*remedies))


def _check_room(
    check: RequirementCheck,
    parent: discord.abc.GuildChannel | None,
    channels: Mapping[int, discord.abc.GuildChannel],
    settings: GuildSettings,
) -> RequirementCheck:
    """Add what else a meeting room lacks: space, or members who can see its parent channel."""
    if check.requirement.room_kind is None:
        return check
    lacks, remedies = list(check.lacks), [check.remedy] if check.remedy else []
    if isinstance(parent, discord.TextChannel):
        # Every mentor has the mentor role, but no mentee has to.
        apart = (settings.mentor_role_id, settings.moderator_role_id)
        if not is_open_to_members(parent, apart):
            lacks.append(pgettext("what the bot needs", "members who can see it"))
            remedies.append(
                _(
                    "People see a private thread only if they can see its channel. Edit Channel → "
                    "Permissions: allow members **View Channel** and **Send Messages in Threads**, "
                    "or choose another channel."
                )
            )
    elif parent is None and len(channels) >= MAX_CHANNELS:
        lacks.append(pgettext("what the bot needs", "space for another channel"))
        remedies.append(
            _(
                "The server has {number} channels, Discord's limit: delete some.",
                number=MAX_CHANNELS,
            )
        )
    elif parent is not None and _count_in(parent, channels) >= MAX_CHANNELS_IN_CATEGORY:
        lacks.append(pgettext("what the bot needs", "space for another channel"))
        remedies.append(
            _(
                "The category has {number} channels, Discord's limit: delete some, or choose "
                "another category. Until then, I create the channels outside of it.",
                number=MAX_CHANNELS_IN_CATEGORY,
            )
        )
    return replace(check, lacks=tuple(lacks), remedy=sentences(*remedies))


def _count_in(
    category: discord.abc.GuildChannel, channels: Mapping[int, discord.abc.GuildChannel]
) -> int:
    return sum(channel.category_id == category.id for channel in channels.values())


def _join_names(names: tuple[str, ...]) -> str:
    return enumerated([f"**{name}**" for name in names], Reader.of(current_language()))
