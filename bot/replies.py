"""Responses to interactions, in place of the pressed card or as a new message."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import discord
from discord.utils import MISSING

if TYPE_CHECKING:
    from discord.ui import LayoutView, View

NO_MENTIONS = discord.AllowedMentions.none()
"""Nothing that the bot writes pings anyone, unless the call that sends it says so."""


def nonce(key: str) -> str:
    """Return Discord's nonce for a notification: up to 25 characters, the same at each attempt."""
    return hashlib.sha256(key.encode()).hexdigest()[:25]


async def defer_command(interaction: discord.Interaction) -> None:
    """Acknowledge a command that may take longer than Discord's 3 s. Only the person sees it.

    Does nothing the second time.
    """
    if not interaction.response.is_done():
        await interaction.response.defer(ephemeral=True, thinking=True)


async def defer(interaction: discord.Interaction) -> None:
    """Acknowledge a press that may take longer than Discord's 3 s.

    Does nothing the second time, since `bot.guilds.presence` may run an act again.
    """
    if not interaction.response.is_done():
        await interaction.response.defer()


async def respond(
    interaction: discord.Interaction,
    content: str | None = None,
    *,
    embed: discord.Embed | None = None,
    embeds: Sequence[discord.Embed] = (),
    view: View | None = None,
) -> None:
    """Respond so that only the person sees it.

    A component on an ephemeral message is answered by editing that message, so that a flow stays in
    one message. Everything else is answered by a new ephemeral message.
    """
    response = interaction.response
    all_embeds = [*embeds, *([embed] if embed is not None else [])]
    on_ephemeral_message = interaction.message is not None and interaction.message.flags.ephemeral
    if response.is_done():
        if on_ephemeral_message:
            await interaction.edit_original_response(content=content, embeds=all_embeds, view=view)
        else:
            await interaction.followup.send(
                content=content or MISSING,
                embeds=all_embeds,
                view=view or MISSING,
                ephemeral=True,
                allowed_mentions=NO_MENTIONS,
            )
    elif on_ephemeral_message:
        await response.edit_message(
            content=content, embeds=all_embeds, view=view, allowed_mentions=NO_MENTIONS
        )
    else:
        await send_ephemeral(interaction, content, embeds=all_embeds, view=view)


async def respond_with_layout(interaction: discord.Interaction, layout: LayoutView) -> None:
    """Respond with a message made of components, as `respond` does with text and embeds.

    Discord can't turn one kind of message into the other, so only a message that is already made
    of components is edited in place.
    """
    response, message = interaction.response, interaction.message
    on_ephemeral_layout = (
        message is not None and message.flags.ephemeral and message.flags.components_v2
    )
    if response.is_done():
        if on_ephemeral_layout:
            await interaction.edit_original_response(view=layout, allowed_mentions=NO_MENTIONS)
        else:
            await interaction.followup.send(
                view=layout, ephemeral=True, allowed_mentions=NO_MENTIONS
            )
    elif on_ephemeral_layout:
        await response.edit_message(view=layout, allowed_mentions=NO_MENTIONS)
    else:
        await response.send_message(view=layout, ephemeral=True, allowed_mentions=NO_MENTIONS)


async def send_ephemeral(
    interaction: discord.Interaction,
    content: str | None = None,
    *,
    embed: discord.Embed | None = None,
    embeds: Sequence[discord.Embed] = (),
    view: View | None = None,
) -> None:
    """Send a new message that only the person sees, next to the card that they pressed."""
    send = (
        interaction.followup.send
        if interaction.response.is_done()
        else interaction.response.send_message
    )
    await send(
        content=content or "",
        embeds=[*embeds, *([embed] if embed is not None else [])],
        view=view or MISSING,
        ephemeral=True,
        allowed_mentions=NO_MENTIONS,
    )
