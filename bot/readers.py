"""Whom a text is written for: the person who acts, or everybody in a server."""

from __future__ import annotations

import discord

from bot.languages import locale_of
from mentorship.guilds.guild_settings import GuildSettings
from wording.reader import Reader


def reader_of(interaction: discord.Interaction) -> Reader:
    """Return the person who acts, for the answers that only they see."""
    return Reader.of(locale_of(interaction))


def readers_of_message(interaction: discord.Interaction, settings: GuildSettings) -> Reader:
    """Return whom the pressed message is for: a server if it is in a channel, else the person.

    `settings` are those of the server.
    """
    message = interaction.message
    is_shared = message is not None and not message.flags.ephemeral
    if is_shared and interaction.guild is not None:
        return readers_in(interaction.guild, settings)
    return reader_of(interaction)


def readers_in(guild: discord.Guild | None, settings: GuildSettings | None) -> Reader:
    """Return a reader with the language and habits of a server, for what all its members see.

    A language that was set with `/setup` goes before the one of the server in Discord. `settings`
    are None where they aren't at hand, and little is written.
    """
    if settings is not None and settings.language is not None:
        return Reader.of(settings.language)
    return Reader.of(str(guild.preferred_locale) if guild is not None else None)
