"""The page of `/setup` for roles and channels: choose what is there, or have it made."""

from __future__ import annotations

import re
from typing import Any, NamedTuple, Self

import discord
from discord import ui

from bot.components.persistent import (
    PersistentButton,
    PersistentChannelSelect,
    PersistentRoleSelect,
)
from bot.formatting import plain
from bot.guilds.permissions import missing_permissions, permission_label
from bot.interaction import Interaction
from bot.replies import respond_with_layout
from bot.views.setup.overview import (
    READY,
    UNREADY,
    SetupContext,
    back_button,
    build_page,
    check_permissions,
    format_missing,
    load_setup,
)
from mentorship.administration import setup
from mentorship.errors import NotFound, Subject


class GuildResource(NamedTuple):
    """What the bot can make for a setting. `permission` is what that takes."""

    title: str
    purpose: str
    name: str
    permission: str

    @property
    def shown(self) -> str:
        return self.name if self.permission == "manage_roles" else f"#{self.name}"


CHANNELS = {
    "review_channel_id": GuildResource(
        "Review channel",
        "Where moderators decide on applications. The one thing that is needed.",
        "mentor-review",
        "manage_channels",
    ),
    "notices_channel_id": GuildResource(
        "Notices channel",
        "Where I mention people whose direct messages are closed. Nothing private stands there.",
        "mentor-notices",
        "manage_channels",
    ),
    "log_channel_id": GuildResource(
        "Log channel",
        "Where everything that moderators do is written down, changes here included.",
        "mentor-log",
        "manage_channels",
    ),
}
ROLES = {
    "moderator_role_id": GuildResource(
        "Moderator role",
        "Who decides, besides everyone with Manage Server.",
        "Mentorship moderator",
        "manage_roles",
    ),
    "mentor_role_id": GuildResource(
        "Mentor role", "What approved mentors get, for all to see.", "Mentor", "manage_roles"
    ),
}
RESOURCES = CHANNELS | ROLES
_KEYS = {name.removesuffix("_id").replace("_", "-"): name for name in RESOURCES}


async def show_channels(
    interaction: Interaction, server: SetupContext | None = None, said: str = ""
) -> None:
    """Show the roles and channels, each with what is wrong about it."""
    server = server or await load_setup(interaction)
    wrong = {
        finding.need.setting: format_missing(finding)
        for finding in check_permissions(server)
        if finding.lacks
    }
    parts: list[ui.Item[Any]] = [
        ui.TextDisplay("\n".join(filter(None, ("## People and channels", said))))
    ]
    for key, name in _KEYS.items():
        made, chosen = RESOURCES[name], getattr(server.settings, name)
        lines = [f"**{made.title}**", made.purpose]
        if name in server.settings.lost:
            lines.append("⚠️ The one that you had was deleted.")
        if name in wrong:
            lines.append(f"⚠️ {wrong[name]}")
        text: ui.TextDisplay[Any] = ui.TextDisplay("\n".join(lines))
        parts.append(
            text
            if chosen is not None
            else ui.Section(text, accessory=CreateResourceButton(key, made.shown))
        )
        menu = (
            SettingChannelMenu(key, f"Choose: {made.title.lower()}", chosen)
            if name in CHANNELS
            else SettingRoleMenu(key, f"Choose: {made.title.lower()}", chosen)
        )
        parts.append(ui.ActionRow(menu))
        if name in server.settings.lost:
            parts.append(ui.ActionRow(ClearSettingButton(key)))
    parts.append(ui.ActionRow(back_button()))
    await respond_with_layout(interaction, build_page(*parts, colour=UNREADY if wrong else READY))


async def _choose(interaction: Interaction, key: str, chosen: int | None) -> None:
    server = await load_setup(interaction)
    if key not in _KEYS:
        raise NotFound(Subject.SETTING)
    settings = await interaction.client.db.run(
        setup.configure, server.actor, **{_KEYS[key]: chosen}
    )
    await show_channels(interaction, server._replace(settings=settings))


class SettingRoleMenu(PersistentRoleSelect, template=r"setup:choose:(?P<key>[a-z]+-role)"):
    """The server's roles, for one setting."""

    def __init__(self, key: str, placeholder: str = "…", role_id: int | None = None) -> None:
        self.key = key
        super().__init__(f"setup:choose:{key}", placeholder, role_id)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(match["key"])

    async def on_select(self, interaction: Interaction, role_id: int | None) -> None:
        await _choose(interaction, self.key, role_id)


class SettingChannelMenu(
    PersistentChannelSelect, template=r"setup:choose:(?P<key>(review|notices|log)-channel)"
):
    """The server's text channels, for one setting."""

    def __init__(self, key: str, placeholder: str = "…", channel_id: int | None = None) -> None:
        self.key = key
        super().__init__(f"setup:choose:{key}", placeholder, channel_id)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(match["key"])

    async def on_select(self, interaction: Interaction, channel_id: int | None) -> None:
        await _choose(interaction, self.key, channel_id)


class ClearSettingButton(PersistentButton, template=r"setup:leave:(?P<key>[a-z]+-(channel|role))"):
    """Says of what was deleted that nothing has to take its place; a menu can't choose nothing
    twice."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"setup:leave:{key}", "Leave it empty")

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(match["key"])

    async def on_press(self, interaction: Interaction) -> None:
        await _choose(interaction, self.key, None)


class CreateResourceButton(
    PersistentButton, template=r"setup:create:(?P<key>[a-z]+-(channel|role))"
):
    """Makes what a setting lacks, and chooses it."""

    def __init__(self, key: str, shown: str = "…") -> None:
        self.key = key
        super().__init__(f"setup:create:{key}", f"Create {shown}")

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(match["key"])

    async def on_press(self, interaction: Interaction) -> None:
        if self.key not in _KEYS:
            raise NotFound(Subject.SETTING)
        await interaction.response.defer()
        server, said = await create_resources(interaction, None, _KEYS[self.key])
        await show_channels(interaction, server, said)


async def create_resources(
    interaction: Interaction, guild_id: int | None, *names: str
) -> tuple[SetupContext, str]:
    """Make what these settings lack and choose it. Returns the server as it is then, and what was
    made or could not be. Two who press at once get one of each.

    Raises what `load_setup` does.
    """
    async with interaction.client.channel_creation_lock:
        server = await load_setup(interaction, guild_id)
        made, lines = {}, []
        for name in names:
            if getattr(server.settings, name) is not None:
                continue
            wanted = RESOURCES[name]
            try:
                thing = await _make(server, name)
            except discord.HTTPException as error:
                if error.status >= 500:
                    raise
                lines.append(_refused(server, wanted, error))
            else:
                made[name] = thing.id
                lines.append(f"✅ I made {thing.mention}.")
        settings = await interaction.client.db.run(setup.configure, server.actor, **made)
        return server._replace(settings=settings), "\n".join(lines)


async def _make(server: SetupContext, name: str) -> discord.Role | discord.TextChannel:
    guild, wanted = server.guild, RESOURCES[name]
    if name in ROLES:
        return await guild.create_role(
            name=wanted.name,
            permissions=discord.Permissions.none(),
            colour=discord.Colour.teal() if name == "mentor_role_id" else discord.Colour.default(),
            reason=f"/setup by {server.actor.name}",
        )
    return await guild.create_text_channel(
        wanted.name,
        topic=wanted.purpose,
        overwrites=_notices_for(guild) if name == "notices_channel_id" else _private(server),
        reason=f"/setup by {server.actor.name}",
    )


def _private(server: SetupContext) -> dict[Any, discord.PermissionOverwrite]:
    """Seen by moderators, by whoever sets it up, and by the bot."""
    shown = discord.PermissionOverwrite(view_channel=True, send_messages=True)
    moderators = server.guild.get_role(server.settings.moderator_role_id or 0)
    return {
        server.guild.default_role: discord.PermissionOverwrite(view_channel=False),
        server.guild.me: _speaks(),
        discord.Object(server.actor.user_id, type=discord.Member): shown,
        **({moderators: shown} if moderators is not None else {}),
    }


def _notices_for(guild: discord.Guild) -> dict[Any, discord.PermissionOverwrite]:
    """Read by all, written by the bot alone."""
    return {
        guild.default_role: discord.PermissionOverwrite(view_channel=True, send_messages=False),
        guild.me: _speaks(),
    }


def _speaks() -> discord.PermissionOverwrite:
    return discord.PermissionOverwrite(view_channel=True, send_messages=True, embed_links=True)


def _refused(server: SetupContext, wanted: GuildResource, error: discord.HTTPException) -> str:
    if missing_permissions(server.guild.me.guild_permissions, (wanted.permission,)):
        lacking = permission_label(wanted.permission)
        return (
            f"⚠️ I may not make {wanted.shown}: I lack {lacking}. Allow it under "
            "Server Settings → Roles → my role → Permissions, or make it yourself and choose it."
        )
    why = plain(error.text or "it gives no reason").rstrip(".")
    return (
        f"⚠️ Discord did not let me make {wanted.shown}: {why}. Make it yourself and choose it here."
    )
