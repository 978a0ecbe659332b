"""People in a simulated server, with the real bot among them.

Everything that a person does goes through simcord, which refuses what Discord would refuse. The
jobs that APScheduler runs for real are called by hand as time goes on.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
import simcord
from sqlalchemy import func, select, update

from bot.client import MentorBot, permissions
from bot.notifications.delivery import deliver_due
from mentorship.actors import Actor
from mentorship.administration import setup
from mentorship.availability import timezone_change
from mentorship.delivery import outbox
from mentorship.members import members
from mentorship.points import ledger
from mentorship.sessions import transitions
from storage import Database, Transaction
from storage.tables import Member, MentorProfile, Session
from tests.mentorship.support.community import grant_silently

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
"""When each journey begins. No clocks change that week; America's do on Sunday the 8th."""

SETTLE_TIMEOUT = 60.0
"""Seconds for the bot to come to rest. simcord's own five are meant for one person's act on a
machine that has nothing else to do; whoever waits for ever is found out by these as well."""


@dataclass
class SimulatedGuild:
    env: simcord.Env
    db: Database
    handle: simcord.GuildHandle
    channel: simcord.ChannelHandle
    review_channel: simcord.ChannelHandle
    moderator_role: simcord.RoleHandle
    mentor_role: simcord.RoleHandle
    members: dict[int, simcord.MemberActor] = field(default_factory=dict)

    @property
    def id(self) -> int:
        return self.handle.id

    @property
    def now(self) -> datetime:
        return whole_seconds(self.env)

    async def add_member(
        self,
        name: str,
        *,
        zone: str | None = None,
        points: int = 0,
        roles: tuple[simcord.RoleHandle, ...] = (),
    ) -> simcord.MemberActor:
        """Somebody who joins, perhaps with a time zone and some points."""
        actor = self.handle.add_member(self.env.create_user(name), roles=roles)
        self.members[actor.id] = actor
        who = Actor(user_id=actor.id, name=name, guild_id=self.id)
        if zone:
            await self.db.run(timezone_change.set_timezone, who, zone)
        if points:
            await self.db.run(grant_silently, who, points)
        return actor

    async def add_moderator(self, name: str) -> simcord.MemberActor:
        return await self.add_member(name, roles=(self.moderator_role,))

    async def configure(self, **changes: Any) -> None:
        """Change the server's settings, as whoever manages it would."""
        await self.db.run(setup.configure, self.manager, **changes)

    @property
    def manager(self) -> Actor:
        return Actor(user_id=1, name="chief", guild_id=self.id, manages_guild=True)

    async def set_rank(self, person: simcord.MemberActor, rank: int) -> None:
        """Set somebody's rank, as the main app does."""
        who = Actor(user_id=person.id, name=person.name, guild_id=self.id)

        async def push(tx: Transaction) -> None:
            await members.record(tx, who)
            mine = (Member.guild_id == self.id, Member.user_id == person.id)
            await tx.connection.execute(update(Member).where(*mine).values(rank=rank))

        await self.db.run(push)

    async def add_ratings(self, mentor: simcord.MemberActor, stars: int) -> None:
        """Let a mentor have ten ratings of so many stars."""

        async def add(tx: Transaction) -> None:
            theirs = (
                MentorProfile.guild_id == self.id,
                MentorProfile.user_id == mentor.id,
            )
            await tx.connection.execute(
                update(MentorProfile).where(*theirs).values(rating_sum=10 * stars, rating_count=10)
            )

        await self.db.run(add)

    async def deliver(self) -> int:
        """Run the job that sends what is due."""
        return await deliver_due(self.bot, self.db)

    @property
    def bot(self) -> MentorBot:
        assert isinstance(self.env.bot, MentorBot)
        return self.env.bot

    @property
    def bot_id(self) -> int:
        assert self.bot.user is not None
        return self.bot.user.id

    async def advance_to(self, then: datetime, step: timedelta = timedelta(minutes=5)) -> None:
        """Let time pass, with the jobs running every few minutes as they would. Rounds that would
        find nothing to do are left out."""
        while self.now < then:
            due = await self.db.read(next_due) or then
            rounds = max(1, math.ceil((min(due, then) - self.now) / step))
            await self.env.advance_time(min(rounds * step, then - self.now).total_seconds())
            while await self.db.run(transitions.advance_due):
                pass
            await self.deliver()

    async def restart_bot(self) -> None:
        """Stop the bot and start it again over the same data."""
        await self.env.restart_bot(MentorBot(self.db))

    def inbox(self, person: simcord.MemberActor) -> list[discord.Message]:
        """The direct messages that the bot sent to a person, oldest first."""
        return [
            message
            for message in person.user.dm_channel.history()
            if message.author.id == self.bot.application_id or message.author.bot
        ]

    def last_dm(self, person: simcord.MemberActor) -> discord.Message:
        return self.inbox(person)[-1]

    def has_role(self, person: simcord.MemberActor, role: simcord.RoleHandle) -> bool:
        return role.id in self.env.backend.get_guild(self.id).members[person.id].role_ids

    async def balance(self, person: simcord.MemberActor) -> int:
        who = Actor(user_id=person.id, name=person.name, guild_id=self.id)
        return await self.db.read(ledger.load_balance, who)


def whole_seconds(env: simcord.Env) -> datetime:
    """What it is there. simcord's clock moves on by the milliseconds that a database takes."""
    return env.now().replace(microsecond=0)


async def next_due(tx: Transaction) -> datetime | None:
    """When time alone, or the outbox, next brings anything about."""
    moves: datetime | None = await tx.connection.scalar(select(func.min(Session.next_at)))
    return min(filter(None, (moves, await outbox.next_due(tx))), default=None)


@asynccontextmanager
async def simulated_guild(database_url: str) -> AsyncIterator[SimulatedGuild]:
    """A server where the bot has just what its invite link asks for, and is set up. The bot may
    not break there."""
    async with guild_with_failures(database_url) as guild:
        yield guild
        if guild.env.errors:
            raise BaseExceptionGroup("the bot broke during the journey", guild.env.errors)


@asynccontextmanager
async def guild_with_failures(database_url: str) -> AsyncIterator[SimulatedGuild]:
    """As `simulated_guild`; what breaks in the bot is for whoever asks to judge."""
    # Nothing here need survive a loss of power.
    db = Database(database_url, clock=lambda: whole_seconds(env), synchronous="OFF")
    env = simcord.Env(MentorBot(db), check_errors=False, settle_timeout=SETTLE_TIMEOUT)
    await env.start()
    try:
        await env.advance_time((START - env.now()).total_seconds())
        handle = env.create_guild("Riverside")
        channel = handle.create_text_channel("mentorship")
        moderators = handle.create_role("Moderators")
        mentors = handle.create_role("Mentors")
        _grant_to_bot(env, handle, permissions())
        review = handle.create_text_channel("mentor-review")
        guild = SimulatedGuild(env, db, handle, channel, review, moderators, mentors)
        await guild.configure(
            review_channel_id=review.id,
            moderator_role_id=moderators.id,
            mentor_role_id=mentors.id,
        )
        # Whoever invited the bot has read its welcome before the story begins.
        await env.settle()
        await guild.deliver()
        yield guild
    finally:
        await env.shutdown()
        await db.close()


def _grant_to_bot(
    env: simcord.Env, guild: simcord.GuildHandle, granted: discord.Permissions
) -> None:
    """Leave the bot with what its invite link asks for; simcord gives it nearly everything."""
    for role in env.backend.get_guild(guild.id).roles.values():
        if role.managed:
            env.backend.edit_role(guild.id, role.id, {"permissions": granted.value})


def message_text(message: Any) -> str:
    """All that a person reads in a message: content, embeds and the labels to press."""
    parts = [message.content or ""]
    for embed in message.embeds:
        parts += [embed.title or "", embed.description or ""]
        parts += [f"{field.name}: {field.value}" for field in embed.fields]
        parts.append(embed.footer.text or "")
    return "\n".join(part for part in parts if part)


def button_labels(message: Any) -> list[str]:
    """What a person can press in a message."""
    rows = message.components
    if rows and isinstance(rows[0], dict):
        return [
            item.get("label") or item.get("placeholder") or ""
            for row in rows
            for item in row["components"]
        ]
    return [
        getattr(item, "label", None) or getattr(item, "placeholder", "") or ""
        for row in rows
        for item in row.children
    ]
