"""Answering an interaction in the place where the person looks."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import discord
from discord.utils import MISSING

if TYPE_CHECKING:
    from discord.ui import LayoutView, View

NO_MENTIONS = discord.AllowedMentions.none()
"""Nothing that the bot writes pings anyone, unless it is said where it is sent."""


def nonce(key: str) -> str:
    """Discord's nonce for a notice: at most 25 characters, the same each time it is tried."""
    return hashlib.sha256(key.encode()).hexdigest()[:25]


async def respond(
    interaction: discord.Interaction,
    content: str | None = None,
    *,
    embed: discord.Embed | None = None,
    embeds: Sequence[discord.Embed] = (),
    view: View | None = None,
) -> None:
    """Answer for the person's eyes only: in place of what they pressed, or as a new message.

    A button or select on an ephemeral message is answered by an edit of that message, so that a
    flow stays in one place; everything else by a new ephemeral message.
    """
    response = interaction.response
    cards = [*embeds, *([embed] if embed is not None else [])]
    on_own_message = interaction.message is not None and interaction.message.flags.ephemeral
    if response.is_done():
        if on_own_message:
            await interaction.edit_original_response(content=content, embeds=cards, view=view)
        else:
            await interaction.followup.send(
                content=content or MISSING,
                embeds=cards,
                view=view or MISSING,
                ephemeral=True,
                allowed_mentions=NO_MENTIONS,
            )
    elif on_own_message:
        await response.edit_message(
            content=content, embeds=cards, view=view, allowed_mentions=NO_MENTIONS
        )
    else:
        await send_ephemeral(interaction, content, embeds=cards, view=view)


async def respond_with_layout(interaction: discord.Interaction, layout: LayoutView) -> None:
    """Respond with a message made of components, as `respond` does with text and embeds.

    Discord can't turn one kind of message into the other, so only a message that is already made
    of components is edited in place.
    """
    response, message = interaction.response, interaction.message
    on_own_page = message is not None and message.flags.ephemeral and message.flags.components_v2
    if response.is_done():
        if on_own_page:
            await interaction.edit_original_response(view=layout, allowed_mentions=NO_MENTIONS)
        else:
            await interaction.followup.send(
                view=layout, ephemeral=True, allowed_mentions=NO_MENTIONS
            )
    elif on_own_page:
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
    """Say something to the person alone, beside whatever they pressed."""
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
