"""Responses to interactions, in place of the pressed card or as a new message."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

import discord
from discord.utils import MISSING

from storage import CURRENT_INTERACTION

if TYPE_CHECKING:
    from discord.ui import LayoutView, View

NO_MENTIONS = discord.AllowedMentions.none()
"""Nothing that the bot writes pings anyone, unless the call that sends it says so."""


ALREADY_ACKNOWLEDGED = 40060
"""Discord's error code for an interaction that has a response."""


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
    all_embeds = [*embeds, *([embed] if embed is not None else [])]
    if interaction.message is not None and interaction.message.flags.ephemeral:
        await edit_card(interaction, content, embeds=all_embeds, view=view)
    else:
        await send_ephemeral(interaction, content, embeds=all_embeds, view=view)


async def edit_card(
    interaction: discord.Interaction,
    content: str | None = None,
    *,
    embed: discord.Embed | None = None,
    embeds: Sequence[discord.Embed] = (),
    view: View | None = None,
) -> None:
    """Respond in place of the pressed message, or of the earlier response if there is one.

    What isn't given is removed from the message.
    """
    card: dict[str, Any] = {
        "content": content,
        "embeds": [*embeds, *([embed] if embed is not None else [])],
        "view": view,
        "allowed_mentions": NO_MENTIONS,
    }
    await _edit(interaction, card)


async def respond_with_layout(interaction: discord.Interaction, layout: LayoutView) -> None:
    """Respond with a message made of components, as `respond` does with text and embeds.

    Discord can't turn one kind of message into the other, so only a message that is already made
    of components is edited in place.
    """
    message = interaction.message
    on_ephemeral_layout = (
        message is not None and message.flags.ephemeral and message.flags.components_v2
    )
    card: dict[str, Any] = {"view": layout, "allowed_mentions": NO_MENTIONS}
    if on_ephemeral_layout:
        await _edit(interaction, card)
    else:
        await _send(interaction, card)


async def send_ephemeral(
    interaction: discord.Interaction,
    content: str | None = None,
    *,
    embed: discord.Embed | None = None,
    embeds: Sequence[discord.Embed] = (),
    view: View | None = None,
) -> None:
    """Send a new message that only the person sees, next to the card that they pressed."""
    message: dict[str, Any] = {
        "content": content or "",
        "embeds": [*embeds, *([embed] if embed is not None else [])],
        "view": view or MISSING,
        "allowed_mentions": NO_MENTIONS,
    }
    await _send(interaction, message)


async def _edit(interaction: discord.Interaction, card: dict[str, Any]) -> None:
    """Edit the pressed message, or the earlier response if there is one."""
    response = interaction.response
    if not await _is_first(interaction, lambda: response.edit_message(**card)):
        await interaction.edit_original_response(**card)


async def _send(interaction: discord.Interaction, message: dict[str, Any]) -> None:
    """Send a new message that only the person sees."""
    response = interaction.response
    if not await _is_first(interaction, lambda: response.send_message(ephemeral=True, **message)):
        await interaction.followup.send(ephemeral=True, **message)


async def _is_first(
    interaction: discord.Interaction, respond: Callable[[], Awaitable[object]]
) -> bool:
    """Respond if the interaction has no response yet, and return whether it had none.

    Another process on the same shard may have responded. Then this process continues only if it
    has acted on the interaction; otherwise Discord's error is raised.
    """
    if interaction.response.is_done():
        return False
    try:
        await respond()
    except discord.HTTPException as error:
        current = CURRENT_INTERACTION.get()
        if error.code != ALREADY_ACKNOWLEDGED or current is None or not current.is_ours:
            raise
        return False
    return True
