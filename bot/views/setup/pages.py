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

from bot.components.persistent import Interaction, LastingButton
from bot.formatting import plain
from bot.guilds.permissions import label
from bot.replies import show_layout
from bot.views.setup import channels, forms
from bot.views.setup.channels import ChannelMenu, make, open_places
from bot.views.setup.forms import GROUPS, open_form
from bot.views.setup.overview import (
    PAGES,
    READY,
    UNREADY,
    Server,
    Turn,
    back,
    finding_line,
    findings,
    good_to_know,
    opened,
    overview,
    page,
    to_do,
)
from mentorship.administration import setup


async def open_setup(
    interaction: Interaction, server: Server | None = None, said: str = ""
) -> None:
    """Show everything at a glance; to a server that is not ready, the quick way first."""
    server = server or await opened(interaction)
    first: list[ui.Item[Any]] = []
    if server.settings.review_channel_id is None:
        first = [
            ui.TextDisplay(
                "**The quick way:** I make a private channel #mentor-review and a role for "
                "mentors, and choose both. All else has a sensible default."
            ),
            ui.ActionRow(Start(server.guild.id)),
            ui.ActionRow(ChannelMenu("review-channel", "Or choose the review channel")),
        ]
    await show_layout(interaction, overview(server, said, first))


async def open_check(interaction: Interaction) -> None:
    """Show everything that the bot must be allowed, where it is and where not."""
    server = await opened(interaction)
    found = findings(server)
    lines = ["## Check", "What I need with your settings, and whether I have it:"]
    if not any(each.lacks for each in found if each.need.setting == "review_channel_id"):
        posted = await interaction.client.db.run(setup.show_what_waits, server.actor)
        if posted:
            lines.insert(
                1, f"✅ Applications that wait without a card: {posted}. I'm posting them."
            )
    for finding in found:
        if finding.lacks:
            lines.append(f"❌ {finding_line(finding)}")
        else:
            allowed = ", ".join(map(label, finding.need.permissions))
            lines.append(f"✅ {finding.need.feature} {finding.place}: {allowed}")
    if not found:
        lines.append("✅ Nothing yet: no channel and no role is chosen.")
    rest = [each for each in to_do(server) if each not in map(finding_line, found)]
    lines += [f"⚠️ {each}" for each in rest]
    if not rest and not any(finding.lacks for finding in found):
        lines.append("All is well.")
    buttons: ui.ActionRow[Any] = ui.ActionRow(Turn("check", "Check again"), back())
    colour = READY if lines[-1] == "All is well." else UNREADY
    await show_layout(interaction, page(ui.TextDisplay("\n".join(lines)), buttons, colour=colour))


PAGES.update(
    overview=open_setup,
    people=open_places,
    check=open_check,
    **{group: partial(open_form, group=group) for group in GROUPS},
)


class Start(LastingButton, template=r"setup:start:(?P<guild>\d{1,20})"):
    """Makes and chooses what a server needs, from wherever it is pressed."""

    def __init__(self, guild_id: int) -> None:
        self.guild_id = guild_id
        super().__init__(f"setup:start:{guild_id}", "Set it up for me", discord.ButtonStyle.success)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["guild"]))

    async def pressed(self, interaction: Interaction) -> None:
        await interaction.response.defer()
        server, said = await make(interaction, self.guild_id, "review_channel_id", "mentor_role_id")
        if interaction.guild is None:
            await show_layout(interaction, _from_afar(server, said))
        else:
            await open_setup(interaction, server, said)


class Open(LastingButton, template=r"setup:open:(?P<guild>\d{1,20})"):
    """Opens the setup of a server, from its channels or from a direct message."""

    def __init__(self, guild_id: int) -> None:
        self.guild_id = guild_id
        super().__init__(f"setup:open:{guild_id}", "Set it up", discord.ButtonStyle.primary)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["guild"]))

    async def pressed(self, interaction: Interaction) -> None:
        server = await opened(interaction, self.guild_id)
        if interaction.guild is None:
            await show_layout(interaction, _from_afar(server))
        else:
            await open_setup(interaction, server)


def _from_afar(server: Server, said: str = "") -> ui.LayoutView:
    """The setup in a direct message, where Discord offers no roles or channels to choose from, nor
    shows a role that is mentioned."""
    name = plain(server.guild.name)
    todo = to_do(server)
    lines = [f"## {name}", said] if said else [f"## {name}"]
    buttons: list[Any] = []
    if server.settings.review_channel_id is None:
        lines.append(
            "I can make all that is needed: a private channel #mentor-review, where you and your "
            "moderators decide on applications, and a role for mentors. Both can be changed later."
        )
        buttons.append(Start(server.guild.id))
    elif todo:
        lines += ["**To do**", *(f"- {each}" for each in todo)]
    else:
        lines.append(
            "All is ready: members can apply with `/mentor apply`, and you approve them in "
            f"<#{server.settings.review_channel_id}>."
        )
    lines += [f"💡 {each}" for each in good_to_know(server)]
    lines.append("Everything else is under `/setup` in the server: points, policies, reminders.")
    buttons.append(ui.Button(label="Go to the server", url=_address(server.guild)))
    colour = UNREADY if todo else READY
    text = _by_name("\n".join(lines), server.guild)
    return page(ui.TextDisplay(text), ui.ActionRow(*buttons), colour=colour)


def _by_name(text: str, guild: discord.Guild) -> str:
    """The text with its roles and channels by their names."""

    def name(found: re.Match[str]) -> str:
        thing = guild.get_channel(int(found[2])) or guild.get_role(int(found[2]))
        mark = "#" if found[1] == "#" else "@"
        return f"**{mark}{plain(thing.name)}**" if thing is not None else "(deleted)"

    return re.sub(r"<(#|@&)(\d+)>", name, text)


def _address(guild: discord.Guild) -> str:
    place = guild.system_channel or next(iter(guild.text_channels), None)
    channel = f"/{place.id}" if place is not None else ""
    return f"https://discord.com/channels/{guild.id}{channel}"


LASTING = (Open, Start, Turn, *forms.LASTING, *channels.LASTING)
