"""The page of `/setup` for roles and channels: choose existing ones, or have them created."""

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
from bot.readers import reader_of, readers_in
from bot.replies import defer, respond_with_layout
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
from mentorship.guilds.guild_settings import GuildSettings
from wording.translation import N_, _, speaking


class GuildResource(NamedTuple):
    """A channel or role that the bot can create for a setting, and the permission it takes.

    Its texts are marked with `N_`.
    """

    title: str
    purpose: str
    choice: str
    name: str
    permission: str

    def displayed_name(self, guild: discord.Guild, settings: GuildSettings) -> str:
        """Return the name that it gets in a guild, as Discord shows it."""
        with speaking(readers_in(guild, settings).locale):
            name = _(self.name)
        return name if self.permission == "manage_roles" else f"#{name}"


CHANNELS = {
    "review_channel_id": GuildResource(
        N_("Review channel"),
        N_("Where moderators decide on applications. Required."),
        N_("Choose the review channel"),
        # Translators: the name of a channel in Discord: lower case, with - in place of spaces.
        N_("mentor-review"),
        "manage_channels",
    ),
    "notices_channel_id": GuildResource(
        N_("Notices channel"),
        N_(
            "Where I mention people whose direct messages are closed. Nothing private is posted "
            "there."
        ),
        N_("Choose the notices channel"),
        # Translators: the name of a channel in Discord: lower case, with - in place of spaces.
        N_("mentor-notices"),
        "manage_channels",
    ),
    "log_channel_id": GuildResource(
        N_("Log channel"),
        N_("Where I log what moderators do, including changes here."),
        N_("Choose the log channel"),
        # Translators: the name of a channel in Discord: lower case, with - in place of spaces.
        N_("mentor-log"),
        "manage_channels",
    ),
}
ROLES = {
    "moderator_role_id": GuildResource(
        N_("Moderator role"),
        N_("Members with this role can moderate, as can everyone with Manage Server."),
        N_("Choose the moderator role"),
        # Translators: the name of a role in Discord.
        N_("Mentorship moderator"),
        "manage_roles",
    ),
    "mentor_role_id": GuildResource(
        N_("Mentor role"),
        N_("What approved mentors get."),
        N_("Choose the mentor role"),
        # Translators: the name of a role in Discord, which all mentors have.
        N_("Mentor"),
        "manage_roles",
    ),
}
RESOURCES = CHANNELS | ROLES
_KEYS = {name.removesuffix("_id").replace("_", "-"): name for name in RESOURCES}


async def show_channels(
    interaction: Interaction, context: SetupContext | None = None, note: str = ""
) -> None:
    """Show the roles and channels with their problems."""
    context, reader = context or await load_setup(interaction), reader_of(interaction)
    problems = {
        check.requirement.setting: format_missing(check, reader)
        for check in check_permissions(context)
        if check.lacks
    }
    title = _("People and channels")
    parts: list[ui.Item[Any]] = [ui.TextDisplay("\n".join(filter(None, (f"## {title}", note))))]
    for key, name in _KEYS.items():
        resource, current_id = RESOURCES[name], getattr(context.settings, name)
        lines = [f"**{_(resource.title)}**", _(resource.purpose)]
        if name in context.settings.lost:
            lines.append(_("⚠️ The previous one was deleted."))
        if name in problems:
            lines.append(f"⚠️ {problems[name]}")
        text: ui.TextDisplay[Any] = ui.TextDisplay("\n".join(lines))
        create = CreateResourceButton(key, resource.displayed_name(context.guild, context.settings))
        parts.append(text if current_id is not None else ui.Section(text, accessory=create))
        menu = (
            SettingChannelMenu(key, _(resource.choice), current_id)
            if name in CHANNELS
            else SettingRoleMenu(key, _(resource.choice), current_id)
        )
        parts.append(ui.ActionRow(menu))
        if name in context.settings.lost:
            parts.append(ui.ActionRow(ClearSettingButton(key)))
    parts.append(ui.ActionRow(back_button()))
    await respond_with_layout(
        interaction, build_page(*parts, colour=UNREADY if problems else READY)
    )


async def _choose(interaction: Interaction, key: str, chosen: int | None) -> None:
    """Save the chosen role or channel and show the page again."""
    context = await load_setup(interaction)
    if key not in _KEYS:
        raise NotFound(Subject.SETTING)
    settings = await interaction.client.db.run(
        setup.configure, context.actor, **{_KEYS[key]: chosen}
    )
    await show_channels(interaction, context._replace(settings=settings))


class SettingRoleMenu(PersistentRoleSelect, template=r"setup:choose:(?P<key>[a-z]+-role)"):
    """The guild's roles, for a setting."""

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
    """The guild's text channels, for a setting."""

    def __init__(self, key: str, placeholder: str = "…", channel_id: int | None = None) -> None:
        self.key = key
        super().__init__(f"setup:choose:{key}", placeholder, channel_id)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(match["key"])

    async def on_select(self, interaction: Interaction, channel_id: int | None) -> None:
        await _choose(interaction, self.key, channel_id)


class ClearSettingButton(PersistentButton, template=r"setup:leave:(?P<key>[a-z]+-(channel|role))"):
    """Leaves a setting empty after its channel or role was deleted.

    A menu without a selection can't be used for that, because it does not change.
    """

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"setup:leave:{key}", _("Leave it empty"))

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(match["key"])

    async def on_press(self, interaction: Interaction) -> None:
        await _choose(interaction, self.key, None)


class CreateResourceButton(
    PersistentButton, template=r"setup:create:(?P<key>[a-z]+-(channel|role))"
):
    """Creates the channel or role of a setting and chooses it."""

    def __init__(self, key: str, name: str = "…") -> None:
        self.key = key
        # Translators: a button; {name} is the name of a channel or role.
        super().__init__(f"setup:create:{key}", _("Create {name}", name=name))

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(match["key"])

    async def on_press(self, interaction: Interaction) -> None:
        if self.key not in _KEYS:
            raise NotFound(Subject.SETTING)
        await defer(interaction)
        context, note = await create_resources(interaction, None, _KEYS[self.key])
        await show_channels(interaction, context, note)


async def create_resources(
    interaction: Interaction, guild_id: int | None, *names: str
) -> tuple[SetupContext, str]:
    """Create the missing channels and roles of these settings and choose them.

    Returns the context with the new settings, and what was or could not be created. Two presses at
    the same time create each only once. Raises what `load_setup` does.
    """
    async with interaction.client.channel_creation_lock:
        context = await load_setup(interaction, guild_id)
        created_ids, lines = {}, []
        for name in names:
            if getattr(context.settings, name) is not None:
                continue
            resource = RESOURCES[name]
            try:
                created = await _create(context, name)
            except discord.HTTPException as error:
                if error.status >= 500:
                    raise
                lines.append(_creation_refused(context, resource, error))
            else:
                created_ids[name] = created.id
                # Translators: {channel} is a channel or role.
                lines.append(_("✅ I created {channel}.", channel=created.mention))
        settings = await interaction.client.db.run(setup.configure, context.actor, **created_ids)
        return context._replace(settings=settings), "\n".join(lines)


async def _create(context: SetupContext, name: str) -> discord.Role | discord.TextChannel:
    """Create the channel or role of a setting, with a name in the guild's language."""
    guild, resource = context.guild, RESOURCES[name]
    with speaking(readers_in(guild, context.settings).locale):
        # Translators: in Discord's audit log, why a channel or role was created.
        reason = _("/setup by {name}", name=context.actor.name)
        resource_name, purpose = _(resource.name), _(resource.purpose)
    if name in ROLES:
        return await guild.create_role(
            name=resource_name,
            permissions=discord.Permissions.none(),
            colour=discord.Colour.teal() if name == "mentor_role_id" else discord.Colour.default(),
            reason=reason,
        )
    return await guild.create_text_channel(
        resource_name,
        topic=purpose,
        overwrites=_notices_for(guild) if name == "notices_channel_id" else _private(context),
        reason=reason,
    )


def _private(context: SetupContext) -> dict[Any, discord.PermissionOverwrite]:
    """Return permissions for moderators, the person who sets up the guild, and the bot."""
    can_access = discord.PermissionOverwrite(view_channel=True, send_messages=True)
    moderators = context.guild.get_role(context.settings.moderator_role_id or 0)
    return {
        context.guild.default_role: discord.PermissionOverwrite(view_channel=False),
        context.guild.me: _bot_permissions(),
        discord.Object(context.actor.user_id, type=discord.Member): can_access,
        **({moderators: can_access} if moderators is not None else {}),
    }


def _notices_for(guild: discord.Guild) -> dict[Any, discord.PermissionOverwrite]:
    """Return permissions with which everyone can read, and only the bot can write."""
    return {
        guild.default_role: discord.PermissionOverwrite(view_channel=True, send_messages=False),
        guild.me: _bot_permissions(),
    }


def _bot_permissions() -> discord.PermissionOverwrite:
    """Return the permissions that the bot needs in a channel."""
    return discord.PermissionOverwrite(view_channel=True, send_messages=True, embed_links=True)


def _creation_refused(
    context: SetupContext, resource: GuildResource, error: discord.HTTPException
) -> str:
    """Return why a channel or role could not be created, and what to do."""
    name = resource.displayed_name(context.guild, context.settings)
    if missing_permissions(context.guild.me.guild_permissions, (resource.permission,)):
        return _(
            "⚠️ I can't create {name}: I need {permission}. Allow it under Server Settings → Roles "
            "→ my role → Permissions, or create it yourself and choose it.",
            name=name,
            permission=permission_label(resource.permission),
        )
    if not error.text:
        return _(
            "⚠️ Discord didn't let me create {name}, and gives no reason. Create it yourself and "
            "choose it here.",
            name=name,
        )
    # Translators: {name} is a channel or role, {reason} is what Discord says.
    return _(
        "⚠️ Discord didn't let me create {name}: {reason}. Create it yourself and choose it here.",
        name=name,
        reason=plain(error.text).rstrip("."),
    )
