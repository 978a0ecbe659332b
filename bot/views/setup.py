"""The state of a server's settings, and what is missing for them to work."""

from __future__ import annotations

import discord

from bot.wording import plain
from mentorship.guilds import GuildSettings

_NEEDED = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "embed_links": "Embed Links",
}


def setup_card(settings: GuildSettings, guild: discord.Guild) -> discord.Embed:
    """What is chosen, and in plain words what keeps it from working."""
    embed = discord.Embed(title="mentorbot in this server", colour=discord.Colour.green())
    lines = {
        "Review channel": _channel(settings.review_channel_id),
        "Moderators": f"{_role(settings.moderator_role_id)} and everyone with Manage Server"
        if settings.moderator_role_id
        else "everyone with Manage Server",
        "Mentor role": _role(settings.mentor_role_id),
        "Notices channel": _channel(settings.notices_channel_id),
        "Points": f"{plain(settings.currency_name)} {settings.currency_emoji}, "
        f"everybody starts with {settings.starting_balance:,}",
    }
    for name, value in lines.items():
        embed.add_field(name=name, value=value, inline=False)
    found = problems(settings, guild)
    if found:
        embed.colour = discord.Colour.orange()
        embed.add_field(
            name="To do", value="\n".join(f"• {problem}" for problem in found), inline=False
        )
    else:
        embed.add_field(
            name="Ready",
            value="Members can apply with `/mentor apply`, and book with `/book`.",
            inline=False,
        )
    return embed


def problems(settings: GuildSettings, guild: discord.Guild) -> list[str]:
    """Each thing that would fail, and how to mend it."""
    found = []
    if settings.review_channel_id is None:
        found.append("Choose where moderators review applications: `/setup review_channel:`.")
    for channel_id in (settings.review_channel_id, settings.notices_channel_id):
        if channel_id is None:
            continue
        channel = guild.get_channel(channel_id)
        if channel is None:
            found.append("A chosen channel was deleted, or I can't see it. Choose another.")
            continue
        granted = channel.permissions_for(guild.me)
        missing = [name for flag, name in _NEEDED.items() if not getattr(granted, flag)]
        if missing:
            found.append(
                f"I lack {', '.join(missing)} in {channel.mention}: Edit Channel → Permissions → "
                "add my role and allow them."
            )
    if settings.mentor_role_id is not None:
        role = guild.get_role(settings.mentor_role_id)
        if role is None:
            found.append("The mentor role was deleted. Choose another.")
        elif not guild.me.guild_permissions.manage_roles or role >= guild.me.top_role:
            found.append(
                f"I can't give {role.mention}: I need Manage Roles, and my own role must stand "
                "above it in Server Settings → Roles."
            )
    return found


def _channel(channel_id: int | None) -> str:
    return f"<#{channel_id}>" if channel_id else "not chosen"


def _role(role_id: int | None) -> str:
    return f"<@&{role_id}>" if role_id else "none"
