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
from bot.views.setup.channels import RESOURCES, SettingChannelMenu, create_resources, show_channels
from bot.views.setup.forms import GROUPS, open_settings_form
from bot.views.setup.language import show_server_language
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
from wording.lists import enumerated
from wording.reader import Reader
from wording.translation import _, ngettext, pgettext


async def show_setup(
    interaction: Interaction, context: SetupContext | None = None, note: str = ""
) -> None:
    """Show the overview; a guild that is not ready gets the quick setup first."""
    context = context or await load_setup(interaction)
    first: list[ui.Item[Any]] = []
    if context.settings.review_channel_id is None:
        quick_setup = _(
            "**Quick setup:** I create a private channel, {channel}, and a role for mentors. "
            "Everything else has a sensible default.",
            channel=_review_channel_name(context),
        )
        choice = SettingChannelMenu("review-channel", _("Or choose the review channel"))
        first = [
            ui.TextDisplay(quick_setup),
            ui.ActionRow(QuickSetupButton(context.guild.id)),
            ui.ActionRow(choice),
        ]
    await respond_with_layout(
        interaction, overview_page(context, reader_of(interaction), note, first)
    )


async def show_permission_check(interaction: Interaction) -> None:
    """Show every permission that the bot needs, and whether it has it."""
    context, reader = await load_setup(interaction), reader_of(interaction)
    checks = check_permissions(context)
    title = _("Permissions")
    lines = [f"## {title}"]
    if not any(check.lacks for check in checks if check.requirement.setting == "review_channel_id"):
        reposted = await interaction.client.db.run(setup.retry_review_cards, context.actor)
        if reposted:
            lines.append(
                ngettext(
                    "✅ I'm posting {count} application that I couldn't post before.",
                    "✅ I'm posting {count} applications that I couldn't post before.",
                    reposted,
                )
            )
    lines.append(_("What I need for your current settings:"))
    lines += [_check_line(check, "❌", reader) for check in checks]
    if not checks:
        lines.append(_("✅ Nothing yet: no channel or role is chosen."))
    missing = [format_missing(check, reader) for check in checks]
    other_problems = [
        problem for problem in list_problems(context, reader) if problem not in missing
    ]
    lines += [f"⚠️ {problem}" for problem in other_problems]
    rules = await interaction.client.db.read(threshold_roles.list_rules, context.actor)
    roles = [(rule.role_id, problem_of(context.guild, rule)) for rule in rules]
    role_problems = [
        _("⚠️ Role for mentors {role}: {problem}", role=f"<@&{role_id}>", problem=problem)
        for role_id, problem in roles
        if problem
    ]
    lines += role_problems
    rooms = check_rooms(context)
    if rooms:
        lines.append(
            _(
                "Optional, if mentors choose such a place for a group session. Without it, people "
                "meet at the session's link:"
            )
        )
        lines += [_check_line(check, "⚪", reader) for check in rooms]
    works = not other_problems and not role_problems and not any(check.lacks for check in checks)
    if works:
        lines.append(_("Everything works."))
    buttons: ui.ActionRow[Any] = ui.ActionRow(
        SetupPageButton("check", _("Check again")), back_button()
    )
    text: ui.TextDisplay[Any] = ui.TextDisplay("\n".join(lines))
    await respond_with_layout(
        interaction, build_page(text, buttons, colour=READY if works else UNREADY)
    )


def _check_line(check: RequirementCheck, mark: str, reader: Reader) -> str:
    """Return a line on a permission, with `mark` in front if it is missing."""
    if check.lacks:
        return f"{mark} {format_missing(check, reader)}"
    allowed = enumerated(map(permission_label, check.requirement.permissions), reader)
    # Translators: {subject} is what needs permissions: "Posting applications in #reviews".
    return _("✅ {subject}: {permissions}", subject=check.subject, permissions=allowed)


PAGES.update(
    overview=show_setup,
    people=show_channels,
    check=show_permission_check,
    limits=show_limits,
    roles=show_threshold_roles,
    language=show_server_language,
    **{group: partial(open_settings_form, group=group) for group in GROUPS},
)


class QuickSetupButton(PersistentButton, template=r"setup:start:(?P<guild>\d{1,20})"):
    """Creates and chooses what a guild needs, from the guild or a direct message."""

    def __init__(self, guild_id: int) -> None:
        self.guild_id = guild_id
        super().__init__(
            f"setup:start:{guild_id}", _("Set it up for me"), discord.ButtonStyle.success
        )

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
        super().__init__(f"setup:open:{guild_id}", _("Set it up"), discord.ButtonStyle.primary)

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
            _(
                "I can create what's needed: a private channel, {channel}, where you and your "
                "moderators decide on applications, and a role for mentors. You can change both "
                "later.",
                channel=_review_channel_name(context),
            )
        )
        buttons.append(QuickSetupButton(context.guild.id))
    elif problems:
        lines += [_("**To do**"), *(f"- {problem}" for problem in problems)]
    else:
        lines.append(
            _(
                "You're all set: members can apply with `/mentor apply`, and you approve them in "
                "{channel}.",
                channel=f"<#{context.settings.review_channel_id}>",
            )
        )
    lines += [f"💡 {problem}" for problem in list_hints(context)]
    lines.append(_("Everything else is under `/setup` in the server: points, policies, reminders."))
    buttons.append(ui.Button(label=_("Go to the server"), url=_guild_link(context.guild)))
    colour = UNREADY if problems else READY
    text = _replace_mentions("\n".join(lines), context.guild)
    return build_page(ui.TextDisplay(text), ui.ActionRow(*buttons), colour=colour)


def _replace_mentions(text: str, guild: discord.Guild) -> str:
    """Replace mentions of roles and channels by their names."""

    def name(match: re.Match[str]) -> str:
        mentioned = guild.get_channel(int(match[2])) or guild.get_role(int(match[2]))
        if mentioned is None:
            return pgettext("a channel or role", "(deleted)")
        prefix = "#" if match[1] == "#" else "@"
        return f"**{prefix}{plain(mentioned.name)}**"

    return re.sub(r"<(#|@&)(\d+)>", name, text)


def _review_channel_name(context: SetupContext) -> str:
    return RESOURCES["review_channel_id"].displayed_name(context.guild, context.settings)


def _guild_link(guild: discord.Guild) -> str:
    """Return a link to a channel of the guild."""
    channel = guild.system_channel or next(iter(guild.text_channels), None)
    path = f"/{channel.id}" if channel is not None else ""
    return f"https://discord.com/channels/{guild.id}{path}"
