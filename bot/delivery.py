"""Sending what is due: from the outbox to people, once each."""

from __future__ import annotations

import logging
import random
from datetime import timedelta
from typing import TYPE_CHECKING

import aiohttp
import discord

from bot import mentor_role, review_desk
from bot.cards import Card
from bot.notices import render
from bot.replies import nonce
from bot.review_desk import Unreachable, post
from mentorship import applications, outbox
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
    card = None
    try:
        if notice.kind in mentor_role.OF_DECISIONS:
            trouble = await mentor_role.follow(bot, notice)
            if trouble is not None:
                await db.run(outbox.report, notice, trouble)
            if trouble is Trouble.LEFT:
                raise Unreachable("the person has left the server")
        card = render(notice)
        if card is None:
            await db.run(outbox.dropped, notice)
            return False
        channel_id, message_id = await _send(bot, db, notice, card)
    except review_desk.Closed as error:
        await db.run(outbox.hold, notice, str(error), HELD_FOR, error.trouble)
    except discord.Forbidden as error:
        await db.run(outbox.failed, notice, f"Discord refused it: {error.text} ({error.code})")
        if notice.kind is Kind.WELCOME:
            await _welcome_in_the_open(bot, notice, card)
        else:
            await _mention_instead(bot, notice)
    except discord.NotFound as error:
        await db.run(outbox.failed, notice, f"the recipient is gone: {error.text} ({error.code})")
    except Unreachable as error:
        await db.run(outbox.failed, notice, str(error))
    except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as error:
        await db.run(outbox.try_again, notice, f"{type(error).__name__}: {error}", wait(notice))
    else:
        await db.run(outbox.sent, notice, channel_id, message_id)
        log.info("a notice was sent", extra=_about(notice))
        return True
    log.warning("a notice was not delivered", extra=_about(notice))
    return False


def _about(notice: DueNotice) -> dict[str, object]:
    return {
        "notice": notice.key,
        "id": notice.id,
        "kind": str(notice.kind),
        "guild": notice.guild.id,
    }


def wait(notice: DueNotice) -> timedelta:
    """How long to leave a notice that failed: doubling from 5 seconds, with jitter."""
    seconds = 5 * 2 ** (notice.attempts - 1) * random.uniform(0.75, 1.25)
    return min(timedelta(seconds=seconds), LONGEST_WAIT)


async def _send(bot: MentorBot, db: Database, notice: DueNotice, card: Card) -> tuple[int, int]:
    """Send the card to where it belongs. Returns where it is."""
    if notice.kind is Kind.APPLICATION_RECEIVED and notice.application is not None:
        # An earlier notice of the same application may have posted its card a moment ago.
        application, _ = await db.read(applications.show_card, notice.application.id)
        return await review_desk.show(bot, notice, application, card)
    if notice.kind is Kind.TROUBLE:
        return await review_desk.tell_moderators(bot, notice, card)
    return await post(await _channel(bot, notice), notice, card)


async def _channel(bot: MentorBot, notice: DueNotice) -> discord.abc.Messageable:
    if notice.user_id is not None:
        return await bot.create_dm(discord.Object(notice.user_id))
    review = notice.kind is Kind.DISPUTE_OPENED
    place = notice.guild.review_channel_id if review else notice.guild.log_channel_id
    if place is None:
        raise Unreachable(f"the guild has no {'review' if review else 'log'} channel")
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


async def _welcome_in_the_open(bot: MentorBot, notice: DueNotice, card: Card | None) -> None:
    """Greet whoever invited the bot where the server greets newcomers."""
    guild = bot.get_guild(notice.guild.id)
    place = guild.system_channel if guild is not None else None
    if place is None or card is None or not place.permissions_for(place.guild.me).send_messages:
        return
    try:
        await place.send(
            f"<@{notice.user_id}>, {card.content}",
            embed=card.embed or discord.utils.MISSING,
            view=card.view or discord.utils.MISSING,
            nonce=nonce(f"instead:{notice.key}"),
            allowed_mentions=discord.AllowedMentions(users=[discord.Object(notice.user_id or 0)]),
        )
    except discord.HTTPException as error:
        log.warning(
            "nobody could be welcomed", extra={"guild": notice.guild.id, "problem": str(error)}
        )
