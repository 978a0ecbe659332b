"""`/setup`: the pages and how they lead to each other, and how a new server begins.

All of it is one ephemeral message that is edited in place. Each item knows from its custom id what
it is about, so a panel still works after a restart.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Any, Self

import discord
from discord import ui

from bot.components.persistent import PersistentButton
from bot.formatting import plain
from bot.guilds.permissions import permission_label
from bot.interaction import Interaction
from bot.replies import respond_with_layout
from bot.views.setup.channels import SettingChannelMenu, create_resources, show_channels
from bot.views.setup.forms import GROUPS, open_settings_form
from bot.views.setup.overview import (
    PAGES,
    READY,
    UNREADY,
    SetupContext,
    SetupPageButton,
    back_button,
    build_page,
    check_permissions,
    format_missing,
    list_hints,
    list_problems,
    load_setup,
    overview_page,
)
from mentorship.administration import setup


async def show_setup(
    interaction: Interaction, server: SetupContext | None = None, said: str = ""
) -> None:
    """Show everything at a glance; to a server that is not ready, the quick way first."""
    server = server or await load_setup(interaction)
    first: list[ui.Item[Any]] = []
    if server.settings.review_channel_id is None:
        first = [
            ui.TextDisplay(
                "**The quick way:** I make a private channel #mentor-review and a role for "
                "mentors, and choose both. All else has a sensible default."
            ),
            ui.ActionRow(QuickSetupButton(server.guild.id)),
            ui.ActionRow(SettingChannelMenu("review-channel", "Or choose the review channel")),
        ]
    await respond_with_layout(interaction, overview_page(server, said, first))


async def show_permission_check(interaction: Interaction) -> None:
    """Show everything that the bot must be allowed, where it is and where not."""
    server = await load_setup(interaction)
    found = check_permissions(server)
    lines = ["## Check", "What I need with your settings, and whether I have it:"]
    if not any(each.lacks for each in found if each.need.setting == "review_channel_id"):
        posted = await interaction.client.db.run(setup.retry_review_cards, server.actor)
        if posted:
            lines.insert(
                1, f"✅ Applications that wait without a card: {posted}. I'm posting them."
            )
    for finding in found:
        if finding.lacks:
            lines.append(f"❌ {format_missing(finding)}")
        else:
            allowed = ", ".join(map(permission_label, finding.need.permissions))
            lines.append(f"✅ {finding.need.feature} {finding.place}: {allowed}")
    if not found:
        lines.append("✅ Nothing yet: no channel and no role is chosen.")
    rest = [each for each in list_problems(server) if each not in map(format_missing, found)]
    lines += [f"⚠️ {each}" for each in rest]
    if not rest and not any(finding.lacks for finding in found):
        lines.append("All is well.")
    buttons: ui.ActionRow[Any] = ui.ActionRow(
        SetupPageButton("check", "Check again"), back_button()
    )
    colour = READY if lines[-1] == "All is well." else UNREADY
    await respond_with_layout(
        interaction, build_page(ui.TextDisplay("\n".join(lines)), buttons, colour=colour)
    )


PAGES.update(
    overview=show_setup,
    people=show_channels,
    check=show_permission_check,
    **{group: partial(open_settings_form, group=group) for group in GROUPS},
)


class QuickSetupButton(PersistentButton, template=r"setup:start:(?P<guild>\d{1,20})"):
    """Makes and chooses what a server needs, from wherever it is pressed."""

    def __init__(self, guild_id: int) -> None:
        self.guild_id = guild_id
        super().__init__(f"setup:start:{guild_id}", "Set it up for me", discord.ButtonStyle.success)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["guild"]))

    async def on_press(self, interaction: Interaction) -> None:
        await interaction.response.defer()
        server, said = await create_resources(
            interaction, self.guild_id, "review_channel_id", "mentor_role_id"
        )
        if interaction.guild is None:
            await respond_with_layout(interaction, _setup_in_dm(server, said))
        else:
            await show_setup(interaction, server, said)


class OpenSetupButton(PersistentButton, template=r"setup:open:(?P<guild>\d{1,20})"):
    """Opens the setup of a server, from its channels or from a direct message."""

    def __init__(self, guild_id: int) -> None:
        self.guild_id = guild_id
        super().__init__(f"setup:open:{guild_id}", "Set it up", discord.ButtonStyle.primary)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["guild"]))

    async def on_press(self, interaction: Interaction) -> None:
        server = await load_setup(interaction, self.guild_id)
        if interaction.guild is None:
            await respond_with_layout(interaction, _setup_in_dm(server))
        else:
            await show_setup(interaction, server)


def _setup_in_dm(server: SetupContext, said: str = "") -> ui.LayoutView:
    """The setup in a direct message, where Discord offers no roles or channels to choose from, nor
    shows a role that is mentioned."""
    name = plain(server.guild.name)
    todo = list_problems(server)
    lines = [f"## {name}", said] if said else [f"## {name}"]
    buttons: list[Any] = []
    if server.settings.review_channel_id is None:
        lines.append(
            "I can make all that is needed: a private channel #mentor-review, where you and your "
            "moderators decide on applications, and a role for mentors. Both can be changed later."
        )
        buttons.append(QuickSetupButton(server.guild.id))
    elif todo:
        lines += ["**To do**", *(f"- {each}" for each in todo)]
    else:
        lines.append(
            "All is ready: members can apply with `/mentor apply`, and you approve them in "
            f"<#{server.settings.review_channel_id}>."
        )
    lines += [f"💡 {each}" for each in list_hints(server)]
    lines.append("Everything else is under `/setup` in the server: points, policies, reminders.")
    buttons.append(ui.Button(label="Go to the server", url=_guild_link(server.guild)))
    colour = UNREADY if todo else READY
    text = _replace_mentions("\n".join(lines), server.guild)
    return build_page(ui.TextDisplay(text), ui.ActionRow(*buttons), colour=colour)


def _replace_mentions(text: str, guild: discord.Guild) -> str:
    """The text with its roles and channels by their names."""

    def name(found: re.Match[str]) -> str:
        thing = guild.get_channel(int(found[2])) or guild.get_role(int(found[2]))
        mark = "#" if found[1] == "#" else "@"
        return f"**{mark}{plain(thing.name)}**" if thing is not None else "(deleted)"

    return re.sub(r"<(#|@&)(\d+)>", name, text)


def _guild_link(guild: discord.Guild) -> str:
    place = guild.system_channel or next(iter(guild.text_channels), None)
    channel = f"/{place.id}" if place is not None else ""
    return f"https://discord.com/channels/{guild.id}{channel}"
