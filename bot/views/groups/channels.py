"""Whether a group session can be announced in a channel: by the bot, and for its mentor."""

from __future__ import annotations

import discord

from bot.guilds.permissions import missing_permissions
from bot.interaction import Interaction
from bot.readers import reader_of
from mentorship.guilds.guild_settings import GuildSettings
from wording.lists import listed
from wording.translation import _

NEEDED = ("view_channel", "send_messages")
"""What the bot needs in the channel, and the mentor, too: it writes there for them."""


def may_announce(interaction: Interaction, channel_id: int | None, guild: GuildSettings) -> bool:
    """Return whether the person may write to the channel, or it is the server's for sessions."""
    if channel_id is None or channel_id == guild.sessions_channel_id:
        return True
    channel, user = _find(interaction, channel_id), interaction.user
    if channel is None or not isinstance(user, discord.Member):
        return True
    return not missing_permissions(channel.permissions_for(user), NEEDED)


def announcing_problem(
    interaction: Interaction, channel_id: int | None, guild: GuildSettings
) -> str:
    """Return what keeps the session from being announced in the channel; empty if nothing does."""
    if channel_id is None:
        return _(
            "Choose a channel to announce it. Without one, people find it with `/session list`."
        )
    channel = _find(interaction, channel_id)
    if channel is None:
        return ""
    if not may_announce(interaction, channel_id, guild):
        return _("You can't write in {channel}. Choose another channel.", channel=channel.mention)
    lacking = missing_permissions(channel.permissions_for(channel.guild.me), NEEDED)
    if lacking:
        # Translators: {permissions} are names of Discord's permissions
        return _(
            "I can't post in {channel}: my role needs {permissions} there.",
            channel=channel.mention,
            permissions=listed(lacking, reader_of(interaction)),
        )
    return ""


def _find(interaction: Interaction, channel_id: int) -> discord.abc.GuildChannel | None:
    return None if interaction.guild is None else interaction.guild.get_channel(channel_id)
