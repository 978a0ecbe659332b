"""A simulated guild with people, and the real bot.

Everything that a person does goes through simcord, which refuses what Discord would refuse. The
jobs that APScheduler would run are called explicitly as time passes.
"""

from __future__ import annotations

import math
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
import simcord
from sqlalchemy import func, select, update

from bot.client import MentorBot, permissions
from bot.errors import is_handled_elsewhere
from bot.notifications.delivery import deliver_due
from mentorship.actors import Actor
from mentorship.administration import setup
from mentorship.availability import timezone_change
from mentorship.delivery import outbox
from mentorship.members import members
from mentorship.points import ledger
from mentorship.sessions import clock
from storage import Database, Transaction
from storage.tables import GroupSession, HelpRequest, Invitation, Member, MentorProfile, Session
from tests.conftest import CIPHER
from tests.journeys.support.components import interactive_labels, read_text
from tests.journeys.support.drawings import PICTURES
from tests.journeys.support.languages import set_language
from tests.journeys.support.second_bot import connect_second_bot
from tests.mentorship.support.community import grant_silently

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
"""The start of each journey. No clock changes that week; America's change on Sunday the 8th."""

SETTLE_TIMEOUT = 60.0
"""Seconds after which a bot that has not finished counts as hanging.

simcord's own five seconds suit one interaction on an idle machine.
"""


@dataclass
class SimulatedGuild:
    """A guild with a review channel, a moderator role and a mentor role, and its people."""

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
        language: str | None = None,
    ) -> simcord.MemberActor:
        """Add a member, optionally with a time zone, points and a Discord language."""
        actor = self.handle.add_member(self.env.create_user(name), roles=roles)
        if language:
            set_language(self.env, actor, language)
        self.members[actor.id] = actor
        member = Actor(user_id=actor.id, name=name, guild_id=self.id)
        if zone:
            await self.db.run(timezone_change.set_timezone, member, zone)
        if points:
            await self.db.run(grant_silently, member, points)
        return actor

    async def add_moderator(self, name: str) -> simcord.MemberActor:
        return await self.add_member(name, roles=(self.moderator_role,))

    async def configure(self, **changes: Any) -> None:
        """Change the guild's settings as a manager."""
        await self.db.run(setup.configure, self.manager, **changes)

    @property
    def manager(self) -> Actor:
        return Actor(user_id=1, name="chief", guild_id=self.id, manages_guild=True)

    async def set_rank(self, person: simcord.MemberActor, rank: int) -> None:
        """Set a member's rank, as the main app does."""
        member = Actor(user_id=person.id, name=person.name, guild_id=self.id)

        async def update_rank(tx: Transaction) -> None:
            await members.record(tx, member)
            conditions = (Member.guild_id == self.id, Member.user_id == person.id)
            await tx.connection.execute(update(Member).where(*conditions).values(rank=rank))

        await self.db.run(update_rank)

    async def add_ratings(self, mentor: simcord.MemberActor, stars: int) -> None:
        """Give a mentor ten ratings with that many stars."""

        async def update_ratings(tx: Transaction) -> None:
            conditions = (
                MentorProfile.guild_id == self.id,
                MentorProfile.user_id == mentor.id,
            )
            await tx.connection.execute(
                update(MentorProfile)
                .where(*conditions)
                .values(rating_sum=10 * stars, rating_count=10)
            )

        await self.db.run(update_ratings)

    async def deliver(self) -> int:
        """Deliver due notifications. Returns how many arrived."""
        return await deliver_due(self.bot, self.db)

    def refuse_edits(self) -> None:
        """Let Discord refuse the bot's edits, so that old messages keep their buttons."""
        refused = {"status": 403, "code": 50001, "message": "Missing Access"}
        path = "/channels/*/messages/*"
        self.env.inject_error("PATCH", path, times=None, **refused)

    @property
    def bot(self) -> MentorBot:
        assert isinstance(self.env.bot, MentorBot)
        return self.env.bot

    @property
    def bot_id(self) -> int:
        assert self.bot.user is not None
        return self.bot.user.id

    async def advance_to(self, end: datetime, step: timedelta = timedelta(minutes=5)) -> None:
        """Let time pass until then, and run the jobs at each step.

        Steps in which nothing is due are skipped.
        """
        while self.now < end:
            next_due_at = await self.db.read(next_due) or end
            rounds = max(1, math.ceil((min(next_due_at, end) - self.now) / step))
            await self.env.advance_time(min(rounds * step, end - self.now).total_seconds())
            while await self.db.run(clock.advance_due):
                pass
            await self.deliver()

    async def restart_bot(self) -> None:
        """Stop the bot and start it again with the same database."""
        await self.env.restart_bot(MentorBot(self.db, pictures=PICTURES))

    def inbox(self, person: simcord.MemberActor) -> list[discord.Message]:
        """Return the direct messages that the bot has sent to a person, oldest first."""
        return [
            message
            for message in person.user.dm_channel.history()
            if message.author.id == self.bot.application_id or message.author.bot
        ]

    def last_dm(self, person: simcord.MemberActor) -> discord.Message:
        """Return the latest direct message that the bot has sent to a person."""
        return self.inbox(person)[-1]

    def has_role(self, person: simcord.MemberActor, role: simcord.RoleHandle) -> bool:
        return role.id in self.env.backend.get_guild(self.id).members[person.id].role_ids

    async def balance(self, person: simcord.MemberActor) -> int:
        member = Actor(user_id=person.id, name=person.name, guild_id=self.id)
        return await self.db.read(ledger.load_balance, member)


def whole_seconds(env: simcord.Env) -> datetime:
    """Return simcord's time without the milliseconds that pass during database calls."""
    return env.now().replace(microsecond=0)


async def next_due(tx: Transaction) -> datetime | None:
    """Return when a session, a group session, an offer or a notification is due next."""
    due = [
        await tx.connection.scalar(select(func.min(table.next_at)))
        for table in (Session, GroupSession, Invitation, HelpRequest)
    ]
    return min(filter(None, (*due, await outbox.next_due(tx))), default=None)


@asynccontextmanager
async def simulated_guild(
    database_url: str, second_bot: str | None = None
) -> AsyncIterator[SimulatedGuild]:
    """Open a guild in which the bot has the permissions of its invite link and is set up.

    An unhandled error of the bot fails the test. With a `second_bot`, another bot receives
    everything as well, "before" or "after" the first.
    """
    async with guild_with_failures(database_url) as guild:
        if second_bot is None:
            yield guild
        else:
            twin = Database(database_url, clock=guild.db.clock, synchronous="OFF", cipher=CIPHER)
            async with connect_second_bot(guild.env, twin, is_first=second_bot == "before"):
                yield guild
            await twin.close()
        errors = [error for error in guild.env.errors if not is_handled_elsewhere(error)]
        if errors:
            raise BaseExceptionGroup("the bot broke during the journey", errors)


@asynccontextmanager
async def guild_with_failures(database_url: str) -> AsyncIterator[SimulatedGuild]:
    """Open a guild as `simulated_guild` does, but let the test judge the bot's errors."""
    # These tests don't cover power failures, so SQLite need not sync to disk.
    db = Database(database_url, clock=lambda: whole_seconds(env), synchronous="OFF", cipher=CIPHER)
    env = simcord.Env(
        MentorBot(db, pictures=PICTURES), check_errors=False, settle_timeout=SETTLE_TIMEOUT
    )
    await env.start()
    try:
        await env.advance_time((START - env.now()).total_seconds())
        handle = env.create_guild("Riverside")
        channel = handle.create_text_channel("mentorship")
        moderators = handle.create_role("Moderators")
        mentors = handle.create_role("Mentors")
        grant_to_bot(env, handle, permissions())
        review = handle.create_text_channel("mentor-review")
        guild = SimulatedGuild(env, db, handle, channel, review, moderators, mentors)
        # The bot notes that it was added before anybody sets it up, or it greets nobody.
        await env.settle()
        await guild.configure(
            review_channel_id=review.id,
            moderator_role_id=moderators.id,
            mentor_role_id=mentors.id,
        )
        # The person who invited the bot has read its greeting before the journey starts.
        await env.settle()
        await guild.deliver()
        yield guild
    finally:
        await env.shutdown()
        await db.close()


def grant_to_bot(
    env: simcord.Env, guild: simcord.GuildHandle, granted: discord.Permissions
) -> None:
    """Give the bot only the permissions of its invite link; simcord grants it nearly all."""
    for role in env.backend.get_guild(guild.id).roles.values():
        if role.managed:
            env.backend.edit_role(guild.id, role.id, {"permissions": granted.value})


def message_text(message: Any) -> str:
    """Return the text that a person reads in a message, without buttons.

    Facts are in one form, such as "Price: 60", whether their values are beside or below their
    names. Titles are without markup.
    """
    text = "\n".join(text for text in (message.content or "", read_text(message)) if text)
    text = re.sub(r"(?m)^\*\*([^*\n]+?)(?::\*\* |\*\*\n)", r"\1: ", text)
    return re.sub(r"(?m)^### (?:\[(.+)\]\(\S+\)$|(.+))", r"\1\2", text)


def card_titles(message: Any) -> list[str]:
    """Return the titles of a message's cards, without markup."""
    found = re.findall(r"(?m)^### (?:\[(.+)\]\(\S+\)$|(.+))", read_text(message))
    return [linked or title for linked, title in found]


def button_labels(message: Any) -> list[str]:
    """Return the labels of a message's buttons and menus."""
    return interactive_labels(message)
