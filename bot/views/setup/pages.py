"""The pages of `/setup` and how they lead to each other, and setting up a new guild.

The setup is one ephemeral message that is edited in place. Custom ids carry what each item needs,
so it still works after a restart.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Any, Self

import discord
from discord import ui

from bot.components.persistent import PersistentButton
from bot.formatting import plain
from bot.guilds.permissions import RequirementCheck, permission_label
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import defer, respond_with_layout
from bot.views.setup.channels import SettingChannelMenu, create_resources, show_channels
from bot.views.setup.forms import GROUPS, open_settings_form
from bot.views.setup.limits import show_limits
from bot.views.setup.overview import (
    PAGES,
    READY,
    UNREADY,
    SetupContext,
    SetupPageButton,
    back_button,
    build_page,
    check_permissions,
    check_rooms,
    format_missing,
    list_hints,
    list_problems,
    load_setup,
    overview_page,
)
from bot.views.setup.threshold_roles import problem_of, show_threshold_roles
from mentorship.administration import setup
from mentorship.recognition import threshold_roles
from wording.durations import counted
from wording.reader import Reader


async def show_setup(
    interaction: Interaction, context: SetupContext | None = None, note: str = ""
) -> None:
    """Show the overview; a guild that is not ready gets the quick setup first."""
    context = context or await load_setup(interaction)
    first: list[ui.Item[Any]] = []
    if context.settings.review_channel_id is None:
        first = [
            ui.TextDisplay(
                "**Quick setup:** I create a private channel, #mentor-review, and a role for "
                "mentors. Everything else has a sensible default."
            ),
            ui.ActionRow(QuickSetupButton(context.guild.id)),
            ui.ActionRow(SettingChannelMenu("review-channel", "Or choose the review channel")),
        ]
    await respond_with_layout(
        interaction, overview_page(context, reader_of(interaction), note, first)
    )


async def show_permission_check(interaction: Interaction) -> None:
    """Show every permission that the bot needs, and whether it has it."""
    context = await load_setup(interaction)
    checks = check_permissions(context)
    lines = ["## Permissions", "What I need for your current settings:"]
    if not any(check.lacks for check in checks if check.requirement.setting == "review_channel_id"):
        reposted = await interaction.client.db.run(setup.retry_review_cards, context.actor)
        if reposted:
            waiting = counted(reposted, "application", reader_of(interaction))
            lines.insert(1, f"✅ I'm posting {waiting} that I couldn't post before.")
    lines += [_check_line(check, "❌") for check in checks]
    if not checks:
        lines.append("✅ Nothing yet: no channel or role is chosen.")
    other_problems = [
        check
        for check in list_problems(context, reader_of(interaction))
        if check not in map(format_missing, checks)
    ]
    lines += [f"⚠️ {check}" for check in other_problems]
    rules = await interaction.client.db.read(threshold_roles.list_rules, context.actor)
    roles = [(rule.role_id, problem_of(context.guild, rule)) for rule in rules]
    role_problems = [f"<@&{role_id}>: {problem}" for role_id, problem in roles if problem]
    lines += [f"⚠️ Role for mentors {problem}" for problem in role_problems]
    rooms = check_rooms(context)
    if rooms:
        lines.append(
            "Optional, if mentors choose such a place for a group session. Without it, people meet "
            "at the session's link:"
        )
        lines += [_check_line(check, "⚪") for check in rooms]
    if not other_problems and not role_problems and not any(check.lacks for check in checks):
        lines.append("Everything works.")
    buttons: ui.ActionRow[Any] = ui.ActionRow(
        SetupPageButton("check", "Check again"), back_button()
    )
    colour = READY if lines[-1] == "Everything works." else UNREADY
    await respond_with_layout(
        interaction, build_page(ui.TextDisplay("\n".join(lines)), buttons, colour=colour)
    )


def _check_line(check: RequirementCheck, mark: str) -> str:
    """Return a line on a permission, with `mark` in front if it is missing."""
    if check.lacks:
        return f"{mark} {format_missing(check)}"
    allowed = ", ".join(map(permission_label, check.requirement.permissions))
    return f"✅ {check.requirement.feature} {check.location}: {allowed}"


PAGES.update(
    overview=show_setup,
    people=show_channels,
    check=show_permission_check,
    limits=show_limits,
    roles=show_threshold_roles,
    **{group: partial(open_settings_form, group=group) for group in GROUPS},
)


class QuickSetupButton(PersistentButton, template=r"setup:start:(?P<guild>\d{1,20})"):
    """Creates and chooses what a guild needs, from the guild or a direct message."""

    def __init__(self, guild_id: int) -> None:
        self.guild_id = guild_id
        super().__init__(f"setup:start:{guild_id}", "Set it up for me", discord.ButtonStyle.success)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["guild"]))

    async def on_press(self, interaction: Interaction) -> None:
        await defer(interaction)
        context, note = await create_resources(
            interaction, self.guild_id, "review_channel_id", "mentor_role_id"
        )
        if interaction.guild is None:
            await respond_with_layout(
                interaction, _setup_in_dm(context, reader_of(interaction), note)
            )
        else:
            await show_setup(interaction, context, note)


class OpenSetupButton(PersistentButton, template=r"setup:open:(?P<guild>\d{1,20})"):
    """Shows the setup of a guild, from the guild or a direct message."""

    def __init__(self, guild_id: int) -> None:
        self.guild_id = guild_id
        super().__init__(f"setup:open:{guild_id}", "Set it up", discord.ButtonStyle.primary)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["guild"]))

    async def on_press(self, interaction: Interaction) -> None:
        context = await load_setup(interaction, self.guild_id)
        if interaction.guild is None:
            await respond_with_layout(interaction, _setup_in_dm(context, reader_of(interaction)))
        else:
            await show_setup(interaction, context)


def _setup_in_dm(context: SetupContext, reader: Reader, note: str = "") -> ui.LayoutView:
    """Return the setup page for a direct message.

    In direct messages Discord has no menus of roles or channels and shows no mentioned roles.
    """
    name = plain(context.guild.name)
    problems = list_problems(context, reader)
    lines = [f"## {name}", note] if note else [f"## {name}"]
    buttons: list[Any] = []
    if context.settings.review_channel_id is None:
        lines.append(
            "I can create what's needed: a private channel, #mentor-review, where you and your "
            "moderators decide on applications, and a role for mentors. You can change both later."
        )
        buttons.append(QuickSetupButton(context.guild.id))
    elif problems:
        lines += ["**To do**", *(f"- {problem}" for problem in problems)]
    else:
        lines.append(
            "You're all set: members can apply with `/mentor apply`, and you approve them in "
            f"<#{context.settings.review_channel_id}>."
        )
    lines += [f"💡 {problem}" for problem in list_hints(context)]
    lines.append("Everything else is under `/setup` in the server: points, policies, reminders.")
    buttons.append(ui.Button(label="Go to the server", url=_guild_link(context.guild)))
    colour = UNREADY if problems else READY
    text = _replace_mentions("\n".join(lines), context.guild)
    return build_page(ui.TextDisplay(text), ui.ActionRow(*buttons), colour=colour)


def _replace_mentions(text: str, guild: discord.Guild) -> str:
    """Replace mentions of roles and channels by their names."""

    def name(match: re.Match[str]) -> str:
        mentioned = guild.get_channel(int(match[2])) or guild.get_role(int(match[2]))
        prefix = "#" if match[1] == "#" else "@"
        return f"**{prefix}{plain(mentioned.name)}**" if mentioned is not None else "(deleted)"

    return re.sub(r"<(#|@&)(\d+)>", name, text)


def _guild_link(guild: discord.Guild) -> str:
    """Return a link to a channel of the guild."""
    channel = guild.system_channel or next(iter(guild.text_channels), None)
    path = f"/{channel.id}" if channel is not None else ""
    return f"https://discord.com/channels/{guild.id}{path}"
