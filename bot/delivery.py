"""Sending what is due: from the outbox to people, once each."""

from __future__ import annotations

import hashlib
import logging
import random
from datetime import timedelta
from typing import TYPE_CHECKING

import aiohttp
import discord

from bot import mentor_role
from bot.cards import Card
from bot.notices import render
from bot.replies import NOBODY
from mentorship import applications, outbox
from mentorship.applications import ApplicationView
from mentorship.notices import Kind, Trouble
from mentorship.outbox import DueNotice
from storage import Database

if TYPE_CHECKING:
    from bot.client import MentorBot

log = logging.getLogger(__name__)

LONGEST_WAIT = timedelta(minutes=30)

HELD_FOR = timedelta(minutes=5)
"""After how long it is tried again to write to a review channel that was closed to the bot."""


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
        if notice.kind in mentor_role.OF_DECISIONS:
            trouble = await mentor_role.follow(bot, notice)
            if trouble is not None:
                await db.run(outbox.report, notice, trouble)
            if trouble is Trouble.LEFT:
                raise _Unreachable("the person has left the server")
        card = render(notice)
        if card is None:
            await db.run(outbox.dropped, notice)
            return False
        channel_id, message_id = await _send(bot, db, notice, card)
    except _ReviewClosed as error:
        await db.run(outbox.hold, notice, str(error), HELD_FOR, error.trouble)
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


class _NoChannel(_Unreachable):
    """The guild has set no channel for it."""


class _ReviewClosed(Exception):
    """The review channel can't be written to until moderators mend it."""

    def __init__(self, problem: str, trouble: Trouble) -> None:
        super().__init__(problem)
        self.trouble = trouble


async def _send(bot: MentorBot, db: Database, notice: DueNotice, card: Card) -> tuple[int, int]:
    """Send the card to where it belongs. Returns where it is."""
    if notice.kind is Kind.APPLICATION_RECEIVED and notice.application is not None:
        # An earlier notice of the same application may have posted its card a moment ago.
        application, _ = await db.read(applications.show_card, notice.application.id)
        return await _show_for_review(bot, notice, application, card)
    if notice.kind is Kind.TROUBLE:
        message = await _tell_moderators(bot, notice, card)
    else:
        message = await _post(await _channel(bot, notice), notice, card)
    return message.channel.id, message.id


async def _post(channel: discord.abc.Messageable, notice: DueNotice, card: Card) -> discord.Message:
    return await channel.send(
        card.content,
        embed=card.embed or discord.utils.MISSING,
        view=card.view or discord.utils.MISSING,
        nonce=nonce(notice.key),
        allowed_mentions=NOBODY,
    )


async def _show_for_review(
    bot: MentorBot, notice: DueNotice, application: ApplicationView, card: Card
) -> tuple[int, int]:
    """Post the review card, or bring the one that stands already up to date. Returns where it is.

    Raises `_ReviewClosed` while there is no channel for it that the bot can write to.
    """
    try:
        if application.channel_id is not None and application.message_id is not None:
            place = bot.get_partial_messageable(application.channel_id, guild_id=notice.guild.id)
            posted = place.get_partial_message(application.message_id)
            try:
                await posted.edit(
                    content=card.content, embed=card.embed, view=card.view, allowed_mentions=NOBODY
                )
            except discord.NotFound:
                # Somebody deleted it. While it waits it is posted anew below.
                if not application.is_pending:
                    raise _Unreachable("its card was deleted") from None
            else:
                return application.channel_id, application.message_id
        message = await _post(await _channel(bot, notice), notice, card)
    except discord.Forbidden as error:
        raise _ReviewClosed(error.text, Trouble.REVIEW_CLOSED) from error
    except (discord.NotFound, _NoChannel) as error:
        raise _ReviewClosed(str(error), Trouble.REVIEW_GONE) from error
    return message.channel.id, message.id


async def _tell_moderators(bot: MentorBot, notice: DueNotice, card: Card) -> discord.Message:
    """Say something where moderators read: in the review channel, or the log channel, or to the
    server's owner; the first that can be written to. Raises `_Unreachable` when none can."""
    for channel_id in (notice.guild.review_channel_id, notice.guild.log_channel_id):
        if channel_id is None:
            continue
        channel = bot.get_partial_messageable(channel_id, guild_id=notice.guild.id)
        try:
            return await _post(channel, notice, card)
        except (discord.Forbidden, discord.NotFound):
            continue
    guild = bot.get_guild(notice.guild.id)
    if guild is None or guild.owner_id is None:
        raise _Unreachable("no channel of the moderators can be written to")
    return await _post(await bot.create_dm(discord.Object(guild.owner_id)), notice, card)


async def _channel(bot: MentorBot, notice: DueNotice) -> discord.abc.Messageable:
    if notice.user_id is not None:
        return await bot.create_dm(discord.Object(notice.user_id))
    log_channel = notice.kind is Kind.LOGGED
    place = notice.guild.log_channel_id if log_channel else notice.guild.review_channel_id
    if place is None:
        raise _NoChannel(f"the guild has no {'log' if log_channel else 'review'} channel")
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
