"""Whom a text is written for: the person who acts, or everybody in a server."""

from __future__ import annotations

import discord

from wording.reader import Reader


def reader_of(interaction: discord.Interaction) -> Reader:
    """Return the person who acts, for the answers that only they see."""
    return Reader.of(str(interaction.locale))


def readers_of_message(interaction: discord.Interaction) -> Reader:
    """Return whom the pressed message is for: a server if it is in a channel, else the person."""
    message = interaction.message
    is_shared = message is not None and not message.flags.ephemeral
    if is_shared and interaction.guild is not None:
        return readers_in(interaction.guild)
    return reader_of(interaction)


def readers_in(guild: discord.Guild | None) -> Reader:
    """Return a reader with the habits of a server, for messages that all its members see."""
    return Reader.of(str(guild.preferred_locale) if guild is not None else None)
