"""Responses to interactions, in place of the pressed card or as a new message."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import discord
from discord import ui
from discord.ui import LayoutView

from bot.components.cards import ActionRows, Card, Picture, add_footer, build_layout
from bot.components.message_reader import footer_of
from storage import CURRENT_INTERACTION

NO_MENTIONS = discord.AllowedMentions.none()
"""Nothing that the bot writes pings anyone, unless the call that sends it says so."""


ALREADY_ACKNOWLEDGED = 40060
"""Discord's error code for an interaction that has a response."""


def nonce(key: str) -> str:
    """Return Discord's nonce for a notification: up to 25 characters, the same at each attempt."""
    return hashlib.sha256(key.encode()).hexdigest()[:25]


def press_key(card: discord.Message | None, custom_id: str | None) -> str | None:
    """Return the idempotency key of a press: however often it is repeated, it acts once.

    None if there is no card. The custom id may hold people's ids, and the key stays with the person
    who presses when those people are erased, so it only has a digest.
    """
    return None if card is None else f"card:{card.id}:{nonce(custom_id or '')}"


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
    card: Card | None = None,
    actions: ActionRows = (),
) -> None:
    """Respond so that only the person sees it: `content` above the card, `actions` in it.

    A component on an ephemeral message is answered by editing that message, so that a flow stays in
    one message. Everything else is answered by a new ephemeral message.
    """
    await respond_with_layout(interaction, build_layout(content, card, actions), _pictures_of(card))


async def edit_card(
    interaction: discord.Interaction,
    content: str | None = None,
    *,
    card: Card | None = None,
    actions: ActionRows = (),
) -> None:
    """Respond in place of the pressed message, or of the earlier response if there is one."""
    await edit_layout(interaction, build_layout(content, card, actions), _pictures_of(card))


async def send_ephemeral(
    interaction: discord.Interaction,
    content: str | None = None,
    *,
    card: Card | None = None,
    actions: ActionRows = (),
) -> None:
    """Send a new message that only the person sees, next to the card that they pressed."""
    await _send(interaction, build_layout(content, card, actions), _pictures_of(card))


async def send_file(
    interaction: discord.Interaction,
    text: str,
    file: tuple[str, bytes],
    actions: ActionRows = (),
) -> None:
    """Send a new message with a file (its name and content) that only the person sees.

    The file is below the text, and `actions` are below the file.
    """
    name, content = file
    layout = build_layout(text)
    layout.add_item(ui.File(f"attachment://{name}"))
    for row in actions:
        layout.add_item(row)

    def message() -> dict[str, Any]:
        # Made anew for each attempt, because a file is read only once.
        files = [discord.File(io.BytesIO(content), name)]
        return {"view": layout, "files": files, "ephemeral": True}

    if not await _is_first(interaction, lambda: interaction.response.send_message(**message())):
        await interaction.followup.send(**message())


def _pictures_of(card: Card | None) -> Sequence[Picture]:
    return () if card is None else card.pictures


async def respond_with_layout(
    interaction: discord.Interaction, layout: LayoutView, pictures: Sequence[Picture] = ()
) -> None:
    """Respond as `respond` does, with a message that is built already."""
    if interaction.message is not None and interaction.message.flags.ephemeral:
        await edit_layout(interaction, layout, pictures)
    else:
        await _send(interaction, layout, pictures)


def _attachments(pictures: Sequence[Picture]) -> list[discord.File]:
    return [discord.File(io.BytesIO(picture.content), picture.name) for picture in pictures]


def _edit_of(
    layout: LayoutView, pictures: Sequence[Picture], message: discord.Message | None
) -> dict[str, Any]:
    """Return the arguments that turn a message into a layout, whatever it was made of before.

    `message` is what is edited, None if the bot has sent it as a layout.
    """
    edit: dict[str, Any] = {"view": layout, "allowed_mentions": NO_MENTIONS}
    if pictures or (message is not None and message.attachments):
        # Otherwise Discord keeps the pictures that the message had.
        edit["attachments"] = _attachments(pictures)
    if message is not None and not message.flags.components_v2:
        # Discord refuses components of this kind beside text and embeds of an older version.
        edit |= {"content": None, "embeds": []}
    return edit


async def edit_layout(
    interaction: discord.Interaction, layout: LayoutView, pictures: Sequence[Picture] = ()
) -> None:
    """Edit the pressed message, or the earlier response if there is one.

    A direct message still names its server below.
    """
    if footer := footer_of(interaction.message):
        add_footer(layout, footer)

    def edit() -> dict[str, Any]:
        # Made anew for each attempt, because a file is read only once.
        return _edit_of(layout, pictures, interaction.message)

    if not await _is_first(interaction, lambda: interaction.response.edit_message(**edit())):
        await interaction.edit_original_response(**edit())


async def _send(
    interaction: discord.Interaction, layout: LayoutView, pictures: Sequence[Picture]
) -> None:
    """Send a new message that only the person sees."""

    def message() -> dict[str, Any]:
        content = {"view": layout, "allowed_mentions": NO_MENTIONS, "ephemeral": True}
        return content | ({"files": _attachments(pictures)} if pictures else {})

    if not await _is_first(interaction, lambda: interaction.response.send_message(**message())):
        await interaction.followup.send(**message())


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
