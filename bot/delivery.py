"""Sending what is due: from the outbox to people, once each."""

from __future__ import annotations

import hashlib
import logging
import random
from datetime import timedelta
from typing import TYPE_CHECKING

import aiohttp
import discord

from bot.cards import Card
from bot.notices import render
from bot.replies import NOBODY
from mentorship import outbox
from mentorship.notices import Kind
from mentorship.outbox import DueNotice
from storage import Database

if TYPE_CHECKING:
    from bot.client import MentorBot

log = logging.getLogger(__name__)

LONGEST_WAIT = timedelta(minutes=30)


async def deliver_due(bot: MentorBot, db: Database) -> int:
    """Send every notice that is due now, and record what became of each. Returns how many arrived.

    A notice is leased before it is sent, so two that deliver at once do not send it twice; one that
    was sent but not recorded, since the program died in between, is sent again with the same nonce,
    at which Discord gives back the message that it has already (for some minutes).
    """
    arrived = 0
    while due := await db.run(outbox.claim):
        for notice in due:
            arrived += await _deliver(bot, db, notice)
    return arrived


async def _deliver(bot: MentorBot, db: Database, notice: DueNotice) -> bool:
    try:
        if notice.kind in _ROLE_FOLLOWS:
            await _let_role_follow(bot, notice)
        card = render(notice)
        if card is None:
            await db.run(outbox.dropped, notice)
            return False
        channel_id, message_id = await _send(bot, notice, card)
    except discord.Forbidden as error:
        await db.run(outbox.failed, notice, f"Discord refused it: {error.text} ({error.code})")
        await _mention_instead(bot, notice)
    except discord.NotFound as error:
        await db.run(outbox.failed, notice, f"the recipient is gone: {error.text} ({error.code})")
    except _Unreachable as error:
        await db.run(outbox.failed, notice, str(error))
    except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as error:
        await db.run(outbox.try_again, notice, f"{type(error).__name__}: {error}", wait(notice))
    else:
        await db.run(outbox.sent, notice, channel_id, message_id)
        return True
    log.warning(
        "a notice was not delivered",
        extra={"notice": notice.id, "kind": str(notice.kind), "guild": notice.guild.id},
    )
    return False


def nonce(key: str) -> str:
    """Discord's nonce for a notice: at most 25 characters, the same each time it is tried."""
    return hashlib.sha256(key.encode()).hexdigest()[:25]


def wait(notice: DueNotice) -> timedelta:
    """How long to leave a notice that failed: doubling from 5 seconds, with jitter."""
    seconds = 5 * 2 ** (notice.attempts - 1) * random.uniform(0.75, 1.25)
    return min(timedelta(seconds=seconds), LONGEST_WAIT)


class _Unreachable(Exception):
    """There is no place to send the notice to."""


async def _send(bot: MentorBot, notice: DueNotice, card: Card) -> tuple[int, int]:
    """Send the card, or bring the one that stands already up to date. Returns where it is."""
    application = notice.application
    if (
        notice.kind is Kind.APPLICATION_RECEIVED
        and application is not None
        and application.channel_id is not None
        and application.message_id is not None
    ):
        place = bot.get_partial_messageable(application.channel_id, guild_id=notice.guild.id)
        posted = place.get_partial_message(application.message_id)
        try:
            await posted.edit(
                content=card.content, embed=card.embed, view=card.view, allowed_mentions=NOBODY
            )
        except discord.NotFound:
            pass  # Somebody deleted it, so it is posted anew below.
        else:
            return application.channel_id, application.message_id
    channel = await _channel(bot, notice)
    message = await channel.send(
        card.content,
        embed=card.embed or discord.utils.MISSING,
        view=card.view or discord.utils.MISSING,
        nonce=nonce(notice.key),
        allowed_mentions=NOBODY,
    )
    return message.channel.id, message.id


async def _channel(bot: MentorBot, notice: DueNotice) -> discord.abc.Messageable:
    if notice.user_id is not None:
        return await bot.create_dm(discord.Object(notice.user_id))
    log_channel = notice.kind is Kind.LOGGED
    place = notice.guild.log_channel_id if log_channel else notice.guild.review_channel_id
    if place is None:
        raise _Unreachable(f"the guild has no {'log' if log_channel else 'review'} channel")
    return bot.get_partial_messageable(place, guild_id=notice.guild.id)


async def _mention_instead(bot: MentorBot, notice: DueNotice) -> None:
    """Tell a person with closed direct messages that there is news, without saying what."""
    place = notice.guild.notices_channel_id
    if place is None or notice.user_id is None:
        return
    channel = bot.get_partial_messageable(place, guild_id=notice.guild.id)
    try:
        await channel.send(
            f"<@{notice.user_id}>, there is news about your mentorship, but I can't send you "
            "direct messages. Allow them for this server, and see `/sessions`.",
            nonce=nonce(f"instead:{notice.key}"),
            allowed_mentions=discord.AllowedMentions(users=[discord.Object(notice.user_id)]),
        )
    except discord.HTTPException as error:
        log.warning(
            "the notices channel can't be written to",
            extra={"guild": notice.guild.id, "problem": str(error)},
        )


_ROLE_FOLLOWS = {Kind.APPROVED: True, Kind.REINSTATED: True, Kind.SUSPENDED: False}
"""Notices with which the mentor role is given (True) or taken."""


async def _let_role_follow(bot: MentorBot, notice: DueNotice) -> None:
    """Give or take the guild's mentor role; moderators are told when that can't be done."""
    role_id = notice.guild.mentor_role_id
    guild = bot.get_guild(notice.guild.id)
    if role_id is None or guild is None or notice.user_id is None:
        return
    give = _ROLE_FOLLOWS[notice.kind]
    try:
        member = await guild.fetch_member(notice.user_id)
        if give:
            await member.add_roles(discord.Object(role_id), reason="Mentors here")
        else:
            await member.remove_roles(discord.Object(role_id), reason="Suspended as a mentor")
    except (discord.Forbidden, discord.NotFound) as error:
        log.warning(
            "the mentor role can't be changed",
            extra={"guild": guild.id, "user": notice.user_id, "problem": str(error)},
        )
        review = notice.guild.review_channel_id
        if review is not None:
            act, side = ("give", "to") if give else ("take", "from")
            await bot.get_partial_messageable(review, guild_id=guild.id).send(
                f"I couldn't {act} the role <@&{role_id}> {side} <@{notice.user_id}>. I need the "
                "permission Manage Roles, and my own role must stand above that one in "
                "Server Settings → Roles. The decision stands; please change the role by hand.",
                nonce=nonce(f"role:{notice.key}"),
                allowed_mentions=NOBODY,
            )
