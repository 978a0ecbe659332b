"""Steps that journeys with group sessions share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import discord
import simcord

from bot.guilds.announcements import update_announcements
from mentorship.actors import Actor
from mentorship.sessions.groups import creation, group_views
from mentorship.sessions.groups.creation import GroupRequest
from mentorship.sessions.groups.group_views import GroupView
from tests.journeys.support.helpers import at
from tests.journeys.support.simulated_guild import SimulatedGuild


@dataclass
class GroupSession:
    """A group session and the channel in which it is announced."""

    guild: SimulatedGuild
    mentor: simcord.MemberActor
    channel: simcord.ChannelHandle
    id: int

    @property
    def announcement(self) -> discord.Message:
        """The announcement as people see it now."""
        return self.channel.last_message

    async def announce(self) -> int:
        """Let the worker post and edit announcements. Returns how many it did."""
        return await update_announcements(self.guild.bot, self.guild.db)

    async def view(self) -> GroupView:
        return await self.guild.db.read(group_views.load, self.id)

    async def join(self, person: simcord.MemberActor) -> simcord.InteractionResult:
        """Press Join on the announcement, and Join again on the card with the price."""
        card = await person.click(self.announcement, label="Join")
        return await person.click(card.response, label="Join")


def enable_community(guild: SimulatedGuild) -> None:
    """Make the server one that can have stages."""
    discord_guild = guild.bot.get_guild(guild.id)
    assert discord_guild is not None
    guild.env.backend.get_guild(guild.id).features = ["COMMUNITY"]
    discord_guild.features = ["COMMUNITY"]


def actor(guild: SimulatedGuild, person: simcord.MemberActor) -> Actor:
    """Return a member as the actor of a use case."""
    return Actor(user_id=person.id, name=person.name, guild_id=guild.id)


async def announce_group(
    guild: SimulatedGuild, mentor: simcord.MemberActor, **changes: Any
) -> GroupSession:
    """Create a group session and announce it in a channel of its own."""
    channel = guild.handle.create_text_channel("sessions")
    start = at(guild, 15) + timedelta(days=1)
    request = GroupRequest(
        "Office hours",
        start,
        60,
        capacity=2,
        price=30,
        channel_id=channel.id,
        meeting_link="https://meet.example.com/oliver",
    )
    view = await guild.db.run(creation.create, actor(guild, mentor), replace(request, **changes))
    group = GroupSession(guild, mentor, channel, view.id)
    await group.announce()
    return group
