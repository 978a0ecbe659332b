"""The page of `/setup` for roles and channels: choose what is there, or have it made."""

from __future__ import annotations

import re
from typing import Any, NamedTuple, Self

import discord
from discord import ui

from bot.components.persistent import (
    Interaction,
    LastingButton,
    LastingChannelSelect,
    LastingRoleSelect,
)
from bot.formatting import plain
from bot.guilds.permissions import label, missing
from bot.replies import show_layout
from bot.views.setup.overview import (
    READY,
    UNREADY,
    Server,
    back,
    finding_line,
    findings,
    opened,
    page,
)
from mentorship.administration import setup
from mentorship.errors import NotFound


class Made(NamedTuple):
    """What the bot can make for a setting. `permission` is what that takes."""

    title: str
    purpose: str
    name: str
    permission: str

    @property
    def shown(self) -> str:
        return self.name if self.permission == "manage_roles" else f"#{self.name}"


CHANNELS = {
    "review_channel_id": Made(
        "Review channel",
        "Where moderators decide on applications. The one thing that is needed.",
        "mentor-review",
        "manage_channels",
    ),
    "notices_channel_id": Made(
        "Notices channel",
        "Where I mention people whose direct messages are closed. Nothing private stands there.",
        "mentor-notices",
        "manage_channels",
    ),
    "log_channel_id": Made(
        "Log channel",
        "Where everything that moderators do is written down, changes here included.",
        "mentor-log",
        "manage_channels",
    ),
}
ROLES = {
    "moderator_role_id": Made(
        "Moderator role",
        "Who decides, besides everyone with Manage Server.",
        "Mentorship moderator",
        "manage_roles",
    ),
    "mentor_role_id": Made(
        "Mentor role", "What approved mentors get, for all to see.", "Mentor", "manage_roles"
    ),
}
MADE = CHANNELS | ROLES
_KEYS = {name.removesuffix("_id").replace("_", "-"): name for name in MADE}


async def open_places(
    interaction: Interaction, server: Server | None = None, said: str = ""
) -> None:
    """Show the roles and channels, each with what is wrong about it."""
    server = server or await opened(interaction)
    wrong = {
        finding.need.setting: finding_line(finding) for finding in findings(server) if finding.lacks
    }
    parts: list[ui.Item[Any]] = [
        ui.TextDisplay("\n".join(filter(None, ("## People and channels", said))))
    ]
    for key, name in _KEYS.items():
        made, chosen = MADE[name], getattr(server.settings, name)
        lines = [f"**{made.title}**", made.purpose]
        if name in server.settings.lost:
            lines.append("⚠️ The one that you had was deleted.")
        if name in wrong:
            lines.append(f"⚠️ {wrong[name]}")
        text: ui.TextDisplay[Any] = ui.TextDisplay("\n".join(lines))
        parts.append(
            text if chosen is not None else ui.Section(text, accessory=Create(key, made.shown))
        )
        menu = (
            ChannelMenu(key, f"Choose: {made.title.lower()}", chosen)
            if name in CHANNELS
            else RoleMenu(key, f"Choose: {made.title.lower()}", chosen)
        )
        parts.append(ui.ActionRow(menu))
        if name in server.settings.lost:
            parts.append(ui.ActionRow(Leave(key)))
    parts.append(ui.ActionRow(back()))
    await show_layout(interaction, page(*parts, colour=UNREADY if wrong else READY))


async def _choose(interaction: Interaction, key: str, chosen: int | None) -> None:
    server = await opened(interaction)
    if key not in _KEYS:
        raise NotFound("setting")
    settings = await interaction.client.db.run(
        setup.configure, server.actor, **{_KEYS[key]: chosen}
    )
    await open_places(interaction, server._replace(settings=settings))


class RoleMenu(LastingRoleSelect, template=r"setup:choose:(?P<key>[a-z]+-role)"):
    """The server's roles, for one setting."""

    def __init__(self, key: str, placeholder: str = "…", role_id: int | None = None) -> None:
        self.key = key
        super().__init__(f"setup:choose:{key}", placeholder, role_id)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(match["key"])

    async def chosen(self, interaction: Interaction, role_id: int | None) -> None:
        await _choose(interaction, self.key, role_id)


class ChannelMenu(
    LastingChannelSelect, template=r"setup:choose:(?P<key>(review|notices|log)-channel)"
):
    """The server's text channels, for one setting."""

    def __init__(self, key: str, placeholder: str = "…", channel_id: int | None = None) -> None:
        self.key = key
        super().__init__(f"setup:choose:{key}", placeholder, channel_id)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(match["key"])

    async def chosen(self, interaction: Interaction, channel_id: int | None) -> None:
        await _choose(interaction, self.key, channel_id)


class Leave(LastingButton, template=r"setup:leave:(?P<key>[a-z]+-(channel|role))"):
    """Says of what was deleted that nothing has to take its place; a menu can't choose nothing
    twice."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"setup:leave:{key}", "Leave it empty")

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(match["key"])

    async def pressed(self, interaction: Interaction) -> None:
        await _choose(interaction, self.key, None)


class Create(LastingButton, template=r"setup:create:(?P<key>[a-z]+-(channel|role))"):
    """Makes what a setting lacks, and chooses it."""

    def __init__(self, key: str, shown: str = "…") -> None:
        self.key = key
        super().__init__(f"setup:create:{key}", f"Create {shown}")

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(match["key"])

    async def pressed(self, interaction: Interaction) -> None:
        if self.key not in _KEYS:
            raise NotFound("setting")
        await interaction.response.defer()
        server, said = await make(interaction, None, _KEYS[self.key])
        await open_places(interaction, server, said)


async def make(interaction: Interaction, guild_id: int | None, *names: str) -> tuple[Server, str]:
    """Make what these settings lack and choose it. Returns the server as it is then, and what was
    made or could not be. Two who press at once get one of each.

    Raises what `opened` does.
    """
    async with interaction.client.building:
        server = await opened(interaction, guild_id)
        made, lines = {}, []
        for name in names:
            if getattr(server.settings, name) is not None:
                continue
            wanted = MADE[name]
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


async def _make(server: Server, name: str) -> discord.Role | discord.TextChannel:
    guild, wanted = server.guild, MADE[name]
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


def _private(server: Server) -> dict[Any, discord.PermissionOverwrite]:
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


def _refused(server: Server, wanted: Made, error: discord.HTTPException) -> str:
    if missing(server.guild.me.guild_permissions, (wanted.permission,)):
        return (
            f"⚠️ I may not make {wanted.shown}: I lack {label(wanted.permission)}. Allow it under "
            "Server Settings → Roles → my role → Permissions, or make it yourself and choose it."
        )
    why = plain(error.text or "it gives no reason").rstrip(".")
    return (
        f"⚠️ Discord did not let me make {wanted.shown}: {why}. Make it yourself and choose it here."
    )


LASTING = (ChannelMenu, Create, Leave, RoleMenu)
